/// What an energy scheme asks for.
public struct EnergyDemand: BitwiseCopyable, Sendable {
    /// Added to the baseline: positive charges, negative discharges.
    public var restore: Watts
    /// How far deviations are counted from the recent mean frequency instead of nominal, 0 to 1.
    public var blend: Double
    /// Less energy is stored than the rules want.
    public var isShort: Bool

    /// Nothing is asked.
    public static var none: EnergyDemand { EnergyDemand(restore: .zero, blend: 0, isShort: false) }
}

/// What an energy scheme is told.
public struct EnergyState: BitwiseCopyable, Sendable {
    /// What can still be given upwards and downwards for this service, at the terminals.
    public var raise: WattHours
    /// The energy that is free downwards, at the terminals.
    public var lower: WattHours
    /// What the chargers' power could give upwards and downwards, up to the capacity: what is to be kept in store for.
    public var powerRaise: Watts
    /// The power of the chargers downwards, whatever the energy.
    public var powerLower: Watts
    /// What is promised upwards and downwards.
    public var soldRaise: Watts
    /// What is sold downwards.
    public var soldLower: Watts
    /// The response delivered now, positive when it supports a low frequency.
    public var delivered: Watts
    /// Frequency less nominal; nil when it is not trusted.
    public var deviation: Hertz?
    /// The number of the settlement period since 1970, or since the start while the clock is not trusted.
    public var period: Int64

    package init(
        raise: WattHours, lower: WattHours, powerRaise: Watts, powerLower: Watts, soldRaise: Watts, soldLower: Watts,
        delivered: Watts,
        deviation: Hertz?, period: Int64
    ) {
        self.powerRaise = powerRaise
        self.powerLower = powerLower
        self.soldRaise = soldRaise
        self.soldLower = soldLower
        self.raise = raise
        self.lower = lower
        self.delivered = delivered
        self.deviation = deviation
        self.period = period
    }
}
