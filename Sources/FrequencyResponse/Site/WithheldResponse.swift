/// Why a response that the services' rules want is not asked of the chargers.
public enum WithheldCause: UInt8, BitwiseCopyable, Sendable {
    case none
    /// Frequency is not known, or the site is blocked or tripped, and a trigger or a hold would go on.
    case keptFromResponding
    /// A block that a crossing ended is not ready to start again.
    case notReady
    /// More could make a grid of this size swing.
    case gridSize
    /// The detector has withdrawn the swinging part of the response.
    case swing
}

/// The part of a response that is not asked of the chargers, with the cause of the most of it.
public struct WithheldResponse: BitwiseCopyable, Sendable {
    /// Positive when support for a low frequency is withheld.
    public private(set) var power = Watts.zero
    /// Why the most of it is.
    public private(set) var cause = WithheldCause.none
    private var most = Watts.zero

    package init() {}

    /// Adds a part with its cause.
    mutating func add(_ part: Watts, _ cause: WithheldCause) {
        power += part
        guard part.magnitude > most else { return }
        most = part.magnitude
        self.cause = cause
    }
}
