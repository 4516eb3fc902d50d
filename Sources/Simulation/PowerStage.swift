public import FrequencyResponse

/// How a charger's power follows its command.
public struct ChargerDynamics: Sendable {
    /// From a new command to the first change of power.
    public var deadTime: Interval
    /// In watts per second.
    public var ramp: Watts
    /// What it delivers beside the command while it is active.
    public var offset: Watts

    package init(deadTime: Interval, ramp: Watts, offset: Watts) {
        self.deadTime = deadTime
        self.ramp = ramp
        self.offset = offset
    }

    /// A CHAdeMO charger of 10 kW as measured locally: 4 s dead time, 3.35 kW/s (Zecchino et al. 2019, WEVJ 10020021).
    /// The offsets measured there, -740 to +420 W, differ from charger to charger; none is assumed.
    public static var measuredCHAdeMO: ChargerDynamics {
        ChargerDynamics(deadTime: .seconds(4), ramp: Watts(3_350), offset: .zero)
    }

    /// The same charger with an offset.
    public func with(offset: Watts) -> ChargerDynamics {
        ChargerDynamics(deadTime: deadTime, ramp: ramp, offset: offset)
    }

    /// A charger of the ISO 15118-20 generation, for which sub-second answers were measured (Pedersen et al. 2025, WEVJ
    /// 16110636); these two figures are an assumption within that.
    public static var fast: ChargerDynamics {
        ChargerDynamics(deadTime: .milliseconds(200), ramp: Watts(20_000), offset: .zero)
    }
}

/// Dead time, ramp and offset between a command and the power at the terminals.
public struct PowerStage: Sendable {
    private let dynamics: ChargerDynamics
    private var pending: [(at: Instant, power: Watts)] = []
    private var commanded = Watts.zero
    private var target = Watts.zero
    private var base = Watts.zero
    private var updatedAt: Instant

    package init(dynamics: ChargerDynamics, now: Instant) {
        self.dynamics = dynamics
        updatedAt = now
    }

    /// The power at the terminals.
    public var power: Watts { base == .zero ? .zero : base + dynamics.offset }

    /// A new command; it acts after the dead time. The same command again changes nothing.
    public mutating func command(_ power: Watts, now: Instant) {
        guard power != commanded else { return }
        commanded = power
        pending.append((now + dynamics.deadTime, power))
    }

    /// Moves on to a time, which never goes back.
    public mutating func advance(to now: Instant) {
        while let next = pending.first, next.at <= now {
            move(to: next.at)
            target = next.power
            pending.removeFirst()
        }
        move(to: now)
    }

    private mutating func move(to now: Instant) {
        guard now > updatedAt else { return }
        let reach = dynamics.ramp * now.elapsed(since: updatedAt).seconds
        updatedAt = now
        let wanted = target - base
        base = wanted.magnitude <= reach ? target : base + (wanted > .zero ? reach : -reach)
    }
}
