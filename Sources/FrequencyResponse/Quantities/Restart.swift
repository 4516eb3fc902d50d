/// How a restart stands to the state that was saved before it.
public enum Restart: BitwiseCopyable, Sendable, Equatable {
    /// The machine has run on since, for this time.
    case sameBoot(away: Interval)
    /// The machine was started anew, so its supply may have failed.
    case otherBoot

    /// No time that is kept is longer than this; a longer one is no valid value.
    private static var longest: Interval { .seconds(31 * 86_400) }

    private static func valid(_ time: Interval) -> Interval { max(.zero, min(time, longest)) }

    /// The start of what has lasted for a time and goes on by itself, such as a hold.
    package static func start(_ lasted: Interval, away: Interval, now: Instant) -> Instant {
        now - valid(lasted) - valid(away)
    }

    /// The start of a wait of which a part is over. Time away is no part of it.
    package static func start(waited: Interval, now: Instant) -> Instant { now - valid(waited) }

    /// The end of a wait of which a part is left.
    package static func end(left: Interval, now: Instant) -> Instant { now + valid(left) }
}
