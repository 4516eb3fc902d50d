/// Counts what a fleet can deliver for a duration that starts at once or after a while, at a stated confidence.
///
/// A vehicle that is to leave before the end counts nothing. Of the others so many may leave unannounced as the
/// confidence asks: the binomial tail of their number decides how many, and the largest contributions are taken out, by
/// 32 classes of size. For a binomial of the mean probability this is safe for any mixture beyond the mean (Hoeffding
/// 1956).
struct AvailabilityCount: BitwiseCopyable {
    var service: Int
    /// For how long full response is kept up, and from when on.
    var duration: Interval
    var start: Interval
    /// What the service's speed rules make of each charger counts.
    var countsSpeed: Bool
    /// The part of the drivers' plan that is the baseline now.
    var planned: Double
    var settings: OfferSettings
    var phases: PhaseLimits

    private static var classes: Int { 32 }

    /// One direction. `taken` is what the baseline beyond the drivers' plans takes of the chargers' power; `connection`
    /// is the room that the site's limits leave beside the baseline.
    func count(
        raise: Bool, taken: Watts, connection: Watts?, fleet: Span<ChargerSettings>,
        turns: borrowing MutableSpan<ChargerTurn>
    ) -> (power: Watts, limit: OfferLimit) {
        var tally = Tally()
        for index in 0..<fleet.count where turns[index].control == .controlled {
            tally.add(
                contribution(raise: raise, settings: fleet[index], turn: turns[index]), phases: fleet[index].phases,
                step: turns[index].step)
        }
        guard tally.controlled > 0 else { return (.zero, .noCharger) }
        var limit: OfferLimit = tally.slow > .zero ? .speed : tally.weak > .zero ? .energy : .power
        var power = tally.sum
        let horizon = start + duration
        let leaving = min(0.5, settings.leavingPerHour.value * horizon.seconds / 3_600)
        let gone = Self.mostLeaving(of: tally.count, each: leaving, confidence: settings.confidence.value)
        if gone > 0 {
            let sure = without(gone, largest: tally.largest, raise: raise, fleet: fleet, turns: turns)
            if sure < power { limit = .departures }
            power = min(power, sure)
        }
        power = max(.zero, power - taken)
        let fitting = power * tally.fit(phases, side: raise ? -1 : 1)
        if fitting < power { limit = .connection }
        power = fitting
        if let connection, connection < power {
            power = max(.zero, connection)
            limit = .connection
        }
        // Setpoints come in steps, and every limit but the chargers' own rounds them down.
        return (limit == .power ? power : max(.zero, power - tally.step), limit)
    }

    private struct Contribution {
        var power = Watts.zero
        /// What energy and speed took from it.
        var weak = Watts.zero
        var slow = Watts.zero
    }

    private struct Tally {
        var controlled = 0
        var count = 0
        var sum = Watts.zero
        var largest = Watts.zero
        var weak = Watts.zero
        var slow = Watts.zero
        var phases = PhasePowers()
        /// The coarsest step of a setpoint register.
        var step = Watts.zero

        mutating func add(_ part: Contribution, phases set: PhaseSet, step newStep: Watts) {
            controlled += 1
            weak += part.weak
            slow += part.slow
            guard part.power > .zero else { return }
            count += 1
            sum += part.power
            largest = max(largest, part.power)
            step = max(step, newStep)
            phases.add(part.power, on: set)
        }

        /// The part that the phases of the connection let through.
        func fit(_ limits: PhaseLimits, side: Double) -> Double {
            var part = 1.0
            for phase in 0..<3 {
                if let room = limits.room(phase, side: side), phases[phase] > room {
                    part = min(part, room / phases[phase])
                }
            }
            return part
        }
    }

    private func contribution(
        raise: Bool, settings charger: borrowing ChargerSettings, turn: borrowing ChargerTurn
    ) -> Contribution {
        var part = Contribution()
        guard turn.participates, !turn.reasons.contains(.unknownBattery) else { return part }
        if let departsIn = turn.departure.departsIn, departsIn < start + duration { return part }
        let qualified =
            raise
            ? charger.qualifiedShares[service].raise.share.value : charger.qualifiedShares[service].lower.share.value
        let most = raise ? -turn.lowest : turn.highest
        let plan = min(turn.plan, turn.highest) * planned
        // Charging that goes on until the start takes from what can be taken; what it adds to what can be given is not
        // counted.
        let energy = raise ? turn.energy.raise : max(.zero, turn.energy.lower - plan.energy(over: start))
        let lasting = min(most, energy.power(over: duration))
        part.weak = most - lasting
        let quick = min(lasting, most * (countsSpeed ? qualified : 1))
        part.slow = lasting - quick
        if raise {
            part.power = quick + (turn.departure.hasSlack ? plan * (countsSpeed ? qualified : 1) : .zero)
        } else {
            part.power = max(.zero, quick - plan)
        }
        return part
    }

    /// How many of `count` vehicles may leave so that more do so only with the probability that the confidence leaves.
    static func mostLeaving(of count: Int, each probability: Double, confidence: Double) -> Int {
        guard count > 0, probability > 0 else { return 0 }
        let stay = 1 - probability
        var term = 1.0
        for _ in 0..<count { term *= stay }
        var sum = term
        var gone = 0
        while sum < confidence, gone < count {
            term *= Double(count - gone) / Double(gone + 1) * probability / stay
            gone += 1
            sum += term
        }
        return gone
    }

    /// The sum without the largest contributions, counted by classes of size and with the upper end of each class.
    private func without(
        _ gone: Int, largest: Watts, raise: Bool, fleet: Span<ChargerSettings>,
        turns: borrowing MutableSpan<ChargerTurn>
    ) -> Watts {
        var numbers = InlineArray<32, Int32>(repeating: 0)
        var sum = Watts.zero
        for index in 0..<fleet.count where turns[index].control == .controlled {
            let power = contribution(raise: raise, settings: fleet[index], turn: turns[index]).power
            guard power > .zero else { continue }
            sum += power
            numbers[min(Self.classes - 1, Int(power / largest * Double(Self.classes)))] += 1
        }
        var left = Int32(gone)
        for size in 0..<Self.classes {
            let rank = Self.classes - 1 - size
            let taken = min(left, numbers[rank])
            sum -= largest * (Double(rank + 1) / Double(Self.classes) * Double(taken))
            left -= taken
        }
        return max(.zero, sum)
    }
}
