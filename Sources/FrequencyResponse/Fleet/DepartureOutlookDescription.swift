#if !hasFeature(Embedded)
    extension DepartureOutlook {
        /// A description of the outlook for logs and explanations; nil while there is nothing to say.
        public var description: String? {
            switch self {
            case .open: nil
            case .onTime: "its target is met in time"
            case .tooLittleTime: "its target can't be met: the time left is too short for its charger"
            case .heldBack: "its target is at risk: an event or the recovery after it holds charging back"
            case .limited:
                "its target is at risk: the connection or a phase of it lets less flow than its plan asks for"
            case .unknownCharge: "not known, since the state of charge is not"
            case .late: "it has passed and the vehicle is still there: it keeps its target and raise is not offered"
            case .unknownDeparture:
                "not known: the vehicle is not discharged below its target and charges towards it slowly"
            }
        }
    }
#endif
