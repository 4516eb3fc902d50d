import FrequencyResponse

/// Whether the lines' thread still turns. It looks at its contacts twenty times a second; while it does not, nobody
/// knows whether one is open.
struct GPIOStallDetector: Sendable {
    private static var patience: Interval { .milliseconds(500) }

    private var turns: UInt64 = 0
    private var turnedAt: Instant?

    mutating func isHung(turns newest: UInt64, now: Instant) -> Bool {
        if newest != turns || turnedAt == nil {
            turns = newest
            turnedAt = now
        }
        return turnedAt.map { now.elapsed(since: $0) > Self.patience } ?? true
    }
}
