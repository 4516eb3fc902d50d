/// Whether the meter of the connection follows the chargers.
public enum MeterFollowing: UInt8, BitwiseCopyable, Sendable {
    /// It does, or not enough was seen.
    case follows
    /// It moves the other way: its sign, or its current transformers, are reversed.
    case reversed
    /// It does not move: it measures another place, or a current transformer is open.
    case still
}

/// Compares what the meter of the connection shows before and after the chargers' sum has moved.
///
/// Each comparison is between two times at which the chargers stood at their commands, so it takes a few seconds. The
/// building moves as well, therefore only moves of the chargers of more than 5 kW count, and only three in a row decide
/// that the meter does not follow. Three that it follows clear it.
struct MeterFollowingWatch: BitwiseCopyable, Sendable {
    private(set) var verdict = MeterFollowing.follows
    /// The last powers of chargers and meter that belong together.
    private var last: Pair?

    private struct Pair: BitwiseCopyable, Sendable {
        var chargers: Watts
        var meter: Watts
        var at: Instant
    }
    /// How many moves in a row contradict the verdict.
    private var count: Int32 = 0

    private static var leastMove: Watts { Watts(5_000) }
    /// A move may take this long: a slow one counts as well.
    private static var longestMove: Interval { .seconds(60) }
    private static var movesToDecide: Int32 { 3 }

    /// `chargers` is their settled sum, and `meter` the power that was measured while they stood at it.
    mutating func update(chargers: Watts, meter: Watts, now: Instant) {
        guard let last, now.elapsed(since: last.at) <= Self.longestMove else {
            last = Pair(chargers: chargers, meter: meter, at: now)
            return
        }
        let move = chargers - last.chargers
        guard move.magnitude > Self.leastMove else { return }
        self.last = Pair(chargers: chargers, meter: meter, at: now)
        let share = (meter - last.meter) / move
        let seen: MeterFollowing = share >= 0.5 ? .follows : share <= -0.5 ? .reversed : .still
        if (seen == .follows) == (verdict == .follows) {
            count = 0
            if verdict != .follows { verdict = seen }
            return
        }
        count += 1
        guard count >= Self.movesToDecide else { return }
        verdict = seen
        count = 0
    }
}
