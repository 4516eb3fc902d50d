/// Lets one charger go down before another goes up, where the connection has no room for both.
///
/// Until its newest command has acted, a charger's power is anything between what it carries and what is still under
/// way to it. The sum of the worst of all must stay within the connection. What does not fit is taken in equal parts
/// from those that would rise, until the others are seen to have gone down.
enum RampSequencing {
    static func apply(_ bounds: PowerBounds, fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>) {
        apply(side: 1, limit: bounds.room(side: 1), fleet: fleet, turns: &turns)
        apply(side: -1, limit: bounds.room(side: -1), fleet: fleet, turns: &turns)
    }

    /// One side of the connection or, with a phase, of that phase: there a charger counts with its part of it. Without
    /// a limit nothing has to wait.
    static func apply(
        side: Double, limit: Watts?, phase: Int? = nil, fleet: Span<ChargerSettings>,
        turns: inout MutableSpan<ChargerTurn>
    ) {
        guard let limit else { return }
        var worst = Watts.zero
        var rising = Watts.zero
        for index in 0..<fleet.count where turns[index].control == .controlled {
            let part = fleet.part(index, on: phase)
            let share = turns[index].share * side
            let reach = turns[index].before.reach(side: side)
            worst += max(share, reach) * part
            if share > reach { rising += (share - max(reach, .zero)) * part }
        }
        guard worst > limit, rising > .zero else { return }
        let factor = max(0, 1 - (worst - limit) / rising)
        for index in 0..<fleet.count where turns[index].control == .controlled && fleet.part(index, on: phase) > 0 {
            let share = turns[index].share * side
            let reach = max(.zero, turns[index].before.reach(side: side))
            guard share > reach else { continue }
            turns[index].share =
                fleet.lowered(index, reach + (share - reach) * factor, side: side, step: turns[index].step) * side
            turns[index].reasons.insert(.waitsForOthers)
        }
    }
}
