import ArgumentParser
import FrequencyResponse
import Simulation
import SiteConfiguration

/// Random paths of frequency and voltage through every grid code, compared with a model that looks at the whole path
/// instead of keeping timers.
struct GridCodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grid-code",
        abstract: "Trip and enter-service behaviour on random paths, against a model that keeps no timers.")

    @Option(help: "How many paths.")
    var paths = 10_000

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Flag(help: "Prints the paths of IEEE 1547 without unknown values, with the result, as CSV for another model.")
    var csv = false

    func run() throws {
        var tally = (samples: 0, trips: 0, entries: 0, unwitnessed: 0)
        if csv { print("path,time_s,frequency_hz,voltage_pu,in_service") }
        for number in 0..<UInt64(paths) {
            let code = csv ? GridCode.ieee1547 : GridCode.allCases[Int(number) % GridCode.allCases.count]
            let path = GridCodePath(code, seed: seed + number, hasUnknown: !csv)
            let expected = path.expected
            let found = path.found
            if csv {
                for index in path.samples.indices {
                    let sample = path.samples[index]
                    print(
                        """
                        \(number),\(sample.time.seconds),\(sample.frequency ?? 0),\(sample.voltage ?? 0),\
                        \(found[index] ? 1 : 0)
                        """)
                }
            }
            if let at = found.indices.first(where: { found[$0] != expected[$0] }) {
                print(
                    """
                    \(code.rawValue), seed \(seed + number): at \(path.samples[at].time.seconds) s the law says \
                    \(found[at] ? "in" : "out of") service, the model \(expected[at] ? "in" : "out of")
                    """)
                throw ExitCode.failure
            }
            tally.samples += found.count
            for (before, after) in zip(found, found.dropFirst()) where before != after {
                if after { tally.entries += 1 } else { tally.trips += 1 }
            }
            tally.unwitnessed += path.hasUnwitnessed ? 1 : 0
        }
        guard !csv else { return }
        print(
            """
            \(paths) paths of \(GridCode.allCases.count) codes, \(tally.samples) samples, \(tally.trips) trips, \
            \(tally.entries) entries, \(tally.unwitnessed) paths without a voltage for too long: no difference
            """)
        guard paths < 100 || tally.trips > paths / 4 && tally.entries > paths / 4 && tally.unwitnessed > 0 else {
            print("some of these were hardly ever reached: the trial proves too little")
            throw ExitCode.failure
        }
    }
}

/// One path, with what the law and the model make of it.
struct GridCodePath {
    struct Sample {
        /// Since the start.
        var time: Interval
        /// Nil where it is not known; voltages are shares of nominal.
        var frequency: Double?
        var voltage: Double?
    }

    private let settings: GridCodeSettings
    private(set) var samples: [Sample] = []
    private let startsInService: Bool

    init(_ code: GridCode, seed: UInt64, hasUnknown: Bool) {
        var random = SeededGenerator(seed: seed)
        settings = code.settings
        startsInService = random.chance(0.5)
        var time = Interval.zero
        for _ in 0..<(4 + random.below(10)) {
            // A stretch of one value, near a limit or anywhere, for a time near one of the code's.
            var frequency: Double? = code.nominalFrequency.value
            var voltage: Double? = 1
            let rule = settings.rules[random.below(settings.ruleCount)]
            if random.chance(0.6) {
                let near = rule.limit * (1 + random.pick([-1, -1, 1, 1, 0]) * random.pick([1e-6, 1e-3, 0.02]))
                if rule.quantity == .frequency { frequency = near } else { voltage = near }
            } else if random.chance(0.3) {
                frequency = random.pick([
                    settings.enterFrequency.lowest.value, settings.enterFrequency.highest.value,
                    settings.enterFrequency.highest.value + 1e-6,
                ])
                voltage = random.pick([settings.enterVoltage.lowest.value, settings.enterVoltage.highest.value, 0])
            }
            if hasUnknown, random.chance(0.15) { frequency = nil }
            if hasUnknown, random.chance(0.1) { voltage = nil }
            let usual = random.pick([rule.time, settings.enterDelay, settings.unwitnessedLimit, .seconds(1)])
            let length = max(Int64(60), Int64(usual.seconds * 1_000 * random.pick([0.4, 0.99, 1.01, 1.6])))
            let end = time + .milliseconds(length)
            let step = Interval.milliseconds(max(20, length / Int64(20 + random.below(40))))
            while time < end {
                samples.append(Sample(time: time, frequency: frequency, voltage: voltage))
                time = time + step
            }
        }
    }

