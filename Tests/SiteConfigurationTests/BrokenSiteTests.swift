import Foundation
import TestSupport
import Testing

@testable import SiteConfiguration

@Suite("Broken site files")
struct BrokenSiteTests {
    static let library = try! ProfileLibrary(directory: TestData.profiles)

    @Test("the base file has no mistakes")
    func base() throws {
        let site = try SiteReader.read(text: BrokenSite.base, file: "site.yaml", library: Self.library)
        #expect(site.chargers.count == 2)
        #expect(site.unusedSections == ["journal", "status"])
    }

    @Test("there are at least a hundred of them, each with its own name")
    func count() {
        #expect(BrokenSite.all.count >= 100)
        #expect(Set(BrokenSite.all.map(\.name)).count == BrokenSite.all.count)
    }

    @Test("each mistake is named at its line and column", arguments: BrokenSite.all)
    func mistakes(broken: BrokenSite) throws {
        do {
            _ = try SiteReader.read(text: broken.text, file: "site.yaml", library: Self.library)
            Issue.record("the file was taken")
        } catch {
            let said = error.all.map(\.sentence).joined(separator: "\n")
            for mistake in broken.mistakes {
                let found = error.all.filter { $0.statement.contains(mistake.says) }
                #expect(!found.isEmpty, "“\(mistake.says)” was not said, but: \(said)")
                // Where YAML itself breaks, its reader decides on the place; it must be inside the file.
                if mistake.at == "MARK" || mistake.at.isEmpty {
                    let lines = broken.text.filter { $0 == "\n" }.count + 1
                    #expect(found.allSatisfy { $0.line >= 1 && $0.line <= lines && $0.column >= 1 }, "\(said)")
                } else {
                    let place = broken.place(of: mistake.at)
                    #expect(
                        found.contains { $0.line == place.line && $0.column == place.column },
                        "\(place) is not in: \(said)")
                }
            }
            // One mistake gives one sentence; a needed key that is misspelt is missing as well.
            if broken.mistakes.count == 1 {
                let others = error.all.filter {
                    !$0.statement.contains(broken.mistakes[0].says) && !$0.statement.contains("is missing")
                }
                #expect(others.isEmpty, "\(said)")
            }
        }
    }

    /// Every sentence that the broken sites get, so that a restructuring can show that it changed none.
    @Test("all sentences are as accepted")
    func sentences() throws {
        var text = ""
        for broken in BrokenSite.all {
            text += "## \(broken.name)\n"
            do {
                _ = try SiteReader.read(text: broken.text, file: "site.yaml", library: Self.library)
            } catch {
                for problem in error.all { text += problem.sentence.replacing(TestData.root, with: "ROOT") + "\n" }
            }
        }
        try Golden.compare(text, with: "broken-sites.txt")
    }

    @Test("a folder, a missing file and a file that is too large are refused unread")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("droopd-broken-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let large = folder.appendingPathComponent("large.yaml").path
        #expect(FileManager.default.createFile(atPath: large, contents: nil))
        try FileHandle(forWritingTo: URL(fileURLWithPath: large)).truncate(atOffset: 100_000_000)
        let binary = folder.appendingPathComponent("binary.yaml").path
        try Data([0xFF, 0xFE, 0x00, 0x80]).write(to: URL(fileURLWithPath: binary))
        for (path, says) in [
            (folder.path, "directory"), (folder.path + "/none.yaml", "can't be opened"), (large, "100000000 bytes"),
            (binary, "not UTF-8"), ("/dev/zero", "not a regular file"),
        ] {
            do {
                _ = try SiteReader.read(path: path, library: Self.library)
                Issue.record("\(path) was taken")
            } catch {
                #expect(error.all.count == 1)
                #expect(error.all[0].sentence.contains(says), "\(error.all[0].sentence)")
            }
        }
    }
}
