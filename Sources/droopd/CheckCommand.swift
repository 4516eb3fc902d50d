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
        let fitness = Fitness(site: site)
        for line in fitness.summary { print(line) }
        for error in fitness.errors { complain("error: \(error)") }
        for warning in fitness.warnings { complain("warning: \(warning)") }
        if strict, !fitness.warnings.isEmpty {
            complain("\(fitness.warnings.count) warnings count as errors with --strict.")
        }
        if !fitness.errors.isEmpty || (strict && !fitness.warnings.isEmpty) { throw SystemExit.badConfiguration }
        print(fitness.warnings.isEmpty ? "\(site.file) is in order." : "\(site.file) is valid; see the warnings.")
    }
}
