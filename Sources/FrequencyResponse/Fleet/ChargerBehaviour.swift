/// What a charger's power does after a command, as measured.
public struct ChargerBehaviour: BitwiseCopyable, Sendable {
    /// From a new command to the first change of power: while power flows, from idle, and where the direction changes.
    public var deadTime: Interval
    /// The dead time from no power.
    public var deadTimeIdle: Interval
    /// The dead time between charging and discharging.
    public var deadTimeReversal: Interval
    /// In watts per second, above zero.
    public var ramp: Watts
    /// Whether these are figures of this charger; else they are assumed, and generous.
    public var isKnown: Bool

    package init(
        deadTime: Interval, deadTimeIdle: Interval? = nil, deadTimeReversal: Interval? = nil, ramp: Watts,
        isKnown: Bool = true
    ) {
        self.deadTime = deadTime
        self.deadTimeIdle = deadTimeIdle ?? deadTime
        self.deadTimeReversal = deadTimeReversal ?? deadTime
        self.ramp = ramp
        self.isKnown = isKnown
    }

    /// For a charger that nobody has measured: twice the slowest dead time and a third of the slowest ramp that were
    /// found in print (4 s locally and 3.35 kW/s of a 10 kW charger, Zecchino et al. 2019), so that nothing is expected
    /// of it too early.
    public static func assumed(limit: Watts) -> ChargerBehaviour {
        ChargerBehaviour(deadTime: .seconds(8), ramp: max(limit * 0.1, Watts(1)), isKnown: false)
    }

    /// The time in which a power falls to none; at most an hour.
    public func rampTime(_ power: Watts) -> Interval {
        ramp > .zero ? Interval(nanoseconds: Int64(min(3_600, power.magnitude / ramp) * 1e9)) : .seconds(3_600)
    }

    /// The longest of the three dead times.
    public var longestDeadTime: Interval { max(deadTime, max(deadTimeIdle, deadTimeReversal)) }

    /// The dead time of the way from one power to another.
    public func deadTime(from power: Watts, to command: Watts) -> Interval {
        if power == .zero { return deadTimeIdle }
        return power.value * command.value < 0 ? deadTimeReversal : deadTime
    }
}
