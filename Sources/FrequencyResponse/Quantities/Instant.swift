/// A point on the monotonic time line that the daemon takes from CLOCK_BOOTTIME and a replay counts by itself.
/// It has no calendar; see ``WallClock`` for that. Instants that enter the law are whole microseconds.
@frozen public struct Instant: BitwiseCopyable, Sendable, Comparable {
    /// Nanoseconds since the start of the time line.
    public var nanoseconds: Int64
    /// The instant so many nanoseconds after the zero of its clock.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The last whole microsecond.
    @inlinable public var wholeMicroseconds: Self { Self(nanoseconds: nanoseconds - nanoseconds % 1_000) }

    /// Whether one is earlier than the other.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    /// The instant later by an interval.
    @inlinable public static func + (left: Self, right: Interval) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    /// The instant earlier by an interval.
    @inlinable public static func - (left: Self, right: Interval) -> Self {
        Self(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    /// The time that has passed since `earlier`. Traps when `earlier` lies ahead: time never runs backwards here.
    @inlinable public func elapsed(since earlier: Self) -> Interval {
        precondition(earlier <= self, "an instant was compared with a later one")
        return Interval(nanoseconds: nanoseconds - earlier.nanoseconds)
    }
}
