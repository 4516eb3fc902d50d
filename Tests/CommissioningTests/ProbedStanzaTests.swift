import Devices
import FrequencyResponse
import Modbus
import SiteConfiguration
import TestSupport
import Testing

@testable import Commissioning

@Suite("What probe proposes for the site file")
struct ProbedStanzaTests {
    private static let library = try! ProfileLibrary(directory: TestData.profiles)
    private static let names = library.profiles.map(\.name).sorted()
    private static let connections =
        ["tcp://192.0.2.1:502", "tcp://[2001:db8::1]:502"]
        + [9_600, 19_200, 115_200].map { "rtu:///dev/ttyUSB0?baud=\($0)&parity=even" }

    private static func isMeter(_ profile: Profile) -> Bool { if case .meter = profile { true } else { false } }

    /// A site of one device of each kind; the other one is at an address of its own.
    private static func site(_ profile: Profile, at connection: String) throws -> String {
        func lines(_ profile: Profile, _ endpoint: Endpoint) -> [String] {
            let probed = ProbedProfile(
                name: profile.name, title: "", isCharger: !isMeter(profile), values: [], objection: nil)
            let unit: UInt8 = endpoint.line == nil ? 1 : 7
            return probed.stanza(profile, connection: endpoint, unit: unit)
        }
        let other = library[isMeter(profile) ? "wallbox-quasar" : "janitza-umg604"]!
        let proposed = lines(profile, try Endpoint(connection))
        let beside = lines(other, try Endpoint("tcp://192.0.2.9:502"))
        func section(_ stanza: [String]) -> String { stanza.map { "  \($0)\n" }.joined() }
        let (meter, charger) = isMeter(profile) ? (proposed, beside) : (beside, proposed)
        let limit = meter.first { $0.contains("frequency_age_limit") }?.dropFirst("# and under control: ".count)
        let control = limit.map { "control: { \($0) }\n" } ?? ""
        return """
            site: { name: Yard, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { kind: droop, direction: high, deadband: 500 mHz, droop: 5 %, response_time: 5 s, capacity: 1 kW }
            meters:
            \(section(meter))chargers:
            \(section(charger))\(control)
            """
    }

    @Test("it is read, and no check finds an error on its line", arguments: names, connections)
    func fits(name: String, connection: String) throws {
        let profile = try #require(Self.library[name])
        let text = try Self.site(profile, at: connection)
        if case .charger(let charger) = profile, charger.timeout == nil {
            // Its wiring can't be proposed: the stanza says that it is needed, and that alone is refused.
            #expect(text.contains("needs a permit of its own"))
            let refused = #expect(throws: Problems.self) {
                try SiteReader.read(text: text, file: "site.yaml", library: Self.library)
            }
            #expect(refused?.all.allSatisfy { $0.statement.contains("has no timeout of its own") } == true)
            return
        }
        let site = try SiteReader.read(text: text, file: "site.yaml", library: Self.library)
        let errors = site.findings.filter { $0.severity == .error && $0.identity != "meter-too-coarse" }
        #expect(errors.isEmpty, "\(text)\n\(errors.map(\.text))")
    }
}
