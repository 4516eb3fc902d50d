/// The energy scheme of one service at work.
public struct EnergyManager: BitwiseCopyable, Sendable {
    private var volumes = EnergyVolumes()
    private var reservoir = EnergyReservoir()

    package init() {}

    /// Moves the scheme on by `elapsed`, and returns what it asks. Without rules nothing is asked. `capacity`,
    /// `duration` and `direction` are the service's.
    public mutating func update(
        _ state: EnergyState, rules: EnergyRules?, capacity: Watts, duration: Interval, direction: Direction,
        elapsed: Interval
    ) -> EnergyDemand {
        switch rules {
        case nil: .none
        case .volumes(let rules):
            volumes.update(
                state, rules: rules, capacity: capacity, duration: duration, direction: direction, elapsed: elapsed)
        case .reservoir(let rules):
            reservoir.update(state, rules: rules, direction: direction, elapsed: elapsed)
        }
    }
}
