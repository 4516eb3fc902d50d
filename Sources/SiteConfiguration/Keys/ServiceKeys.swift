public import FrequencyResponse

extension KeyGroup {
    /// Every key that any service has. A service has those of its kind.
    static let anyService = KeyGroup(
        "service", "A service. Its keys depend on its kind; `droopd services KIND` lists those of one kind.",
        common(kind: nil)
            + ServiceKind.all.flatMap { kind in ownKeys(kind) }.reduce(into: [SiteKey]()) { keys, key in
                if !keys.contains(where: { $0.name == key.name }) { keys.append(key) }
            })

    /// The keys of a kind of service.
    public static func service(_ kind: ServiceKind) -> KeyGroup {
        KeyGroup("service", "\(kind.rules.title)", common(kind: kind) + ownKeys(kind))
    }

    /// The names of the keys that every service has.
    static let common = Set(common(kind: nil).map(\.name))

    private static func common(kind: ServiceKind?) -> [SiteKey] {
        let rules = kind?.rules
        let side: KeyPresence =
            kind == .step || kind == nil
            ? .derived(kind == nil ? "the side of the kind" : "that of its trigger")
            : rules.map { .word("\($0.direction)") } ?? .optional
        let duration: KeyPresence =
            kind == .step
            ? .derived("its hold") : rules.map { .number($0.duration.seconds) } ?? .derived("that of the kind")
        return [
            SiteKey("kind", .choice(ServiceKind.all.map { "\($0.rules.name)" }), .required, "The service."),
            SiteKey("capacity", .quantity(.power, 1...1e9), .required, "The power that is contracted."),
            SiteKey("direction", .choice(["low", "high", "both"]), side, "The sides on which it is sold."),
            SiteKey("duration", .quantity(.time, 1...86_400), duration, "How long the full response must last."),
            SiteKey(
                "recovery_wait", .quantity(.time, 0...3_600), .number(60),
                "How long frequency must have been back before what was stopped may charge again."),
            SiteKey(
                "recovery_ramp", .quantity(.rate, 0.000_1...1), .number(20.0 / 6_000),
                "How fast it then charges again, as a share of the capacity."),
            SiteKey(
                "energy", .section(.energy(kind.flatMap { $0.rules.energy })),
                kind == nil ? .derived("the rules of the kind") : .derived(standardEnergy(rules?.energy)),
                "How energy is kept for the service."),
        ]
    }

    private static func standardEnergy(_ rules: EnergyRules?) -> String {
        switch rules {
        case nil: "scheme: none"
        case .volumes: "scheme: volumes"
        case .reservoir: "scheme: reservoir"
        }
    }

