/// What bears on one charger's setpoint, for an explanation of it.
///
/// A set of bits of its own: the standard library's option sets bring arrays with them, which the law must do without.
public struct ShareReasons: BitwiseCopyable, Sendable, Equatable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public func contains(_ other: Self) -> Bool { rawValue & other.rawValue == other.rawValue }
    public mutating func insert(_ other: Self) { rawValue |= other.rawValue }

    mutating func remove(_ other: Self) { rawValue &= ~other.rawValue }

    public static var none: Self { Self(rawValue: 0) }
    public static var unknownCharge: Self { Self(rawValue: 1 << 0) }
    public static var frozenCharge: Self { Self(rawValue: 1 << 1) }
    public static var atFloor: Self { Self(rawValue: 1 << 2) }
    public static var full: Self { Self(rawValue: 1 << 3) }
    public static var offeredLess: Self { Self(rawValue: 1 << 4) }
    public static var learnedLess: Self { Self(rawValue: 1 << 5) }
    public static var throughputUsed: Self { Self(rawValue: 1 << 6) }
    public static var optedOut: Self { Self(rawValue: 1 << 7) }
    public static var belowMinimum: Self { Self(rawValue: 1 << 8) }
    public static var notNeeded: Self { Self(rawValue: 1 << 9) }
    public static var connection: Self { Self(rawValue: 1 << 10) }
    public static var phase: Self { Self(rawValue: 1 << 11) }
    public static var unbalance: Self { Self(rawValue: 1 << 12) }
    public static var waitsForOthers: Self { Self(rawValue: 1 << 13) }
    public static var coversOthers: Self { Self(rawValue: 1 << 14) }
    public static var woken: Self { Self(rawValue: 1 << 15) }
    public static var failing: Self { Self(rawValue: 1 << 16) }
    public static var keepsPromise: Self { Self(rawValue: 1 << 17) }
}
