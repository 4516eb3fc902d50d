/// Keeps the sum of all shares inside the site's range, after everything else: what an earlier limit took from one side
/// must not let the other side run beyond the range.
enum SumBounds {
    /// Cuts charging or discharge in equal parts until the sum lies inside the range. Returns the sum, and whether it
    /// was cut.
    static func apply(
        _ bounds: PowerBounds, fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>
    ) -> (sum: Watts, wasCut: Bool) {
        var charge = Watts.zero
        var discharge = Watts.zero
        for index in 0..<fleet.count {
            let share = turns[index].share
            if share > .zero { charge += share } else { discharge -= share }
        }
        let sum = charge - discharge
        let above = bounds.highest.map { sum - $0 } ?? .zero
        let below = bounds.lowest.map { $0 - sum } ?? .zero
        guard above > .zero || below > .zero else { return (sum, false) }
        if above > .zero { cut(side: 1, by: above / charge, fleet: fleet, turns: &turns) }
        if below > .zero { cut(side: -1, by: below / discharge, fleet: fleet, turns: &turns) }
        var kept = Watts.zero
        for index in 0..<fleet.count { kept += turns[index].share }
        return (kept, true)
    }

    private static func cut(
        side: Double, by part: Double, fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>
    ) {
        let factor = max(0, 1 - part)
        for index in 0..<fleet.count where turns[index].share.value * side > 0 {
            turns[index].share =
                fleet.lowered(index, turns[index].share.magnitude * factor, side: side, step: turns[index].step) * side
            turns[index].reasons.insert(.connection)
        }
    }
}
