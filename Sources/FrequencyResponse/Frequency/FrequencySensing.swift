/// From the newest samples of up to three meters to the one frequency that is acted on: each is judged, they are
/// compared, and the result passes the low-pass filter and the limit on its rate of change, where the site file asks
/// for them.
struct FrequencySensing: BitwiseCopyable, Sendable {
    private var judges = InlineArray<3, FrequencyJudge>(repeating: FrequencyJudge())
    private var comparison = SourceComparison()
    private var rateOfChange = RateOfChange()
    private var filter = FrequencyFilter()
    private var recent = FrequencyMean()
    private var spikes = SpikeDetector()
    /// Whether the frequency is of a new sample, and whether that shows the one before it to be a spike.
    private(set) var news = SpikeDetector.Finding.none
    /// A bit for each meter that a person distrusts.
    private(set) var distrustedBits: UInt8 = 0
    /// A bit for each meter whose registers have stood still for too long.
    private var frozenBits: UInt8 = 0
    /// The number of the last order.
    private(set) var obeyed: UInt32 = 0

    /// In hertz per second; nil until known.
    var rate: Double? { rateOfChange.value }

    /// Whether what else the first meter measures may be believed: its power and its voltage.
    private(set) var isFirstMeterLive = false

    /// The voltage that all live meters see, for the grid code.
    private(set) var voltage = WitnessedVoltage.unknown

    /// The mean deviation of the last five minutes.
    var meanDeviation: Hertz { recent.mean }

    init() {}

    init(restoring saved: SavedSensing, restart: Restart, now: Instant) {
        for index in judges.indices { judges[index] = FrequencyJudge(wasFrozen: saved.frozen[index]) }
        comparison = SourceComparison(restoring: saved.contradiction, restart: restart, now: now)
        for index in judges.indices {
            if saved.frozen[index] { frozenBits |= 1 << UInt8(index) }
            if saved.distrusted[index] { distrustedBits |= 1 << UInt8(index) }
        }
    }

    /// Changes with all that has to be saved at once; below 1,024.
    var stamp: UInt64 { comparison.stamp << 6 | UInt64(frozenBits) << 3 | UInt64(distrustedBits) }

    /// What a restart has to know.
    func saved(now: Instant) -> SavedSensing {
        var saved = SavedSensing(
            contradiction: comparison.saved(now: now), frozen: .blank, distrusted: .blank)
        for index in judges.indices {
            saved.frozen[index] = frozenBits & (1 << UInt8(index)) != 0
            saved.distrusted[index] = distrustedBits & (1 << UInt8(index)) != 0
        }
        return saved
    }

    /// The two meters that contradict each other; nil while none do.
    func contradiction(now: Instant) -> MeterContradiction? { comparison.contradiction(now: now) }

    /// Does what a person says of a meter, once.
    mutating func obey(_ order: MeterOrder?) {
        guard let order, order.number != obeyed, order.meter < 3 else { return }
        obeyed = order.number
        let bit: UInt8 = 1 << order.meter
        let wasDistrusted = distrustedBits & bit != 0
        distrustedBits = order.isTrusted ? distrustedBits & ~bit : distrustedBits | bit
        if !order.isTrusted {
            comparison.distrust(order.meter)
        } else if !wasDistrusted {
            comparison.trust(order.meter)
        }
    }

    mutating func update(
        _ samples: SampleSet, now: Instant, settings: SensingSettings, elapsed: Interval
    ) -> JudgedFrequency {
        let first = judge(0, samples.first, settings.first, now: now)
        var judged = first.judged
        switch first.judged.trust {
        case .trusted, .suspect, .starting, .resuming, .implausible, .contradicted, .unconfirmed, .rateOfChange:
            isFirstMeterLive = true
        case .silent, .frozen, .voltageOutside, .distrusted: isFirstMeterLive = false
        }
        voltage = first.voltage
        if let other = settings.second {
            let second = judge(1, samples.second, other, now: now)
            let third = settings.third.map { judge(2, samples.third, $0, now: now) }
            voltage = .combined(first.voltage, second.voltage, third?.voltage ?? .notMeasured)
            judged = comparison.update(
                first, second, third, nominal: settings.first.nominalFrequency, rateOfChange: rateOfChange.value,
                precedence: settings.precedence, now: now)
        }
        guard let frequency = judged.frequency else {
            filter.forget()
            forgetSpikes()
            return judged
        }
        rateOfChange.update(frequency, at: now, window: settings.rateWindow)
        if let limit = settings.rateLimit, let rate = rateOfChange.value, rate.magnitude > limit.value {
            forgetSpikes()
            return JudgedFrequency(frequency: nil, trust: .rateOfChange, weight: .zero)
        }
        if judged.trust.isTrusted {
            news = spikes.update(
                frequency, sampledAt: judged.sampledAt, updateTime: settings.first.updateTime)
        } else {
            forgetSpikes()
        }
        recent.update(frequency - settings.first.nominalFrequency, now: now)
        judged.frequency = filter.update(frequency, time: settings.filterTime, elapsed: elapsed)
        return judged
    }

    private mutating func forgetSpikes() {
        spikes.forget()
        news = .none
    }

    private mutating func judge(
        _ index: Int, _ sample: FrequencySample?, _ settings: JudgementSettings, now: Instant
    ) -> SourceComparison.Source {
        let judged = judges[index].update(sample, now: now, settings: settings)
        let bit: UInt8 = 1 << UInt8(index)
        frozenBits = judges[index].isFrozen ? frozenBits | bit : frozenBits & ~bit
        let isDistrusted = distrustedBits & bit != 0
        return SourceComparison.Source(
            judged: isDistrusted ? JudgedFrequency(frequency: nil, trust: .distrusted, weight: .zero) : judged,
            voltage: isDistrusted ? .unknown : judges[index].voltage(now: now, settings: settings),
            accuracy: settings.accuracy,
            updateTime: settings.updateTime, delay: settings.delay, takenAt: sample?.takenAt)
    }
}

/// What is kept of the meters.
package struct SavedSensing: BitwiseCopyable, Sendable {
    package var contradiction: SourceComparison.Saved
    /// The registers of each meter have stood still for too long.
    package var frozen: InlineArray<3, Bool>
    /// A person distrusts the meter.
    package var distrusted: InlineArray<3, Bool>
}

extension SavedSensing {
    func withMeters(_ place: (Int) -> Int?) -> Self {
        var moved = Self.blank
        for index in frozen.indices {
            guard let new = place(index), new >= 0, new < 3 else { continue }
            moved.frozen[new] = frozen[index]
            moved.distrusted[new] = distrusted[index]
        }
        guard contradiction.pair > 0, let pair = MeterPair(rawValue: contradiction.pair - 1),
            let first = place(Int(pair.meters.first)), let second = place(Int(pair.meters.second)),
            let now = MeterPair(first, second)
        else { return moved }
        moved.contradiction = contradiction
        moved.contradiction.pair = now.rawValue + 1
        moved.contradiction.preferred =
            pair.contains(Int(contradiction.preferred))
            ? place(Int(contradiction.preferred)).map { UInt8($0) } ?? SourceComparison.Saved.none
            : SourceComparison.Saved.none
        return moved
    }
}

extension SavedSensing: Visitable {
    package static var blank: Self { Self(contradiction: .blank, frozen: .blank, distrusted: .blank) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("contradiction", &contradiction)
        visitor.visit("frozen", &frozen)
        visitor.visit("distrusted", &distrusted)
    }
}
