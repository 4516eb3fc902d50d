public import FrequencyResponse

/// Notices when a charger does not do what it is told, and says so once: it refuses to discharge, or it stands
/// elsewhere.
///
/// It has its dead time, the time that its ramp takes from where it stood, and two seconds to come within a quarter of
/// its setpoint, 100 W at least. While the setpoint moves on by more than that, the time begins anew.
public struct FollowWatch: Sendable {
    /// What the watch has found.
    public enum Finding: Sendable, Equatable, CustomStringConvertible {
        case refusesDischarge(told: Watts, shown: Watts, after: Interval)
        case notFollowing(told: Watts, shown: Watts, after: Interval)
        case followsAgain

        /// What was found, in a sentence for the log.
        public var description: String {
            func kilowatts(_ power: Watts) -> String { Formatting.kilowatts(power, decimals: 2) }
            return switch self {
            case .refusesDischarge(let told, let shown, let after):
                """
                refuses to discharge: told \(kilowatts(told)), shows \(kilowatts(shown)) after \
                \(Formatting.fixed(after.seconds, 0)) s; is the session bidirectional, and do vehicle, app and grid code \
                allow \
                it?
                """
            case .notFollowing(let told, let shown, let after):
                """
                does not follow: told \(kilowatts(told)), shows \(kilowatts(shown)) after \
                \(Formatting.fixed(after.seconds, 0)) s; its share goes to others
                """
            case .followsAgain: "follows again"
            }
        }
    }

    private let behaviour: ChargerBehaviour
    /// How long the charger has for the setpoint under way.
    private var patience = Interval.zero
    private var told = Watts.zero
    private var since: Instant?
    private var hasFound = false

    package init(_ settings: ChargerSettings) {
        behaviour = settings.behaviour
    }

    /// `told` is nil while the charger is not under control, `shown` while its power is not known.
    public mutating func update(told newTold: Watts?, shown: Watts?, now: Instant) -> Finding? {
        guard let newTold, let shown else {
            since = nil
            return nil
        }
        let tolerance = max(newTold.magnitude * 0.25, Watts(100))
        if since == nil || (newTold - told).magnitude > tolerance {
            told = newTold
            since = now
            patience = behaviour.longestDeadTime + behaviour.rampTime(newTold - shown) + .seconds(2)
        }
        if (shown - newTold).magnitude <= tolerance {
            since = now
            guard hasFound, newTold != .zero else { return nil }
            hasFound = false
            return .followsAgain
        }
        guard !hasFound, let since, now.elapsed(since: since) >= patience else { return nil }
        hasFound = true
        let after = now.elapsed(since: since)
        return newTold < .zero && shown > -tolerance
            ? .refusesDischarge(told: newTold, shown: shown, after: after)
            : .notFollowing(told: newTold, shown: shown, after: after)
    }
}
