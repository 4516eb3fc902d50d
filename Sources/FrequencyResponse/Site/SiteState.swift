/// What the site is doing.
public enum SiteState: UInt8, Sendable, BitwiseCopyable {
    /// Zero power until frequency is trusted and a charger has been taken over.
    case starting
    /// Healthy and at zero power, not armed.
    case standby
    /// Answers frequency; little or nothing is asked.
    case armed
    /// More than 1 % of the capacity is asked, or was within the last 5 s.
    case responding
    /// A triggered response ramps away; a new excursion starts it again.
    case recovering
    /// Frequency is not trusted, no charger is under control, a contact blocks the site, or permits require zero
    /// power.
    case blocked
    /// Zero power for good: the program ends.
    case stopping
    /// Zero power: a contact that stops the site is open or latched, the grid code has tripped, or the contacts are not
    /// being read.
    case tripped

    /// The number of states.
    public static var count: Int { 8 }

    /// Whether an armed site can't answer frequency as it should.
    public var isKeptFromAnswering: Bool { self == .blocked || self == .tripped }

    /// Whether chargers follow the service, or the way out of it, in this state.
    public var isActive: Bool {
        switch self {
        case .armed, .responding, .recovering, .blocked: true
        case .starting, .standby, .stopping, .tripped: false
        }
    }
}
