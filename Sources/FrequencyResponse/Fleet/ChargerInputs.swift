/// The newest state of one charger.
public struct ChargerInputs: BitwiseCopyable, Sendable {
    /// Whether it is reachable and under control, as its link says.
    public var control: ChargerControl
    /// When the reading that all of this comes from was asked for; nil when there is none.
    public var takenAt: Instant?
    /// Measured power at the charger; nil when not known.
    public var power: Watts?
    /// The last state of charge that the charger reported as valid; nil when none was since plug-in.
    public var stateOfCharge: Ratio?
    /// What the charger offers now, as positive numbers; nil leaves the site file's limits.
    public var offeredCharge: Watts?
    /// The discharging power that it offers now, as a positive number.
    public var offeredDischarge: Watts?
    /// The step of its setpoint register, as the device says it (10 to the power of a SunSpec scale factor); nil where
    /// it says none.
    public var setpointStep: Watts?
    /// What the user needs this time, where it differs from the site file.
    public var needs: VehicleNeeds?
    /// The newest acknowledgement of zero power, while that is its last command.
    public var zeroPower: ZeroPowerAcknowledgement?
    /// What its own contacts and contactor allow it.
    public var block: ChargerBlock
    /// A person has locked it, to work at it: zero power and no supply until a person unlocks it.
    public var isLocked = false
    /// The number of openings so far that concern it. Its setpoint counts only while the number stays the same.
    public var inhibit: UInt32

    package init(
        control: ChargerControl, takenAt: Instant? = nil, power: Watts? = nil, stateOfCharge: Ratio? = nil,
        offeredCharge: Watts? = nil, offeredDischarge: Watts? = nil, needs: VehicleNeeds? = nil,
        zeroPower: ZeroPowerAcknowledgement? = nil, block: ChargerBlock = .none, inhibit: UInt32 = 0
    ) {
        self.zeroPower = zeroPower
        self.block = block
        self.inhibit = inhibit
        self.needs = needs
        self.control = control
        self.takenAt = takenAt
        self.power = power
        self.stateOfCharge = stateOfCharge
        self.offeredCharge = offeredCharge
        self.offeredDischarge = offeredDischarge
    }
}

/// A charger that has acknowledged zero power.
public struct ZeroPowerAcknowledgement: BitwiseCopyable, Sendable, Equatable {
    /// The tick of the newest zero power that it acknowledged.
    public var tick: UInt64
    /// When it acknowledged the first of this run of zero powers.
    public var since: Instant

    package init(tick: UInt64, since: Instant) {
        self.tick = tick
        self.since = since
    }
}

/// How far a charger has come with an ordered stop.
public enum StopProgress: Equatable, Sendable {
    case stopped
    case notAcknowledged
    /// It has acknowledged zero power, and has shown no power since. The last power that it showed before, if any.
    case noPowerShown(last: Watts?)
    /// The power that it has shown since it acknowledged zero power.
    case powerFlows(Watts)
}

extension ChargerInputs {
    /// How far it has come with an ordered stop that began with a tick; nil while none has.
    public func stopProgress(since tick: UInt64?, settings: ChargerSettings) -> StopProgress {
        guard let tick, let zeroPower, zeroPower.tick >= tick else { return .notAcknowledged }
        guard let takenAt, takenAt >= zeroPower.since, let power else { return .noPowerShown(last: power) }
        return power.magnitude <= settings.lowPower ? .stopped : .powerFlows(power)
    }

    /// What contacts and persons allow it together.
    package var allowance: ChargerBlock { isLocked ? .orderedStop : block }

    /// A charger of which nothing is known.
    public static var unknown: ChargerInputs { ChargerInputs(control: .unreachable) }

    /// Whether its reading is at most `limit` old. A link that hangs, and a bus on which nobody answers, leave the last
    /// reading as it is. A link may read while a tick begins: such a reading is younger than the tick, and fresh. One
    /// from further ahead has a wrong time stamp.
    package func isFresh(_ limit: Interval, _ now: Instant) -> Bool {
        guard let takenAt else { return false }
        return takenAt <= now + limit && now <= takenAt + limit
    }

    /// Whether it shows a power of at most `lowPower`. A power that is unknown or no number is not low.
    package func measuresLittle(_ lowPower: Watts) -> Bool { power.map { $0.magnitude <= lowPower } ?? false }

    /// Its control state at `now`. A charger whose reading is older than `limit` counts as unreachable.
    public func control(at now: Instant, limit: Interval) -> ChargerControl {
        isFresh(limit, now) ? control : .unreachable
    }

    /// What a measured power may differ by from its command: 5 % of its limit and 50 W.
    static func settledTolerance(limit: Watts) -> Watts { limit * 0.05 + Watts(50) }

    /// Whether its measured power is where its last command wants it.
    func isSettled(at commanded: Watts, limit: Watts) -> Bool {
        guard let power else { return false }
        return (power - commanded).magnitude <= Self.settledTolerance(limit: limit)
    }
}
