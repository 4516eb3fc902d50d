/// Lets one charger go down before another goes up, where the connection has no room for both.
///
/// A charger's power is, until its newest command has acted, anything between what it carries and what is still under
/// way to it. The sum of the worst of all must stay within the connection; what does not fit is taken from those that
/// would rise, in equal parts, until the others are seen to have gone.
enum HandOver {
    static func hold(
        lowest: Watts, highest: Watts, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) {
        hold(side: 1, limit: highest, fleet: fleet, memory: &memory)
        hold(side: -1, limit: -lowest, fleet: fleet, memory: &memory)
    }

    /// One side of the connection or, with a phase, of that phase: there a charger counts with its part of it.
    static func hold(
        side: Double, limit: Watts, phase: Int? = nil, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) {
        guard limit < Watts(1e11) else { return }
        var worst = Watts.zero
        var rising = Watts.zero
        for index in 0..<fleet.count where memory[index].link == .controlled {
            let part = fleet[index].part(on: phase)
            let share = memory[index].share * side
            let reach = memory[index].reach(side: side)
            worst += max(share, reach) * part
            if share > reach { rising += (share - max(reach, .zero)) * part }
        }
        guard worst > limit, rising > .zero else { return }
        let factor = max(0, 1 - (worst - limit) / rising)
        for index in 0..<fleet.count where memory[index].link == .controlled && fleet[index].part(on: phase) > 0 {
            let share = memory[index].share * side
            let reach = max(.zero, memory[index].reach(side: side))
            guard share > reach else { continue }
            memory[index].share = fleet[index].lowered(reach + (share - reach) * factor, side: side) * side
            memory[index].reasons.insert(.waitsForOthers)
        }
    }
}

/// The last word on the sum of all shares: what an earlier limit took from one side must not let the other side run
/// beyond the site's window.
enum SumBounds {
    /// Cuts charging, or discharge, in equal parts until the sum lies within the bounds; says what it is, and whether
    /// it had to be cut.
    static func keep(
        _ bounds: (lowest: Watts, highest: Watts), fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> (sum: Watts, hasCut: Bool) {
        var charge = Watts.zero
        var discharge = Watts.zero
        for index in 0..<fleet.count {
            let share = memory[index].share
            if share > .zero { charge += share } else { discharge -= share }
        }
        let sum = charge - discharge
        guard sum > bounds.highest || sum < bounds.lowest else { return (sum, false) }
        if sum > bounds.highest { cut(side: 1, by: (sum - bounds.highest) / charge, fleet: fleet, memory: &memory) }
        if sum < bounds.lowest { cut(side: -1, by: (bounds.lowest - sum) / discharge, fleet: fleet, memory: &memory) }
        var kept = Watts.zero
        for index in 0..<fleet.count { kept += memory[index].share }
        return (kept, true)
    }

    private static func cut(
        side: Double, by part: Double, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) {
        let factor = max(0, 1 - part)
        for index in 0..<fleet.count where memory[index].share.value * side > 0 {
            memory[index].share = fleet[index].lowered(memory[index].share.magnitude * factor, side: side) * side
            memory[index].reasons.insert(.connection)
        }
    }
}

extension ChargerSettings {
    /// The part of its power that flows on a phase; all of it without one.
    func part(on phase: Int?) -> Double {
        guard let phase else { return 1 }
        return phases.has(phase) ? 1 / Double(phases.count) : 0
    }
}

extension ChargerMemory {
    /// The most power on a side that it has, or is still on its way to.
    func reach(side: Double) -> Watts { side > 0 ? tracking.reachHigh : -tracking.reachLow }
}
