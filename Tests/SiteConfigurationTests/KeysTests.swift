import Foundation
import FrequencyResponse
import TestSupport
import Testing

@testable import SiteConfiguration

@Suite("The schema of the site file")
struct KeysTests {
    private static let groups =
        [KeyGroup.siteFile, .commissioningFile] + KeyGroup.siteFile.sections + KeyGroup.commissioningFile.sections
        + ServiceKind.all.map { KeyGroup.service($0) }

    @Test("docs/site-file.md: is what `droopd keys --markdown` prints")
    func document() throws {
        let document = try String(contentsOfFile: TestData.root + "/docs/site-file.md", encoding: .utf8)
        #expect(document == KeyDocument.markdown, "run `droopd keys --markdown >docs/site-file.md`")
    }

    @Test("a key: has a meaning of its own, and a default among its values")
    func keys() {
        for group in Self.groups {
            #expect(!group.meaning.isEmpty && (group.entries != nil || !group.keys.isEmpty), "\(group.path)")
            #expect(Set(group.keys.map(\.name)).count == group.keys.count, "\(group.path) has a key twice")
            for key in group.keys {
                #expect(key.meaning.count > 8 && key.meaning.count < 400, "\(group.path).\(key.name)")
                #expect(key.meaning.hasSuffix("."), "\(group.path).\(key.name)")
                switch (key.value, key.presence) {
                case (.quantity(_, let range), .number(let number)):
                    #expect(range.contains(number), "\(group.path).\(key.name): \(number)")
                case (.whole(let range), .whole(let number)): #expect(range.contains(number))
                case (.choice(let names), .word(let word)): #expect(names.contains(word), "\(group.path).\(key.name)")
                case (.text, .word), (_, .required), (_, .optional), (_, .derived), (_, .conditional): break
                default: Issue.record("\(group.path).\(key.name): a default of another kind than its values")
                }
            }
        }
    }

    @Test("every key of the schema: is read by the reader")
    func read() throws {
        let library = try ProfileLibrary(directory: TestData.profiles)
        var texts = BrokenSite.all.map(\.text)
        for site in try FileManager.default.contentsOfDirectory(atPath: TestData.sites) where site.hasSuffix(".yaml") {
            texts.append(try String(contentsOfFile: TestData.sites + "/" + site, encoding: .utf8))
        }
        let states =
            "end_states: { after_timeout: 0 W, after_power_return: unknown, after_local_takeover: charge_limit }"
        texts.append(BrokenSite.base.replacingOccurrences(of: "name: bay-1\n", with: "name: bay-1\n    \(states)\n"))
        texts.append("gpio: { outputs: { lamp: { chip: gpiochip0, line: 1 } } }")
        texts.append(
            """
            grid_code:
              kind: g99
              trips:
                - { frequency_below: 47 Hz, for: 1 s }
                - { frequency_above: 52 Hz, for: 1 s }
                - { voltage_below: 80 %, for: 1 s }
                - { voltage_above: 120 %, for: 1 s }
              enter_service: { frequency: [49 Hz, 51 Hz], voltage: [90 %, 110 %] }
            """)
        for kind in ServiceKind.all {
            let keys = kind == .step ? "" : ", controller: switching, release: { above: 49.9 Hz, for: 1 s }"
            texts.append("service: { kind: \(kind.rules.name), capacity: 7 kW\(keys) }")
        }
        var asked: Set<String> = []
        for text in texts {
            let problems = ProblemCollector(file: "site.yaml")
            _ = try? SiteReader.read(text: text, problems: problems, library: library)
            asked.formUnion(problems.asked)
        }
        let file = KeyGroup.siteFile
        let all = ([file] + file.sections).flatMap { group in group.keys.map { "\(group.path).\($0.name)" } }
        #expect(all.filter { !asked.contains($0) } == [])
    }

    @Test(
        "a section: is found by its path, with and without the marks of lists and names",
        arguments: [
            ("site.connection", "site.connection"), ("chargers", "chargers[]"),
            ("chargers[].vehicle", "chargers[].vehicle"),
            ("chargers.vehicle", "chargers[].vehicle"), ("gpio.inputs", "gpio.inputs"),
            ("gpio.inputs.NAME", "gpio.inputs.NAME"), ("service", "service"),
        ])
    func path(asked: String, found: String) {
        #expect(KeyGroup.siteFile[path: asked]?.path == found)
    }

    @Test("a section that is not there: none is found", arguments: ["", "sit", "site.name", "chargers[].vehicles"])
    func noPath(asked: String) {
        #expect(KeyGroup.siteFile[path: asked] == nil)
    }

    @Test("a section in words: no line is wider than the terminal, and every key is there", arguments: [40, 80, 200])
    func text(width: Int) {
        for group in Self.groups {
            let lines = group.text(width: width).split(separator: "\n")
            for key in group.keys { #expect(lines.contains { $0.hasPrefix("  \(key.name):") }) }
            for line in lines where line.hasPrefix("      ") {
                #expect(line.count <= width || !line.dropFirst(6).contains(" "), "\(line)")
            }
        }
    }
}
