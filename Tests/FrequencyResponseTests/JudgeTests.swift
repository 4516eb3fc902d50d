import FrequencyResponse
import Testing

@Suite("Frequency judgement")
struct JudgeTests {
    private static let settings = JudgementSettings(nominalFrequency: Hertz(50), nominalVoltage: Volts(230))

    /// Feeds samples 50 ms apart, the first ones until frequency is trusted.
    private struct Feed {
        var judge = FrequencyJudge()
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var sequence: UInt32 = 0

        init() { for _ in 0..<3 { _ = sample(50) } }

        mutating func sample(_ frequency: Double?, voltage: Double? = 230, after milliseconds: Int64 = 50)
            -> JudgedFrequency
        {
            now = now + .milliseconds(milliseconds)
            sequence += 1
            return judge.update(
                FrequencySample(
                    frequency: frequency.map { Hertz($0) }, voltageLowest: voltage.map { Volts($0) },
                    voltageHighest: voltage.map { Volts($0) }, takenAt: now, sequence: sequence), now: now,
                settings: JudgeTests.settings)
        }

        /// Time passes and the meter says nothing.
        mutating func silence(_ milliseconds: Int64) -> JudgedFrequency {
            let last = now
            let later = now + .milliseconds(milliseconds)
            return judge.update(
                FrequencySample(frequency: Hertz(50), takenAt: last, sequence: sequence), now: later,
                settings: JudgeTests.settings)
        }
    }

    @Test("the third good sample is trusted, the first two are not")
    func start() {
        var judge = FrequencyJudge()
        for count in 1...3 {
            let now = Instant(nanoseconds: 1_000_000_000 + Int64(count) * 50_000_000)
            let judged = judge.update(
                FrequencySample(frequency: Hertz(50), takenAt: now, sequence: UInt32(count)), now: now,
                settings: Self.settings)
            #expect(judged.trust == (count < 3 ? .starting : .trusted))
        }
    }

    @Test("published events pass unaltered", arguments: [0.556, -0.673, 3.0, -4.0])
    func legitimateRates(hertzPerSecond: Double) {
        var feed = Feed()
        for step in 1...20 {
            let frequency = 50 + hertzPerSecond * 0.05 * Double(step)
            #expect(feed.sample(frequency).frequency == Hertz(frequency))
        }
    }

    @Test("test steps of 0.2 to 0.6 Hz in one sample pass", arguments: [-0.2, 0.36, 0.6])
    func legitimateSteps(step: Double) {
        var feed = Feed()
        #expect(feed.sample(50 + step).trust == .trusted)
    }

    @Test("a jump of 2 Hz in 50 ms is served by the value before it for one update, and believed when it stays")
    func jump() {
        var feed = Feed()
        let first = feed.sample(48)
        #expect(first.trust == .suspect)
        #expect(first.frequency == Hertz(50))
        let second = feed.sample(48)
        #expect(second.trust == .trusted)
        #expect(second.frequency == Hertz(48))
    }

    @Test("jumps that differ from each other by more than 0.2 Hz and 5 Hz/s confirm nothing")
    func differentJumps() {
        var feed = Feed()
        for index in 0..<40 {
            let judged = feed.sample([48, 47, 52, 51.3][index % 4])
            #expect(judged.frequency == (index == 0 ? Hertz(50) : nil) || !judged.trust.isTrusted, "\(index)")
        }
        // A jump, and from there on a fall of 4 Hz/s: 0.2 Hz in 50 ms.
        var falling = Feed()
        _ = falling.sample(48)
        #expect(falling.sample(47.8).trust == .trusted)
        // Voltage has jumped, and frequency falls by 3 Hz/s meanwhile.
        var dip = Feed()
        _ = dip.sample(49.9, voltage: 150)
        #expect(dip.sample(49.75, voltage: 150).trust == .trusted)
    }

    @Test("one wrong value that is read ten times within the meter's update is never acted on, and a true one is then")
    func repeatedJump() {
        var settings = Self.settings
        settings.updateTime = .milliseconds(500)
        var judge = FrequencyJudge()
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var sequence: UInt32 = 0
        func sample(_ frequency: Double) -> JudgedFrequency {
            now = now + .milliseconds(50)
            sequence += 1
            return judge.update(
                FrequencySample(frequency: Hertz(frequency), takenAt: now, sequence: sequence), now: now,
                settings: settings)
        }
        for _ in 0..<3 { _ = sample(50) }
        for _ in 0..<10 {
            let judged = sample(45)
            #expect(judged.trust == .suspect)
            #expect(judged.frequency == Hertz(50))
        }
        #expect(sample(50).trust == .trusted)
        for _ in 0..<11 { _ = sample(45) }
        #expect(sample(45).frequency == Hertz(45))
    }

