#if !hasFeature(Embedded)
    extension Rung: CustomStringConvertible {
        /// A description of the cause for the log.
        public var description: String {
            switch self {
            case .orderedStop: "a stop is ordered"
            case .tripContact: "a contact that stops the site is open or latched, or the contacts are not being read"
            case .gridCode: "the grid code keeps the site out of service"
            case .firstEntry: "the site has not entered service since the start"
            case .blockingContact: "a contact that blocks is open: an island, or a grid relay"
            case .supplyWithheld:
                "permits are off or about to be turned off, because frequency or all chargers were lost"
            case .frequencyNotTrusted: "frequency is not trusted"
            case .noCharger: "no charger is under control"
            }
        }

        /// A description of what has to happen before the rung clears, for the log.
        public var clears: String {
            switch self {
            case .orderedStop: "it does not clear; droopd ends"
            case .tripContact: "clears when the contact is closed and its latch reset"
            case .gridCode, .firstEntry: "clears after the code's window and delay"
            case .blockingContact: "clears when the contact closes"
            case .supplyWithheld: "clears when frequency is trusted and a charger has its supply and answers"
            case .frequencyNotTrusted: "clears when frequency is trusted again"
            case .noCharger: "clears when one is taken over"
            }
        }
    }
#endif
