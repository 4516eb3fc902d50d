/// The energy scheme of one service at work.
public struct EnergyManager: BitwiseCopyable, Sendable {
    private var volumes = EnergyVolumes()
    private var reservoir = EnergyReservoir()

    package init() {}

    /// Goes on after a restart. `period` is the number that the saved settlement period has by now.
    package init(restoring saved: Saved, period: Int64) {
        volumes = EnergyVolumes(restoring: saved.volumes, period: period)
        reservoir = EnergyReservoir(restoring: saved.reservoir)
    }

    /// What a restart has to know.
    package var saved: Saved { Saved(volumes: volumes.saved, reservoir: reservoir.saved) }

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

extension EnergyManager {
    /// What is kept of an energy scheme.
    package struct Saved: BitwiseCopyable, Sendable {
        package var volumes: EnergyVolumes.Saved
        package var reservoir: EnergyReservoir.Saved
    }
}

extension EnergyManager.Saved: Visitable {
    package static var blank: Self { Self(volumes: .blank, reservoir: .blank) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("volumes", &volumes)
        visitor.visit("reservoir", &reservoir)
    }
}
