/// Which side of the nominal frequency a service answers.
public enum Direction: UInt8, Sendable, BitwiseCopyable {
    /// Answers low frequency only: less import, more export.
    case low
    /// Answers high frequency only: more import, less export.
    case high
    case both

    /// The part of a curve's answer that this direction sells.
    public func allowed(_ response: Ratio) -> Ratio {
        switch self {
        case .low: response > .zero ? response : .zero
        case .high: response < .zero ? response : .zero
        case .both: response
        }
    }

    /// Whether a low frequency is answered.
    public var answersLow: Bool { self != .high }
    /// Whether a high frequency is answered.
    public var answersHigh: Bool { self != .low }
}
