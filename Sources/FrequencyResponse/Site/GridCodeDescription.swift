#if !hasFeature(Embedded)
    extension TripRule {
        /// For example "below 47.5 Hz for 20 s".
        public var description: String {
            let value =
                quantity == .frequency
                ? "\(Formatting.fixed(limit, 2)) Hz" : "\(Formatting.fixed(limit * 100, 0)) % of nominal voltage"
            return "\(isBelow ? "below" : "above") \(value) for \(Formatting.fixed(time.seconds, 2)) s"
        }
    }

    extension GridCodeState {
        /// The state, in words for the log.
        public func description(_ settings: GridCodeSettings?) -> String {
            switch self {
            case .connected: "in service"
            case .tripped(let rule):
                if let settings, rule < settings.ruleCount {
                    "tripped: \(settings.rules[Int(rule)].description)"
                } else {
                    "out of its window again; out of service"
                }
            case .waiting:
                """
                back in its window; service is entered after \
                \(Formatting.fixed((settings?.enterDelay ?? .zero).seconds, 0)) s \
                there
                """
            case .entering:
                "entering service; power grows over \(Formatting.fixed((settings?.enterRamp ?? .zero).seconds, 0)) s"
            }
        }
    }
#endif
