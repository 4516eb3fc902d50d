/// Weighs up to three sources of frequency against each other.
///
/// One that is trusted serves. Two are compared at equal delay: they may differ by the sum of their accuracies, and by
/// the rate of change times the difference of their delays. When they differ by more for three updates of the slower
/// one they contradict each other, and until they agree for three updates the smaller of the two responses is given, or
/// none when they lie on different sides. Of three the median serves.
public struct SourceComparison: BitwiseCopyable, Sendable {
    /// Updates of the slower source in a row that changed, or keep, the verdict.
    private var changing: Int32 = 0
    /// The update of the slower source that was compared last, on a grid of its update time.
    private var comparedAt: Instant?
    /// The sources contradict each other.
    public private(set) var isContradicted = false
    private static var updates: Int32 { 3 }

    public init() {}

    /// Makes one that stands in a given state, for tests of single entries of its table.
    public init(isContradicted: Bool, changing: Int32) {
        self.isContradicted = isContradicted
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

        public init(
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

        var frequency: Hertz? { judged.trust.isTrusted ? judged.frequency : nil }
    }

    /// Compares the sources of a tick, and returns the verdict on all of them.
    public mutating func update(
        _ first: Source, _ second: Source?, _ third: Source?, nominal: Hertz, rateOfChange: Double?
    ) -> JudgedFrequency {
        guard let second else { return first.judged }
        if let dead = Self.deadBus(first, second, third) { return dead }
        if let third, let a = first.frequency, let b = second.frequency, let c = third.frequency {
            isContradicted = false
            changing = 0
            let middle = max(min(a, b), min(max(a, b), c))
            return JudgedFrequency(frequency: middle, trust: .trusted, weight: Ratio(1))
        }
        // At most two are trusted: these are compared, in the order of the site file.
        var pair: (left: Source, right: Source)?
        if first.frequency != nil, second.frequency != nil { pair = (first, second) }
        if let third, third.frequency != nil {
            if first.frequency != nil {
                pair = (first, third)
            } else if second.frequency != nil {
                pair = (second, third)
            }
        }
        if let pair, let left = pair.left.frequency, let right = pair.right.frequency {
            compare(pair.left, pair.right, difference: (left - right).magnitude, rateOfChange: rateOfChange)
            return isContradicted ? Self.smaller(left, right, nominal: nominal) : pair.left.judged
        }
        isContradicted = false
        changing = 0
        return Self.best(first.judged, second.judged, third?.judged)
    }

    /// The verdict of a dead bus, unless most of the meters see a live one. One of two ceases everything: the other may
    /// only be late to see it. One of three may have lost a voltage connection.
    private static func deadBus(_ first: Source, _ second: Source, _ third: Source?) -> JudgedFrequency? {
        var outside: JudgedFrequency?
        var dead = 0
        var known = 0
        func count(_ source: Source) {
            guard source.voltage.lowest != nil else { return }
            known += 1
            guard source.judged.trust == .voltageOutside else { return }
            dead += 1
            if outside == nil { outside = source.judged }
        }
        count(first)
        count(second)
        if let third { count(third) }
        return dead * 2 >= known ? outside : nil
    }

    private mutating func compare(_ left: Source, _ right: Source, difference: Hertz, rateOfChange: Double?) {
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
        changing = (difference > allowed) != isContradicted ? changing + 1 : 0
        if changing >= Self.updates {
            isContradicted.toggle()
            changing = 0
        }
    }

    private static func smaller(_ left: Hertz, _ right: Hertz, nominal: Hertz) -> JudgedFrequency {
        let a = left - nominal
        let b = right - nominal
        let deviation: Hertz = a.value * b.value <= 0 ? .zero : a.magnitude <= b.magnitude ? a : b
        return JudgedFrequency(frequency: nominal + deviation, trust: .contradicted, weight: Ratio(1))
    }

    /// The trusted one, or that which fades last.
    private static func best(_ first: JudgedFrequency, _ second: JudgedFrequency, _ third: JudgedFrequency?)
        -> JudgedFrequency
    {
        if first.trust.isTrusted { return first }
        if second.trust.isTrusted { return second }
        if let third, third.trust.isTrusted { return third }
        var best = first
        if second.weight > best.weight { best = second }
        if let third, third.weight > best.weight { best = third }
        return best
    }
}
