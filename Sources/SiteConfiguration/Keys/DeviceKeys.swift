extension KeyGroup {
    static let meter = KeyGroup(
        "meters[]", "A meter.",
        [
            SiteKey(
                "name", .text(example: "pcc"), .required("a name"),
                "Its name in logs, up to 40 letters, digits, spaces, hyphens, underscores and points."),
            SiteKey(
                "profile", .text(example: "janitza-umg604"),
                .required("a device profile; `droopd profiles` lists them"),
                "What its registers mean: a profile by its name, or a file of your own that ends with .yaml."),
            connectionKey, unitKey(),
            SiteKey(
                "poll_interval", .quantity(.time, 0.01...10),
                .derived("50 ms, or what its line and its spacing allow"),
                "How often it is read: at most half of control.frequency_age_limit."),
            SiteKey(
                "response_timeout", .quantity(.time, 0.01...10), .derived("200 ms, or twice what its line takes"),
                "How long an answer is waited for."),
            SiteKey(
                "phases", .list(example: "[L1, L2, L3]"), .derived("all three"),
                "The phases at which its voltage inputs are wired."),
            SiteKey(
                "frozen_check", .choice(["on", "off"]), .word("on"),
                "Whether registers that stand still count as frozen. Off for test benches alone."),
            SiteKey(
                "accuracy", .quantity(.frequency, 0.000_1...1),
                .derived("10 mHz, or the meter's step where that is more"),
                "How far its frequency may be off."),
        ])

    /// The keys of a charger that may be the same for several. A key that a charger has itself replaces the whole of
    /// it.
    static let chargerDefaults = KeyGroup(
        "charger_defaults",
        "Keys of a charger, for all that do not say otherwise. A charger's own key replaces the whole of it.",
        charger.keys.filter { $0.name != "name" && $0.name != "connection" }.map {
            SiteKey($0.name, $0.value, .optional, $0.meaning)
        })

    static let charger = KeyGroup(
        "chargers[]", "A charger with its vehicle.",
        [
            SiteKey(
                "name", .text(example: "bay-1"), .required("a name"),
                "Its name in logs and recordings, up to 40 letters, digits, spaces, hyphens, underscores and points."),
            SiteKey(
                "profile", .text(example: "wallbox-quasar"),
                .required("a device profile; `droopd profiles` lists them"),
                "What its registers mean: a profile by its name, or a file of your own that ends with .yaml."),
            connectionKey, unitKey(),
            SiteKey(
                "phases", .list(example: "[L1]"), .derived("all three, if the profile says that it uses three"),
                "The phases that it is connected to. Required where a phase limit is set and the profile has fewer."),
            SiteKey(
                "charge_limit", .quantity(.power, 0...1e6), .required, "The highest power of charging."),
            SiteKey(
                "discharge_limit", .quantity(.power, 0...1e6), .required,
                "The highest power of discharging; 0 kW for a charger that only charges."),
            SiteKey(
                "poll_interval", .quantity(.time, 0.05...10),
                .derived("500 ms, or what its line and its spacing allow"),
                "How often its state is read."),
            SiteKey(
                "response_timeout", .quantity(.time, 0.01...10), .number(0.5),
                "How long an answer is waited for, at most a quarter of device_timeout."),
            SiteKey(
                "device_timeout", .quantity(.time, 1...3_600), .number(2),
                """
                The time after which the charger falls back by itself without communication. It is written to the \
                charger, in whole seconds and at most what the device takes. For a device without a timeout: how long its supply may stay while it is out of control.
                """),
            SiteKey(
                "grid_protection", .choice(["charger", "external"]), .derived("what the profile names"),
                "Where the certified grid protection is. Discharging needs one."),
            SiteKey(
                "end_states", .section(.endStates), .derived("the profile's"),
                "What the charger does by itself while droopd does not control it, where it was seen on site."),
            SiteKey("vehicle", .section(.vehicle), .optional, "The vehicle and what its user needs."),
            SiteKey(
                "dynamics", .section(.dynamics), .derived("a cautious model, or the commissioning file"),
                "How the charger follows its setpoints, as measured."),
        ])

    static let endStates = KeyGroup(
        "chargers[].end_states",
        """
        What a charger does by itself: a power, above 0 for charging; `charge_limit` for a charger whose own rating is \
        its charge_limit; or `unknown`, which counts as charging with all that its profile allows. What is left out is \
        the profile's.
        """,
        [
            SiteKey(
                "after_timeout", .text(example: "0 W"), .derived("the profile's"),
                "Its power once its own timeout has run out."),
            SiteKey(
                "after_power_return", .text(example: "7.4 kW"), .derived("the profile's"),
                "Its power once its supply has come back."),
            SiteKey(
                "after_local_takeover", .text(example: "7.4 kW"), .derived("the profile's"),
                "Its power while a person, an app or a schedule of the charger controls it."),
        ])

    private static let connectionKey = SiteKey(
        "connection", .text(example: "tcp://192.0.2.20:502"), .required("an address such as tcp://192.0.2.20:502"),
        """
        Its address: tcp://HOST:PORT, rtu:///dev/ttyUSB0?baud=19200&parity=even, or rtu+tcp://HOST:PORT. A host is \
        an IPv4 address, an IPv6 address in brackets, or a name.
        """)

    /// On a serial bus 1 to 247, since 0 is a broadcast there, which nobody answers.
    private static func unitKey() -> SiteKey {
        SiteKey(
            "unit", .whole(0...255), .derived("the profile's"), "Its unit; 1 to 247 with rtu and rtu+tcp.")
    }

    static let vehicle = KeyGroup(
        "chargers[].vehicle", "The vehicle at a charger, and what its user needs.",
        [
            SiteKey("battery", .quantity(.energy, 1_000...1e6), .required, "The usable energy of its battery."),
            SiteKey(
                "minimum_charge", .quantity(.share, 0...1), .required,
                "The floor: below it the vehicle is never discharged."),
            SiteKey(
                "target_charge", .quantity(.share, 0...1), .optional, "The state of charge that its user needs."),
            SiteKey(
                "simulated_charge", .quantity(.share, 0...1), .number(0.6),
                "The state of charge with which a simulated vehicle starts."),
            SiteKey(
                "departure", .text(example: "\"07:30\""), .optional,
                "The time of day by which target_charge is needed, in the time of site.time_zone."),
            SiteKey(
                "grace", .quantity(.time, 0...86_400), .number(7_200),
                "How long a vehicle that is still there after its departure keeps its target and is not offered."),
            SiteKey("maximum_charge", .quantity(.share, 0...1), .number(1), "Above it the vehicle is never charged."),
            SiteKey(
                "throughput_limit", .quantity(.energy, 100...1e6), .optional,
                "The most energy that responses may move through the battery in a day."),
            SiteKey("takes_part", .choice(["yes", "no"]), .word("yes"), "Whether its user takes part in services."),
            SiteKey(
                "efficiency", .quantity(.share, 0.5...1), .number(0.9),
                "The share of energy at the terminals that arrives in the battery, each way."),
        ])

    static let dynamics = KeyGroup(
        "chargers[].dynamics", "How a charger follows its setpoints, as `droopd commission` measures it.",
        [
            SiteKey(
                "dead_time", .quantity(.time, 0...60), .required,
                "From a new setpoint to the beginning of the change."),
            SiteKey("dead_time_idle", .quantity(.time, 0...60), .derived("dead_time"), "The same, from no power."),
            SiteKey(
                "dead_time_reversal", .quantity(.time, 0...60), .derived("dead_time"),
                "The same, between charging and discharging."),
            SiteKey("ramp", .quantity(.powerRate, 1...1e6), .required, "How fast its power changes."),
        ])

    /// The file that `droopd commission` writes.
    public static let commissioningFile = KeyGroup(
        "", "The file that `droopd commission` writes, named by the key commissioning of the site file.",
        [
            SiteKey(
                "commissioned", .sections(.commissioned), .required("the chargers that were measured"),
                "What was measured, charger by charger.")
        ])

    static let commissioned = KeyGroup(
        "commissioned[]", "What was measured of one charger.",
        [
            SiteKey(
                "name", .text(example: "bay-1"), .required("the charger's name in the site file"), "The charger's name."
            ),
            SiteKey("measured", .text(example: "2026-05-04T10:00:00Z"), .optional, "When it was measured."),
            SiteKey(
                "dynamics", .section(.dynamics), .required("dead_time and ramp"), "How it follows its setpoints."),
            SiteKey(
                "fallback", .quantity(.time, 0.1...3_700), .optional,
                "How long it went on after the last communication."),
            SiteKey(
                "charge_minimum", .quantity(.power, 0...100_000), .optional,
                "The smallest power of charging that it follows."),
            SiteKey(
                "discharge_minimum", .quantity(.power, 0...100_000), .optional,
                "The smallest power of discharging that it follows."),
            SiteKey(
                "charge_offset", .quantity(.power, -1e5...1e5), .optional,
                "How much it charges beside its setpoint; for people alone."),
            SiteKey(
                "discharge_offset", .quantity(.power, -1e5...1e5), .optional,
                "How much it discharges beside its setpoint; for people alone."),
        ])
}
