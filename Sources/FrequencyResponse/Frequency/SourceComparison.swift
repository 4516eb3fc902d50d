/// Weighs up to three sources of frequency against each other.
///
/// One that is trusted serves. Two are compared at equal delay: they may differ by the sum of their accuracies, and by
/// the rate of change times the difference of their delays. When they differ by more for three updates of the slower
/// one they contradict each other, and the smaller of the two responses is given, or none when they lie on different
/// sides. Of three the median serves.
///
/// A contradiction belongs to its pair and outlives the loss of one of them: the survivor alone is not acted on. It
/// ends when the two agree for ten updates, when a third source agrees with either, when the survivor stays within
/// 20 mHz of nominal for ten minutes, or when a person distrusts one of them. Where the site file says beforehand which of the
/// two counts, or a person trusts one, that one serves meanwhile.
public struct SourceComparison: BitwiseCopyable, Sendable {
    private typealias Pair = MeterPair

    /// What is known of a contradiction.
    private struct Contradiction: BitwiseCopyable, Sendable {
        var pair: Pair
        var since: Instant
        /// The source that counts meanwhile.
        var preferred: UInt8?
        var difference = Hertz.zero
    }

    /// The two sources that contradict each other; nil while none do.
    private var contradiction: Contradiction?
    /// The two that were compared last.
    private var compared: Pair?
    /// Updates of the slower source in a row that change the verdict.
    private var changing: Int32 = 0
    /// The update of the slower source that was compared last, on a grid of its update time.
    private var comparedAt: Instant?
    /// Since when the survivor of a contradiction has been close to nominal.
    private var calmSince: Instant?

    /// Updates that begin a contradiction, or end it by a third source.
    private static var updates: Int32 { 3 }
    /// Updates in agreement that end a contradiction of the same two.
    private static var updatesToAgree: Int32 { 10 }
    /// The deviation within which a survivor counts as calm, and for how long it must.
    private static var calmDeviation: Hertz { Hertz(0.02) }
    private static var calmTime: Interval { .seconds(600) }

    /// Whether two sources contradict each other.
    public var isContradicted: Bool { contradiction != nil }

    package init() {}

    /// Goes on after a restart: a contradiction outlives it.
    package init(restoring saved: Saved, restart: Restart, now: Instant) {
        guard saved.pair > 0, let pair = MeterPair(rawValue: saved.pair - 1) else { return }
        let away: Interval = if case .sameBoot(let away) = restart { away } else { .zero }
        contradiction = Contradiction(
            pair: pair, since: Restart.start(saved.lasted, away: away, now: now),
            preferred: pair.contains(Int(saved.preferred)) ? saved.preferred : nil)
    }

    /// What a restart has to know.
    package func saved(now: Instant) -> Saved {
        guard let contradiction else { return .blank }
        return Saved(
            pair: contradiction.pair.rawValue + 1, preferred: contradiction.preferred ?? Saved.none,
            lasted: now.elapsed(since: min(contradiction.since, now)))
    }

    /// Changes with all that has to be saved at once; below 16.
    var stamp: UInt64 {
        guard let contradiction else { return 0 }
        return UInt64(contradiction.pair.rawValue + 1) << 2 | UInt64(contradiction.preferred ?? Saved.none)
    }

    /// The two that contradict each other; nil while none do.
    func contradiction(now: Instant) -> MeterContradiction? {
        contradiction.map {
            MeterContradiction(
                pair: $0.pair, preferred: $0.preferred, difference: $0.difference,
                lasted: now.elapsed(since: min($0.since, now)))
        }
    }

    /// A person trusts one of the two: it counts until they agree.
    mutating func trust(_ index: UInt8) {
        guard let pair = contradiction?.pair, pair.contains(Int(index)) else { return }
        contradiction?.preferred = index
        calmSince = nil
    }

    /// A person distrusts a source: a contradiction with it has ended.
    mutating func distrust(_ index: UInt8) {
        guard let pair = contradiction?.pair, pair.contains(Int(index)) else { return }
        contradiction = nil
        calmSince = nil
        changing = 0
    }

    /// Makes one in which the first two sources stand in a given state, for tests of single entries of its table.
    public init(isContradicted: Bool, changing: Int32) {
        contradiction =
            isContradicted ? Contradiction(pair: .firstSecond, since: Instant(nanoseconds: 0), preferred: nil) : nil
        compared = .firstSecond
        self.changing = changing
    }

