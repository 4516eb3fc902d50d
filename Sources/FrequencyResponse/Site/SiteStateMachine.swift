/// What decides the next state.
public struct SiteConditions: BitwiseCopyable, Sendable {
    /// Frequency may be acted on.
    public var frequencyTrusted: Bool
    /// Frequency has been lost for long, and charging goes on by the users' plans.
    public var chargesByPlan: Bool
    /// At least one charger is under control.
    public var chargerControlled: Bool
    /// The site is armed.
    public var armRequested: Bool
    /// A stop is ordered.
    public var stopRequested: Bool
    /// A triggered response is ramping away.
    public var recovering: Bool
    /// More than 1 % of the capacity is asked.
    public var asking: Bool
    /// What contacts make of the site.
    public var contacts: InterlockCondition
    /// The grid code keeps the site out of service after a trip.
    public var isOutOfService: Bool
    /// The grid code has not let the site enter service since the start.
    public var awaitsFirstEntry: Bool
    /// Permits are off or about to open, so every charger has to be at zero power.
    public var permitsRequireZeroPower: Bool

    package init(
        frequencyTrusted: Bool, chargesByPlan: Bool = false, chargerControlled: Bool, armRequested: Bool,
        stopRequested: Bool,
        recovering: Bool = false, asking: Bool, contacts: InterlockCondition = .clear, isOutOfService: Bool = false,
        awaitsFirstEntry: Bool = false, permitsRequireZeroPower: Bool = false
    ) {
        self.frequencyTrusted = frequencyTrusted
        self.chargesByPlan = chargesByPlan
        self.chargerControlled = chargerControlled
        self.armRequested = armRequested
        self.stopRequested = stopRequested
        self.recovering = recovering
        self.asking = asking
        self.contacts = contacts
        self.isOutOfService = isOutOfService
        self.awaitsFirstEntry = awaitsFirstEntry
        self.permitsRequireZeroPower = permitsRequireZeroPower
    }
}

/// Moves the site from state to state; the table stands in ARCHITECTURE.md.
public struct SiteStateMachine: BitwiseCopyable, Sendable {
    /// The state of the last tick.
    public private(set) var state: SiteState = .starting
    /// What keeps the site from answering frequency; nil while it may.
    public private(set) var rung: Rung?
    private var askedUntil: Instant?
    private static var offDelay: Interval { .seconds(5) }

    package init() {}

    /// Makes a machine that stands in a given state, for tests of single entries of the table.
    public init(in state: SiteState) { self.state = state }

    /// Moves on by a tick, and returns the new state.
    public mutating func update(_ conditions: SiteConditions, now: Instant) -> SiteState {
        if conditions.asking { askedUntil = now + Self.offDelay }
        // A healthy start passes through standby to armed within one tick; no chain is longer.
        rung = Rung.first(conditions)
        for _ in 0..<3 { state = next(conditions, now: now) }
        return state
    }

    private func next(_ conditions: SiteConditions, now: Instant) -> SiteState {
        switch rung?.action {
        case .stop: return .stopping
        case .trip where state != .stopping: return .tripped
        default: break
        }
        let healthy = rung == nil
        let charges = rung == .frequencyNotTrusted && conditions.chargesByPlan && conditions.armRequested
        switch state {
        case .starting, .tripped: return healthy ? .standby : charges ? .blocked : .starting
        case .standby: return healthy ? (conditions.armRequested ? .armed : .standby) : .starting
        case .armed, .responding, .recovering, .blocked:
            guard conditions.armRequested else { return .standby }
            guard healthy else { return .blocked }
            if conditions.recovering { return .recovering }
            guard let askedUntil, now < askedUntil else { return .armed }
            return .responding
        case .stopping: return .stopping
        }
    }
}
