/// Why a site is out of service.
public enum OutOfServiceCause: BitwiseCopyable, Sendable, Equatable {
    /// Service was not entered since the start.
    case start
    /// The rule with this number has been broken for its time.
    case rule(UInt8)
    /// No meter has shown the voltage for too long.
    case unwitnessed
}

/// Where the site stands by its grid code.
public enum GridCodeState: BitwiseCopyable, Sendable, Equatable {
    /// In service.
    case connected
    /// Out of service; the grid is not in the window for entering.
    case outOfService(OutOfServiceCause)
    /// Out of service; the grid is in the window, and service is entered when that has lasted.
    case waiting(OutOfServiceCause)
    /// In service again; discharge grows.
    case entering
}

/// Watches the grid by a code's rules.
///
/// An unknown value breaks no rule and mends none: the times of its rules stand still, and so does the wait for
/// entering service. Without any voltage for ``GridCodeSettings/unwitnessedLimit`` the site goes out of service. A site
/// starts out of service and enters it as after a trip.
public struct GridCodeWatch: BitwiseCopyable, Sendable {
    /// Where the site stands now.
    public private(set) var state: GridCodeState
    /// How long each rule has been broken; nil while it holds.
    private var brokenFor = InlineArray<8, Interval?>(repeating: nil)
    /// For how long voltage has been unknown.
    private var unwitnessedFor = Interval.zero
    /// How long the window has lasted while waiting, or the ramp while entering.
    private var lasted = Interval.zero
    private var lastUpdate: Instant?
    private var knewFrequency = false
    private var knewVoltage = false

    /// `isInService` is only for a recording that begins inside the window: a live site has to wait.
    public init(isInService: Bool = false) { state = isInService ? .connected : .outOfService(.start) }

    /// Goes on after a restart. A site that was in service and not away for longer than it may be without any voltage
    /// stays in service. Waits go on where the machine has run on, and begin anew where it was started anew: its supply
    /// may have failed.
    package init(restoring saved: Saved, restart: Restart, settings: GridCodeSettings?) {
        self.init()
        let cause = saved.cause
        switch (saved.standing, restart) {
        case (.connected, .sameBoot(let away)), (.entering, .sameBoot(let away)):
            guard away <= settings?.unwitnessedLimit ?? .zero else { return }
            brokenFor = saved.brokenFor
            lasted = saved.lasted
            state = saved.standing == .connected ? .connected : .entering
        case (.waiting, .sameBoot):
            brokenFor = saved.brokenFor
            lasted = saved.lasted
            state = .waiting(cause)
        case (.outOfService, .sameBoot):
            brokenFor = saved.brokenFor
            state = .outOfService(cause)
        case (.waiting, .otherBoot), (.outOfService, .otherBoot): state = .outOfService(cause)
        case (.connected, .otherBoot), (.entering, .otherBoot): break
        }
    }

    /// Changes with all that has to be saved at once.
    var stamp: UInt64 {
        switch state {
        case .connected: 0
        case .entering: 1
        case .outOfService(let cause): 2 + 2 * UInt64(Saved.number(cause))
        case .waiting(let cause): 3 + 2 * UInt64(Saved.number(cause))
        }
    }

    /// What a restart has to know.
    package var saved: Saved {
        var saved = Saved.blank
        saved.lasted = lasted
        saved.brokenFor = brokenFor
        switch state {
        case .connected: saved.standing = .connected
        case .entering: saved.standing = .entering
        case .outOfService(let cause):
            saved.standing = .outOfService
            saved.causeNumber = Saved.number(cause)
        case .waiting(let cause):
            saved.standing = .waiting
            saved.causeNumber = Saved.number(cause)
        }
        return saved
    }

    /// Moves on by a tick. `frequency` is that of a trusted sample, nil otherwise.
    public mutating func update(
        frequency: Hertz?, voltage: WitnessedVoltage, nominalVoltage: Volts, now: Instant, settings: GridCodeSettings
    ) {
        let elapsed = lastUpdate.map { now.elapsed(since: $0) } ?? .zero
        lastUpdate = now
        let lowest = voltage.lowest.map { Ratio($0 / nominalVoltage) }
        let highest = voltage.highest.map { Ratio($0 / nominalVoltage) }
        witness(voltage, elapsed: elapsed)
        let broken = breakRules(
            frequency: frequency, lowest: lowest, highest: highest, elapsed: elapsed, settings: settings)
        let isKnown = frequency != nil && voltage != .unknown
        let wasKnown = knewFrequency && knewVoltage
        let isInWindow = settings.isEntryWindow(frequency: frequency, lowest: lowest, highest: highest)
        knewFrequency = frequency != nil
        knewVoltage = voltage != .unknown
        if let broken {
            state = .outOfService(.rule(broken))
        } else if unwitnessedFor >= settings.unwitnessedLimit {
            leave(.unwitnessed)
        } else {
            move(isKnown: isKnown, isInWindow: isInWindow, elapsed: wasKnown ? elapsed : .zero, settings: settings)
        }
    }

    private mutating func witness(_ voltage: WitnessedVoltage, elapsed: Interval) {
        unwitnessedFor = voltage == .unknown ? (knewVoltage ? .zero : unwitnessedFor + elapsed) : .zero
    }