    /// One source of this tick.
    public struct Source: BitwiseCopyable, Sendable {
        /// The verdict on the source alone.
        public var judged: JudgedFrequency
        /// The voltage that it measures now.
        public var voltage: WitnessedVoltage
        /// How far its frequency may be off.
        public var accuracy: Hertz
        /// How often the meter has a new value, which may be read many times meanwhile.
        public var updateTime: Interval
        /// Its update time and half its averaging window.
        public var delay: Interval
        /// When its newest sample was taken; nil before the first.
        public var takenAt: Instant?

        package init(
            judged: JudgedFrequency, voltage: WitnessedVoltage = .notMeasured, accuracy: Hertz, updateTime: Interval,
            delay: Interval, takenAt: Instant?
        ) {
            self.judged = judged
            self.voltage = voltage
            self.accuracy = accuracy
            self.updateTime = updateTime
            self.delay = delay
            self.takenAt = takenAt
        }

        /// 1 while its voltage is known, and while that is outside its window.
        fileprivate var known: Int { voltage.lowest == nil ? 0 : 1 }
        fileprivate var dead: Int { known == 1 && judged.trust == .voltageOutside ? 1 : 0 }

        var frequency: Hertz? { judged.trust.isTrusted ? judged.frequency : nil }
    }

    /// Compares the sources of a tick, and returns the verdict on all of them.
    public mutating func update(
        _ first: Source, _ second: Source?, _ third: Source?, nominal: Hertz, rateOfChange: Double?,
        precedence: Precedence = Precedence(), now: Instant
    ) -> JudgedFrequency {
        guard let second else { return first.judged }
        if let dead = Self.deadBus(first, second, third) {
            calmSince = nil
            changing = 0
            return dead
        }
        switch (first.frequency, second.frequency, third?.frequency) {
        case (let a?, let b?, let c?):
            settle(Self.agree(a, b, first, second) || Self.agree(a, c, first, third) || Self.agree(b, c, second, third))
            return JudgedFrequency(
                frequency: max(min(a, b), min(max(a, b), c)), trust: .trusted, weight: Ratio(1),
                sampledAt: first.judged.sampledAt)
        case (.some, .some, nil):
            return weigh(
                first, second, .firstSecond, nominal: nominal, rateOfChange: rateOfChange, precedence: precedence,
                now: now)
        case (.some, nil, .some):
            return weigh(
                first, third ?? second, .firstThird, nominal: nominal, rateOfChange: rateOfChange,
                precedence: precedence, now: now)
        case (nil, .some, .some):
            return weigh(
                second, third ?? first, .secondThird, nominal: nominal, rateOfChange: rateOfChange,
                precedence: precedence, now: now)
        case (.some, nil, nil):
            return alone(first, 0, lost: Self.best(second.judged, third?.judged), nominal: nominal, now: now)
        case (nil, .some, nil):
            return alone(second, 1, lost: Self.best(first.judged, third?.judged), nominal: nominal, now: now)
        case (nil, nil, .some):
            return alone(third ?? first, 2, lost: Self.best(first.judged, second.judged), nominal: nominal, now: now)
        case (nil, nil, nil):
            calmSince = nil
            changing = 0
            return Self.best(Self.best(first.judged, second.judged), third?.judged)
        }
    }

    /// Ends a contradiction once a third source agrees with either.
    private mutating func settle(_ agrees: Bool) {
        calmSince = nil
        changing = 0
        if agrees { contradiction = nil }
    }

    private static func agree(_ left: Hertz, _ right: Hertz, _ one: Source, _ other: Source?) -> Bool {
        (left - right).magnitude <= one.accuracy + (other?.accuracy ?? .zero)
    }

    /// The verdict on two trusted sources.
    private mutating func weigh(
        _ left: Source, _ right: Source, _ pair: Pair, nominal: Hertz, rateOfChange: Double?, precedence: Precedence,
        now: Instant
    ) -> JudgedFrequency {
        guard let leftFrequency = left.frequency, let rightFrequency = right.frequency else { return left.judged }
        calmSince = nil
        if compared != pair {
            compared = pair
            comparedAt = nil
            changing = 0
        }
        compare(
            left, right, pair, difference: (leftFrequency - rightFrequency).magnitude, rateOfChange: rateOfChange,
            precedence: precedence, now: now)
        guard let contradiction else { return left.judged }
        if let preferred = contradiction.preferred, pair.contains(Int(preferred)) {
            return preferred == pair.meters.first ? left.judged : right.judged
        }
        return Self.smaller(leftFrequency, rightFrequency, nominal: nominal)
    }

