/// Allocates the site's target to the chargers, within the limits of the connection, its phases and what is promised.
///
/// In order: vehicles that take no part are charged as planned, the rest is shared, fast chargers cover for slow ones,
/// ramps are sequenced, and phases and sum are brought within their limits. Shares are written into the chargers'
/// turns.
struct Allocation: BitwiseCopyable, Sendable {
    private var trim = OffsetTrim()

    /// What one tick's allocation is made from.
    struct Request {
        /// Baseline less response for all chargers together, within what trust allows.
        var target: Watts
        var response: Watts
        var baseline: Watts
        /// The range of the chargers' sum, and the same narrowed while frequency is not trusted.
        var window: PowerBounds
        var bounds: PowerBounds
        var isTrusted: Bool
        /// Charging may rise although frequency is not trusted.
        var mayRise: Bool
        /// What is promised upwards and downwards of all services, as positive numbers.
        var promisedRaise: Watts
        var promisedLower: Watts
        /// The capacity of the first service, and the longest duration of all.
        var capacity: Watts
        var duration: Interval
        /// The number of the settlement period, and whether it has begun with this tick.
        var period: Int64
        var isNewPeriod: Bool
        var elapsed: Interval
    }

    struct Result {
        var sum = Watts.zero
        /// What trim and cover add to the setpoints beyond the target.
        var correction = Watts.zero
    }

    mutating func allocate(
        _ request: Request, survey: borrowing FleetSurvey, phases: borrowing PhaseLimits, fleet: Span<ChargerSettings>,
        chargers: Span<ChargerInputs>, turns: inout MutableSpan<ChargerTurn>
    ) -> Result {
        let fixed = Self.shareOutFixed(request, planned: survey.charging.fixed, fleet: fleet, turns: &turns)
        let wanted = request.target - fixed
        let side: Double = wanted > .zero ? 1 : -1
        let promised = Self.promised(request, side: side, survey: survey)
        // Charging that takes no part may stop at any moment: it makes no room for discharge.
        let room = side > 0 ? request.window.highest.map { $0 - fixed } : request.window.room(side: -1)
        let limit = promised.atMost(room)
        var result = Result()
        let trimmed = trim.update(
            offset: survey.measurement.offset, capacity: request.capacity,
            isFrozen: wanted.magnitude > limit || !request.isTrusted, elapsed: request.elapsed)
        // A trim never starts, stops or turns a charger.
        if wanted != .zero, request.isTrusted, (wanted + trimmed).value * side > 0 { result.correction = trimmed }
        Self.prepare(request, side: side, turns: &turns)
        Self.split(
            wanted + result.correction, limit: max(.zero, limit), period: request.period, phases: phases, fleet: fleet,
            turns: &turns)
        if wanted != .zero, request.isTrusted {
            result.correction += LagCover.cover(side: side, fleet: fleet, turns: &turns)
        }
        if wanted.magnitude > limit { Self.note(limit == promised ? .keepsPromise : .connection, turns: &turns) }
        for index in 0..<fleet.count where turns[index].control == .controlled && !turns[index].participates {
            turns[index].share = turns[index].tiers.planned
        }
        if !request.isTrusted, !request.mayRise { Self.capUntrusted(&turns) }
        RampSequencing.apply(request.window, fleet: fleet, turns: &turns)
        phases.sequenceRamps(fleet: fleet, turns: &turns)
        result.sum = Self.confine(request.bounds, phases: phases, fleet: fleet, turns: &turns)
        if phases.isSet, min(wanted.magnitude, limit) - (result.sum - fixed).magnitude > survey.step * 2 {
            Self.notePhases(&turns)
        }
        if request.isTrusted || request.mayRise {
            Self.wake(
                &result.sum, highest: request.window.highest, phases: phases, fleet: fleet, chargers: chargers,
                turns: &turns)
        }
        return result
    }

    /// Vehicles whose users take no part are charged as planned, as far as the baseline goes, and never by others'
    /// discharge. Returns their sum, and leaves each one's part in its lowest tier.
    private static func shareOutFixed(
        _ request: Request, planned: Watts, fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>
    ) -> Watts {
        let baseline = max(.zero, min(request.baseline, request.target + max(.zero, request.response)))
        let fixed = min(planned, baseline.atMost(request.window.highest))
        var sum = Watts.zero
        guard planned > .zero else { return sum }
        for index in 0..<fleet.count where turns[index].control == .controlled && !turns[index].participates {
            turns[index].tiers.planned = fleet.lowered(
                index, min(turns[index].plan, turns[index].highest) * (fixed / planned), side: 1,
                step: turns[index].step)
            sum += turns[index].tiers.planned
        }
        return sum
    }

