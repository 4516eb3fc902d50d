import ArgumentParser
import Foundation
import SiteConfiguration
import TestSupport

/// Seeded faults against the built program, each watched from the devices' side. Prints a table; fails when anything
/// was violated.
@main
struct FaultCampaign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plays seeded faults against the built program, and watches it from the wire.")

    @Option(help: "The built program.")
    var program: String

    @Option(help: "How many runs.")
    var runs = 60

    @Option(help: "The first seed; run n has the seed after it.")
    var seed: UInt64 = 1

    @Option(help: "How many runs at once.")
    var parallel = 6

    private final class Results: Sendable {
        struct Row {
            var seed: UInt64
            var faults: [Fault]
            var moment: FaultMoment
            /// Why it was not run.
            var skipped: String?
            var violations: [String]
            var recovery: Double?
        }
        let next = Locked(0)
        let rows = Locked<[Row]>([])
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let library = try ProfileLibrary(directory: TestData.profiles)
        let results = Results()
        let group = DispatchGroup()
        for _ in 0..<parallel {
            group.enter()
            Thread.detachNewThread { [self] in
                while true {
                    let number = results.next.withLock { next -> Int in
                        defer { next += 1 }
                        return next
                    }
                    guard number < runs else { break }
                    one(seed &+ UInt64(number), library, results)
                }
                group.leave()
            }
        }
        group.wait()
        try report(results.rows.withLock { $0 }.sorted { $0.seed < $1.seed })
    }

    /// Every fault comes in turn, so that each is there in any long enough part of a campaign; every third run has a
    /// second one at random.
    private func faults(_ seed: UInt64) -> [Fault] {
        let all = Fault.allCases
        let first = all[Int(seed) % all.count]
        guard seed % 3 == 0 else { return [first] }
        var mixed = seed &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 29
        let second = all[Int(mixed % UInt64(all.count))]
        return first == second || first.isAlone || second.isAlone ? [first] : [first, second]
    }

    /// One run in five has its fault while the program starts, one in seven while it ends. A minute of frozen registers
    /// is longer than both.
    private func moment(_ seed: UInt64, _ faults: [Fault]) -> FaultMoment {
        if faults.contains(.meterFrozen) { return .event }
        return seed % 5 == 4 ? .start : seed % 7 == 6 ? .stop : .event
    }

    private func one(_ seed: UInt64, _ library: ProfileLibrary, _ results: Results) {
        let faults = faults(seed)
        let moment = moment(seed, faults)
        var row = Results.Row(seed: seed, faults: faults, moment: moment, violations: [], recovery: nil)
        if faults.contains(where: \.needsRoot), getuid() != 0 {
            row.skipped = "one has to be root"
            results.rows.withLock { $0.append(row) }
            return
        }
        do {
            var run = try FaultRun(seed: seed, faults: faults, moment: moment, program: program, library: library)
            run.run()
            row.violations = run.violations
            row.recovery = run.recovery
        } catch {
            row.violations = ["could not be set up: \(error)"]
        }
        for violation in row.violations {
            print(
                "seed \(seed) (\(faults.map(\.rawValue).joined(separator: " and ")), \(moment.rawValue)): \(violation)")
        }
        let count = results.rows.withLock { rows -> Int in
            rows.append(row)
            return rows.count
        }
        if isatty(2) == 1 {
            FileHandle.standardError.write(Data("\r\(count) of \(runs) runs\(count == runs ? "\n" : "")".utf8))
        }
    }

    private func report(_ all: [Results.Row]) throws {
        let rows = all.filter { $0.skipped == nil }
        func column(_ text: String, _ width: Int) -> String {
            text.padding(toLength: width, withPad: " ", startingAt: 0)
        }
        print(column("fault", 38) + column("runs", 7) + column("violated", 10) + "answered again after (median, most)")
        for fault in Fault.allCases {
            let those = rows.filter { $0.faults.contains(fault) }
            guard !those.isEmpty else { continue }
            let times = those.filter { $0.moment == .event }.compactMap(\.recovery).sorted()
            let text =
                times.isEmpty ? "-" : String(format: "%.1f s, %.1f s", times[times.count / 2], times[times.count - 1])
            print(
                column(fault.rawValue, 38) + column("\(those.count)", 7)
                    + column("\(those.filter { !$0.violations.isEmpty }.count)", 10)
                    + text)
        }
        let violated = rows.filter { !$0.violations.isEmpty }
        let moments = [FaultMoment.event, .start, .stop].map { moment in
            "\(rows.filter { $0.moment == moment }.count) \(moment.rawValue)"
        }
        print(
            """
            \(rows.count) runs (\(moments.joined(separator: ", "))), \(rows.filter { $0.faults.count > 1 }.count) with \
            two faults, \(all.count - rows.count) \
            skipped\(all.first { $0.skipped != nil }.map { ": \($0.skipped ?? "")" } ?? ""), \(violated.count) violated
            """
        )
        guard violated.isEmpty else {
            print("again: --runs 1 --seed \(violated[0].seed)")
            throw ExitCode(1)
        }
    }
}

/// When the faults come.
enum FaultMoment: String {
    case event = "in an event"
    case start = "while starting"
    case stop = "while stopping"
}
