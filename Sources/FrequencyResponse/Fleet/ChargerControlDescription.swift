#if !hasFeature(Embedded)
    extension ChargerControl {
        /// A description of the state for the log.
        public var description: String {
            switch self {
            case .unreachable: "unreachable"
            case .notControlled: "answers, not under control"
            case .noVehicle: "no vehicle"
            case .faulted: "faulted"
            case .controlled: "under control"
            }
        }
    }
#endif
