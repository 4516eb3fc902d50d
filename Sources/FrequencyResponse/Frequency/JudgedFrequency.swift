/// Why frequency is trusted or not.
public enum Trust: UInt8, Sendable, BitwiseCopyable {
    /// Not enough good samples since the start.
    case starting
    case trusted
    /// One sample is suspect; the value before it serves for one update of the meter.
    case suspect
    /// The meter has been silent for longer than its limit.
    case silent
    /// Suspect samples in a row: not available, or outside the plausible range.
    case implausible
    /// All of the meter's registers have stood still, which a live grid never does.
    case frozen
    /// Voltage is outside its window: the bus may be dead, whatever the frequency reads.
    case voltageOutside
    /// Good samples come in again, but not enough of them yet.
    case resuming
    /// Two sources say different things; the smaller response is given.
    case contradicted
    /// The only source that is left was contradicted by one that was lost.
    case unconfirmed
    /// Frequency changes faster than the site file lets it count.
    case rateOfChange
    /// A person has said that the meter is wrong.
    case distrusted

    /// Whether the frequency may be acted on.
    public var isTrusted: Bool { self == .trusted || self == .suspect }
}

/// What the judge says of the newest sample.
public struct JudgedFrequency: BitwiseCopyable, Sendable {
    /// The frequency to act on; nil when there is none.
    public var frequency: Hertz?
    /// The verdict.
    public var trust: Trust
    /// The share of the response that still counts: 1 trusted or held, falling to 0 as a lost value fades.
    public var weight: Ratio
    /// When the sample behind the frequency was taken; nil where that is not known.
    public var sampledAt: Instant?

    package init(frequency: Hertz?, trust: Trust, weight: Ratio, sampledAt: Instant? = nil) {
        self.sampledAt = sampledAt
        self.frequency = frequency
        self.trust = trust
        self.weight = weight
    }
}