    /// Counts every rule's time, and returns the first whose time is over.
    private mutating func breakRules(
        frequency: Hertz?, lowest: Ratio?, highest: Ratio?, elapsed: Interval, settings: GridCodeSettings
    ) -> UInt8? {
        var tripping: UInt8?
        for index in 0..<settings.ruleCount {
            let rule = settings.rules[index]
            let isFrequency = rule.quantity == .frequency
            let value = isFrequency ? frequency?.value : rule.isBelow ? lowest?.value : highest?.value
            guard let value else { continue }
            guard rule.isBelow ? value < rule.limit : value > rule.limit else {
                brokenFor[index] = nil
                continue
            }
            let wasKnown = isFrequency ? knewFrequency : knewVoltage
            let time = brokenFor[index].map { wasKnown ? $0 + elapsed : $0 } ?? .zero
            brokenFor[index] = time
            if time >= rule.time, tripping == nil { tripping = UInt8(index) }
        }
        return tripping
    }

    /// Goes out of service; the first cause stays until service is entered.
    private mutating func leave(_ cause: OutOfServiceCause) {
        switch state {
        case .connected, .entering: state = .outOfService(cause)
        case .waiting(let first): state = .outOfService(first)
        case .outOfService: break
        }
    }

    private mutating func move(isKnown: Bool, isInWindow: Bool, elapsed: Interval, settings: GridCodeSettings) {
        switch state {
        case .connected: break
        case .outOfService(let cause):
            guard isKnown, isInWindow else { return }
            lasted = .zero
            state = .waiting(cause)
        case .waiting(let cause):
            guard isInWindow else {
                state = .outOfService(cause)
                return
            }
            if isKnown { lasted = lasted + elapsed }
            guard isKnown, lasted >= settings.enterDelay else { return }
            lasted = .zero
            state = settings.enterRamp > .zero ? .entering : .connected
        case .entering:
            lasted = lasted + elapsed
            if lasted >= settings.enterRamp { state = .connected }
        }
    }

    /// Whether the site is out of service.
    public var isOutOfService: Bool {
        switch state {
        case .outOfService, .waiting: true
        case .connected, .entering: false
        }
    }

    /// Whether the site is out of service for want of a measured voltage, and so without export.
    public var isUnwitnessed: Bool { state == .outOfService(.unwitnessed) || state == .waiting(.unwitnessed) }

    /// Whether service was never entered since the start.
    public var awaitsFirstEntry: Bool { state == .outOfService(.start) || state == .waiting(.start) }

    /// What of its discharge the site may use now.
    public func share(_ settings: GridCodeSettings) -> Double {
        switch state {
        case .connected: 1
        case .outOfService, .waiting: 0
        case .entering: min(1, lasted.seconds / settings.enterRamp.seconds)
        }
    }

    /// Watches this tick's measurement. A frequency counts only when it is trusted, a voltage at any level.
    mutating func comply(
        _ judged: JudgedFrequency, voltage: WitnessedVoltage, nominalVoltage: Volts, now: Instant,
        settings: GridCodeSettings?
    ) {
        guard let settings else {
            state = .connected
            return
        }
        update(
            frequency: judged.trust.isTrusted ? judged.frequency : nil, voltage: voltage,
            nominalVoltage: nominalVoltage, now: now, settings: settings)
    }

    /// Narrows the chargers' range while the site enters service: discharge grows with the code's ramp. Charging
    /// returns as after an event. `discharge` is what the chargers can keep up, as a positive number.
    func entering(_ bounds: PowerBounds, discharge: Watts, settings: GridCodeSettings?) -> PowerBounds {
        if isOutOfService { return bounds.narrowed(to: PowerBounds(lowest: .zero)) }
        guard let settings, state == .entering else { return bounds }
        return bounds.narrowed(to: PowerBounds(lowest: -discharge * share(settings)))
    }
}

extension GridCodeWatch {
    /// Where the site stood by its grid code.
    package struct Saved: BitwiseCopyable, Sendable {
        package enum Standing: UInt8, BitwiseCopyable, Sendable {
            case outOfService, waiting, entering, connected
        }

        package var standing: Standing
        /// Why it was out of service: 0 the start, 1 no voltage, 2 and up the rules.
        var causeNumber: UInt8
        /// For how long the window had lasted, or the ramp.
        package var lasted: Interval
        /// For how long each rule was broken.
        package var brokenFor: InlineArray<8, Interval?>

        package var cause: OutOfServiceCause {
            causeNumber == 0 ? .start : causeNumber == 1 ? .unwitnessed : .rule(causeNumber - 2)
        }

        fileprivate static func number(_ cause: OutOfServiceCause) -> UInt8 {
            switch cause {
            case .start: 0
            case .unwitnessed: 1
            case .rule(let rule): min(rule, 253) + 2
            }
        }
    }
}

extension GridCodeWatch.Saved: Visitable {
    package static var blank: Self {
        Self(standing: .outOfService, causeNumber: 0, lasted: .zero, brokenFor: .blank)
    }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("standing", &standing)
        visitor.visit("cause", &causeNumber)
        visitor.visit("lasted_ns", &lasted)
        visitor.visit("rule_broken_ns", &brokenFor)
    }
}

extension GridCodeWatch.Saved.Standing: Visitable {
    package static var blank: Self { .outOfService }
}
