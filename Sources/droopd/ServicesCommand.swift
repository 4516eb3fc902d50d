import ArgumentParser
import Foundation
import FrequencyResponse
import SiteConfiguration

struct ServicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services", abstract: "Lists the services, or explains one with its curve.")

    @Argument(help: "The service to explain.")
    var name: String?

    @Flag(help: "Prints JSON.")
    var json = false

    func run() throws {
        let kinds = ServiceKind.all
        if let name {
            guard let kind = kinds.first(where: { $0.rules.name.description == name }) else {
                throw fail(
                    """
                    there is no service \(name); there are \
                    \(kinds.map { $0.rules.name.description }.joined(separator: ", ")).
                    """,
                    ExitCode(64))
            }
            try json ? printJSON([kind]) : print(ServiceSheet.text(kind))
        } else {
            try json ? printJSON(kinds) : list(kinds.map(\.rules))
        }
    }

    private func list(_ services: [ServiceRules]) {
        for rules in services {
            let name = rules.name.description
            print(name + String(repeating: " ", count: max(1, 26 - name.count)) + rules.title.description)
        }
        print("\n`droopd services NAME` explains one.")
    }

    private struct Entry: Encodable {
        var name: String
        var title: String
        var source: String
        var unverified: String
        var start_within_s: Double?
        var full_within_s: Double?
        var duration_s: Double
        var baseline: String
        var points: [[Double]]?
    }

    private func printJSON(_ kinds: [ServiceKind]) throws {
        let entries = kinds.map { kind in
            let rules = kind.rules
            let curve = rules.shape.flatMap { try? $0.curve() }
            return Entry(
                name: rules.name.description, title: rules.title.description, source: rules.source.description,
                unverified: rules.unverified.description, start_within_s: rules.timing.startWithin?.seconds,
                full_within_s: rules.timing.fullWithin?.seconds, duration_s: rules.duration.seconds,
                baseline: "\(rules.baselineRule)",
                points: curve.map { curve in
                    (0..<curve.pointCount).map { [curve[$0].deviation.value, curve[$0].response.value] }
                })
        }
        print(try jsonText(entries))
    }
}
