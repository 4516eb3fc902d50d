/// Lets one charger go down before another goes up, where the connection has no room for both.
///
/// A charger's power is, until its newest command has acted, anything between what it carries and what is still under way to it. The sum of the
/// worst of all must stay within the connection; what does not fit is taken from those that would rise, in equal parts, until the others are
/// seen to have gone.
enum HandOver {
    static func hold(
        lowest: Watts, highest: Watts, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) {
        hold(side: 1, limit: highest, fleet: fleet, memory: &memory)
        hold(side: -1, limit: -lowest, fleet: fleet, memory: &memory)
    }

    private static func hold(
        side: Double, limit: Watts, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) {
        guard limit < Watts(1e11) else { return }
        var worst = Watts.zero
        var rising = Watts.zero
        for index in 0..<fleet.count where memory[index].link == .controlled {
            let share = memory[index].share * side
            let reach = memory[index].reach(side: side)
            worst += max(share, reach)
            if share > reach { rising += share - max(reach, .zero) }
        }
        guard worst > limit, rising > .zero else { return }
        let factor = max(0, 1 - (worst - limit) / rising)
        for index in 0..<fleet.count where memory[index].link == .controlled {
            let share = memory[index].share * side
            let reach = max(.zero, memory[index].reach(side: side))
            guard share > reach else { continue }
            let part = reach + (share - reach) * factor
            memory[index].share = fleet[index].lowered(part, side: side) * side
            memory[index].reasons.insert(.waitsForOthers)
        }
    }
}

extension ChargerMemory {
    /// The most power on a side that it has, or is still on its way to.
    func reach(side: Double) -> Watts { side > 0 ? tracking.reachHigh : -tracking.reachLow }
}
