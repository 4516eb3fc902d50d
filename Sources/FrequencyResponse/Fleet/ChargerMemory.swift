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

/// Whether a driver's target is met by departure, and what stands in the way.
public enum DepartureOutlook: UInt8, BitwiseCopyable, Sendable {
    /// No target or no departure is known.
    case open
    case onTime
    /// Even at its limit the charger would not be done.
    case tooLittleTime
    /// An event, or the recovery after one, holds charging back.
    case heldBack
    /// The connection or a phase of it lets too little flow.
    case limited
    /// The state of charge is not known.
    case unknownCharge
}

/// What the control law remembers of one charger from tick to tick. Storage belongs to the caller.
public struct ChargerMemory: BitwiseCopyable, Sendable {
    /// How the charger stands this tick, its reading's age considered.
    public internal(set) var link: ChargerLink = .unreachable
    /// The window of this tick: discharge (zero or below) to charge (zero or above).
    public internal(set) var lowest: Watts = .zero
    public internal(set) var highest: Watts = .zero
    /// What sharing gave it this tick.
    public internal(set) var share: Watts = .zero
    /// Why its setpoint is what it is.
    public internal(set) var reasons = ShareReasons.none
    /// The setpoint of the last tick.
    public internal(set) var commanded: Watts = .zero
    /// When it was last seen under control; nil before that.
    var controlledAt: Instant?
    /// When it was first seen beyond control, before it was ever under it.
    var beganAt: Instant?
    /// The charging power that the driver's plan asks for, and since when.
    public internal(set) var plan: Watts = .zero
    var plannedAt: Instant?
    public internal(set) var outlook: DepartureOutlook = .open
    /// The energy at the terminals that its vehicle lacks of its target.
    var missing: WattHours = .zero
    /// The energy that its vehicle can give and take, at the terminals, the driver's needs considered.
    public internal(set) var raiseEnergy: WattHours = .zero
    public internal(set) var lowerEnergy: WattHours = .zero
    /// The energy that responses have moved through its battery in this day.
    var throughput: WattHours = .zero
    var throughputDay: Int64 = .min
    var estimate = ChargeEstimate()
    var tracking = ChargerTracking()
    var departsIn: Interval?
    /// Whether the driver takes part.
    var participates = true
    /// The vehicle can charge less for a while and still be ready in time.
    var hasSlack = true

    /// What it can keep up for as long as the services last, as positive numbers.
    var sustainedDischarge = Watts.zero
    var sustainedCharge = Watts.zero
    /// Falls from 1 with the energy that its battery has moved today.
    var freshness = 1.0

    // Sharing.
    /// Powers up to which it is used first, fairly, for the service's whole duration, and at most; positive, for the
    /// side of this tick.
    var tiers = Tiers()
    /// The side that it last worked on: 1 charging, -1 discharging, 0 none for a while.
    var lastSide: Int8 = 0
    var takesPart = false
    /// The next charger in the order of this tick; -1 ends it.
    var next: Int32 = -1

    public init() {}
}
