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
}

/// What would flow without the service.
public enum BaselineRule: UInt8, Sendable, BitwiseCopyable {
    /// Published ahead and never following frequency (GB, Continental Europe, Nordic).
    case scheduled
    /// Held at its value of the tick before frequency left the deadband (IEEE 1547).
    case frozen
    /// No power.
    case zero
}

/// The services of the catalogue, and the two that the site file describes by itself.
public enum ServiceKind: UInt8, Sendable, BitwiseCopyable {
    case gbDynamicContainment, gbDynamicModeration, gbDynamicRegulation, ceFCR
    case nordicFCRN, nordicFCRDUp, nordicFCRDDown
    case aemoVeryFast, aemoFast, aemoSlow, aemoDelayed
    case lfsmO, lfsmU
    case droop, curve, step

    public static var count: Int { 16 }
}

/// All rules of one service at one site, validated.
public struct ServiceSettings: BitwiseCopyable, Sendable {
    public var kind: ServiceKind
    public var curve: Curve
    public var direction: Direction
    /// The contracted power, or for `droop` the rating that the droop refers to.
    public var capacity: Watts
    public var baselineRule: BaselineRule
    /// The time in which a step is answered to 90 %; zero answers at once.
    public var responseTime: Interval
    /// How long the full response must be kept up; it decides what is available.
    public var duration: Interval
    /// For a triggered service; its curve is then only what a picture of it shows.
    public var trigger: TriggerSettings?

    public init(
        kind: ServiceKind, curve: Curve, direction: Direction, capacity: Watts,
        baselineRule: BaselineRule, responseTime: Interval, duration: Interval, trigger: TriggerSettings? = nil
    ) {
        self.kind = kind
        self.curve = curve
        self.direction = direction
        self.capacity = capacity
        self.baselineRule = baselineRule
        self.responseTime = responseTime
        self.duration = duration
        self.trigger = trigger
    }

    /// The share of the capacity that the service asks for at a deviation, before any lag.
    public func share(at deviation: Hertz) -> Ratio { direction.allowed(curve.response(at: deviation)) }
}
