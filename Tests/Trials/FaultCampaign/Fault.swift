/// What is done to a running site, or to the program itself.
enum Fault: String, CaseIterable {
    case meterSilent = "meter silent"
    case meterRailed = "meter at its rail"
    case meterJump = "meter 1.5 Hz off"
    case secondMeterOff = "one of two meters off by 50 mHz"
    case voltageGone = "voltage gone"
    case chargerSilent = "charger silent"
    case chargerRebooted = "charger rebooted, charging by itself"
    case chargerTakenOver = "charger taken over by its app"
    case chargerRefuses = "charger refuses writes"
    case chargerLatched = "charger latched in an error"
    case powerCut = "power cut: program and chargers start anew"
    case allSilent = "all devices silent"
    case stopped = "program stopped by SIGSTOP"
    case killed = "program killed and started again"
    case controlHeld = "control thread held"
    case linkHeld = "a charger's link thread held"
    case logHeld = "log thread held"
    case mainHeld = "main thread held"
    case outputFull = "output on a full disk"
    case diskReadOnly = "every disk read-only"
    case memoryLimit = "no more memory to be had"
    case networkCut = "network cut and healed"
    case meterFrozen = "meter frozen"

    /// Whether nobody may discharge while it lasts, and within how many seconds after it began that has to be so:
    /// design 4.2's times, with half a second for links and a loaded machine.
    var dischargeEnds: Double? {
        switch self {
        case .meterSilent, .allSilent: 2.5
        // One sample is bridged, then it is held and fades.
        case .meterRailed: 2.5
        case .voltageGone: 1.0
        // The lease, or the device's own timeout of 2 s; a device on a loaded machine hears late what was sent in time.
        case .controlHeld: 1.2
        case .stopped, .killed: 3.0
        // The last value that came through, and the devices' own timeout of 2 s.
        case .networkCut: 3.0
        // A minute of the same registers, then as a silent meter.
        case .meterFrozen: 63.5
        // The chargers are off at once.
        case .powerCut: 0.1
        default: nil
        }
    }

    /// Whether the program itself can do nothing meanwhile, so that leases and timeouts are all there is.
    var isBlind: Bool { self == .controlHeld || self == .stopped || self == .killed || self == .powerCut }

    /// The chargers that can't follow meanwhile: one, or none.
    var losesCharger: Bool {
        switch self {
        case .chargerSilent, .chargerRebooted, .chargerTakenOver, .chargerRefuses, .chargerLatched, .linkHeld: true
        default: false
        }
    }

    /// Whether the site as a whole has to go on answering meanwhile. A lone meter that is 1.5 Hz off, and stays so, is
    /// not to be told from a grid that is.
    var isBorne: Bool {
        switch self {
        case .meterJump, .secondMeterOff, .logHeld, .mainHeld, .outputFull, .diskReadOnly: true
        default: losesCharger
        }
    }

    /// Whether nobody hears the program, so that the devices' own timeouts count.
    var isUnheard: Bool { self == .allSilent || self == .networkCut }

    /// How long it lasts, in seconds; a held thread is let go after 4.4 s.
    var duration: Double { self == .meterFrozen ? 66 : 4.3 }

    /// Whether it comes alone: it lasts longer than a thread can be held, or the program may die of it at any time.
    var isAlone: Bool { self == .meterFrozen || self == .memoryLimit }

    /// Whether the program has to be started in a world of its own, for which one has to be root.
    var needsRoot: Bool { self == .diskReadOnly || self == .networkCut }
}
