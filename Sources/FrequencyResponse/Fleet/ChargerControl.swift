/// Whether a charger is reachable and under control.
public enum ChargerControl: UInt8, Sendable, BitwiseCopyable {
    /// It does not answer, or its reading is too old. It may continue with its last setpoint until its own timeout.
    case unreachable
    /// It answers, but is being taken over, or another master controls it.
    case notControlled
    /// It answers and is under control, without a vehicle.
    case noVehicle
    /// It answers and reports a fault.
    case faulted
    /// It answers and is under control, with a vehicle.
    case controlled

    /// Whether it counts nothing for delivery and its worst for limits.
    public var isBeyondControl: Bool {
        switch self {
        case .unreachable, .notControlled, .faulted: true
        case .noVehicle, .controlled: false
        }
    }
}