    /// The keys that a kind has beside those of all services.
    private static func ownKeys(_ kind: ServiceKind) -> [SiteKey] {
        switch kind {
        case .step: trigger(isRequired: true) + [baseline("frozen")]
        case .droop:
            [
                SiteKey(
                    "deadband", .quantity(.frequency, 0...1), .required,
                    "The deviation to each side of nominal that asks for nothing."),
                SiteKey(
                    "droop", .quantity(.share, 0.005...0.5), .required,
                    "The change of frequency, as a share of nominal, that asks for the whole capacity."),
                SiteKey(
                    "response_time", .quantity(.time, 0...60), .required,
                    "The time to 90 % of a step; 0 s answers at once."),
                baseline("frozen"),
            ]
        case .curve:
            [
                SiteKey(
                    "points", .list(example: "[[49.5 Hz, 100 %], [49.9 Hz, 0 %], [50.1 Hz, 0 %], [50.5 Hz, -100 %]]"),
                    .required("at least two points such as [49.5 Hz, 100 %]"),
                    """
                    2 to 64 points upwards in frequency. The response never rises, and is 0 % at nominal.
                    """),
                baseline("scheduled"),
            ]
        case .ceFCR:
            [
                SiteKey(
                    "deadband", .quantity(.frequency, 0...0.01), .number(0),
                    "The deviation to each side of nominal that asks for nothing.")
            ]
        case .lfsmO:
            [
                SiteKey(
                    "threshold", .quantity(.frequency, 50.2...50.5), .number(50.2),
                    "The frequency above which it answers; in G99 50.4 Hz, with a droop of 10 %."),
                droop(0.02...0.12),
            ]
        case .lfsmU:
            [
                SiteKey(
                    "threshold", .quantity(.frequency, 49.5...49.8), .number(49.8),
                    "The frequency below which it answers."),
                droop(0.02...0.12),
            ]
        case .aemoPrimary:
            [
                SiteKey(
                    "deadband", .quantity(.frequency, 0...0.015), .number(0.015),
                    "The deviation to each side of nominal that asks for nothing."),
                droop(0.005...0.5),
            ]
        case .asNzs4777:
            [
                SiteKey(
                    "release_time", .quantity(.time, 20...60), .number(20),
                    "How long frequency must be back: 20 s in the edition of 2020, 60 s in that of 2015.")
            ]
        case .nordicFFR:
            [
                SiteKey(
                    "trigger", .choice(["49.7 Hz", "49.6 Hz", "49.5 Hz"]), .required,
                    "Where it starts: in full within 1.3 s, 1.0 s or 0.7 s."),
                SiteKey(
                    "support", .choice(["short", "long"]), .word("long"),
                    "How long it lasts: 5 s and then a ramp, or 30 s."),
                SiteKey(
                    "release", .quantity(.frequency, 49.5...50), .number(49.8), "Above it the service is ready again."),
                readiness(TriggerSettings.reserveReadiness),
            ]
        case .ds3FFR:
            [
                SiteKey("trigger", .quantity(.frequency, 49...49.9), .required, "Where it starts, as contracted."),
                SiteKey("hold", .quantity(.time, 1...7_200), .number(10), "How long it lasts at least."),
                readiness(TriggerSettings.reserveReadiness),
            ]
        case .ercotFFR:
            [
                SiteKey("trigger", .quantity(.frequency, 59.85...59.85), .number(59.85), "Where it starts."),
                SiteKey("hold", .quantity(.time, 1...7_200), .number(900), "How long it lasts at least."),
                readiness(TriggerSettings.reserveReadiness),
            ]
        case .pjmRegD:
            [
                SiteKey(
                    "signal_age_limit", .quantity(.time, 2...60), .number(6), "How long a value of the signal counts.")
            ]
        case .aemoVeryFast, .aemoFast, .aemoSlow, .aemoDelayed:
            [
                SiteKey(
                    "controller", .choice(["variable", "switching"]), .word("variable"),
                    "variable follows the curve; switching gives its block at a trigger."),
                SiteKey(
                    "reference", .quantity(.frequency, 0.2...2), .number(0.5),
                    "The deviation at which a variable controller gives everything."),
            ] + trigger(isRequired: false)
        default: []
        }
    }

    private static func droop(_ range: ClosedRange<Double>) -> SiteKey {
        SiteKey(
            "droop", .quantity(.share, range), .number(0.05),
            "The change of frequency, as a share of nominal, that asks for the whole capacity.")
    }

    private static func baseline(_ standard: String) -> SiteKey {
        SiteKey(
            "baseline", .choice(["scheduled", "frozen", "zero"]), .word(standard),
            "scheduled follows the plans, frozen holds while frequency is outside the band, zero is none.")
    }

    /// The keys of a block that is given at a trigger: of a step, or of a switching controller.
    private static func trigger(isRequired: Bool) -> [SiteKey] {
        let presence: KeyPresence = isRequired ? .required : .conditional("required with controller: switching")
        let condition = isRequired ? "" : " Only with controller: switching."
        return [
            SiteKey(
                "trigger", .quantity(.frequency, 40...70), presence,
                "Where the block starts; above nominal it supports a high frequency."),
            SiteKey(
                "power", .quantity(.share, 0.01...1), .number(1), "The block, as a share of the capacity.\(condition)"),
            SiteKey("hold", .quantity(.time, 1...7_200), presence, "How long it lasts at least."),
            SiteKey(
                "release", .section(.release),
                isRequired ? .required("above or below, and for") : presence,
                "It ends only after frequency has been back for this long."),
            SiteKey(
                "after_hold", .choice(["continue", "end"]), .word("continue"),
                "With end it ends with its hold, and what it stopped from charging stays stopped.\(condition)"),
            readiness(TriggerSettings.standardReadiness),
        ]
    }

