/// What a tick asks of the outputs: permits, heartbeat and lamp. The interlock machine may forbid more.
public struct PermitRequest: BitwiseCopyable, Sendable, Equatable {
    /// The tick that asks.
    public var tick: UInt64
    /// Until when it counts.
    public var expires: Instant
    /// The number of openings that the tick has seen.
    public var epoch: UInt64
    /// Whether chargers may have their supply at all.
    public var isPermitted: Bool
    /// A bit for each permit that stays open although the others may close.
    public var withheld: UInt64
    /// Whether the heartbeat output may have an edge: every charger is leased, at zero power, or past its timeout.
    public var allowsHeartbeat: Bool
    /// Whether the lamp shall be on for the law's own reasons.
    public var isFault: Bool

    package init(
        tick: UInt64, expires: Instant, epoch: UInt64, isPermitted: Bool, withheld: UInt64 = 0, allowsHeartbeat: Bool,
        isFault: Bool
    ) {
        self.tick = tick
        self.expires = expires
        self.epoch = epoch
        self.isPermitted = isPermitted
        self.withheld = withheld
        self.allowsHeartbeat = allowsHeartbeat
        self.isFault = isFault
    }
}
