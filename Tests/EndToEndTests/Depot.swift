import Devices
import Foundation
import FrequencyResponse
import Modbus
import Realtime
import Simulation
import SimulationServer
import SiteConfiguration
import TestSupport

/// A simulated depot in this process, and the built daemon that drives it from its own.
struct Depot {
    static let library = try! ProfileLibrary(directory: TestData.profiles)

    let devices: SimulatedDepot
    let config: String
    private let folder: String

    /// Quasars and SunSpec chargers in turn, behind a Janitza meter; 10 kW of Dynamic Containment, for which all of
    /// them are needed.
    init(chargers count: Int = 4) throws {
        guard case .meter(let meter) = Self.library["janitza-umg604"] else { preconditionFailure("no meter profile") }
        let now = LiveClock.now()
        let chargers = (0..<count).map { index -> any SimulatedCharger in
            index % 2 == 0
                ? QuasarModel(vehicle: Vehicle(), dynamics: .fast, now: now)
                : SimulatedSunSpecDER(
                    rating: Watts(7_400), vehicle: Vehicle(), dynamics: .fast, serial: "\(index)", now: now)
        }
        devices = try SimulatedDepot(
            meter: meter, nominalVoltage: Volts(230), chargers: chargers,
            grid: Grid(event: .quiet, eventStart: .zero, seed: 1))
        folder = try TestData.temporaryFolder()
        config = folder + "/site.yaml"
        var text = """
            site: { name: Test depot, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { kind: gb-dynamic-containment, direction: both, capacity: 10 kW }
            meters:
              - { name: pcc, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(devices.ports[0])", \
              poll_interval: 50 ms }
            chargers:

            """
        for index in 0..<count {
            let profile = index % 2 == 0 ? "wallbox-quasar" : "sunspec-der"
            text +=
                """
                  - { name: bay-\(index + 1), profile: \(profile), connection: \
                \"tcp://127.0.0.1:\(devices.ports[index + 1])\", 
                """
            text +=
                """
                charge_limit: 3 kW, discharge_limit: 3 kW, grid_protection: charger, vehicle: { battery: 40 kWh, \
                minimum_charge: 40 % } }\n
                """
        }
        try text.write(toFile: config, atomically: true, encoding: .utf8)
        devices.setFrequency(Hertz(50))
    }

    func close() {
        devices.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var sum: Double { devices.commands.reduce(0) { $0 + $1.value } }

    var isIdle: Bool { devices.commands.allSatisfy { $0 == .zero } }

    /// The writes of setpoints since an instant, as device and watts.
    func setpoints(since start: Instant) -> [(device: Int, watts: Double, at: Instant)] {
        devices.writes.filter { $0.at >= start }.compactMap { write in
            switch write.request {
            case .writeOne(260, let value): (write.device, Double(Int16(bitPattern: value)), write.at)
            // WSet lies 24 registers into model 704 of the simulated DER, and counts generation as positive.
            case .write(40_301, let values):
                (write.device, -Double(Int32(bitPattern: UInt32(values[0]) << 16 | UInt32(values[1]))), write.at)
            default: nil
            }
        }
    }

    /// A daemon that has brought the whole depot to the response of 49.6 Hz: 68.33 % of 10 kW.
    func respondingDaemon() throws -> RunningProgram? {
        let daemon = try RunningProgram(["run", "--config", config, "--profiles", TestData.profiles])
        guard eventually(within: 15, { daemon.output.contains("state: armed") && self.chargersUnderControl(daemon) })
        else { return nil }
        devices.setFrequency(Hertz(49.6))
        // The meter carries noise of 10 mHz, 317 W of response.
        guard eventually(within: 15, { abs(self.sum + 6_833) < 700 && !self.devices.commands.contains(.zero) }) else {
            return nil
        }
        return daemon
    }

    private func chargersUnderControl(_ daemon: RunningProgram) -> Bool {
        let output = daemon.output
        return devices.commands.indices.allSatisfy { output.contains("bay-\($0 + 1): under control") }
    }
}
