/// Why the baseline is not what the drivers' plans and the services' energy rules ask for.
public enum BaselineHold: UInt8, BitwiseCopyable, Sendable {
    case none
    /// It rises, at its limited rate.
    case ramp
    /// It may not rise: an event goes on, or the recovery wait after it.
    case event
    /// It may not rise while frequency is not trusted.
    case untrusted
    /// A service whose baseline is frozen has something to answer.
    case frozen
    /// The first service's baseline is zero by its rules.
    case zeroRule
    /// The site does not answer.
    case inactive
}

/// The baseline: the users' plans with what restores energy, or held, or zero.
///
/// It falls at once. It rises slowly, and only once frequency has been trusted and no support for a low frequency was
/// asked for the recovery wait. While frequency is not trusted it may fall but not rise, until ``MeterLoss`` says more. A frozen baseline does not
/// rise either, and falls to what plans and vehicles can still take. Export that was requested ends with its request,
/// at once and in every state: nothing of the above prolongs it.
struct Baseline: BitwiseCopyable, Sendable {
    private var ramp = Ramp(at: .zero)
    /// The end of the recovery wait, before which charging may not rise.
    private var recoveringUntil: Instant?
    /// An event went on at the last tick whose frequency was trusted.
    private var isInEvent = false
    /// A request has made the baseline export.
    private var exportsByRequest = false

    var value: Watts { ramp.value }

    /// What the baseline follows in one tick.
    struct Moment {
        /// The plan with what restores energy, and the lowest baseline that vehicles can still give.
        var wanted: Watts
        var lowest: Watts
        var judged: JudgedFrequency
        var nominal: Hertz
        var isActive: Bool
        var activity: ServiceBank.Activity
        /// The rule of the first service, and whether a service freezes the baseline now.
        var rule: BaselineRule
        var isFrozen: Bool
        /// What charging may do while frequency is lost, and what the users' plans then come to.
        var charging: LostMeterCharging
        var planned: Watts
        /// The setpoint sum and the target of the last tick.
        var lastSum: Watts
        var lastTarget: Watts
        var recoveryWait: Interval
        /// How fast the baseline may rise, in watts per second.
        var rise: Watts
        /// The part of the request that is admissible; nil without a request.
        var request: Watts?
        var now: Instant
        var elapsed: Interval
    }

    mutating func follow(_ moment: Moment) -> Watts {
        guard moment.isActive else {
            // What went on before the site was armed may have been an event.
            recoveringUntil = moment.now + moment.recoveryWait
            ramp.settle(at: .zero)
            exportsByRequest = false
            return .zero
        }
        endRequestedExport(moment)
        guard moment.judged.trust.isTrusted else {
            switch moment.charging {
            case .byTrust: holdUntrusted(moment)
            case .byPlan: chargeByPlan(moment)
            case .stopped: ramp.settle(at: .zero)
            }
            return value
        }
        isInEvent = Self.isEvent(moment) || moment.activity.isUnreleased
        if isInEvent { recoveringUntil = moment.now + moment.recoveryWait }
        if moment.rule == .zero { return .zero }
        // Vehicles that have left discharge no more.
        if value < moment.lowest { ramp.settle(at: moment.lowest) }
        if moment.isFrozen {
            ramp.settle(at: min(value, max(moment.wanted, moment.lowest)))
            return value
        }
        return ramp.update(
            towards: max(moment.wanted, moment.lowest),
            risingPerSecond: isHeldBack(moment.now) ? .zero : moment.rise, fallingPerSecond: nil,
            // A process that was stopped has seen nothing of what went on.
            elapsed: min(moment.elapsed, .seconds(10)))
    }

    /// Export falls at once to what is still requested, or to none.
    private mutating func endRequestedExport(_ moment: Moment) {
        let stillWanted = min(
            .zero, moment.request == nil ? moment.wanted : max(moment.wanted, moment.request ?? .zero))
        if exportsByRequest, value < stillWanted { ramp.settle(at: stillWanted) }
        exportsByRequest = (moment.request ?? .zero) < .zero
    }

    /// Charging may continue but not rise.
    private mutating func holdUntrusted(_ moment: Moment) {
        recoveringUntil = moment.now + moment.recoveryWait
        let response = value - moment.lastTarget
        ramp.settle(at: min(value, max(.zero, moment.lastSum + response)))
        if moment.judged.weight == .zero { ramp.settle(at: max(.zero, value)) }
    }

    /// Frequency has been lost for long: the users' plans count, and charging rises by at most a tenth of them a minute.
    private mutating func chargeByPlan(_ moment: Moment) {
        recoveringUntil = moment.now + moment.recoveryWait
        let wanted = max(.zero, moment.planned.atMost(moment.request.map { max(.zero, $0) }))
        ramp.settle(at: max(.zero, value))
        _ = ramp.update(
            towards: wanted, risingPerSecond: wanted * (0.1 / 60), fallingPerSecond: nil,
            elapsed: min(moment.elapsed, .seconds(10)))
    }

    /// An event of low frequency: half of a capacity is asked, or frequency is 0.2 Hz below nominal, where the normal
    /// band of every code has ended.
    private static func isEvent(_ moment: Moment) -> Bool {
        if let frequency = moment.judged.frequency, frequency - moment.nominal <= Hertz(-0.2) { return true }
        return moment.activity.isCalledForRaise
    }

    /// Whether an event, or the recovery wait after one, keeps charging from rising.
    func isHeldBack(_ now: Instant) -> Bool { isInEvent || recoveringUntil.map { now < $0 } ?? false }

    /// What is left of the recovery wait.
    func heldFor(_ now: Instant) -> Interval {
        recoveringUntil.map { now < $0 ? $0.elapsed(since: now) : .zero } ?? .zero
    }

    /// Why the baseline is not what was wanted.
    func hold(_ moment: Moment) -> BaselineHold {
        if !moment.isActive { return .inactive }
        if !moment.judged.trust.isTrusted { return .untrusted }
        if moment.rule == .zero { return .zeroRule }
        if moment.isFrozen { return .frozen }
        if value >= moment.wanted { return .none }
        return isHeldBack(moment.now) ? .event : .ramp
    }

    /// The part of a requested baseline that leaves what is promised its energy and its room at the connection. A
    /// request that is not a number counts as zero. `raise` and `lower` are what is promised, as positive numbers.
    static func admissible(
        _ request: Watts, raise: Watts, lower: Watts, survey: borrowing FleetSurvey, window: PowerBounds
    ) -> Watts {
        guard request.value.isFinite else { return .zero }
        let lowest = min(.zero, (raise - survey.capability.discharge).atLeast(window.lowest.map { $0 + raise }))
        let highest = max(.zero, (survey.capability.charge - lower).atMost(window.highest.map { $0 - lower }))
        return request.clamped(to: lowest...highest)
    }
}
