/// What a charger's own contacts and contactor allow it.
public enum ChargerBlock: UInt8, BitwiseCopyable, Sendable {
    case none
    /// Zero power. Its permit stays as it is.
    case zeroPower
    /// Zero power. Its permit opens once the power is low, or after the stop deadline.
    case orderedStop
}
