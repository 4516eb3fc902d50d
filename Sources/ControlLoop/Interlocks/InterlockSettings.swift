public import FrequencyResponse
public import GPIO

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
    public var name: String
    public var role: ContactRole
    /// The level that a closed contact makes. A broken wire has to make the other one.
    public var closedIsHigh: Bool
    /// How long it must stand closed to count as closed. Opening counts with its first edge.
    public var debounce: Interval

    public init(name: String, role: ContactRole, closedIsHigh: Bool, debounce: Interval) {
        self.name = name
        self.role = role
        self.closedIsHigh = closedIsHigh
        self.debounce = debounce
    }
}

/// One output that lets chargers have power.
public struct PermitSettings: Sendable, Equatable {
    public var name: String
    /// The charger whose supply it switches; nil for all.
    public var charger: Int?
    /// How long that charger may be out of hand before its supply is taken; nil for one that falls back by itself.
    public var takenAfter: Interval?

    public init(name: String, charger: Int?, takenAfter: Interval? = nil) {
        self.name = name
        self.charger = charger
        self.takenAfter = takenAfter
    }
}

/// The contacts and permits of a site.
public struct InterlockSettings: Sendable, Equatable {
    public var contacts: [ContactSettings]
    public var permits: [PermitSettings]
    public var chargerCount: Int
    /// Within which a mirror contact has to follow its contactor.
    public var feedbackTime: Interval
    /// How long a permit outlives the last wish for it: control has died or hangs.
    public var wishGrace: Interval

    public init(
        contacts: [ContactSettings], permits: [PermitSettings], chargerCount: Int,
        feedbackTime: Interval = .milliseconds(500),
        wishGrace: Interval = .milliseconds(500)
    ) {
        self.contacts = contacts
        self.permits = permits
        self.chargerCount = chargerCount
        self.feedbackTime = feedbackTime
        self.wishGrace = wishGrace
    }
}

/// What a charger's own contacts and contactor ask of it.
public enum ChargerBlock: UInt8, BitwiseCopyable, Sendable {
    case none
    /// No power; its supply is not control's to take.
    case neutral
    /// No power, and no supply once the power is low.
    case ordered
}

/// What control wants of the lines; one with every tick.
public struct PermitWish: BitwiseCopyable, Sendable {
    public var tick: UInt64
    /// Until when it counts.
    public var expires: Instant
    /// Which openings the tick knew of.
    public var epoch: UInt64
    public var isPermitted: Bool
    /// A bit for each permit that stays off although the others may come on.
    public var withheld: UInt64
    /// Whether the tick was a healthy one, or a deliberate safe state: then the heart beats.
    public var isHealthy: Bool
    /// Whether the lamp shall be on for control's own reasons.
    public var isFault: Bool

    public init(
        tick: UInt64, expires: Instant, epoch: UInt64, isPermitted: Bool, withheld: UInt64 = 0, isHealthy: Bool,
        isFault: Bool
    ) {
        self.tick = tick
        self.expires = expires
        self.epoch = epoch
        self.isPermitted = isPermitted
        self.withheld = withheld
        self.isHealthy = isHealthy
        self.isFault = isFault
    }
}

/// What happened at the contacts, for the log. Indices are those of the settings.
public enum InterlockEvent: BitwiseCopyable, Sendable, Equatable {
    case opened(contact: Int)
    case closed(contact: Int)
    case latched(contact: Int)
    /// A contact can't be read any more; it counts as open.
    case unreadable(contact: Int)
    /// A poll found a level whose edge never came.
    case edgeLost(contact: Int)
    case permitOn(Int)
    case permitOff(Int)
    /// Control wants this permit off although others may be on: an ordered stop, or a charger that is out of hand.
    case withheld(permit: Int)
    /// An output can't be driven.
    case undrivable(output: Int)
    /// A contactor that was to be off did not say so.
    case welded(permit: Int)
    /// A contactor that was on fell although its permit is on.
    case dropped(permit: Int)
    /// A contactor that was to be on still says that it is off.
    case contactorStaysOff(permit: Int)
    case reset
    /// The button was pressed while a contact that latched stands open.
    case resetRefused(contact: Int)
    /// The button was pressed again after a reset.
    case armed
    /// Control gave no wish in time.
    case wishExpired
    /// The heart has not beaten for a second, and beats again.
    case heartStopped
    case heartBeats
    /// No contact can be read any more.
    case linesLost
}
