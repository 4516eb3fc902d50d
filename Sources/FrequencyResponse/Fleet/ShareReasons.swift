/// What bears on one charger's setpoint, for an explanation of it.
///
/// A set of bits of its own: the standard library's option sets bring arrays with them, which the law must do without.
public struct ShareReasons: BitwiseCopyable, Sendable, Equatable {
    /// A bit for each reason.
    public var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Whether all reasons of another set are in this one.
    public func contains(_ other: Self) -> Bool { rawValue & other.rawValue == other.rawValue }
    /// Adds the reasons of another set.
    public mutating func insert(_ other: Self) { rawValue |= other.rawValue }

    mutating func remove(_ other: Self) { rawValue &= ~other.rawValue }

    /// No reason.
    public static var none: Self { Self(rawValue: 0) }
    /// The state of charge is unknown, so the vehicle is not discharged.
    public static var unknownCharge: Self { Self(rawValue: 1 << 0) }
    /// The state of charge has stood still while energy moved.
    public static var frozenCharge: Self { Self(rawValue: 1 << 1) }
    /// The vehicle is at its floor.
    public static var atFloor: Self { Self(rawValue: 1 << 2) }
    /// The vehicle is full.
    public static var full: Self { Self(rawValue: 1 << 3) }
    /// The charger offers less than the site file allows.
    public static var offeredLess: Self { Self(rawValue: 1 << 4) }
    /// The charger has shown to follow less.
    public static var learnedLess: Self { Self(rawValue: 1 << 5) }
    /// The energy that responses may move in a day is used up.
    public static var throughputUsed: Self { Self(rawValue: 1 << 6) }
    /// The user takes no part in services.
    public static var optedOut: Self { Self(rawValue: 1 << 7) }
    /// The share lies below the charger's smallest power.
    public static var belowMinimum: Self { Self(rawValue: 1 << 8) }
    /// Other chargers give the whole target.
    public static var notNeeded: Self { Self(rawValue: 1 << 9) }
    /// The grid connection leaves no more.
    public static var connection: Self { Self(rawValue: 1 << 10) }
    /// A phase leaves no more.
    public static var phase: Self { Self(rawValue: 1 << 11) }
    /// The unbalance of phases leaves no more.
    public static var unbalance: Self { Self(rawValue: 1 << 12) }
    /// It waits until others have moved.
    public static var waitsForOthers: Self { Self(rawValue: 1 << 13) }
    /// It gives more while slower chargers start.
    public static var coversOthers: Self { Self(rawValue: 1 << 14) }
    /// It charges a little, so that the charger reports a state of charge.
    public static var woken: Self { Self(rawValue: 1 << 15) }
    /// Its power is outside what its model allows.
    public static var failing: Self { Self(rawValue: 1 << 16) }
    /// All chargers are held back, so that what is promised can be kept up for its whole duration.
    public static var keepsPromise: Self { Self(rawValue: 1 << 17) }
    /// Its departure has passed or is not known, so it is not discharged below its target.
    public static var keepsTarget: Self { Self(rawValue: 1 << 19) }
    /// It is too slow to respond in a grid of this size.
    public static var tooSlow: Self { Self(rawValue: 1 << 20) }
    /// A person has locked the charger.
    public static var locked: Self { Self(rawValue: 1 << 21) }
    /// The battery and its floor are not known, so the vehicle is not discharged and nothing of it is promised.
    public static var unknownBattery: Self { Self(rawValue: 1 << 18) }
}
