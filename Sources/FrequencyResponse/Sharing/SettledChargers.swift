/// Since when the chargers' sum has stood still: each at its command, and the sum where it was.
///
/// Every charger may be at its command while all commands move. A meter that averages over seconds would then show
/// another power than the chargers.
struct SettledChargers: BitwiseCopyable, Sendable {
    private(set) var since: Instant?
    private var sum = Watts.zero

    /// `sum` is nil while a charger is not at its command. `tolerance` is what the sum may move by.
    mutating func update(_ newest: Watts?, tolerance: Watts, now: Instant) {
        guard let newest else {
            since = nil
            return
        }
        guard since == nil || (newest - sum).magnitude > tolerance else { return }
        since = now
        sum = newest
    }
}
