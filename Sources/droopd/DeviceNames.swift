import ControlLoop
import Devices
import FrequencyResponse
import Modbus
import SiteConfiguration

/// The devices of a site as the log names them, with the command that looks at each.
struct DeviceNames {
    /// One device.
    struct Device {
        var name: String
        var probe: String

        /// What is said of a device that is not in use, or is again.
        func sentence(_ report: DeviceReport, gives what: String) -> String {
            let time = "\(Formatting.fixed(report.lasting.seconds, 0)) s"
            guard let obstacle = report.obstacle else { return "\(name): in use again after \(time)" }
            return "\(name): no \(what) for \(time): \(Self.cause(obstacle, count: report.count)); try `\(probe)`"
        }

        private static func cause(_ obstacle: DeviceObstacle, count: Int32) -> String {
            switch obstacle {
            case .failed(let error, let place):
                """
                \(count) requests failed, the last one (function \(place.function), register \(place.address), \
                \(place.count) registers) with \(error)
                """
            case .noValue: "it answers, and its registers hold no valid value; does the profile fit?"
            case .implausible(let frequency):
                "it answers, and its registers say \(frequency.value) Hz; does the profile fit?"
            case .missingModel(let model): "it has no SunSpec model \(model), which its profile needs"
            }
        }
    }

    let meters: [Device]
    let chargers: [Device]

    init(_ site: Site) {
        func device(_ name: String, _ connection: Endpoint, _ unit: UInt8, _ profile: String) -> Device {
            Device(name: name, probe: "droopd probe \(connection) --unit \(unit) --profile \(profile)")
        }
        meters = site.meters.map { device($0.name, $0.connection, $0.unit, $0.profile.name) }
        chargers = site.chargers.map { device($0.name, $0.connection, $0.unit, $0.profile.name) }
    }
}
