import ArgumentParser
import Foundation
import Glibc
import SiteConfiguration

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Explains the keys of the site file: units, ranges, defaults and meanings.",
        discussion: "The reader takes every key from the same table. `droopd services KIND` lists a service's keys.")

    @Argument(help: "A section such as site.connection, chargers or gpio.inputs; else the sections are listed.")
    var section: String?

    @Flag(help: "Prints the whole reference as a Markdown document.")
    var markdown = false

    @Flag(help: "Prints every section with its keys.")
    var all = false

    @Flag(help: "Prints JSON.")
    var json = false

    func run() throws {
        let groups = [KeyGroup.siteFile] + KeyGroup.siteFile.sections
        if markdown { return print(KeyDocument.markdown, terminator: "") }
        guard let section else {
            if json { return try printJSON(groups) }
            return all ? print(groups.map { $0.text(width: Self.width) }.joined(separator: "\n\n")) : list(groups)
        }
        guard let group = KeyGroup.siteFile[path: section] else {
            let paths = groups.dropFirst().map(\.path).reduce(into: [String]()) {
                if !$0.contains($1) { $0.append($1) }
            }
            throw fail(
                "there is no section \(section) in a site file; there are \(paths.joined(separator: ", ")).",
                ExitCode(64))
        }
        json ? try printJSON([group]) : print(group.text(width: Self.width))
    }

    private func list(_ groups: [KeyGroup]) {
        var seen: Set<String> = []
        for group in groups.dropFirst() where seen.insert(group.path).inserted {
            print(group.path + String(repeating: " ", count: max(1, 30 - group.path.count)) + group.meaning)
        }
        print("\n`droopd keys SECTION` explains one, and `droopd keys --all` every one.")
    }

    private struct Entry: Encodable {
        var section: String
        var key: String
        var values: String
        var `default`: String
        var is_required: Bool
        var meaning: String
        var since: String
    }

    private func printJSON(_ groups: [KeyGroup]) throws {
        let entries = groups.flatMap { group in
            group.keys.map { key in
                Entry(
                    section: group.path, key: key.name, values: key.value.text, default: key.standard,
                    is_required: key.isRequired, meaning: key.meaning, since: key.since)
            }
        }
        print(try jsonText(entries))
    }

    /// The width of the terminal; 100 where there is none.
    private static var width: Int {
        var size = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }
}
