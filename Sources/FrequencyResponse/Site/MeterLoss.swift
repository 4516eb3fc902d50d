/// What chargers do once no meter shows a frequency that counts.
public enum MeterLossRule: UInt8, BitwiseCopyable, Sendable {
    /// Users' plans go on within the limits, at the building's extremes. Nothing is offered.
    case charge
    /// Charging may continue at what it was, and fall but not rise.
    case hold
    /// Zero power.
    case stop
}

/// What charging may do while frequency is lost.
public enum LostMeterCharging: UInt8, BitwiseCopyable, Sendable {
    /// What trust in frequency allows: it is not lost for long enough, or the rule is to hold.
    case byTrust
    /// It follows the users' plans, rising slowly.
    case byPlan
    /// None.
    case stopped
}

/// How long frequency has been lost, and what charging may do meanwhile.
///
/// A loss is a meter that is silent, frozen, implausible or unconfirmed, or that has not shown enough since the start.
/// A dead bus is none, and neither is a frequency that changes too fast. Until the recovery wait is over charging may
/// fall but not rise, as after any event; then the site's rule counts.
struct MeterLoss: BitwiseCopyable, Sendable {
    private var lostSince: Instant?
    private(set) var charging = LostMeterCharging.byTrust

    mutating func update(_ judged: JudgedFrequency, rule: MeterLossRule, wait: Interval, now: Instant) {
        switch judged.trust {
        case .starting, .silent, .implausible, .frozen, .unconfirmed, .distrusted:
            // What is held or fades is still answered.
            lostSince = judged.weight == .zero ? lostSince ?? now : nil
        case .resuming: break
        case .trusted, .suspect, .voltageOutside, .contradicted, .rateOfChange: lostSince = nil
        }
        guard let lostSince, now.elapsed(since: lostSince) >= wait else {
            charging = .byTrust
            return
        }
        charging =
            switch rule {
            case .charge: .byPlan
            case .hold: .byTrust
            case .stop: .stopped
            }
    }
}
