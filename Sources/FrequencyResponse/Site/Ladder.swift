/// The ladder: what keeps a site from answering frequency, in order. A lower number takes precedence, and the site's
/// state follows from the first rung whose cause is there.
///
/// Faults of single devices are not on it. A charger that is lost counts nothing for delivery and its worst for limits
/// (`FleetSurvey`), and a suspect sample is bridged before frequency is trusted or not (`FrequencyJudge`).
public enum Rung: UInt8, BitwiseCopyable, Sendable {
    case orderedStop
    case tripContact
    case gridCode
    case firstEntry
    case blockingContact
    case supplyWithheld
    case frequencyNotTrusted
    case noCharger

    /// The number of rungs.
    public static var count: UInt8 { 8 }

    /// What a rung does to the chargers.
    public enum Action: UInt8, BitwiseCopyable, Sendable {
        /// Zero power at once, until the program ends.
        case stop
        /// Zero power at once, and out of service.
        case trip
        /// Zero power at once: nothing of the last response is held.
        case zeroPower
        /// The response is held, fades, and is gone within 2 s. Import and export may fall but not rise.
        case fade
    }

    /// What the rung does to the chargers.
    public var action: Action {
        switch self {
        case .orderedStop: .stop
        case .tripContact, .gridCode: .trip
        case .firstEntry, .blockingContact, .supplyWithheld: .zeroPower
        case .frequencyNotTrusted, .noCharger: .fade
        }
    }

    /// The rung that decides for these conditions; nil while frequency may be answered.
    public static func first(_ conditions: SiteConditions) -> Rung? {
        for number in 0..<count {
            if let rung = Rung(rawValue: number), rung.applies(conditions) { return rung }
        }
        return nil
    }

    /// Whether its cause is there. It clears when the cause has gone.
    private func applies(_ conditions: SiteConditions) -> Bool {
        switch self {
        case .orderedStop: conditions.stopRequested
        case .tripContact: conditions.contacts == .tripped
        case .gridCode: conditions.isOutOfService
        case .firstEntry: conditions.awaitsFirstEntry
        case .blockingContact: conditions.contacts == .blocked
        case .supplyWithheld: conditions.permitsRequireZeroPower
        case .frequencyNotTrusted: !conditions.frequencyTrusted
        case .noCharger: !conditions.chargerControlled
        }
    }
}
