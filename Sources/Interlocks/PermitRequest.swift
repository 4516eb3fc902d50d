public import FrequencyResponse

/// What control wants of the lines; one with every tick.
public struct PermitRequest: BitwiseCopyable, Sendable {
    public var tick: UInt64
    /// Until when it counts.
    public var expires: Instant
    /// Which openings the tick knew of.
    public var epoch: UInt64
    public var isPermitted: Bool
    /// A bit for each permit that stays off although the others may come on.
    public var withheld: UInt64
    /// Whether the tick was a healthy one, or a deliberate safe state: then the heart beats.
    public var isHealthy: Bool
    /// Whether the lamp shall be on for control's own reasons.
    public var isFault: Bool

    public init(
        tick: UInt64, expires: Instant, epoch: UInt64, isPermitted: Bool, withheld: UInt64 = 0, isHealthy: Bool,
        isFault: Bool
    ) {
        self.tick = tick
        self.expires = expires
        self.epoch = epoch
        self.isPermitted = isPermitted
        self.withheld = withheld
        self.isHealthy = isHealthy
        self.isFault = isFault
    }
}
