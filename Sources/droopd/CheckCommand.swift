import ArgumentParser
import Evidence
import Foundation
import FrequencyResponse
import SiteConfiguration

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Finds every mistake in a site file, then says what the site is fit for.")

    @OptionGroup var options: SiteOptions

    @Flag(help: "Treats every warning as an error.")
    var strict = false

    func run() throws {
        let site = try options.site()
        let findings = site.findings
        let errors = findings.filter { $0.severity == .error }
        let warnings = findings.filter { $0.severity == .warning }
        for note in findings where note.severity == .note { print(note.text) }
        for error in errors { complain("error: \(error.text)") }
        for warning in warnings { complain("warning: \(warning.text)") }
        if strict, !warnings.isEmpty { complain("\(warnings.count) warnings count as errors with --strict.") }
        if !errors.isEmpty || (strict && !warnings.isEmpty) { throw SystemExit.badConfiguration }
        print(warnings.isEmpty ? "\(site.file) is in order." : "\(site.file) is valid; see the warnings.")
    }
}
