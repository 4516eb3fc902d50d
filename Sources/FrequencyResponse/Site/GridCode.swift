/// A voltage or frequency beyond which a code has a device cease and trip, once it has lasted.
public struct TripRule: BitwiseCopyable, Sendable, Equatable {
    public enum Quantity: UInt8, BitwiseCopyable, Sendable {
        case frequency
        /// As a share of nominal, the lowest of the phases below and the highest above.
        case voltage
    }

    public var quantity: Quantity
    public var isBelow: Bool
    /// In hertz, or as a share of the nominal voltage.
    public var limit: Double
    public var time: Interval

    public init(_ quantity: Quantity, below limit: Double, for time: Interval) {
        self.quantity = quantity
        isBelow = true
        self.limit = limit
        self.time = time
    }

    public init(_ quantity: Quantity, above limit: Double, for time: Interval) {
        self.quantity = quantity
        isBelow = false
        self.limit = limit
        self.time = time
    }
}

/// What a grid code wants of a device when the grid is not as it should be: as data. droopd keeps to it so as not to
/// stand against the certified protection; it is not that protection.
public struct GridCodeSettings: BitwiseCopyable, Sendable {
    public static var rulesMost: Int { 8 }

    public var rules: InlineArray<8, TripRule>
    public private(set) var ruleCount: Int
    /// A voltage below this share of nominal is a dip: discharge ceases with the sample that shows it.
    public var dipBelow: Ratio
    /// A dip that ends within this time is followed at once, as if it had not been.
    public var rideThrough: Interval
    /// The window in which frequency and voltage have to stay before the site enters service again, and for how long.
    public var enterFrequency: (lowest: Hertz, highest: Hertz)
    public var enterVoltage: (lowest: Ratio, highest: Ratio)
    public var enterDelay: Interval
    /// Over which power may then grow to all of it.
    public var enterRamp: Interval

    /// A code without rules; ``append(_:)`` adds them.
    public init(
        dipBelow: Ratio, rideThrough: Interval, enterFrequency: (lowest: Hertz, highest: Hertz),
        enterVoltage: (lowest: Ratio, highest: Ratio), enterDelay: Interval, enterRamp: Interval
    ) {
        rules = InlineArray(repeating: TripRule(.frequency, below: 0, for: .zero))
        ruleCount = 0
        self.dipBelow = dipBelow
        self.rideThrough = rideThrough
        self.enterFrequency = enterFrequency
        self.enterVoltage = enterVoltage
        self.enterDelay = enterDelay
        self.enterRamp = enterRamp
    }

    /// Adds a rule; there may be ``rulesMost``.
    public mutating func append(_ rule: TripRule) {
        precondition(ruleCount < Self.rulesMost, "a grid code has at most eight rules here")
        rules[ruleCount] = rule
        ruleCount += 1
    }
}

/// Where the site stands by its grid code.
public enum GridCodeState: BitwiseCopyable, Sendable, Equatable {
    case connected
    /// The rule with this number has been broken for its time.
    case tripped(rule: UInt8)
    /// The grid is back in the window, since then; service is entered when that has lasted.
    case waiting(since: Instant)
    /// In service again, since then; power grows.
    case entering(since: Instant)
}

/// Watches the grid by a code's rules. A value that is not known breaks no rule and ends no wait: that data are lost is
/// another thing, with another answer.
public struct GridCodeWatch: BitwiseCopyable, Sendable {
    public private(set) var state = GridCodeState.connected
    /// Since when each rule is broken.
    private var brokenSince = InlineArray<8, Instant?>(repeating: nil)

    public init() {}

    /// `frequency` is that of a trusted sample, nil otherwise; voltages as shares of nominal, of a fresh sample.
    public mutating func update(
        frequency: Hertz?, voltageLowest: Ratio?, voltageHighest: Ratio?, now: Instant, settings: GridCodeSettings
    ) {
        var tripping: UInt8?
        for index in 0..<settings.ruleCount {
            let rule = settings.rules[index]
            let value: Double? =
                switch rule.quantity {
                case .frequency: frequency?.value
                case .voltage: rule.isBelow ? voltageLowest?.value : voltageHighest?.value
                }
            let isBroken = value.map { rule.isBelow ? $0 < rule.limit : $0 > rule.limit } ?? false
            guard isBroken else {
                brokenSince[index] = nil
                continue
            }
            let since = brokenSince[index] ?? now
            brokenSince[index] = since
            if now.elapsed(since: since) >= rule.time, tripping == nil { tripping = UInt8(index) }
        }
        if let tripping {
            state = .tripped(rule: tripping)
            return
        }
        let isInWindow =
            frequency.map { $0 >= settings.enterFrequency.lowest && $0 <= settings.enterFrequency.highest } ?? false
            && voltageLowest.map { $0 >= settings.enterVoltage.lowest } ?? true
            && voltageHighest.map { $0 <= settings.enterVoltage.highest } ?? true
        switch state {
        case .connected: break
        case .tripped: if isInWindow { state = .waiting(since: now) }
        case .waiting(let since):
            if !isInWindow {
                state = .tripped(rule: UInt8.max)
            } else if now.elapsed(since: since) >= settings.enterDelay {
                state = settings.enterRamp > .zero ? .entering(since: now) : .connected
            }
        case .entering(let since): if now.elapsed(since: since) >= settings.enterRamp { state = .connected }
        }
    }

    /// Whether the site is out of service.
    public var isTripped: Bool {
        switch state {
        case .tripped, .waiting: true
        case .connected, .entering: false
        }
    }

    /// What of its power the site may use now.
    public func share(now: Instant, settings: GridCodeSettings) -> Double {
        switch state {
        case .connected: 1
        case .tripped, .waiting: 0
        case .entering(let since): min(1, now.elapsed(since: since).seconds / settings.enterRamp.seconds)
        }
    }
}
