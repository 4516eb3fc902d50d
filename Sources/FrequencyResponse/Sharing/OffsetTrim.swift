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
