import Foundation
import TestSupport
import Testing

@testable import SiteConfiguration

@Suite("Checks of valid sites")
struct ChecksTests {
    private static func findings(_ text: String) throws -> [Finding] {
        try SiteReader.read(text: text, file: "site.yaml", library: BrokenSiteTests.library).findings
    }

    @Test("refused sites: the error is found", arguments: RefusedSite.all)
    func refused(site: RefusedSite) throws {
        let errors = try Self.findings(site.text).filter { $0.severity == .error }
        #expect(errors.contains { $0.identity == site.identity }, "\(errors)")
    }

    @Test("refused sites: there is one for every error of the checks")
    func everyError() throws {
        let folder = TestData.root + "/Sources/SiteConfiguration/Checks"
        var known: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            for match in text.matches(of: /\.error\(\s*"([a-z-]+)"/) { known.insert(String(match.1)) }
        }
        #expect(!known.isEmpty)
        #expect(known == Set(RefusedSite.all.map(\.identity)))
    }

    @Test("accept: a known warning is accepted, an unused acceptance is a warning")
    func accept() throws {
        let text = BrokenSite.base + "accept: [profile-unverified, building-undeclared]\n"
        let findings = try Self.findings(text)
        let accepted = findings.filter(\.isAccepted)
        #expect(!accepted.isEmpty && accepted.allSatisfy { $0.identity == "profile-unverified" })
        let unused = try #require(findings.first { $0.identity == "accept-unused" })
        #expect(unused.statement.contains("building-undeclared") && unused.place != nil)
        // An error is never accepted.
        let refused = try Self.findings(RefusedSite.all[0].text + "accept: [\(RefusedSite.all[0].identity)]\n")
        #expect(refused.contains { $0.severity == .error && !$0.isAccepted })
    }

    /// A piece of the base file, what replaces it, the finding that this brings, and where it points to.
    private static let rows: [(old: String, new: String, identity: String, at: String?)] = [
        ("export_limit: 60 kW", "export_limit: 1 kW, phase_current: 140 A", "phase-current-short", "140 A"),
        ("import_limit: 120 kW", "import_limit: 31 kW", "import-limit-short", "31 kW"),
        ("building: { maximum: 30 kW, minimum: 0 kW }", "", "building-undeclared", nil),
        ("unit: 1\n    poll_interval", "unit: 1\n    frozen_check: off\n    poll_interval", "frozen-check-off", "pcc"),
        ("kind: gb-dynamic-containment", "kind: gb-dynamic-containment", "service-unverified", nil),
        ("kind: gb-dynamic-containment", "kind: gb-dynamic-containment", "profile-unverified", nil),
    ]

    @Test("findings: each has its identity and its place", arguments: rows.indices)
    func places(row: Int) throws {
        let (old, new, identity, at) = Self.rows[row]
        let range = try #require(BrokenSite.base.range(of: old))
        let text = BrokenSite.base.replacingCharacters(in: range, with: new)
        let finding = try #require(try Self.findings(text).first { $0.identity == identity })
        #expect(finding.severity == .warning)
        guard let at else { return }
        let before = text[..<(try #require(text.range(of: at)).lowerBound)]
        let line = before.filter { $0 == "\n" }.count + 1
        #expect(finding.place?.line == line, "\(finding)")
    }
}
