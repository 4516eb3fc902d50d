public import FrequencyResponse

/// All of a site that has to survive a restart.
public struct SavedSite: Sendable {
    /// The names of the latches, as the interlock machine gives them.
    public var latched: Set<String>
    /// Whether the site shall be armed, by whom and since when; nil where no one has said.
    public var arming: Arming?
    /// The names of the meters that ``law`` counts, in their order.
    public var meters: [String] = []
    /// The chargers that persons have locked, by name.
    public var locks: [String: BayLock] = [:]
    /// The state of the control law; nil before the first tick.
    public var law: SavedState?
    /// The state of each charger, by its name.
    public var chargers: [String: SavedCharger]

    /// The name of a lock that stands for all that may have been lost with a state that could not be read.
    public static var unknownLock: String { "unknown-locks" }

    /// A site of which nothing is known yet.
    public init(latched: Set<String> = [], arming: Arming? = nil) {
        self.latched = latched
        self.arming = arming
        law = nil
        chargers = [:]
    }
}
