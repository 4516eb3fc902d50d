/// Lets fast chargers stand in for slow ones until these follow, so that the fleet's sum follows as one machine.
///
/// A charger is fast when it starts within 0.5 s and is there within a second more; both must have been measured. What
/// the slow ones lack now by their own model is spread over the room of the fast ones, never beyond zero: no car
/// charges against another.
enum LagCover {
    private static var fastStart: Interval { .milliseconds(500) }

    /// Changes the shares of the fast chargers, and returns what it added to the sum.
    static func cover(
        side: Double, fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>
    ) -> Watts {
        var lack = Watts.zero
        var more = Watts.zero
        var less = Watts.zero
        for index in 0..<fleet.count where turns[index].control == .controlled && turns[index].participates {
            guard fleet[index].behaviour.isKnown else { continue }
            if isFast(fleet[index]) {
                more += max(.zero, turns[index].tiers.most - turns[index].share.magnitude)
                less += turns[index].share.magnitude
            } else {
                lack += (turns[index].share - turns[index].before.expected) * side
            }
        }
        let room = lack > .zero ? more : less
        guard lack != .zero, room > .zero else { return .zero }
        let part = min(1, lack.magnitude / room)
        var added = Watts.zero
        for index in 0..<fleet.count where turns[index].control == .controlled && turns[index].participates {
            guard isFast(fleet[index]) else { continue }
            let share = turns[index].share.magnitude
            let wanted =
                lack > .zero ? share + max(.zero, turns[index].tiers.most - share) * part : share - share * part
            let power = fleet.lowered(index, wanted, side: side, step: turns[index].step)
            guard power != share else { continue }
            turns[index].share = power * side
            turns[index].reasons.insert(.coversOthers)
            added += (power - share) * side
        }
        return added
    }

    private static func isFast(_ settings: borrowing ChargerSettings) -> Bool {
        let behaviour = settings.behaviour
        guard behaviour.isKnown, behaviour.longestDeadTime <= fastStart else { return false }
        return max(settings.chargeLimit, settings.dischargeLimit) <= behaviour.ramp
    }
}
