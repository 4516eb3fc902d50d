/// What open and latched contacts make of the site.
public enum InterlockCondition: UInt8, Sendable, BitwiseCopyable {
    case clear
    /// Neutral at once, and frequency is not answered: an island, or a grid relay.
    case withdrawn
    /// Neutral at once, and out of service until the contact is closed and its latch reset.
    case tripped
}
