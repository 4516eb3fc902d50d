/// The power that a charger is commanded to, with the instant at which it expires.
public struct Setpoint: BitwiseCopyable, Sendable {
    /// The charger is commanded to zero power by the profile's idle command, and not by a power.
    public var isZeroPower: Bool
    /// The power, positive for charging; zero for zero power.
    public var power: Watts
    /// When the lease ends; the link then writes zero power by itself.
    public var expires: Instant
    /// The tick that decided it.
    public var tick: UInt64
    /// The number of openings that its tick has seen at the charger's contacts. A link sends it only while that number
    /// stays the same.
    public var inhibit: UInt32

    package init(isZeroPower: Bool, power: Watts, expires: Instant, tick: UInt64, inhibit: UInt32 = 0) {
        self.inhibit = inhibit
        self.isZeroPower = isZeroPower
        self.power = power
        self.expires = expires
        self.tick = tick
    }

    /// A setpoint of zero power.
    public static func zeroPower(until expires: Instant, tick: UInt64, inhibit: UInt32 = 0) -> Setpoint {
        Setpoint(isZeroPower: true, power: .zero, expires: expires, tick: tick, inhibit: inhibit)
    }
}
