public import FrequencyResponse

/// Notices when a part of the response is missing for two seconds, when that changes, and when it is whole again: more
/// than a fiftieth of the capacity, and more than 100 W. Missing is what setpoints do not ask for, and what chargers do
/// not deliver of their setpoints though their models say that they should.
public struct ShortfallWatch: Sendable {
    /// What the watch has found.
    public enum Finding: Sendable, Equatable {
        /// The missing part, positive upwards, of the response that is asked; of it what chargers do not deliver of
        /// their setpoints, and the index of the one that lacks most of that.
        case missing(Watts, of: Watts, undelivered: Watts, charger: Int?)
        /// A response that the services' rules want and that is not asked of the chargers, with the cause of the most.
        case withheld(Watts, WithheldCause)
        case wholeAgain

        /// Whether support for a low frequency is missing.
        public var isUpwards: Bool {
            switch self {
            case .missing(let power, _, _, _), .withheld(let power, _): power > .zero
            case .wholeAgain: false
            }
        }

        /// What was found, in a sentence for the log. `names` are the chargers', and `limits` says what binds each.
        public func sentence(names: [String], limits: String) -> String {
            switch self {
            case .missing(let missing, let response, let undelivered, let charger):
                """
                \(Self.kilowatts(missing)) of \(Self.kilowatts(response)) are missing \
                \(missing > .zero ? "upwards" : "downwards")\
                \(Self.cause(undelivered, charger.map { names[$0] }, of: missing, limits: limits))
                """
            case .withheld(let power, let cause):
                "\(Self.kilowatts(power)) are withheld \(power > .zero ? "upwards" : "downwards"); \(cause)"
            case .wholeAgain: "whole again"
            }
        }

        private static func cause(_ undelivered: Watts, _ name: String?, of missing: Watts, limits: String) -> String {
            guard let name else { return "; \(limits)" }
            let part = "\(name) does not follow its setpoint"
            return (missing - undelivered).magnitude <= Watts(100)
                ? "; \(part)" : "; \(kilowatts(undelivered)) of it since \(part); the rest: \(limits)"
        }

        private static func kilowatts(_ power: Watts) -> String {
            Formatting.kilowatts(power.magnitude, decimals: 2)
        }
    }

    private let limit: Watts
    private var missingSince: Instant?
    private var said: (missing: Watts, at: Instant)?
    /// A change is said at most this often.
    private static var repeated: Interval { .seconds(10) }

    package init(capacity: Watts) { limit = max(capacity * 0.02, Watts(100)) }

    /// Moves on by a tick; nil while there is nothing new to say.
    public mutating func update(_ outputs: TickOutputs, now: Instant) -> Finding? {
        // What is withheld must not hide what a charger does not deliver.
        let withheld = outputs.withheld.power
        let rest = outputs.shortfall + outputs.undelivered - withheld
        let missing = rest.magnitude > limit ? rest : withheld
        guard outputs.state.isActive || withheld != .zero, missing.magnitude > limit else {
            defer {
                missingSince = nil
                said = nil
            }
            return said == nil ? nil : .wholeAgain
        }
        let since = missingSince ?? now
        missingSince = since
        guard isDue(missing, since: since, now: now) else { return nil }
        said = (missing, now)
        if rest.magnitude <= limit {
            return .withheld(outputs.withheld.power, outputs.withheld.cause)
        }
        return .missing(
            missing, of: outputs.response, undelivered: outputs.undelivered,
            charger: outputs.undelivered.magnitude > limit ? Int(outputs.undeliveredBy) : nil)
    }

    private func isDue(_ missing: Watts, since: Instant, now: Instant) -> Bool {
        guard let said else { return now.elapsed(since: since) >= .seconds(2) }
        return now.elapsed(since: said.at) >= Self.repeated
            && (missing - said.missing).magnitude > max(limit, said.missing.magnitude * 0.25)
    }
}