    /// The most that the fleet may be used for without spending the energy of what is promised: the promise, and the
    /// surplus spread over a minute or, for shorter services, their duration.
    private static func promised(_ request: Request, side: Double, survey: borrowing FleetSurvey) -> Watts {
        let promise = max(
            .zero,
            side > 0 ? request.promisedLower + request.baseline : request.promisedRaise - request.baseline)
        let lasting = side > 0 ? survey.capability.charge : survey.capability.discharge
        // One step more, since a limit rounds setpoints down.
        return promise + survey.step + max(.zero, lasting - promise) * max(1, request.duration.seconds / 60)
    }

    private static func prepare(_ request: Request, side: Double, turns: inout MutableSpan<ChargerTurn>) {
        for index in 0..<turns.count {
            turns[index].setTiers(side: side)
            if request.isNewPeriod, turns[index].before.commanded == .zero { turns[index].before.lastSide = 0 }
        }
    }

    /// Shares the target. Where that overloads a phase, it shares again with lower tiers on that phase, at most twice.
    private static func split(
        _ target: Watts, limit: Watts, period: Int64, phases: borrowing PhaseLimits, fleet: Span<ChargerSettings>,
        turns: inout MutableSpan<ChargerTurn>
    ) {
        let startIndex = Int(truncatingIfNeeded: period & 0xFFFF)
        var rounds = 0
        while true {
            _ = Sharing.split(target, limit: limit, fleet: fleet, turns: &turns, startIndex: startIndex)
            guard phases.isSet, rounds < 2, phases.lowerTiers(fleet: fleet, turns: &turns) else { return }
            rounds += 1
        }
    }

    private static func note(_ reason: ShareReasons, turns: inout MutableSpan<ChargerTurn>) {
        for index in 0..<turns.count where turns[index].control == .controlled { turns[index].reasons.insert(reason) }
    }

    /// While frequency is not trusted no charger takes over from one that was lost with it: each stays within its last
    /// command.
    private static func capUntrusted(_ turns: inout MutableSpan<ChargerTurn>) {
        for index in 0..<turns.count where turns[index].share != .zero {
            let commanded = turns[index].before.commanded
            turns[index].share = turns[index].share.clamped(to: min(.zero, commanded)...max(.zero, commanded))
        }
    }

    /// Brings phases and sum within their limits. One cut may ask for the other; where that does not end, no charger
    /// gets anything.
    private static func confine(
        _ bounds: PowerBounds, phases: borrowing PhaseLimits, fleet: Span<ChargerSettings>,
        turns: inout MutableSpan<ChargerTurn>
    ) -> Watts {
        for _ in 0..<4 {
            phases.enforce(fleet: fleet, turns: &turns)
            let kept = SumBounds.apply(bounds, fleet: fleet, turns: &turns)
            if !kept.wasCut { return kept.sum }
        }
        clear(&turns)
        return .zero
    }

    /// Where the phases leave a part of the target undelivered, they are the reason why a charger has no share.
    private static func notePhases(_ turns: inout MutableSpan<ChargerTurn>) {
        for index in 0..<turns.count where turns[index].reasons.contains(.notNeeded) {
            turns[index].reasons.remove(.notNeeded)
            turns[index].reasons.insert(.phase)
        }
    }

    /// Wakes an idle charger that hides its state of charge by its smallest charging. Otherwise it could never help.
    private static func wake(
        _ sum: inout Watts, highest: Watts?, phases: PhaseLimits, fleet: Span<ChargerSettings>,
        chargers: Span<ChargerInputs>, turns: inout MutableSpan<ChargerTurn>
    ) {
        var loads: PhaseLimits.Loads?
        for index in 0..<fleet.count where turns[index].share == .zero {
            let wake = fleet[index].wakePower
            guard turns[index].control == .controlled, chargers[index].stateOfCharge == nil, wake > .zero,
                wake <= turns[index].highest, highest.map({ sum + wake <= $0 }) ?? true
            else { continue }
            var more = loads ?? PhaseLimits.Loads(fleet: fleet, turns: turns)
            more.add(wake, on: fleet[index].phases)
            guard phases.allow(more) else { continue }
            loads = more
            turns[index].share = wake
            turns[index].reasons.insert(.woken)
            sum += wake
        }
    }

    /// Gives no charger any power.
    static func clear(_ turns: inout MutableSpan<ChargerTurn>) {
        for index in 0..<turns.count { turns[index].share = .zero }
    }
}
