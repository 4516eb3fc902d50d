/// A point on the monotonic time line that the daemon takes from CLOCK_BOOTTIME and a replay counts by itself.
/// It has no calendar; see ``WallClock`` for that.
@frozen public struct Instant: BitwiseCopyable, Sendable, Comparable {
    /// Nanoseconds since the start of the time line.
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    @inlinable public static func + (left: Self, right: Interval) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    @inlinable public static func - (left: Self, right: Interval) -> Self {
        Self(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    /// The time that has passed since `earlier`. Traps when `earlier` lies ahead: time never runs backwards here.
    @inlinable public func elapsed(since earlier: Self) -> Interval {
        precondition(earlier <= self, "an instant was compared with a later one")
        return Interval(nanoseconds: nanoseconds - earlier.nanoseconds)
    }
}

/// A length of time, exact to the nanosecond.
@frozen public struct Interval: BitwiseCopyable, Sendable, Comparable {
    public var nanoseconds: Int64
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    @inlinable public static func milliseconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000) }
    @inlinable public static func seconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000_000) }
    @inlinable public static var zero: Self { Self(nanoseconds: 0) }

    @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }

    @inlinable public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    @inlinable public static func + (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    @inlinable public static func - (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    @inlinable public static func * (left: Self, factor: Int64) -> Self {
        Self(nanoseconds: left.nanoseconds * factor)
    }
    @inlinable public static func / (left: Self, divisor: Int64) -> Self {
        Self(nanoseconds: left.nanoseconds / divisor)
    }
}

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
