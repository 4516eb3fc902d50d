import ArgumentParser
import FrequencyResponse
import Replay
import SiteConfiguration

/// A month or a year of every service: the delivered energy stays near the energy asked, or the shortfall accounts for
/// the difference.
struct EnergyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "energy",
        abstract: "A recording of a month through every service: delivered energy against the energy asked.")

    @Option(help: "The folder of the device profiles.")
    var profiles = "Hardware/Profiles"

    @Option(help: "The recording.")
    var recording: String

    @Option(name: .customLong("repeat"), help: "How many times the recording is played, one after the other.")
    var repeats = 1

    @Option(help: "Takes every so many rows of the recording.")
    var every = 1

    @Option(help: "How much of the energy asked may be missing without a cause.")
    var tolerance = 0.02

    func run() throws {
        let library = try ProfileLibrary(directory: profiles)
        let recording = Self.recording(
            try RecordingReader.read(path: recording, options: RecordingOptions()), repeats: repeats, every: every)
        var isWithin = true
        var count = 0
        // What follows a signal has none in a recording of frequency alone.
        for kind in ServiceKind.all where kind != .pjmRegD {
            let nominal = kind.rules.nominalFrequency ?? Hertz(50)
            let played = nominal == Hertz(50) ? recording : Self.recording(recording, shifted: nominal - Hertz(50))
            for text in SwingTrial.variants(kind) {
                let site = try SiteReader.read(
                    text: text.replacing("battery: 77 kWh", with: "battery: 1 MWh"), file: "\(kind)", library: library)
                let found = Self.run(site, played)
                count += 1
                let isGood = found.unexplained.magnitude.value <= found.allowed(tolerance)
                isWithin = isWithin && isGood
                let service = text.split(separator: "\n").first { $0.hasPrefix("service:") } ?? ""
                print("\(isGood ? "good" : "OFF ") \(found.description); \(service)")
            }
        }
        print(
            """
            \(count) variants over \(recording.samples.count) rows, those of 60 Hz with 10 Hz more; the service by a \
            signal is left out
            """)
        guard isWithin else { throw ExitCode.failure }
    }

    /// Every so many rows of a recording, played several times.
    private static func recording(_ whole: Recording, repeats: Int, every: Int) -> Recording {
        guard repeats > 1 || every > 1, let last = whole.samples.last else { return whole }
        let rows = whole.samples.enumerated().compactMap { $0 % every == 0 ? $1 : nil }
        var result = whole
        result.interval = whole.interval * Int64(every)
        result.samples = (0..<repeats).flatMap { pass in
            rows.map {
                var row = $0
                row.time = row.time + (last.time + result.interval) * Int64(pass)
                return row
            }
        }
        return result
    }

    private static func recording(_ whole: Recording, shifted difference: Hertz) -> Recording {
        var result = whole
        for index in result.samples.indices {
            result.samples[index].frequency = result.samples[index].frequency.map { $0 + difference }
        }
        return result
    }

    private struct Books {
        /// With its sign, and without it.
        var asked = WattHours.zero
        var moved = WattHours.zero
        var delivered = WattHours.zero
        var shortfall = WattHours.zero
        /// For how long a response was asked.
        var time = Interval.zero
        var step = Watts.zero

        var difference: WattHours { delivered - asked }
        /// Positive shortfall is energy that was not delivered.
        var unexplained: WattHours { difference + shortfall }

        func allowed(_ tolerance: Double) -> Double { moved.value * tolerance + step.energy(over: time).value }

        var description: String {
            func kilowattHours(_ energy: WattHours) -> String { Formatting.fixed(energy.value / 1_000, 3) }
            return """
                asked \(kilowattHours(asked)) kWh net, \(kilowattHours(moved)) without signs, delivered \
                \(kilowattHours(delivered)), of the difference \(kilowattHours(shortfall)) a shortfall and \
                \(kilowattHours(unexplained)) unexplained
                """
        }
    }

    private static func run(_ site: Site, _ recording: Recording) -> Books {
        var settings = site.lawSettings(recordingInterval: recording.interval)
        settings.sensing.first.measuresVoltage = false
        let chargers = zip(site.chargers, site.fleet).map {
            ReplayCharger(name: $0.name, profile: $0.profile, settings: $1, initialCharge: Ratio(0.6))
        }
        var run = ReplayRun(
            recording: recording, site: ReplaySite(settings: settings, chargers: chargers, period: recording.interval))
        var books = Books()
        books.step = site.fleet[0].resolution
        var last: (time: Interval, outputs: TickOutputs)?
        run.run { step in
            if let last {
                let time = step.time - last.time
                // What flows at the end of the time is what the setpoints of its beginning have brought.
                books.asked += last.outputs.response.energy(over: time)
                books.moved += last.outputs.response.magnitude.energy(over: time)
                books.delivered += (last.outputs.baseline - step.power).energy(over: time)
                books.shortfall += last.outputs.shortfall.energy(over: time)
                if last.outputs.response != .zero { books.time = books.time + time }
            }
            last = (step.time, step.outputs)
            return true
        }
        return books
    }
}
