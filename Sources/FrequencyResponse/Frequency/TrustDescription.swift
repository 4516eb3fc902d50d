#if !hasFeature(Embedded)
    extension Trust {
        /// A description of the verdict for the log.
        public var description: String {
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
            case .unconfirmed:
                """
                the meter that is left was contradicted by one that is lost; the response fades, and nothing is \
                answered
                """
            case .distrusted: "a person distrusts the meter; `droopd meter trust NAME` ends that"
            case .rateOfChange: "frequency changes faster than the site file lets it count; the response ends"
            }
        }
    }
#endif
