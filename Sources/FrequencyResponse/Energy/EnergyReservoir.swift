/// Energy management of a limited reservoir: by the baseline in normal state, and by answering only what is new when it
/// runs out.
///
/// Nordic: NEM and AEM of the technical requirements for FCR of 28 March 2025. Continental Europe: reserve mode of
/// TenneT's FCR manual for BSPs of 8 April 2026; its normal-state management is set like the Nordic one, which no text
/// was found to ask for.
public struct ReservoirRules: BitwiseCopyable, Sendable {
    /// Restoring starts when what is left lasts so long at full response, and ends when it lasts so long again.
    public var normalOn: Interval
    /// The time left at which restoring ends.
    public var normalOff: Interval
    /// The restoring power as a share of the full response.
    public var normalPower: Ratio
    /// Restoring is allowed while frequency is less than this away from nominal.
    public var normalBand: Hertz
    /// Over this time restoring comes and goes: the rolling mean of the rules.
    public var normalRamp: Interval
    /// Deviations are counted from the recent mean when what is left lasts so long at the response that is promised,
    /// and no more when it lasts so long again.
    public var alertOn: Interval
    /// The time left at which deviations count from nominal again.
    public var alertOff: Interval
    /// Over this time the change between the two references takes place.
    public var alertRamp: Interval

    package init(
        normalOn: Interval, normalOff: Interval, normalPower: Ratio, normalBand: Hertz,
        normalRamp: Interval = .seconds(300),
        alertOn: Interval = .seconds(300), alertOff: Interval = .seconds(600), alertRamp: Interval = .seconds(300)
    ) {
        self.normalOn = normalOn
        self.normalOff = normalOff
        self.normalPower = normalPower
        self.normalBand = normalBand
        self.normalRamp = normalRamp
        self.alertOn = alertOn
        self.alertOff = alertOff
        self.alertRamp = alertRamp
    }
}

/// The two managers of a reservoir. Each is a switch with hysteresis on how long the rest lasts at full response; what
/// they do ramps.
public struct EnergyReservoir: BitwiseCopyable, Sendable {
    /// The side on which energy is being restored.
    public enum Restoring: UInt8, BitwiseCopyable, Sendable {
        case off, charging, discharging
    }

    /// The side on which energy is being restored now.
    public private(set) var restoring: Restoring = .off
    /// Little energy is left, so deviations count from the recent mean.
    public private(set) var isAlert = false
    private var restored = 0.0
    private var blend = 0.0

    package init() {}

    /// Goes on after a restart.
    package init(restoring saved: Saved) {
        restoring = saved.restoring
        isAlert = saved.isAlert
        restored = saved.restored.clamped(to: -1...1)
        blend = saved.blend.clamped(to: 0...1)
    }

    /// What a restart has to know.
    package var saved: Saved { Saved(restoring: restoring, isAlert: isAlert, restored: restored, blend: blend) }

    /// Makes one that stands in a given state, for tests of single entries of its table.
    public init(in restoring: Restoring, isAlert: Bool) {
        self.restoring = restoring
        self.isAlert = isAlert
    }

    /// Moves the reservoir on by a tick, and returns what it asks of the baseline and of the reference.
    public mutating func update(
        _ state: EnergyState, rules: ReservoirRules, direction: Direction, elapsed: Interval
    ) -> EnergyDemand {
        // In seconds at full response; a side that is not sold never runs out.
        let up = direction.answersLow ? Self.endurance(state.raise, state.powerRaise) : Double.infinity
        let down = direction.answersHigh ? Self.endurance(state.lower, state.powerLower) : Double.infinity
        let isNormal = state.deviation.map { $0.magnitude < rules.normalBand } ?? false
        restoring = next(up: up, down: down, isNormal: isNormal, rules: rules)
        // The reference changes only when what is promised itself runs out: less is promised long before.
        let left = min(
            direction.answersLow ? Self.endurance(state.raise, state.soldRaise) : .infinity,
            direction.answersHigh ? Self.endurance(state.lower, state.soldLower) : .infinity)
        isAlert = isAlert ? left < rules.alertOff.seconds : left <= rules.alertOn.seconds
        let wanted: Double =
            switch restoring {
            case .off: 0
            case .charging: rules.normalPower.value
            case .discharging: -rules.normalPower.value
            }
        restored = Self.moved(
            restored, to: wanted, by: rules.normalPower.value * elapsed.seconds / rules.normalRamp.seconds)
        blend = Self.moved(blend, to: isAlert ? 1 : 0, by: elapsed.seconds / rules.alertRamp.seconds)
        return EnergyDemand(restore: max(state.powerRaise, state.powerLower) * restored, blend: blend, isShort: isAlert)
    }

    private func next(up: Double, down: Double, isNormal: Bool, rules: ReservoirRules) -> Restoring {
        guard isNormal else { return .off }
        let on = rules.normalOn.seconds
        let off = rules.normalOff.seconds
        switch restoring {
        case .charging where up < off && down > on: return .charging
        case .discharging where down < off && up > on: return .discharging
        case .off, .charging, .discharging:
            if up <= on && down > on { return .charging }
            if down <= on && up > on { return .discharging }
            return .off
        }
    }

    private static func endurance(_ energy: WattHours, _ sold: Watts) -> Double {
        sold > .zero ? energy.value * 3_600 / sold.value : .infinity
    }

    private static func moved(_ value: Double, to target: Double, by step: Double) -> Double {
        value < target ? min(target, value + step) : max(target, value - step)
    }
}

extension EnergyReservoir {
    /// What is kept of a reservoir.
    package struct Saved: BitwiseCopyable, Sendable {
        package var restoring: Restoring
        package var isAlert: Bool
        package var restored: Double
        package var blend: Double
    }
}

extension EnergyReservoir.Saved: Visitable {
    package static var blank: Self { Self(restoring: .off, isAlert: false, restored: 0, blend: 0) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("restoring", &restoring)
        visitor.visit("is_alert", &isAlert)
        visitor.visit("restored", &restored)
        visitor.visit("blend", &blend)
    }
}

extension EnergyReservoir.Restoring: Visitable {
    package static var blank: Self { .off }
}
