import ArgumentParser
import FrequencyResponse
import Replay
import Simulation

struct MonthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "month",
        abstract: "A month of frequency with 50 vehicles that come and go; the offer is called at random instants.",
        discussion: "Without a recording and sessions both are made from the seed, and it says so.")

    @Option(help: "A recording of frequency.")
    var recording: String?

    @Option(
        help:
            """
            Charging sessions as CSV: arrival, departure, requested energy in kWh, delivered energy, station, session, \
            estimated departure.
            """
    )
    var sessions: String?

    @Option(help: "How many calls.")
    var calls = 200

    @Option(help: "The seed of everything that is random.")
    var seed: UInt64 = 1

    @Option(help: "How many days, at most the recording's.")
    var days = 31

    @Option(help: "The seconds between two ticks.")
    var period = 2

    func run() throws {
        let trace = try FrequencyTrace(recording: recording, days: days, seed: seed)
        let visits = try Visits(path: sessions, seed: seed, days: days)
        print("\(trace.origin); \(visits.origin)")
        var month = MonthTrial(trace: trace, visits: visits, seed: seed, calls: calls, period: .seconds(Int64(period)))
        month.run()
        for line in month.summary { print("  \(line)") }
        guard month.isGood else {
            print(
                """
                repeat it: .build/release/LawTrials \
                month\(recording.map { " --recording \($0)" } ?? "")\(sessions.map { " --sessions '\($0)'" } ?? "") \
                --calls \(calls) --seed \(seed) --days \(days)
                """
            )
            throw ExitCode.failure
        }
    }
}

/// Frequency every ten seconds.
struct FrequencyTrace {
    let values: [Hertz]
    let interval: Interval
    let origin: String

    init(recording: String?, days: Int, seed: UInt64) throws {
        guard let recording else {
            var random = SeededGenerator(seed: seed &+ 7)
            var deviation = 0.0
            interval = .seconds(10)
            // A walk that is drawn back, as wide as the one measured in France in May 2019 (20 mHz).
            values = (0..<(days * 8_640)).map { _ in
                deviation += -deviation * 0.05 + random.symmetric() * 0.0108
                return Hertz(50 + deviation)
            }
            origin = "SKIPPED: no recording was named, frequency is made from the seed"
            return
        }
        do {
            let read = try RecordingReader.read(path: recording, options: RecordingOptions())
            values = read.samples.prefix(days * 8_640).compactMap(\.frequency)
            interval = read.interval
            origin = "\(values.count) recorded values of frequency"
        } catch {
            throw ValidationError(error.sentence)
        }
    }
}
