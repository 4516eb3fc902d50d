import ArgumentParser
import Evidence
import Foundation
import FrequencyResponse

struct ServicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services", abstract: "Lists the services, or explains one with its curve.")

    @Argument(help: "The service to explain.")
    var name: String?

    @Flag(help: "Prints JSON.")
    var json = false

    func run() throws {
        let kinds = (0..<ServiceKind.count).compactMap { ServiceKind(rawValue: UInt8($0)) }
        if let name {
            guard let kind = kinds.first(where: { $0.rules.name.description == name }) else {
                throw fail(
                    "there is no service \(name); there are \(kinds.map { $0.rules.name.description }.joined(separator: ", ")).",
                    ExitCode(64))
            }
            try json ? printJSON([kind]) : explain(kind.rules)
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

    private func explain(_ rules: ServiceRules) {
        print(rules.title)
        print("  source          \(rules.source)")
        if !rules.unverified.description.isEmpty { print("  unverified      \(rules.unverified)") }
        print("  grid            \(rules.nominalFrequency.map { "\(Int($0.value)) Hz" } ?? "any")")
        print("  starts within   \(rules.startWithin.map { "\($0.seconds) s" } ?? "as set")")
        print("  full within     \(rules.fullWithin.map { "\($0.seconds) s" } ?? "as set")")
        print("  kept up for     \(Int(rules.duration.seconds / 60)) min")
        print("  side            \(rules.direction)")
        print("  baseline        \(rules.baselineRule)")
        guard let shape = rules.shape, let curve = try? shape.curve() else {
            print("  curve           described in the site file")
            for line in Self.keys(rules.name.description) { print("    \(line)") }
            return
        }
        let nominal = rules.nominalFrequency ?? Hertz(50)
        print("  curve")
        for index in 0..<curve.pointCount {
            let point = curve[index]
            print("    \(Report.fixed((nominal + point.deviation).value, 3)) Hz  \(Report.fixed(point.response.value * 100, 1)) %")
        }
        print("\n" + CurvePicture(curve: curve, nominal: nominal).text)
    }

    /// The keys by which a site file describes the curve.
    private static func keys(_ name: String) -> [String] {
        if name == "step" {
            return [
                "trigger: 49.85 Hz       starts it; above nominal it supports a high frequency",
                "power: 100 %            of the capacity, 1 % to 100 %",
                "hold: 10 min            lasts at least so long, 1 s to 2 h",
                "release: { above: 49.9 Hz, for: 60 s }   and ends only after frequency was back for so long (below: for a high trigger)",
                "recovery_ramp: 20 %/min how fast it then ends, and how fast charging comes back",
            ]
        }
        return name == "droop"
            ? [
                "deadband: 36 mHz        to each side of nominal, 0 Hz to 1 Hz",
                "droop: 5 %              change of frequency, as a share of nominal, for the whole capacity; 0.5 % to 50 %",
                "response_time: 5 s      to 90 % of a step, 0 s to 60 s",
            ]
            : [
                "points: [[49.5 Hz, 100 %], [49.9 Hz, 0 %], [50.1 Hz, 0 %], [50.5 Hz, -100 %]]",
                "2 to 64 points upwards in frequency; the response never rises, and is 0 % at nominal",
            ]
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
                unverified: rules.unverified.description, start_within_s: rules.startWithin?.seconds,
                full_within_s: rules.fullWithin?.seconds, duration_s: rules.duration.seconds,
                baseline: "\(rules.baselineRule)",
                points: curve.map { curve in
                    (0..<curve.pointCount).map { [curve[$0].deviation.value, curve[$0].response.value] }
                })
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(entries), as: UTF8.self))
    }
}

/// A droop curve drawn with characters.
struct CurvePicture {
    let curve: Curve
    let nominal: Hertz

    private static let width = 61
    private static let height = 15

    var text: String {
        let reach = max(curve[0].deviation.magnitude, curve[curve.pointCount - 1].deviation.magnitude).value * 1.2
        var rows = [[Character]](repeating: [Character](repeating: " ", count: Self.width), count: Self.height)
        rows[Self.height / 2] = [Character](repeating: "·", count: Self.width)
        for row in rows.indices where rows[row][Self.width / 2] != "·" { rows[row][Self.width / 2] = "·" }
        for column in 0..<Self.width {
            let deviation = (Double(column) / Double(Self.width - 1) * 2 - 1) * reach
            let response = curve.response(at: Hertz(deviation)).value
            let row = Int(((1 - response) / 2 * Double(Self.height - 1)).rounded())
            rows[row][column] = "●"
        }
        let labels = ["+100 %", "   0 %", "-100 %"]
        let lines = rows.enumerated().map { index, row -> String in
            let label = index == 0 ? labels[0] : index == Self.height / 2 ? labels[1] : index == Self.height - 1 ? labels[2] : "      "
            return "  \(label) " + String(row)
        }
        let left = Report.fixed(nominal.value - reach, 2)
        let right = Report.fixed(nominal.value + reach, 2)
        let middle = Report.fixed(nominal.value, 2)
        let gap = (Self.width - left.count - middle.count - right.count) / 2
        return lines.joined(separator: "\n") + "\n         " + left + String(repeating: " ", count: gap) + middle
            + String(repeating: " ", count: gap) + right + " Hz"
    }
}
