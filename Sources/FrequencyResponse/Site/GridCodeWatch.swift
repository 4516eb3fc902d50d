/// Where the site stands by its grid code.
public enum GridCodeState: BitwiseCopyable, Sendable, Equatable {
    case connected
    /// The rule with this number has been broken for its time. 255: frequency or voltage left the window while waiting.
    case tripped(rule: UInt8)
    /// The grid is back in the window, since then; service is entered when that has lasted.
    case waiting(since: Instant)
    /// In service again, since then; power grows.
    case entering(since: Instant)
}

/// Watches the grid by a code's rules. An unknown value breaks no rule and restarts that rule's time. An unknown
/// frequency sends a waiting site back to tripped.
public struct GridCodeWatch: BitwiseCopyable, Sendable {
    /// Where the site stands now.
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

    /// Watches this tick's measurement, and says whether the site is out of service. `sample` is the first meter's
    /// while that meter is live: its voltage counts at any level. A frequency counts only when it is trusted.
    mutating func comply(
        _ judged: JudgedFrequency, sample: FrequencySample?, nominalVoltage: Volts, now: Instant,
        settings: GridCodeSettings?
    ) -> Bool {
        guard let settings else { return false }
        update(
            frequency: judged.trust.isTrusted ? judged.frequency : nil,
            voltageLowest: sample?.voltageLowest.map { Ratio($0 / nominalVoltage) },
            voltageHighest: sample?.voltageHighest.map { Ratio($0 / nominalVoltage) }, now: now, settings: settings)
        return isTripped
    }

    /// Narrows the chargers' range while the site enters service: it grows with the code's ramp. `discharge` and
    /// `charge` are what the chargers can keep up, as positive numbers.
    func entering(
        _ bounds: PowerBounds, discharge: Watts, charge: Watts, now: Instant, settings: GridCodeSettings?
    ) -> PowerBounds {
        guard let settings, case .entering = state else { return bounds }
        let part = share(now: now, settings: settings)
        return bounds.narrowed(to: PowerBounds(lowest: -discharge * part, highest: charge * part))
    }
}
