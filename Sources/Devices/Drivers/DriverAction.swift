public import FrequencyResponse
public import Modbus

/// What a device driver asks of its link.
public enum DriverAction: Sendable {
    case send(Request, unit: UInt8, urgency: Urgency, timeout: Interval)
    case wait(until: Instant)
}

/// What a device wants from its link next, most urgent first.
public enum Urgency: Int, Comparable, Sendable {
    /// A lease has ended: zero power, before anything else.
    case safety
    case setpoint
    case frequency
    case routine

    /// Whether one is more urgent than the other.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
