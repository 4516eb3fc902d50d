import Interlocks

extension KeyGroup {
    static let gpio = KeyGroup(
        "gpio", "Contacts, permits, lamp and heartbeat at the lines of GPIO chips.",
        [
            SiteKey("outputs", .section(.outputs), .optional, "What is driven."),
            SiteKey("inputs", .section(.inputs), .optional, "What is read."),
            SiteKey(
                "start_time", .quantity(.time, 10...3_600), .number(180),
                "How long chargers may need to answer once they have their supply."),
            SiteKey(
                "supply_pause", .quantity(.time, 1...600), .number(10),
                "How long a supply that control has cut stays away at least."),
        ])

    static let outputs = KeyGroup(
        "gpio.outputs", "The outputs. A site with permits needs a heartbeat.",
        [
            SiteKey("permit", .section(.output("permit")), .optional, "Enables the supply of all chargers."),
            SiteKey("lamp", .section(.output("lamp")), .optional, "Is on while something needs a person."),
            SiteKey(
                "heartbeat", .section(.heartbeat), .optional,
                "Feeds the pulse-watchdog relay that holds the coils of the permits."),
            SiteKey("permits", .section(.permits), .optional, "Enables the supply of single chargers, by their names."),
        ])

    static let permits = KeyGroup(
        "gpio.outputs.permits", "Permits of single chargers: each key is the name of a charger.", [],
        entries: .output("permits.NAME"))

    static let heartbeat = KeyGroup(
        "gpio.outputs.heartbeat", "The heartbeat output.",
        line + [
            active("high"),
            SiteKey(
                "pulse_watchdog", .quantity(.time, 0.1...10), .optional,
                "How long its relay holds the coils after the last edge."),
        ])

    static func output(_ name: String) -> KeyGroup {
        KeyGroup("gpio.outputs.\(name)", "An output.", line + [active("high")])
    }

    static let inputs = KeyGroup(
        "gpio.inputs", "The contacts: each key is a name. The name reset is the reset button.",
        [SiteKey("reset", .section(.resetButton), .optional, "The button that clears latches and arms the site.")],
        entries: .interlock, variants: [.mirror])

    static let resetButton = KeyGroup(
        "gpio.inputs.reset", "The reset button. Pressed, it closes.",
        line + [active("low"), bias, debounce(0.02, 1, 0.02)])

    /// An interlock.
    static let interlock = KeyGroup(
        "gpio.inputs.NAME", "An interlock: a contact that forbids while it is open.",
        line + [
            active("low"), bias, debounce(0, 1, 0.005),
            SiteKey(
                "action", .choice(StopAction.allCases.map(\.rawValue)), .required,
                """
                What opening it does. stop_now: the permit opens at once. stop: zero power, and the permit opens when the \
                power is low. block: zero power, and frequency is not answered.
                """),
            SiteKey(
                "latch", .choice(["true", "false"]), .word("false"),
                "Whether it stays tripped until the reset button is pressed."),
            SiteKey(
                "trips", .list(example: "[bay-1, bay-2]", orWord: "all"), .derived("all"), "The chargers that it stops."
            ),
        ])

    static let mirror = KeyGroup(
        "gpio.inputs.MIRROR",
        "A contact with feedback_of: the mirror contact of a permit, closed while the contactor is off.",
        line + [
            active("low"), bias, debounce(0, 0.25, 0.005),
            SiteKey(
                "feedback_of", .text(example: "permit"), .required("permit, or the name of a charger"),
                "The permit that it watches: permit, or the name of a charger."),
        ])

    private static let bias = SiteKey(
        "bias", .choice(["pull_up", "pull_down", "disabled", "as_is"]),
        .derived("pull_up, or pull_down with active: high"),
        "The resistor inside the chip. It must pull a broken wire to the open level.")

    private static func debounce(_ least: Double, _ most: Double, _ standard: Double) -> SiteKey {
        SiteKey(
            "debounce", .quantity(.time, least...most), .number(standard),
            "How long it must stand closed to count as closed. Opening counts at once.")
    }

    private static let line = [
        SiteKey(
            "chip", .text(example: "gpiochip0"),
            .required("the chip's name or path, such as gpiochip0; `gpiodetect` lists them"), "The chip."),
        SiteKey(
            "line", .text(example: "17"), .required("the line's name or number; `gpioinfo` lists them"),
            "The line of the chip, by name or number."),
    ]

    private static func active(_ standard: String) -> SiteKey {
        SiteKey(
            "active", .choice(["low", "high"]), .word(standard),
            "The level at which a contact is closed or an output is on.")
    }
}
