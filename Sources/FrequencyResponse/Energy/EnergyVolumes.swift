/// Great Britain's rules on the state of energy (Response Service Terms 6.11 and 6.12; State of Energy Monitoring
/// Guidance V2). Read in a text that quotes them, so every number is a setting.
public struct VolumeRules: BitwiseCopyable, Sendable {
    /// The settlement period, by which energy is counted.
    public var settlementPeriod: Interval
    /// The most that comes back in one period, as a share of the contracted response energy volume.
    public var recoveryShare: Ratio

    package init(settlementPeriod: Interval = .seconds(1_800), recoveryShare: Ratio = Ratio(0.2)) {
        self.settlementPeriod = settlementPeriod
        self.recoveryShare = recoveryShare
    }
}

/// The contracted energy volume per direction: what must be stored at the start of each settlement period, and what
/// comes back when.
///
/// The requirement starts at capacity times duration, falls by the response energy delivered, and rises again by the
/// adjustments: each period's shortfall, less the adjustments already under way, comes back three periods later, at
/// most 20 % of the volume each.
public struct EnergyVolumes: BitwiseCopyable, Sendable {
    package struct Side: BitwiseCopyable, Sendable {
        /// What has been delivered and has not come back.
        package var missing = WattHours.zero
        /// The adjustments of the running period and the three after it.
        package var adjustments = InlineArray<4, WattHours>(repeating: .zero)

        fileprivate mutating func startPeriod(volume: WattHours, cap: Ratio) {
            missing = max(.zero, missing - adjustments[0])
            adjustments[0] = adjustments[1]
            adjustments[1] = adjustments[2]
            adjustments[2] = adjustments[3]
            let underWay = adjustments[0] + adjustments[1] + adjustments[2]
            adjustments[3] = min(max(.zero, missing - underWay), volume * cap.value)
        }
    }

    private var up = Side()
    private var down = Side()
    private var period: Int64?
    private var isShort = false

    package init() {}

    /// Goes on after a restart. `period` is the number that the saved period has by now.
    package init(restoring saved: Saved, period: Int64) {
        up = saved.up
        down = saved.down
        isShort = saved.isShort
        self.period = saved.hasBegun ? period : nil
    }

    /// What a restart has to know.
    package var saved: Saved { Saved(up: up, down: down, isShort: isShort, hasBegun: period != nil) }

    /// The energy that must be stored now, upwards and downwards.
    public func required(capacity: Watts, duration: Interval) -> (raise: WattHours, lower: WattHours) {
        let volume = capacity.energy(over: duration)
        return (max(.zero, volume - up.missing), max(.zero, volume - down.missing))
    }

    /// Moves the volumes on by a tick, and returns what they ask of the baseline.
    public mutating func update(
        _ state: EnergyState, rules: VolumeRules, capacity: Watts, duration: Interval, direction: Direction,
        elapsed: Interval
    ) -> EnergyDemand {
        let volume = capacity.energy(over: duration)
        if state.delivered > .zero {
            up.missing = min(volume, up.missing + state.delivered.energy(over: elapsed))
        } else {
            down.missing = min(volume, down.missing - state.delivered.energy(over: elapsed))
        }
        if let period, state.period > period {
            for _ in 0..<min(state.period - period, 8) {
                up.startPeriod(volume: volume, cap: rules.recoveryShare)
                down.startPeriod(volume: volume, cap: rules.recoveryShare)
            }
            let required = required(capacity: capacity, duration: duration)
            isShort =
                (direction.answersLow && state.raise < required.raise)
                || (direction.answersHigh && state.lower < required.lower)
        }
        if period.map({ state.period > $0 }) ?? true { period = state.period }
        var restore = Watts.zero
        if direction.answersLow { restore += up.adjustments[0].power(over: rules.settlementPeriod) }
        if direction.answersHigh { restore -= down.adjustments[0].power(over: rules.settlementPeriod) }
        return EnergyDemand(restore: restore, blend: 0, isShort: isShort)
    }
}

extension EnergyVolumes {
    /// What is kept of the volumes.
    package struct Saved: BitwiseCopyable, Sendable {
        package var up: Side
        package var down: Side
        package var isShort: Bool
        /// A settlement period was running.
        package var hasBegun: Bool
    }
}

extension EnergyVolumes.Saved: Visitable {
    package static var blank: Self { Self(up: .blank, down: .blank, isShort: false, hasBegun: false) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("up", &up)
        visitor.visit("down", &down)
        visitor.visit("is_short", &isShort)
        visitor.visit("has_begun", &hasBegun)
    }
}

extension EnergyVolumes.Side: Visitable {
    package static var blank: Self { Self() }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("missing_wh", &missing)
        visitor.visit("adjustments_wh", &adjustments)
    }
}
