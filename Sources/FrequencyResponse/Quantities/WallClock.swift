/// Calendar time as one more input of the law. Its steps never move a lease, a ramp or an age.
@frozen public struct WallClock: BitwiseCopyable, Sendable {
    /// UTC, in nanoseconds since 1970.
    public var nanosecondsUTC: Int64
    /// The local time zone's offset from UTC, in seconds, for departures that drivers state in local time.
    public var offsetFromUTC: Int32
    /// Whether the clock is synchronised well enough to plan a departure with.
    public var isTrusted: Bool

    public init(nanosecondsUTC: Int64, offsetFromUTC: Int32, isTrusted: Bool) {
        self.nanosecondsUTC = nanosecondsUTC
        self.offsetFromUTC = offsetFromUTC
        self.isTrusted = isTrusted
    }

    /// The clock of a recording without a date, or of a machine that lost its time.
    public static var unknown: Self { Self(nanosecondsUTC: 0, offsetFromUTC: 0, isTrusted: false) }

    /// The time of day in local time, 0 up to 24 h.
    public var timeOfDay: Interval {
        let day: Int64 = 86_400_000_000_000
        let local = (nanosecondsUTC + Int64(offsetFromUTC) * 1_000_000_000) % day
        return Interval(nanoseconds: local < 0 ? local + day : local)
    }

    /// The time from now until the next time the local clock shows `timeOfDay`; above zero, at most 24 h.
    public func untilNext(_ target: Interval) -> Interval {
        let ahead = target - timeOfDay
        return ahead > .zero ? ahead : ahead + .seconds(86_400)
    }
}
