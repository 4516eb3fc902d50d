/// Keeps each phase of the connection within its current, and the phases within their unbalance.
///
/// A charger spreads its power evenly over its phases. Powers are currents times the lower of nominal and measured
/// voltage.
package struct PhaseLimits: BitwiseCopyable, Sendable {
    /// What one phase leaves to chargers under control, before those beyond control; nil without a limit.
    private var rooms: PhaseRooms?
    /// The most that two phases may differ by; nil without a limit.
    private var unbalance: Watts?
    private var others: FleetSurvey.Uncontrolled

    init(_ rooms: PhaseRooms?, unbalance: Watts?, others: FleetSurvey.Uncontrolled) {
        self.rooms = rooms
        self.unbalance = unbalance
        self.others = others
    }

    var isSet: Bool { rooms != nil || unbalance != nil }

    /// What the chargers may take (side 1) or give (side -1) on a phase, as a positive number; nil without a limit.
    func room(_ phase: Int, side: Double) -> Watts? {
        guard let rooms else { return nil }
        let room =
            side > 0
            ? rooms.importing[phase] - others.importedByPhase[phase]
            : rooms.exporting[phase] - others.exportedByPhase[phase]
        return max(.zero, room.atMost(rooms.cuts[phase].room(side: side)))
    }

    /// What of these powers the phases let flow together on a side. Power that uses all phases goes first: every watt
    /// of it takes a third of a watt from each phase.
    func deliverable(_ shares: PhaseShares, side: Double) -> Watts? {
        guard rooms != nil else { return nil }
        var least = Watts(.infinity)
        for phase in 0..<3 { if let room = room(phase, side: side) { least = min(least, room) } }
        let even = min(shares.even, least * 3)
        var sum = even
        for phase in 0..<3 {
            if let room = room(phase, side: side) { sum += min(shares.uneven[phase], max(.zero, room - even / 3)) }
        }
        return sum
    }

    /// The range of each phase's power for the chargers.
    func bounds() -> InlineArray<3, PowerBounds> {
        var bounds = InlineArray<3, PowerBounds>(repeating: PowerBounds())
        guard rooms != nil else { return bounds }
        for phase in 0..<3 {
            bounds[phase] = PowerBounds(
                lowest: room(phase, side: -1).map { $0 * -1 }, highest: room(phase, side: 1).map { $0 * 1 })
        }
        return bounds
    }

    /// Gives every charger the part of its plan that the phases let flow as its share, and returns the sum.
    func shareOutPlans(fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>) -> Watts {
        for index in 0..<fleet.count { turns[index].share = min(turns[index].plan, turns[index].highest) }
        enforce(fleet: fleet, turns: &turns)
        var sum = Watts.zero
        for index in 0..<fleet.count { sum += turns[index].share }
        return sum
    }

    /// Lowers the tiers of chargers on phases that their shares would overload, so that another split can use the other
    /// phases. Returns false when no phase is overloaded.
    func lowerTiers(fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>) -> Bool {
        let cuts = cuts(for: Loads(fleet: fleet, turns: turns))
        guard cuts.isNeeded else { return false }
        for index in 0..<fleet.count where turns[index].share != .zero {
            let factor = cuts.factor(fleet[index].phases, share: turns[index].share)
            guard factor < 1 else { continue }
            turns[index].reasons.insert(cuts.isOverloaded ? .phase : .unbalance)
            turns[index].tiers.limit(to: turns[index].share.magnitude * factor)
        }
        return true
    }

    /// Lowers shares until all phases are within their limits. Minimum powers make one cut ask for another; when eight
    /// are not enough, chargers that do not use all phases evenly get nothing.
    func enforce(fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>) {
        guard isSet else { return }
        for round in 0..<9 {
            let cuts = cuts(for: Loads(fleet: fleet, turns: turns))
            guard cuts.isNeeded else { return }
            for index in 0..<fleet.count where turns[index].share != .zero {
                let share = turns[index].share
                let factor = cuts.factor(fleet[index].phases, share: share)
                guard factor < 1 || (round == 8 && fleet[index].phases != .all) else { continue }
                turns[index].reasons.insert(cuts.isOverloaded ? .phase : .unbalance)
                let side: Double = share > .zero ? 1 : -1
                turns[index].share =
                    round == 8
                    ? .zero : fleet.lowered(index, share.magnitude * factor, side: side, step: turns[index].step) * side
            }
        }
    }

    /// Lets one charger of a phase go down before another goes up, as ``RampSequencing`` does for the connection.
    func sequenceRamps(fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>) {
        guard rooms != nil else { return }
        for phase in 0..<3 {
            RampSequencing.apply(side: 1, limit: room(phase, side: 1), phase: phase, fleet: fleet, turns: &turns)
            RampSequencing.apply(side: -1, limit: room(phase, side: -1), phase: phase, fleet: fleet, turns: &turns)
        }
    }

    /// The part of charging and of discharge that each phase can keep.
    private struct Cuts {
        var charge = InlineArray<3, Double>(repeating: 1)
        var discharge = InlineArray<3, Double>(repeating: 1)
        /// The same for chargers that do not use all phases evenly.
        var unevenCharge = InlineArray<3, Double>(repeating: 1)
        var unevenDischarge = InlineArray<3, Double>(repeating: 1)
        var isNeeded = false
        var isOverloaded = false

        func factor(_ phases: PhaseSet, share: Watts) -> Double {
            var factor = 1.0
            for phase in 0..<3 where phases.has(phase) {
                factor = min(factor, share > .zero ? charge[phase] : discharge[phase])
                if phases != .all {
                    factor = min(factor, share > .zero ? unevenCharge[phase] : unevenDischarge[phase])
                }
            }
            return factor
        }
    }

    /// A watt of slack, so that rounding asks for no cut.
    private static var slack: Watts { Watts(1) }

    /// What shares put on the phases: all, and those that do not use all phases evenly.
    package struct Loads: BitwiseCopyable, Sendable {
        fileprivate var sums = PhasePowers()
        fileprivate var uneven = PhasePowers()

        /// None.
        package init() {}

        init(fleet: Span<ChargerSettings>, turns: borrowing MutableSpan<ChargerTurn>) {
            for index in 0..<fleet.count where turns[index].share != .zero {
                add(turns[index].share, on: fleet[index].phases)
            }
        }

        mutating func add(_ share: Watts, on phases: PhaseSet) {
            sums.add(share, on: phases)
            if phases != .all { uneven.add(share, on: phases) }
        }
    }

    /// Whether no phase is beyond its current with these loads, chargers beyond control and the building considered.
    func carry(_ loads: Loads) -> Bool {
        guard let rooms else { return true }
        for phase in 0..<3 where rooms.importing[phase] - others.importedByPhase[phase] < loads.sums[phase] {
            return false
        }
        return true
    }

    /// Whether the phases can carry these loads and stay within their unbalance.
    func allow(_ loads: Loads) -> Bool { !isSet || !cuts(for: loads).isNeeded }

    private func cuts(for loads: Loads) -> Cuts {
        var cuts = Cuts()
        for phase in 0..<3 { cutOverload(phase, sum: loads.sums[phase], cuts: &cuts) }
        cutUnbalance(loads.uneven, cuts: &cuts)
        return cuts
    }

    private func cutOverload(_ phase: Int, sum: Watts, cuts: inout Cuts) {
        guard let charge = room(phase, side: 1), let discharge = room(phase, side: -1) else { return }
        if sum > charge + Self.slack {
            cuts.charge[phase] = max(0, charge / sum)
            cuts.isNeeded = true
            cuts.isOverloaded = true
        }
        if -sum > discharge + Self.slack {
            cuts.discharge[phase] = max(0, discharge / -sum)
            cuts.isNeeded = true
            cuts.isOverloaded = true
        }
    }

    private func cutUnbalance(_ uneven: PhasePowers, cuts: inout Cuts) {
        guard let unbalance else { return }
        // The worst of chargers beyond control is assumed on the phase where it hurts.
        var least = uneven[0] - others.unevenExport[0]
        var most = uneven[0] + others.unevenImport[0]
        for phase in 1..<3 {
            least = min(least, uneven[phase] - others.unevenExport[phase])
            most = max(most, uneven[phase] + others.unevenImport[phase])
        }
        guard most - least > unbalance + Self.slack else { return }
        cuts.isNeeded = true
        for phase in 0..<3 {
            let highest = least + unbalance - others.unevenImport[phase]
            if uneven[phase] > highest, uneven[phase] > .zero {
                cuts.unevenCharge[phase] = max(0, highest / uneven[phase])
            }
            let lowest = most - unbalance + others.unevenExport[phase]
            if uneven[phase] < lowest, uneven[phase] < .zero {
                cuts.unevenDischarge[phase] = max(0, lowest / uneven[phase])
            }
        }
    }
}
