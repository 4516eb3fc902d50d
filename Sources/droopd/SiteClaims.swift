import ControlLoop
import Devices
import Modbus
import SiteConfiguration

extension Site {
    /// Fails with the errors that the checks have found.
    func refuseErrors() throws {
        let errors = findings.filter { $0.severity == .error }.map(\.text)
        guard errors.isEmpty else { throw fail(errors.joined(separator: "\n"), SystemExit.badConfiguration) }
    }
}

extension Site {
    /// Claims the site's chargers for this process. Fails when another one on this machine drives one of them.
    func claimChargers() throws {
        do throws(DeviceClaims.AlreadyDriven) {
            try DeviceClaims.take(
                chargers.map { DeviceClaims.Device(name: $0.name, endpoint: $0.connection, unit: $0.unit) })
        } catch {
            throw fail(
                """
                \(error.device.name): another droopd on this machine drives \(error.device.endpoint), unit \
                \(error.device.unit); end that one first.
                """,
                SystemExit.unavailable)
        }
    }
}
