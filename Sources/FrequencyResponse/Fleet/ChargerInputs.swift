/// The newest state of one charger.
public struct ChargerInputs: BitwiseCopyable, Sendable {
    public var control: ChargerControl
    /// When the reading that all of this comes from was asked for; nil when there is none.
    public var takenAt: Instant?
    /// Measured power at the charger; nil when not known.
    public var power: Watts?
    /// The last state of charge that the charger reported as valid; nil when none was since plug-in.
    public var stateOfCharge: Ratio?
    /// What the charger offers now, as positive numbers; nil leaves the site file's limits.
    public var offeredCharge: Watts?
    public var offeredDischarge: Watts?
    /// What the user needs this time, where it differs from the site file.
    public var needs: VehicleNeeds?

    public init(
        control: ChargerControl, takenAt: Instant? = nil, power: Watts? = nil, stateOfCharge: Ratio? = nil,
        offeredCharge: Watts? = nil, offeredDischarge: Watts? = nil, needs: VehicleNeeds? = nil
    ) {
        self.needs = needs
        self.control = control
        self.takenAt = takenAt
        self.power = power
        self.stateOfCharge = stateOfCharge
        self.offeredCharge = offeredCharge
        self.offeredDischarge = offeredDischarge
    }
}

extension ChargerInputs {
    /// Its control state at `now`. A charger whose reading is older than `limit` counts as unreachable.
    func control(at now: Instant, limit: Interval) -> ChargerControl {
        guard control != .unreachable, let takenAt, takenAt <= now else { return .unreachable }
        return now.elapsed(since: takenAt) <= limit ? control : .unreachable
    }

    /// Whether its measured power is where its last command wants it: within 5 % of its limit and 50 W.
    func isSettled(at commanded: Watts, limit: Watts) -> Bool {
        guard let power else { return false }
        let tolerance = limit * 0.05 + Watts(50)
        return (power - commanded).magnitude <= tolerance
    }
}