    private static func readiness(_ standard: Interval) -> SiteKey {
        SiteKey(
            "readiness", .quantity(.time, 0...7_200), .number(standard.seconds),
            "How long it may not start again after frequency crossed to the other side and ended it.")
    }

    static let release = KeyGroup(
        "service.release", "When a block ends.",
        [
            SiteKey(
                "above", .quantity(.frequency, 40...70), .derived("below, for a trigger above nominal"),
                "The frequency above which it counts as back."),
            SiteKey(
                "below", .quantity(.frequency, 40...70), .derived("above, for a trigger below nominal"),
                "The frequency below which it counts as back."),
            SiteKey("for", .quantity(.time, 0...3_600), .required, "How long it must have been back."),
        ])

    /// The keys of the energy section. The reservoir's defaults are those of the kind's own reservoir.
    static func energy(_ rules: EnergyRules?) -> KeyGroup {
        var reservoir: ReservoirRules?
        if case .reservoir(let known) = rules { reservoir = known }
        func number(_ value: Double?) -> KeyPresence {
            value.map { .number($0) } ?? .conditional("required with scheme: reservoir")
        }
        let volumes = VolumeRules()
        return KeyGroup(
            "service.energy", "How energy is kept for the service. Each scheme has keys of its own.",
            [
                SiteKey(
                    "scheme", .choice(["none", "volumes", "reservoir"]),
                    rules == nil ? .required : .word(standardEnergy(rules).replacing("scheme: ", with: "")),
                    "none, response energy volumes (GB), or a reservoir (continental Europe and Nordic)."),
                SiteKey(
                    "settlement_period", .quantity(.time, 300...7_200), .number(volumes.settlementPeriod.seconds),
                    "volumes: the settlement period."),
                SiteKey(
                    "recovery", .quantity(.share, 0.01...1), .number(volumes.recoveryShare.value),
                    "volumes: the most that comes back by the baseline in one period, as a share of the volume."),
                SiteKey(
                    "normal_on", .quantity(.time, 60...86_400), number(reservoir?.normalOn.seconds),
                    "reservoir: restoring starts with this much time left."),
                SiteKey(
                    "normal_off", .quantity(.time, 60...86_400), number(reservoir?.normalOff.seconds),
                    "reservoir: restoring ends with this much time left."),
                SiteKey(
                    "normal_power", .quantity(.share, 0.01...1), number(reservoir?.normalPower.value),
                    "reservoir: the power of restoring, as a share of the capacity."),
                SiteKey(
                    "normal_band", .quantity(.frequency, 0.01...1), number(reservoir?.normalBand.value),
                    "reservoir: restoring needs frequency within this deviation."),
                SiteKey("normal_ramp", .quantity(.time, 1...3_600), .number(300), "reservoir: the ramp of restoring."),
                SiteKey(
                    "alert_on", .quantity(.time, 1...86_400), .number(300),
                    "reservoir: with this much time left, deviations count from the recent mean."),
                SiteKey(
                    "alert_off", .quantity(.time, 1...86_400), .number(600),
                    "reservoir: with this much time left, they count from nominal again."),
                SiteKey(
                    "alert_ramp", .quantity(.time, 1...3_600), .number(300), "reservoir: the ramp between the two."),
            ])
    }
}

extension ServiceKind {
    /// All kinds, in the order of the catalogue.
    public static var all: [ServiceKind] { (0..<count).compactMap { ServiceKind(rawValue: UInt8($0)) } }
}
