/// What a charger's own contacts and contactor ask of it.
public enum ChargerBlock: UInt8, BitwiseCopyable, Sendable {
    case none
    /// No power; its supply is not control's to take.
    case neutral
    /// No power, and no supply once the power is low.
    case ordered
}
