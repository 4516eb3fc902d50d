import ArgumentParser
import Evidence
import Foundation
import FrequencyResponse
import SiteConfiguration

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Finds every mistake in a site file, then says what the site is fit for.")

    @Option(help: "The site file.")
    var config: String?

    @OptionGroup var profileOptions: ProfileOptions

    @Flag(help: "Treats every warning as an error.")
    var strict = false

    @Flag(help: "Prints a JSON Schema of the site file, for editors, and checks nothing.")
    var schema = false

    func validate() throws {
        if config == nil, !schema { throw ValidationError("Name the site file with --config.") }
    }

    func run() throws {
        guard let config, !schema else { return print(KeySchema.json) }
        let site = try SiteOptions.site(config, profileOptions)
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
