/// A length of time, exact to the nanosecond.
@frozen public struct Interval: BitwiseCopyable, Sendable, Comparable {
    /// The length in nanoseconds.
    public var nanoseconds: Int64
    /// An interval of so many nanoseconds.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    /// A whole number of milliseconds.
    @inlinable public static func milliseconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000) }
    /// A whole number of seconds.
    @inlinable public static func seconds(_ count: Int64) -> Self { Self(nanoseconds: count * 1_000_000_000) }
    /// No time.
    @inlinable public static var zero: Self { Self(nanoseconds: 0) }

    /// The same in seconds.
    @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Whether one is shorter than the other.
    @inlinable public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
    /// The sum.
    @inlinable public static func + (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds + right.nanoseconds)
    }
    /// The difference.
    @inlinable public static func - (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds - right.nanoseconds)
    }
    /// So many times the interval.
    @inlinable public static func * (left: Self, factor: Int64) -> Self {
        Self(nanoseconds: left.nanoseconds * factor)
    }
    /// A part of the interval, rounded towards zero.
    @inlinable public static func / (left: Self, divisor: Int64) -> Self {
        Self(nanoseconds: left.nanoseconds / divisor)
    }
}
