public import FrequencyResponse

/// What binds each charger while a part of the response is missing.
public struct BindingLimits: Sendable {
    /// What is known of one charger in a tick.
    public struct Charger: Sendable {
        /// The name.
        public var name: String
        /// Whether it is under control.
        public var control: ChargerControl
        /// What bears on its setpoint.
        public var reasons: ShareReasons

        package init(name: String, control: ChargerControl, reasons: ShareReasons) {
            self.name = name
            self.control = control
            self.reasons = reasons
        }
    }

    /// A limit, the sides on which it binds, and its name. The first that holds is taken.
    private static let limits: [(reason: ShareReasons, upwards: Bool, downwards: Bool, name: String)] = [
        (.locked, true, true, "locked by a person"),
        (.tooSlow, true, true, "too slow for a grid of this size"),
        (.optedOut, true, true, "takes no part"),
        (.atFloor, true, false, "the vehicle is at its minimum charge"),
        (.keepsTarget, true, false, "the departure has passed or is not known"),
        (.unknownCharge, true, false, "the state of charge is not known"),
        (.frozenCharge, true, false, "the state of charge stands still"),
        (.unknownBattery, true, false, "battery and minimum charge are not known"),
        (.throughputUsed, true, true, "the energy for the day is used up"),
        (.full, false, true, "the vehicle is full"),
        (.phase, true, true, "the current of a phase"),
        (.unbalance, true, true, "the unbalance of the phases"),
        (.connection, true, true, "the limit of the grid connection"),
        (.keepsPromise, true, true, "held back for the whole duration of what is promised"),
        (.learnedLess, true, true, "has delivered less than it was commanded"),
        (.offeredLess, true, true, "the charger offers less than its limit"),
        (.waitsForOthers, true, true, "waits for others to go down first"),
        (.belowMinimum, true, true, "its share is below its minimum power"),
    ]

    /// The chargers by what binds them, as a part of a sentence; empty without chargers.
    public static func text(_ chargers: [Charger], upwards: Bool) -> String {
        var groups: [(limit: String, names: [String])] = []
        for charger in chargers {
            let limit = Self.limit(charger, upwards: upwards)
            if let index = groups.firstIndex(where: { $0.limit == limit }) {
                groups[index].names.append(charger.name)
            } else {
                groups.append((limit, [charger.name]))
            }
        }
        return groups.map { "\(Formatting.names($0.names)): \($0.limit)" }.joined(separator: "; ")
    }

    private static func limit(_ charger: Charger, upwards: Bool) -> String {
        guard charger.control == .controlled else { return charger.control.description }
        let found = limits.first { charger.reasons.contains($0.reason) && (upwards ? $0.upwards : $0.downwards) }
        return found?.name ?? "at its own power limit"
    }
}
