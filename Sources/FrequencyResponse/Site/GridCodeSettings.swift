/// A voltage or frequency beyond which a code has a device cease and trip, once it has lasted.
public struct TripRule: BitwiseCopyable, Sendable, Equatable {
    /// What a rule watches.
    public enum Quantity: UInt8, BitwiseCopyable, Sendable {
        case frequency
        /// As a share of nominal, the lowest of the phases below and the highest above.
        case voltage
    }

    /// What the rule watches.
    public var quantity: Quantity
    /// Whether the rule is broken below its limit; else above it.
    public var isBelow: Bool
    /// In hertz, or as a share of the nominal voltage.
    public var limit: Double
    /// How long it must be broken.
    public var time: Interval

    package init(_ quantity: Quantity, below limit: Double, for time: Interval) {
        self.quantity = quantity
        isBelow = true
        self.limit = limit
        self.time = time
    }

    package init(_ quantity: Quantity, above limit: Double, for time: Interval) {
        self.quantity = quantity
        isBelow = false
        self.limit = limit
        self.time = time
    }
}

/// A voltage beyond which a device gives no power and stays connected (IEEE 1547-2018, 6.4.2: momentary cessation).
public struct MomentaryCessation: BitwiseCopyable, Sendable, Equatable {
    /// The limit, as a share of nominal.
    public var limit: Ratio
    /// When voltage comes back within this time, the response goes on at once.
    public var rideThrough: Interval

    package init(beyond limit: Ratio, rideThrough: Interval) {
        self.limit = limit
        self.rideThrough = rideThrough
    }
}

/// What a grid code wants of a device when the grid is not as it should be: as data. droopd keeps to it so as not to
/// stand against the certified protection; it is not that protection.
public struct GridCodeSettings: BitwiseCopyable, Sendable {
    /// The most rules that a code has.
    public static var rulesMost: Int { 8 }

    /// The rules; the first `ruleCount` count.
    public var rules: InlineArray<8, TripRule>
    /// The number of rules.
    public private(set) var ruleCount: Int
    /// Below the limit of ``dip`` and above that of ``swell`` discharge ceases with the sample that shows it.
    public var dip: MomentaryCessation
    /// The same for a high voltage.
    public var swell: MomentaryCessation
    /// Without any voltage for this time the site goes out of service.
    public var unwitnessedLimit = Interval.seconds(60)
    /// The window in which frequency and voltage have to stay before the site enters service again, and for how long.
    public var enterFrequency: (lowest: Hertz, highest: Hertz)
    /// The window of voltage for entering service, as shares of nominal.
    public var enterVoltage: (lowest: Ratio, highest: Ratio)
    /// How long frequency and voltage must be in their windows.
    public var enterDelay: Interval
    /// Over which power may then grow to all of it.
    public var enterRamp: Interval

    /// A code without rules; ``append(_:)`` adds them.
    public init(
        dip: MomentaryCessation, swell: MomentaryCessation, enterFrequency: (lowest: Hertz, highest: Hertz),
        enterVoltage: (lowest: Ratio, highest: Ratio), enterDelay: Interval, enterRamp: Interval
    ) {
        rules = InlineArray(repeating: TripRule(.frequency, below: 0, for: .zero))
        ruleCount = 0
        self.dip = dip
        self.swell = swell
        self.enterFrequency = enterFrequency
        self.enterVoltage = enterVoltage
        self.enterDelay = enterDelay
        self.enterRamp = enterRamp
    }

    /// Whether these values lie in the window for entering service; a value that is nil is inside. Voltages are shares
    /// of nominal.
    public func isEntryWindow(frequency: Hertz?, lowest: Ratio?, highest: Ratio?) -> Bool {
        frequency.map { $0 >= enterFrequency.lowest && $0 <= enterFrequency.highest } ?? true
            && lowest.map { $0 >= enterVoltage.lowest } ?? true && highest.map { $0 <= enterVoltage.highest } ?? true
    }

    /// Leaves the code without rules.
    public mutating func removeRules() { ruleCount = 0 }

    /// Adds a rule; there may be ``rulesMost``.
    public mutating func append(_ rule: TripRule) {
        precondition(ruleCount < Self.rulesMost, "a grid code has at most eight rules here")
        rules[ruleCount] = rule
        ruleCount += 1
    }
}
