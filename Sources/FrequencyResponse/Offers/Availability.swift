/// Why less is offered than the capacity; the first that holds.
public enum OfferLimit: UInt8, BitwiseCopyable, Sendable {
    case none
    /// No charger is under control.
    case noCharger
    /// Frequency is not trusted, or the site is not armed: the offer is suspended.
    case suspended
    /// The chargers' power, or their reserve of energy for the whole duration.
    case power, energy
    /// The chargers are too slow for the service.
    case speed
    /// Vehicles may leave.
    case departures
    /// The connection, its phases, or the building behind it.
    case connection
    /// A service of higher priority has it.
    case priority
    /// More could make a grid of this size swing.
    case gridSize
}

/// What the fleet can do upwards and downwards, as positive numbers.
public struct Availability: BitwiseCopyable, Sendable {
    /// What is available upwards.
    public var raise: Watts
    /// What is available downwards.
    public var lower: Watts
    /// What limits it upwards.
    public var raiseLimit: OfferLimit
    /// What limits it downwards.
    public var lowerLimit: OfferLimit

    /// Nothing is available, for want of a charger.
    public static var nothing: Availability {
        Availability(raise: .zero, lower: .zero, raiseLimit: .noCharger, lowerLimit: .noCharger)
    }

    /// Nothing is available while the site does not answer.
    public static var suspended: Availability {
        Availability(raise: .zero, lower: .zero, raiseLimit: .suspended, lowerLimit: .suspended)
    }
}
