import ArgumentParser
import Evidence
import Foundation
import FrequencyResponse
import SiteConfiguration

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Finds every mistake in a site file, then says what the site is fit for.")

    @Argument(help: "The site file.")
    var file: String?

    @Option(help: "The site file, as for other commands.")
    var config: String?

    @OptionGroup var profileOptions: ProfileOptions

    @Flag(help: "Treats every warning as an error, except those that the site file accepts.")
    var strict = false

    @Flag(help: "Prints the findings as JSON, for programs.")
    var json = false

    @Flag(help: "Prints a JSON Schema of the site file, for editors, and checks nothing.")
    var schema = false

    func validate() throws {
        if config == nil, file == nil, !schema {
            throw ValidationError("Name the site file, as in `droopd check site.yaml`.")
        }
        if config != nil, file != nil { throw ValidationError("Name one site file.") }
    }

    func run() throws {
        guard let path = config ?? file, !schema else { return print(KeySchema.json) }
        let site = try json ? siteOrJSON(path) : SiteOptions.site(path, profileOptions)
        let findings = site.findings
        let errors = findings.filter { $0.severity == .error }
        let warnings = findings.filter { $0.severity == .warning && !$0.isAccepted }
        if json { try print(Self.json(findings)) } else { tell(findings) }
        if strict, !warnings.isEmpty {
            complain("\(Formatting.counted(warnings.count, "warning")) count as errors with --strict.")
        }
        if !errors.isEmpty || (strict && !warnings.isEmpty) { throw SystemExit.badConfiguration }
        guard !json else { return }
        print(warnings.isEmpty ? "\(site.file) is in order." : "\(site.file) is valid; see the warnings.")
    }

    /// The site; or its mistakes as JSON, and the end.
    private func siteOrJSON(_ path: String) throws -> Site {
        let library = try profileOptions.library()
        do {
            return try SiteReader.read(path: path, library: library)
        } catch {
            let rows = error.all.map {
                Row(
                    identity: "mistake", severity: "error", accepted: false, subject: $0.subject,
                    line: $0.line > 0 ? $0.line : nil, column: $0.line > 0 ? $0.column : nil, text: $0.statement)
            }
            print(try jsonText(rows))
            throw SystemExit.badConfiguration
        }
    }

    private func tell(_ findings: [Finding]) {
        for note in findings where note.severity == .note { print(note.text) }
        for error in findings where error.severity == .error { complain("error: \(error.text)") }
        for warning in findings where warning.severity == .warning {
            if warning.isAccepted {
                print("accepted: \(warning.text)")
            } else {
                complain("warning: \(warning.text) [\(warning.identity)]")
            }
        }
    }

    /// A finding as programs read it.
    private struct Row: Encodable {
        var identity: String
        var severity: String
        var accepted: Bool
        var subject: String
        var line: Int?
        var column: Int?
        var text: String
    }

    private static func json(_ findings: [Finding]) throws -> String {
        try jsonText(
            findings.map {
                Row(
                    identity: $0.identity, severity: $0.severity.rawValue, accepted: $0.isAccepted,
                    subject: $0.subject, line: $0.place?.line, column: $0.place?.column,
                    text: $0.statement.trimmingCharacters(in: .whitespaces))
            })
    }
}
