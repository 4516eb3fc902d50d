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

    extension OutOfServiceCause {
        /// A description of the cause for the log.
        public func description(_ settings: GridCodeSettings?) -> String {
            switch self {
            case .start: "not entered since the start"
            case .unwitnessed:
                """
                no meter has shown the voltage for \
                \(Formatting.fixed((settings?.unwitnessedLimit ?? .zero).seconds, 0)) s
                """
            case .rule(let number):
                settings.flatMap { number < $0.ruleCount ? "tripped: \($0.rules[Int(number)].description)" : nil }
                    ?? "tripped"
            }
        }
    }

    extension GridCodeState {
        /// A description of the state for the log.
        public func description(_ settings: GridCodeSettings?) -> String {
            switch self {
            case .connected: "in service"
            case .outOfService(let cause):
                "out of service, \(cause.description(settings)); frequency or voltage is outside the window or unknown"
            case .waiting(let cause):
                """
                out of service, \(cause.description(settings)); the grid is in the window, and service is entered \
                after \(Formatting.fixed((settings?.enterDelay ?? .zero).seconds, 0)) s there
                """
            case .entering:
                """
                entering service; discharge grows over \(Formatting.fixed((settings?.enterRamp ?? .zero).seconds, 0)) s
                """
            }
        }
    }
#endif
