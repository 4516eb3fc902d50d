/// Frequency, or a deviation from the nominal frequency.
@frozen public struct Hertz: Quantity {
    /// The magnitude in hertz.
    public var value: Double
    /// A magnitude in hertz.
    @inlinable public init(_ value: Double) { self.value = value }
}

/// Active power: positive from the grid into the vehicle or site, negative in discharge.
/// A *response* counts the other way: positive supports a low frequency.
@frozen public struct Watts: Quantity {
    /// The magnitude in watts.
    public var value: Double
    /// A magnitude in watts.
    @inlinable public init(_ value: Double) { self.value = value }
}

/// Energy.
@frozen public struct WattHours: Quantity {
    /// The magnitude in watt-hours.
    public var value: Double
    /// A magnitude in watt-hours.
    @inlinable public init(_ value: Double) { self.value = value }
}

/// Voltage; phase to neutral unless said otherwise.
@frozen public struct Volts: Quantity {
    /// The magnitude in volts.
    public var value: Double
    /// A magnitude in volts.
    @inlinable public init(_ value: Double) { self.value = value }
}

/// Current of one phase, without sign unless said otherwise.
@frozen public struct Amperes: Quantity {
    /// The magnitude in amperes.
    public var value: Double
    /// A magnitude in amperes.
    @inlinable public init(_ value: Double) { self.value = value }
}

/// A share of a whole, 1 for 100 %.
@frozen public struct Ratio: Quantity {
    /// The magnitude in parts of one.
    public var value: Double
    /// A magnitude in parts of one.
    @inlinable public init(_ value: Double) { self.value = value }
}

extension Amperes {
    /// The active power of this current at a voltage between phase and neutral, without a shift of phase.
    @inlinable public func power(at voltage: Volts) -> Watts { Watts(value * voltage.value) }
}

extension Watts {
    /// The energy that this power moves in the given time.
    @inlinable public func energy(over time: Interval) -> WattHours { WattHours(value * time.seconds / 3600) }
}

extension WattHours {
    /// The constant power that moves this energy in the given time, which must be above zero.
    @inlinable public func power(over time: Interval) -> Watts { Watts(value * 3600 / time.seconds) }

    /// The time in which a power above zero moves this energy; at most ten years.
    public func duration(at power: Watts) -> Interval {
        Interval(nanoseconds: Int64(max(0, min(3e17, value * 3.6e12 / power.value))))
    }
}
