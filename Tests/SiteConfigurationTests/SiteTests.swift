import Devices
import Foundation
import FrequencyResponse
import TestSupport
import Testing

@testable import SiteConfiguration

@Suite("Site files and profiles")
struct SiteTests {
    @Test("every example site file is valid")
    func examples() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: TestData.sites).filter { $0.hasSuffix(".yaml") }
        #expect(!files.isEmpty)
        for file in files {
            let site = try SiteReader.read(path: TestData.sites + "/" + file, library: BrokenSiteTests.library)
            #expect(!site.chargers.isEmpty)
        }
    }

    @Test("every profile says where it comes from and whether it was verified")
    func profiles() {
        #expect(BrokenSiteTests.library.profiles.count >= 4)
        for profile in BrokenSiteTests.library.profiles {
            switch profile {
            case .meter(let meter): #expect(!meter.provenance.document.isEmpty && !meter.points.isEmpty)
            case .charger(let charger):
                #expect((charger.timeout == nil) == (charger.setpointEnds != .timeout), "\(charger.name)")
            }
        }
    }

    @Test("values come out in base units")
    func values() throws {
        let site = try SiteReader.read(text: BrokenSite.base, file: "site.yaml", library: BrokenSiteTests.library)
        #expect(site.service.capacity == Watts(7_000))
        #expect(site.limits.importLimit == Watts(120_000))
        #expect(site.period == .milliseconds(50))
        #expect(site.lease == .milliseconds(250))
        #expect(site.chargers[0].settings.vehicle?.departure == .seconds(7 * 3_600 + 1_800))
        #expect(site.chargers[0].settings.vehicle?.minimumCharge == Ratio(0.4))
        #expect(site.chargers[1].gridProtection != nil)
        #expect("\(site.meters[0].connection)" == "tcp://192.0.2.20:502")
    }

    /// The base file with another service in place of its own.
    private static func site(service: String) throws -> Site {
        let text = BrokenSite.base.replacingOccurrences(
            of: "service:\n  kind: gb-dynamic-containment\n  direction: both\n  capacity: 7 kW", with: service)
        return try SiteReader.read(text: text, file: "site.yaml", library: BrokenSiteTests.library)
    }

    @Test("services stand in their order, each with its own numbers")
    func services() throws {
        let site = try Self.site(
            service: """
                services:
                  - { kind: ce-fcr, capacity: 5 kW, deadband: 10 mHz, duration: 30 min, energy: { normal_power: 20 % } }
                  - { kind: nordic-fcr-d-up-static, capacity: 3 kW }
                  - { kind: aemo-fast, controller: switching, direction: low, capacity: 2 kW, trigger: 49.8 Hz, hold: \
                  60 s, release: { above: 49.9 Hz, for: 30 s } }
                  - { kind: nordic-ffr, trigger: 49.6 Hz, support: short, capacity: 1 kW }
                """)
        #expect(site.services.map(\.settings.kind) == [.ceFCR, .nordicFCRDUpStatic, .aemoFast, .nordicFFR])
        let settings = site.lawSettings()
        #expect(settings.services.count == 4)
        #expect(settings.services[0].duration == .seconds(1_800))
        if case .reservoir(let rules) = settings.services[0].energy {
            #expect(rules.normalPower == Ratio(0.2) && rules.normalOn == .seconds(1_200))
        }
        if case .held(let hold) = settings.services[1].method {
            #expect(hold.returnRamp == 0.025)
        } else {
            Issue.record("not held")
        }
        #expect(settings.services[2].trigger?.trigger == Hertz(49.8))
        #expect(settings.services[2].rebound?.edge.roundedToNanohertz == Hertz(0.1))
        #expect(settings.services[3].timing.fullWithin == .seconds(1))
        #expect(settings.services[3].trigger?.hold == .seconds(5))
        #expect(settings.services.capacity(low: true) == Watts(11_000))
        #expect(settings.services.capacity(low: false) == Watts(5_000))
    }

    @Test("every service of the catalogue can be written, on the grid that it belongs to")
    func catalogue() throws {
        for kind in (0..<ServiceKind.count).compactMap({ ServiceKind(rawValue: UInt8($0)) }) {
            let extra: String
            switch kind {
            case .droop: extra = ", deadband: 36 mHz, droop: 5 %, response_time: 5 s"
            case .curve: extra = ", points: [[49.5 Hz, 100 %], [50 Hz, 0 %], [50.5 Hz, -100 %]]"
            case .step: extra = ", trigger: 49.85 Hz, hold: 10 min, release: { above: 49.9 Hz, for: 60 s }"
            case .nordicFFR: extra = ", trigger: 49.7 Hz"
            case .ds3FFR: extra = ", trigger: 49.8 Hz"
            default: extra = ""
            }
            let service = "service: { kind: \(kind.rules.name), capacity: 5 kW\(extra) }"
            var text = BrokenSite.base.replacingOccurrences(
                of: "service:\n  kind: gb-dynamic-containment\n  direction: both\n  capacity: 7 kW", with: service)
            if kind.rules.nominalFrequency == Hertz(60) {
                text = text.replacingOccurrences(of: "nominal_frequency: 50 Hz", with: "nominal_frequency: 60 Hz")
            }
            let site = try SiteReader.read(text: text, file: "site.yaml", library: BrokenSiteTests.library)
            #expect(site.service.kind == kind)
        }
    }

    @Test("what is known of chargers, drivers and the connection reaches the law")
    func lawSettings() throws {
        let text = BrokenSite.base
            .replacingOccurrences(
                of: "export_limit: 60 kW", with: "export_limit: 60 kW, phase_current: 63 A, unbalance: 4.6 kVA"
            )
            .replacingOccurrences(
                of: "phases: [L1]",
                with: "phases: [L1]\n    dynamics: { dead_time: 200 ms, dead_time_reversal: 1 s, ramp: 10 kW/s }"
            )
            .replacingOccurrences(
                of: "minimum_charge: 40 %",
                with: "minimum_charge: 40 %, maximum_charge: 90 %, throughput_limit: 20 kWh, takes_part: no"
            )
            .replacingOccurrences(
                of: "chargers:",
                with:
                    """
                      - { name: second, profile: eastron-sdm630, connection: \"tcp://192.0.2.21:502\", accuracy: 20 \
                    mHz }\noffers: { confidence: 99 %, leaving: 25 %/h, period: 15 min }\nchargers:
                    """
            )
        let site = try SiteReader.read(text: text, file: "site.yaml", library: BrokenSiteTests.library)
        let settings = site.lawSettings()
        #expect(settings.sensing.second?.accuracy == Hertz(0.02) && settings.sensing.third == nil)
        #expect(settings.limits.phaseCurrent == Amperes(63) && settings.limits.unbalance == Watts(4_600))
        // Without a word on it, all of the building may hang on one phase.
        #expect(settings.limits.buildingPhaseMaximum == Watts(30_000))
        #expect(abs(settings.offers.leavingPerHour.value - 0.25) < 1e-12 && settings.offers.period == .seconds(900))
        let charger = site.fleet[0]
        #expect(
            charger.behaviour.isKnown && charger.behaviour.longestDeadTime == .seconds(1)
                && charger.behaviour.deadTimeIdle == .milliseconds(200))
        #expect(charger.phases == .l1)
        #expect(charger.vehicle?.maximumCharge == Ratio(0.9) && charger.vehicle?.participates == false)
        #expect(charger.vehicle?.throughputLimit == WattHours(20_000))
        // 0.4 s of meter, poll and tick, 1 s of dead time: too late for a start within 0.5 s.
        #expect(
            charger.qualifiedShares[0].raise.shortcoming == .startsLate
                && charger.qualifiedShares[0].raise.share == .zero)
        #expect(!site.fleet[1].behaviour.isKnown)
    }

    @Test("a profile with mistakes names each of them")
    func brokenProfile() {
        let text = """
            profile: test
            kind: meter
            title: Test
            provenance: { document: none, revision: "1", verified_on_hardware: nobody }
            modbus: { table: coils, unit: 1, block_limit: 300, gap_limit: 0 }
            points:
              frequency: { address: 70000, type: f16 }
            frequency: { resolution: 10, update: 1 s, averaging: 1 s, plausible: [60 Hz, 40 Hz] }
            """
        do {
            _ = try ProfileReader.read(text: text, file: "test.yaml")
            Issue.record("the profile was taken")
        } catch {
            let said = error.all.map(\.statement).joined(separator: "\n")
            for part in [
                "“coils” is not one of", "300 is outside 1 to 125", "70000 is outside", "“f16” is not one of",
                "10 has no unit",
                "ascending order",
            ] {
                #expect(said.contains(part), "\(said)")
            }
        }
    }

    @Test("charger defaults: count for every charger that does not say otherwise")
    func chargerDefaults() throws {
        let site = try SiteReader.read(
            text: """
                site: { name: Yard, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
                service: { kind: ce-fcr, capacity: 5 kW }
                meters: [{ name: pcc, profile: eastron-sdm630, connection: "tcp://192.0.2.20:502" }]
                charger_defaults:
                  profile: wallbox-quasar
                  charge_limit: 7.4 kW
                  discharge_limit: 3 kW
                  vehicle: { battery: 40 kWh, minimum_charge: 40 %, target_charge: 80 %, departure: "07:30" }
                chargers:
                  - { name: bay-1, connection: "tcp://192.0.2.31:502" }
                  - { name: bay-2, connection: "tcp://192.0.2.32:502", discharge_limit: 7.4 kW, vehicle: { battery: 60 kWh, minimum_charge: 20 % } }
                """, file: "site.yaml", library: BrokenSiteTests.library)
        #expect(site.chargers.map(\.settings.dischargeLimit) == [Watts(3_000), Watts(7_400)])
        #expect(site.chargers.map(\.settings.vehicle?.battery) == [WattHours(40_000), WattHours(60_000)])
        #expect(site.chargers.map(\.settings.vehicle?.targetCharge) == [Ratio(0.8), nil])
        #expect(site.chargers.allSatisfy { $0.profile.name == "wallbox-quasar" })
    }

    @Test("a meter that is wired to some phases only is asked for their voltages alone")
    func meterPhases() throws {
        let text = try String(contentsOfFile: TestData.sites + "/gb-depot.yaml", encoding: .utf8)
        func voltages(_ phases: String) throws -> [Point] {
            let site = try SiteReader.read(
                text: text.replacingOccurrences(of: "poll_interval: 50 ms", with: "poll_interval: 50 ms" + phases),
                file: "site.yaml",
                library: BrokenSiteTests.library)
            return site.meters[0].profile.voltages
        }
        let all = try voltages("")
        #expect(all.count == 3)
        #expect(try voltages("\n    phases: [L2]") == [all[1]])
        #expect(try voltages("\n    phases: [L1, L3]") == [all[0], all[2]])
    }

    @Test("a meter that wants time between its requests is polled no faster, and counted no faster")
    func spacing() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("droopd-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let profile = try String(contentsOfFile: TestData.profiles + "/meters/janitza-umg604.yaml", encoding: .utf8)
            .replacingOccurrences(of: "gap_limit: 125 }", with: "gap_limit: 125, spacing: 100 ms }")
        try profile.write(to: folder.appendingPathComponent("my-meter.yaml"), atomically: true, encoding: .utf8)
        let text = try String(contentsOfFile: TestData.sites + "/gb-depot.yaml", encoding: .utf8)
            .replacingOccurrences(of: "profile: janitza-umg604", with: "profile: my-meter.yaml")
        let library = BrokenSiteTests.library
        let file = folder.appendingPathComponent("site.yaml").path
        do {
            _ = try SiteReader.read(text: text, file: file, library: library)
            Issue.record("50 ms were taken")
        } catch {
            let said = error.all.map(\.statement).joined(separator: "\n")
            #expect(
                said.contains(
                    "polls every 50 ms, and with the spacing of janitza-umg604 one reading takes at least 100 ms"),
                "\(said)")
        }
        let slower = text.replacingOccurrences(of: "poll_interval: 50 ms", with: "poll_interval: 100 ms")
        let site = try SiteReader.read(text: slower, file: file, library: library)
        #expect(site.busBudgets[0].devices == ["pcc"])
        // It reads one block each time, and others in between.
        #expect(abs(site.busBudgets[0].requestsPerSecond - 10) < 1e-9, "\(site.busBudgets[0].requestsPerSecond)")
    }
}