    /// The verdict on the only source that is trusted by itself. The survivor of a contradiction is not acted on, and
    /// what was answered before fades with the source that was lost.
    private mutating func alone(_ source: Source, _ index: Int, lost: JudgedFrequency, nominal: Hertz, now: Instant)
        -> JudgedFrequency
    {
        changing = 0
        guard let contradiction, contradiction.pair.contains(index), contradiction.preferred.map(Int.init) != index,
            let frequency = source.frequency
        else {
            calmSince = nil
            return source.judged
        }
        guard (frequency - nominal).magnitude <= Self.calmDeviation else {
            calmSince = nil
            return JudgedFrequency(frequency: nil, trust: .unconfirmed, weight: lost.weight)
        }
        let since = calmSince ?? now
        calmSince = since
        guard now.elapsed(since: since) >= Self.calmTime else {
            return JudgedFrequency(frequency: nil, trust: .unconfirmed, weight: lost.weight)
        }
        self.contradiction = nil
        calmSince = nil
        return source.judged
    }

    /// The verdict of a dead bus, unless most of the meters see a live one. One of two ceases everything: the other may
    /// only be late to see it. One of three may have lost a voltage connection.
    private static func deadBus(_ first: Source, _ second: Source, _ third: Source?) -> JudgedFrequency? {
        let known = first.known + second.known + (third?.known ?? 0)
        let dead = first.dead + second.dead + (third?.dead ?? 0)
        guard dead > 0, dead * 2 >= known else { return nil }
        if first.dead > 0 { return first.judged }
        return second.dead > 0 ? second.judged : third?.judged
    }

    private mutating func compare(
        _ left: Source, _ right: Source, _ pair: Pair, difference: Hertz, rateOfChange: Double?,
        precedence: Precedence, now: Instant
    ) {
        let slower = left.delay >= right.delay ? left : right
        guard let takenAt = slower.takenAt else { return }
        if let last = comparedAt {
            let due = last + slower.updateTime
            guard takenAt > last, takenAt >= due else { return }
            // A reading that comes a little late must not put off the next.
            comparedAt = takenAt < due + slower.updateTime ? due : takenAt
        } else {
            comparedAt = takenAt
        }
        let apart = left.delay >= right.delay ? left.delay - right.delay : right.delay - left.delay
        let allowed = left.accuracy + right.accuracy + Hertz((rateOfChange ?? 0).magnitude * apart.seconds)
        let isContradicted = contradiction != nil
        if contradiction?.pair == pair { contradiction?.difference = difference }
        changing = (difference > allowed) != isContradicted ? changing + 1 : 0
        guard changing >= (contradiction?.pair == pair ? Self.updatesToAgree : Self.updates) else { return }
        contradiction =
            isContradicted
            ? nil
            : Contradiction(pair: pair, since: now, preferred: precedence.preferred(pair), difference: difference)
        changing = 0
    }

    private static func smaller(_ left: Hertz, _ right: Hertz, nominal: Hertz) -> JudgedFrequency {
        let a = left - nominal
        let b = right - nominal
        let deviation: Hertz = a.value * b.value <= 0 ? .zero : a.magnitude <= b.magnitude ? a : b
        return JudgedFrequency(frequency: nominal + deviation, trust: .contradicted, weight: Ratio(1))
    }

    /// The one that fades last.
    private static func best(_ first: JudgedFrequency, _ second: JudgedFrequency?) -> JudgedFrequency {
        guard let second, second.weight > first.weight else { return first }
        return second
    }
}

extension SourceComparison {
    /// Which source counts when two contradict each other, as the site file says beforehand.
    public struct Precedence: BitwiseCopyable, Sendable {
        /// The rank of each source, the lowest first; 0 for one without.
        public var ranks = InlineArray<3, UInt8>(repeating: 0)

        /// No source counts more than another.
        public init() {}

        func preferred(_ pair: MeterPair) -> UInt8? {
            let first = ranks[Int(pair.meters.first)]
            let second = ranks[Int(pair.meters.second)]
            guard first > 0, second > 0 else { return nil }
            return first < second ? pair.meters.first : pair.meters.second
        }
    }

    /// What is kept of a contradiction.
    package struct Saved: BitwiseCopyable, Sendable {
        /// No source is preferred.
        package static var none: UInt8 { 3 }

        /// 0 none, 1 the first two, 2 the first and the third, 3 the last two.
        package var pair: UInt8
        package var preferred: UInt8
        package var lasted: Interval
    }
}

extension SourceComparison.Saved: Visitable {
    package static var blank: Self { Self(pair: 0, preferred: none, lasted: .zero) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("pair", &pair)
        visitor.visit("preferred", &preferred)
        visitor.visit("lasted_ns", &lasted)
    }
}
