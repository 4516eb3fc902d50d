import Devices
import Foundation
import FrequencyResponse
import Support
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
            case .charger(let charger): #expect(charger.timeout != nil && !charger.takeOver.isEmpty)
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
        #expect(site.meters[0].connection == Connection(host: "192.0.2.20", port: 502))
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
                "“coils” is not one of", "300 is outside 1 to 125", "70000 is outside", "“f16” is not one of", "10 has no unit",
                "ascending order",
            ] {
                #expect(said.contains(part), "\(said)")
            }
        }
    }
}