    /// By the law: whether the site is in service after each sample.
    var found: [Bool] {
        var watch = GridCodeWatch(isInService: startsInService)
        return samples.map { sample in
            watch.update(
                frequency: sample.frequency.map { Hertz($0) },
                voltage: sample.voltage.map { .known(lowest: Volts($0), highest: Volts($0)) } ?? .unknown,
                nominalVoltage: Volts(1), now: Instant(nanoseconds: 1_000_000_000_000) + sample.time,
                settings: settings)
            return !watch.isOutOfService
        }
    }

    /// By looking back from each sample: out of service since the last trip, unless the window has lasted since.
    var expected: [Bool] {
        var lastTrip: Int? = startsInService ? nil : -1
        var inService = startsInService
        return samples.indices.map { index in
            if breaksRule(at: index) {
                lastTrip = index
                inService = false
            } else if isUnwitnessed(at: index) {
                // What has happened since is no return of the grid.
                lastTrip = index
                inService = false
            } else if !inService, let trip = lastTrip, hasEntered(after: trip, at: index) {
                inService = true
            }
            return inService
        }
    }

    var hasUnwitnessed: Bool { samples.indices.contains { isUnwitnessed(at: $0) } }

    /// Whether a rule has been broken for its time: the known time of the last stretch without a known value inside.
    private func breaksRule(at index: Int) -> Bool {
        (0..<settings.ruleCount).contains { number in
            let rule = settings.rules[number]
            func value(_ sample: Sample) -> Double? {
                rule.quantity == .frequency ? sample.frequency : sample.voltage
            }
            func isBroken(_ value: Double) -> Bool { rule.isBelow ? value < rule.limit : value > rule.limit }
            guard let now = value(samples[index]), isBroken(now) else { return false }
            var time = Interval.zero
            var back = index
            while back > 0 {
                let before = value(samples[back - 1])
                if let before, !isBroken(before) { break }
                if before != nil, value(samples[back]) != nil {
                    time = time + (samples[back].time - samples[back - 1].time)
                }
                back -= 1
            }
            return time >= rule.time
        }
    }

    private func isUnwitnessed(at index: Int) -> Bool {
        guard samples[index].voltage == nil else { return false }
        var first = index
        while first > 0, samples[first - 1].voltage == nil { first -= 1 }
        return samples[index].time - samples[first].time >= settings.unwitnessedLimit
    }

    /// Whether the last stretch after the trip without a known value outside the window is long enough. Only time
    /// between two samples that are known counts, from the first sample that is wholly known.
    private func hasEntered(after trip: Int, at index: Int) -> Bool {
        func isKnown(_ sample: Sample) -> Bool { sample.frequency != nil && sample.voltage != nil }
        func isOutside(_ sample: Sample) -> Bool {
            let frequencyIsOut =
                sample.frequency.map {
                    Hertz($0) < settings.enterFrequency.lowest || Hertz($0) > settings.enterFrequency.highest
                } ?? false
            let voltageIsOut =
                sample.voltage.map {
                    Ratio($0) < settings.enterVoltage.lowest || Ratio($0) > settings.enterVoltage.highest
                } ?? false
            return frequencyIsOut || voltageIsOut
        }
        var first = index
        while first > trip + 1, !isOutside(samples[first - 1]) { first -= 1 }
        guard !isOutside(samples[index]) else { return false }
        while first <= index, !isKnown(samples[first]) { first += 1 }
        guard first <= index, isKnown(samples[index]) else { return false }
        var time = Interval.zero
        for step in first..<index where isKnown(samples[step]) && isKnown(samples[step + 1]) {
            time = time + (samples[step + 1].time - samples[step].time)
        }
        return time >= settings.enterDelay && index > first
    }
}