    @Test("a dip that leaves voltage elsewhere does not end trust for good")
    func voltageElsewhere() {
        for dip in [150.0, 20.0] {
            var feed = Feed()
            _ = feed.sample(50, voltage: 242)
            for _ in 0..<3 { _ = feed.sample(50, voltage: 242) }
            _ = feed.sample(50, voltage: dip)
            var last = feed.sample(50, voltage: 215)
            for _ in 0..<40 { last = feed.sample(50, voltage: 215) }
            #expect(last.trust == .trusted)
        }
        var feed = Feed()
        _ = feed.sample(nil)
        var last = feed.sample(50, voltage: 200)
        for _ in 0..<40 { last = feed.sample(50, voltage: 200) }
        #expect(last.trust == .trusted)
    }

    @Test("one sample without a value is bridged, two are not")
    func missing() {
        var feed = Feed()
        let first = feed.sample(nil)
        #expect(first.trust == .suspect)
        #expect(first.frequency == Hertz(50))
        #expect(feed.sample(nil).trust == .implausible)
        #expect(feed.sample(50).trust == .resuming)
        #expect(feed.sample(50).trust == .resuming)
        #expect(feed.sample(50).trust == .trusted)
    }

    @Test(
        "values at and beyond the meter's rails are never acted on",
        arguments: [40.0, 70.0, 0.0, -50.0, .nan, .infinity, 1e9])
    func rails(frequency: Double) {
        var feed = Feed()
        #expect(feed.sample(frequency).frequency == Hertz(50))
        #expect(feed.sample(frequency).frequency == nil)
    }

    @Test("a dead bus ends the response with the first sample", arguments: [0.0, 100.0, 300.0])
    func voltage(volts: Double) {
        var feed = Feed()
        let judged = feed.sample(47.4, voltage: volts)
        #expect(judged.trust == .voltageOutside)
        #expect(judged.frequency == nil)
        #expect(judged.weight == .zero)
    }

    @Test("silence is held, fades, and is over within 2 s")
    func silence() {
        var feed = Feed()
        #expect(feed.silence(500).trust == .trusted)
        #expect(feed.silence(501).trust == .silent)
        #expect(feed.silence(1_500).weight == Ratio(1))
        #expect(abs(feed.silence(1_750).weight.value - 0.5) < 1e-9)
        #expect(feed.silence(2_000).weight == .zero)
    }

    @Test("a process that was stopped for 10 s holds nothing old")
    func stopped() {
        var feed = Feed()
        let judged = feed.silence(10_000)
        #expect(judged.weight == .zero)
        #expect(judged.frequency == nil)
    }

    @Test("registers that stand still for 60 s are frozen, and a frequency that stands still beside live ones is not")
    func frozen() {
        for isLive in [false, true] {
            var judge = FrequencyJudge()
            var now = Instant(nanoseconds: 1_000_000_000_000)
            var trusts: [Trust] = []
            for count in 1...1_400 {
                now = now + .milliseconds(50)
                let sample = FrequencySample(
                    frequency: Hertz(49.7), takenAt: now, sequence: UInt32(count),
                    changes: isLive ? UInt32(count / 10) : 7)
                trusts.append(judge.update(sample, now: now, settings: Self.settings).trust)
            }
            #expect(trusts[2..<1_199].allSatisfy { $0 == .trusted })
            #expect(trusts[1_202] == (isLive ? .trusted : .frozen))
            #expect(trusts[1_399] == (isLive ? .trusted : .frozen))
        }
    }

    @Test("fewer than 20 samples are never frozen, however long they take, and neither is a source of frequency alone")
    func slowMeter() {
        for changes in [UInt32(7), nil] {
            var judge = FrequencyJudge()
            var settings = Self.settings
            settings.silenceLimit = .seconds(100)
            var now = Instant(nanoseconds: 1_000_000_000_000)
            for count in 1...(changes == nil ? 60 : 19) {
                now = now + .seconds(10)
                let sample = FrequencySample(
                    frequency: Hertz(50), takenAt: now, sequence: UInt32(count), changes: changes)
                let trust = judge.update(sample, now: now, settings: settings).trust
                if count >= 3 { #expect(trust == .trusted) }
            }
        }
    }

    @Test("the same reading again is not a new sample")
    func repeated() {
        var feed = Feed()
        _ = feed.sample(nil)
        // The suspect sample comes again with every tick; it must not count as a second one.
        for _ in 0..<5 { #expect(feed.silence(10).trust == .suspect) }
    }
}
