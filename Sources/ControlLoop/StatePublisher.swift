public import FrequencyResponse

/// The state of the law with the time of its tick.
package struct TimedState: BitwiseCopyable, Sendable {
    package var state: SavedState
    package var at: Instant
}

/// Says when control hands over what has to survive a restart: at once when the law says that it has changed, and every
/// ten seconds.
struct StatePublisher {
    private static var interval: Interval { .seconds(10) }
    private var last: (stamp: UInt64, at: Instant)?

    mutating func isDue(stamp: UInt64, now: Instant) -> Bool {
        if let last, last.stamp == stamp, now < last.at + Self.interval { return false }
        last = (stamp, now)
        return true
    }
}

/// What a restart has of a site before it.
public struct RestoredSite: Sendable {
    /// The state of the law.
    public var law: RestoredState
    /// The state of each charger, in the order of the site file; nil for one of which nothing was saved.
    public var chargers: [SavedCharger?]

    package init(law: RestoredState, chargers: [SavedCharger?]) {
        self.law = law
        self.chargers = chargers
    }

    func memory(_ index: Int, now: Instant, clock: WallClock) -> ChargerMemory? {
        guard index < chargers.count, let saved = chargers[index] else { return nil }
        return ChargerMemory(restoring: saved, isSameDay: law.isSameDay(clock), now: now)
    }
}
