/// Takes measured offsets off the target: what chargers deliver beside their commands, at most 2 % of the capacity per
/// second and 10 % in all, frozen while the site's limits leave no choice.
struct OffsetTrim: BitwiseCopyable, Sendable {
    private var value = Watts.zero
    private static var rate: Double { 0.02 }
    private static var most: Double { 0.1 }

    /// The power to add to a target that is not zero. `offset` is the sum of the active chargers' offsets.
    mutating func update(offset: Watts, capacity: Watts, isFrozen: Bool, elapsed: Interval) -> Watts {
        guard !isFrozen else { return value }
        let wanted = (-offset).clamped(to: -(capacity * Self.most)...(capacity * Self.most))
        // A process that was stopped has seen nothing of what went on.
        let step = capacity * (Self.rate * min(1, elapsed.seconds))
        value = wanted > value ? min(wanted, value + step) : max(wanted, value - step)
        return value
    }
}

/// Lets fast chargers stand in for slow ones until these follow, so that the fleet's sum follows as one machine.
///
/// A charger is fast when it starts within 0.5 s and is there within a second more; both must have been measured. What
/// the slow ones lack now by their own model is spread over the room of the fast ones, never beyond zero: no car
/// charges against another.
enum LagCover {
    private static var fastStart: Interval { .milliseconds(500) }

    /// Changes the shares of the fast chargers, and returns what it added to the sum.
    static func cover(
        side: Double, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        var lack = Watts.zero
        var more = Watts.zero
        var less = Watts.zero
        for index in 0..<fleet.count where memory[index].link == .controlled && memory[index].participates {
            guard fleet[index].behaviour.isKnown else { continue }
            if isFast(fleet[index]) {
                more += max(.zero, memory[index].tiers.most - memory[index].share.magnitude)
                less += memory[index].share.magnitude
            } else {
                lack += (memory[index].share - memory[index].tracking.expected) * side
            }
        }
        let room = lack > .zero ? more : less
        guard lack != .zero, room > .zero else { return .zero }
        let part = min(1, lack.magnitude / room)
        var added = Watts.zero
        for index in 0..<fleet.count where memory[index].link == .controlled && memory[index].participates {
            guard isFast(fleet[index]) else { continue }
            let share = memory[index].share.magnitude
            let wanted =
                lack > .zero ? share + max(.zero, memory[index].tiers.most - share) * part : share - share * part
            let power = fleet[index].lowered(wanted, side: side)
            guard power != share else { continue }
            memory[index].share = power * side
            memory[index].reasons.insert(.coversOthers)
            added += (power - share) * side
        }
        return added
    }

    private static func isFast(_ settings: ChargerSettings) -> Bool {
        let behaviour = settings.behaviour
        guard behaviour.isKnown, behaviour.longestDeadTime <= fastStart else { return false }
        return max(settings.chargeLimit, settings.dischargeLimit) <= behaviour.ramp
    }
}
