public import FrequencyResponse

// What the law's states and reasons are called wherever a person reads them.

extension Trust {
    public var words: String {
        switch self {
        case .starting: "too few good samples yet"
        case .trusted: "trusted"
        case .suspect: "one suspect sample, a jump of frequency or voltage; the value before it serves"
        case .silent: "the meter is silent; the response is held, then fades"
        case .implausible: "implausible or not available; the response is held, then fades"
        case .frozen: "the meter's registers stand still; the response is held, then fades"
        case .voltageOutside: "voltage outside its window, as on a dead bus; discharge has ceased"
        case .resuming: "good samples again, for too short a time yet"
        case .contradicted: "the meters contradict each other; the smaller response is given"
        case .rateOfChange: "frequency changes faster than the site file lets it count; withdrawn"
        }
    }
}

extension ChargerControl {
    public var words: String {
        switch self {
        case .unreachable: "unreachable"
        case .notControlled: "answers, not under control"
        case .noVehicle: "no vehicle"
        case .faulted: "faulted"
        case .controlled: "under control"
        }
    }

    /// Whether the worst of it counts for limits while nothing of it counts for delivery.
    var isBeyondControl: Bool {
        switch self {
        case .unreachable, .notControlled, .faulted: true
        case .noVehicle, .controlled: false
        }
    }
}

extension TripRule {
    /// For example "below 47.5 Hz for 20 s".
    public var words: String {
        let value =
            quantity == .frequency
            ? "\(Report.fixed(limit, 2)) Hz" : "\(Report.fixed(limit * 100, 0)) % of nominal voltage"
        return "\(isBelow ? "below" : "above") \(value) for \(Report.fixed(time.seconds, 2)) s"
    }
}

extension GridCodeState {
    public func words(_ settings: GridCodeSettings?) -> String {
        switch self {
        case .connected: "in service"
        case .tripped(let rule):
            if let settings, rule < settings.ruleCount {
                "tripped: \(settings.rules[Int(rule)].words)"
            } else {
                "out of its window again; out of service"
            }
        case .waiting:
            """
            back in its window; service is entered after \(Report.fixed((settings?.enterDelay ?? .zero).seconds, 0)) s \
            there
            """
        case .entering:
            "entering service; power grows over \(Report.fixed((settings?.enterRamp ?? .zero).seconds, 0)) s"
        }
    }
}
