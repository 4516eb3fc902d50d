public import FrequencyResponse

/// Notices when a part of the response is missing for two seconds, and when it is whole again: more than a fiftieth of
/// the capacity, and more than 100 W.
public struct ShortfallWatch: Sendable {
    /// What the watch has found.
    public enum Finding: Sendable, Equatable, CustomStringConvertible {
        /// The missing part, positive upwards, of the response that is asked.
        case missing(Watts, of: Watts)
        /// A response that goes on and is not given, because frequency is not known or the site is blocked or tripped.
        case withheld(Watts)
        case wholeAgain

        /// What was found, in a sentence for the log.
        public var description: String {
            switch self {
            case .missing(let shortfall, let response):
                """
                \(Formatting.kilowatts(shortfall.magnitude, decimals: 2)) of \
                \(Formatting.kilowatts(response.magnitude, decimals: 2)) are missing \
                \(shortfall > .zero ? "upwards" : "downwards"); the connection, the chargers or their vehicles give \
                no more
                """
            case .withheld(let power):
                """
                \(Formatting.kilowatts(power.magnitude, decimals: 2)) of a response that goes on are not given \
                \(power > .zero ? "upwards" : "downwards"); frequency is not trusted, or the site is kept from answering
                """
            case .wholeAgain: "whole again"
            }
        }
    }

    private let limit: Watts
    private var missingSince: Instant?
    private var hasFound = false

    public init(capacity: Watts) { limit = max(capacity * 0.02, Watts(100)) }

    /// Moves on by a tick; nil while there is nothing new to say.
    public mutating func update(_ outputs: TickOutputs, now: Instant) -> Finding? {
        guard outputs.state.isActive || outputs.withheld != .zero, outputs.shortfall.magnitude > limit else {
            defer {
                missingSince = nil
                hasFound = false
            }
            return hasFound ? .wholeAgain : nil
        }
        let since = missingSince ?? now
        missingSince = since
        guard !hasFound, now.elapsed(since: since) >= .seconds(2) else { return nil }
        hasFound = true
        if outputs.withheld.magnitude > limit { return .withheld(outputs.withheld) }
        return .missing(outputs.shortfall, of: outputs.response)
    }
}
