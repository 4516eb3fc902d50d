public import FrequencyResponse

/// What a contact is there for.
public enum ContactRole: Sendable, Equatable {
    /// Opening it acts on all chargers, or on those with the indices.
    case interlock(StopAction, trips: [Int]?, latches: Bool)
    /// A push button; pressed, it closes.
    case reset
    /// The mirror contact of a contactor, closed while the contactor is off.
    case feedback(permit: Int)
}

/// One input.
public struct ContactSettings: Sendable, Equatable {
    /// The name.
    public var name: String
    /// What it is for.
    public var role: ContactRole
    /// The level that a closed contact makes. A broken wire has to make the other one.
    public var closedIsHigh: Bool
    /// How long it must stand closed to count as closed. Opening counts with its first edge.
    public var debounce: Interval

    package init(name: String, role: ContactRole, closedIsHigh: Bool, debounce: Interval) {
        self.name = name
        self.role = role
        self.closedIsHigh = closedIsHigh
        self.debounce = debounce
    }
}
