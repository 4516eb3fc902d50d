import TestSupport
import Testing

@testable import SiteConfiguration

@Suite("What chargers do by themselves")
struct EndStateTests {
    private static let permits = (1...50).map { "bay-\($0): { chip: gpiochip0, line: \"\($0)\" }" }.joined(
        separator: ", ")

    /// A site of Quasars, of which each may take 7.4 kW by itself.
    private static func errors(
        chargers: Int, importLimit: Int, building: Int, gpio: String = "", own: String = ""
    ) throws -> [Finding] {
        let list = (1...chargers).map {
            """
              - { name: bay-\($0), profile: wallbox-quasar, connection: "tcp://127.0.0.1:\(15_100 + $0)", \
            charge_limit: 3.7 kW, discharge_limit: 0 kW, phases: [L\($0 % 3 + 1)]\(own) }
            """
        }.joined(separator: "\n")
        let text = """
            site:
              name: Yard
              nominal_frequency: 50 Hz
              nominal_voltage: 230 V
              connection: { import_limit: \(importLimit) kW }
              building: { maximum: \(building) kW, minimum: 0 kW }
            service: { kind: droop, capacity: 7 kW, deadband: 500 mHz, droop: 5 %, response_time: 5 s }
            meters:
              - { name: pcc, profile: eastron-sdm630, connection: "tcp://127.0.0.1:15030" }
            chargers:
            \(list)
            \(gpio)

            """
        return try SiteReader.read(text: text, file: "site.yaml", library: BrokenSiteTests.library).findings
            .filter { $0.severity == .error }
    }

    private static func gpio(_ outputs: String, relay: String = ", pulse_watchdog: 500 ms") -> String {
        "gpio: { outputs: { heartbeat: { chip: gpiochip0, line: beat\(relay) }, \(outputs) } }"
    }

    @Test("50 chargers of 7.4 kW at 172 kW without permits are refused, and the sentence says what to do")
    func fifty() throws {
        let errors = try Self.errors(chargers: 50, importLimit: 172, building: 30)
        let error = try #require(errors.first)
        #expect(errors.count == 1 && error.identity == "end-states-connection")
        #expect(error.subject == "site.connection.import_limit" && error.place?.line == 5)
        #expect(
            error.statement == """
                while droopd is dead or starts, 50 chargers may take 370.0 kW by themselves (bay-1: 7.4 kW after a \
                return of its supply), and the building leaves 142.0 kW of 172.0 kW; give them permits of their own \
                (gpio.outputs.permits) that a pulse-watchdog relay holds (gpio.outputs.heartbeat.pulse_watchdog), or \
                say under end_states what was seen on site.
                """, "\(error.statement)")
    }

    @Test(
        "permits: each of its own behind a relay holds, one for all holds only what fits together",
        arguments: [
            (Self.gpio("permits: { \(permits) }"), 172, true), (Self.gpio("permits: { \(permits) }"), 37, false),
            (Self.gpio("permits: { \(permits) }", relay: ""), 172, false),
            (Self.gpio("permit: { chip: gpiochip0, line: all }"), 172, false),
            (Self.gpio("permit: { chip: gpiochip0, line: all }"), 400, true), ("", 400, true), ("", 399, false),
        ])
    func behindPermits(gpio: String, limit: Int, isAccepted: Bool) throws {
        let errors = try Self.errors(chargers: 50, importLimit: limit, building: 30, gpio: gpio)
        #expect(errors.isEmpty == isAccepted, "\(errors.map(\.text))")
    }

    @Test(
        "end states of the site file count in place of the profile's",
        arguments: [
            ("after_power_return: 0 W, after_local_takeover: 0 W", true), ("after_power_return: 0 W", false),
            ("after_power_return: charge_limit, after_local_takeover: 1.4 kW", true),
            ("after_timeout: unknown, after_power_return: 0 W, after_local_takeover: 0 W", false),
        ])
    func own(states: String, isAccepted: Bool) throws {
        let errors = try Self.errors(
            chargers: 4, importLimit: 45, building: 30, own: ", end_states: { \(states) }")
        #expect(errors.isEmpty == isAccepted, "\(errors.map(\.text))")
    }
}
