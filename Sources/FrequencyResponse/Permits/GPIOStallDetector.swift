/// Whether the contacts' thread still makes its turns, twenty a second. While it does not, no opening is seen.
package struct GPIOStallDetector: BitwiseCopyable, Sendable {
    private static var limit: Interval { .milliseconds(500) }

    private var turns: UInt64 = 0
    private var turnedAt: Instant?

    package init() {}

    /// `newest` is the number of turns so far.
    package mutating func isHung(turns newest: UInt64, now: Instant) -> Bool {
        if newest != turns || turnedAt == nil {
            turns = newest
            turnedAt = now
        }
        return turnedAt.map { now.elapsed(since: $0) > Self.limit } ?? true
    }
}
