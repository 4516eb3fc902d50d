import FrequencyResponse

extension KeyGroup {
    /// The whole site file.
    public static let siteFile = KeyGroup(
        "", "The site file. One file describes one site, and all processes read it.",
        [
            SiteKey("site", .section(.site), .required("name, nominal_frequency and nominal_voltage"), "The site."),
            SiteKey(
                "service", .section(.anyService), .derived("a list under services"),
                "The service of a site that has one alone."),
            SiteKey(
                "services", .sections(.anyService), .derived("one section under service"),
                "Up to six services, the most important first."),
            SiteKey(
                "meters", .sections(.meter), .required("the meter that frequency is read from"),
                "One to three meters. Frequency is read from the first, and the others are compared with it."),
            SiteKey(
                "charger_defaults", .section(.chargerDefaults), .optional,
                "Keys of a charger, for all that do not say otherwise."),
            SiteKey("chargers", .sections(.charger), .required("at least one charger"), "The chargers."),
            SiteKey(
                "commissioning", .text(example: "commissioned.yaml"), .optional,
                "The file that `droopd commission` has written, beside the site file."),
            SiteKey("grid_code", .section(.gridCode), .optional, "The grid code that the site keeps to."),
            SiteKey("gpio", .section(.gpio), .optional, "Contacts and permits."),
            SiteKey("control", .section(.control), .optional, "How control runs."),
            SiteKey("offers", .section(.offers), .optional, "How much of the fleet is offered to services."),
            SiteKey(
                "grid", .section(.grid), .optional, "The grid, where it is so small that the site can move it."),
            SiteKey("sunspec", .section(.sunspec), .optional, "The site as one SunSpec DER."),
            SiteKey(
                "journal", .section(.journal), .optional,
                "Where the journal is kept. Refused in this version, which keeps none."),
            SiteKey(
                "meter_precedence", .list(example: "[pcc, second]"), .optional,
                """
                The meters whose frequency counts when two contradict each other, the first before the others. Without \
                it the smaller response is given until they agree or a person says which is right.
                """),
            SiteKey(
                "accept", .list(example: "[profile-unverified]"), .optional,
                "Warnings that are known here, by their identities as `droopd check --json` gives them."),
            SiteKey("status", .section(.status), .optional, "The web page. No effect in this version."),
        ])

    static let site = KeyGroup(
        "site", "The site and its connection to the grid.",
        [
            SiteKey(
                "name", .text(example: "North depot"), .required("the site's name"), "The name in logs and reports."),
            SiteKey(
                "time_zone", .text(example: "Europe/London"), .derived("the machine's"),
                "The time zone of departures, by its name in the IANA database."),
            SiteKey("nominal_frequency", .choice(["50 Hz", "60 Hz"]), .required, "The nominal frequency of the grid."),
            SiteKey(
                "nominal_voltage", .quantity(.voltage, 50...500_000), .required,
                "The nominal voltage at the meter, phase to neutral."),
            SiteKey("connection", .section(.connection), .optional, "The limits of the grid connection."),
            SiteKey(
                "building", .section(.building), .optional,
                "The load behind the connection beside the chargers. It counts while no measurement is fresh."),
        ])

    static let connection = KeyGroup(
        "site.connection", "The limits of the grid connection. What is left out does not limit.",
        [
            SiteKey("import_limit", .quantity(.power, 0...1e9), .optional, "The most power from the grid."),
            SiteKey("export_limit", .quantity(.power, 0...1e9), .optional, "The most power into the grid."),
            SiteKey("phase_current", .quantity(.current, 1...10_000), .optional, "The most current on any phase."),
            SiteKey(
                "unbalance", .quantity(.apparentPower, 0...1e6), .optional,
                "The largest difference between two phases."),
        ])

    static let building = KeyGroup(
        "site.building", "The extremes of the building's load.",
        [
            SiteKey("maximum", .quantity(.power, -1e9...1e9), .required, "The highest load; negative is generation."),
            SiteKey(
                "minimum", .quantity(.power, -1e9...1e9), .required,
                "The lowest load; negative with generation of the building's own."),
            SiteKey(
                "phase_maximum", .quantity(.power, 0...1e9), .derived("all of maximum"),
                "The most of the load on any one phase."),
            SiteKey(
                "phase_minimum", .quantity(.power, -1e9...1e9), .derived("all of minimum, where it is below 0"),
                "The least of the load on any one phase; below zero what generation feeds in there."),
            SiteKey(
                "step", .quantity(.power, 0...1e9), .derived("the largest that was seen"),
                """
                The largest change of the load within 10 s. It is added to a measured load that is no longer fresh.
                """),
        ])

    static let control = KeyGroup(
        "control", "How control runs, and when a measurement is too old.",
        [
            SiteKey(
                "period", .quantity(.time, 0.005...1), .number(0.05), "The longest time between two decisions."),
            SiteKey(
                "frequency_age_limit", .quantity(.time, 0.02...10), .number(0.5),
                "The meter counts as silent when its newest answer is older."),
            SiteKey(
                "hold_limit", .quantity(.time, 0...10), .number(1),
                "How long the last response is held once frequency is not trusted."),
            SiteKey(
                "stop_deadline", .quantity(.time, 0.5...60), .number(15),
                "How long an ordered stop waits for low power before the permit opens all the same."),
            SiteKey(
                "on_meter_lost", .choice(["charge", "hold", "stop"]), .word("charge"),
                """
                What chargers do once no meter shows a frequency that counts and the recovery wait is over. charge: \
                users' plans go on within the limits at the building's extremes, rising by at most a tenth a minute. \
                hold: charging may fall but not rise. stop: zero power. Nothing is discharged or offered.
                """),
            SiteKey(
                "frequency_filter", .quantity(.time, 0...5), .number(0),
                "The time constant of a filter on frequency; 0 s leaves it as measured."),
            SiteKey(
                "rate_of_change_limit", .quantity(.frequencyRate, 0.1...20), .optional,
                "Frequency that changes faster is not trusted."),
            SiteKey(
                "rate_of_change_window", .quantity(.time, 0.5...10), .number(0.5),
                "The time over which the rate of change is taken. Only with rate_of_change_limit."),
            SiteKey(
                "hardware_watchdog", .section(.hardwareWatchdog), .optional,
                "The watchdog of the machine, which restarts it when control stops."),
        ])

    static let hardwareWatchdog = KeyGroup(
        "control.hardware_watchdog", "The watchdog of the machine.",
        [
            SiteKey(
                "device", .text(example: "/dev/watchdog0"), .required("the watchdog's path, such as /dev/watchdog0"),
                "Its path under /dev."),
            SiteKey(
                "timeout", .quantity(.time, 2...600), .number(15),
                "The machine restarts after this time without a healthy tick; whole seconds."),
        ])

    static let offers = KeyGroup(
        "offers", "How much of the fleet is offered to services.",
        [
            SiteKey(
                "confidence", .quantity(.share, 0.5...0.999_99), .number(OfferSettings().confidence.value),
                "The probability with which an offer can be kept."),
            SiteKey(
                "leaving", .quantity(.rate, 0...(5.0 / 3_600)), .number(OfferSettings().leavingPerHour.value / 3_600),
                "How many vehicles leave unannounced, as a share of those that are plugged in."),
            SiteKey(
                "period", .quantity(.time, 60...86_400), .number(OfferSettings().period.seconds),
                "The period for which an offer is made."),
        ])

    static let grid = KeyGroup(
        "grid", "The grid, where it is so small that the site can move it: an island, or a part that may be cut off.",
        [
            SiteKey(
                "size", .quantity(.power, 1_000...1e12), .optional,
                """
                The power of the grid's generators. With it the response is limited so that its delay can't make the \
                grid swing.
                """),
            SiteKey(
                "inertia", .quantity(.time, 0.1...20), .number(3),
                "The inertia constant of its generators. Only with size."),
            SiteKey(
                "only_fast", .quantity(.time, 0.05...60), .optional,
                "Chargers whose power follows frequency later than this charge as planned and do not respond."),
            SiteKey(
                "swing_detector", .choice(["report", "act", "off"]), .word("report"),
                """
                What follows when frequency swings with the site's own response: a line in the log, or less response.
                """),
        ])

    static let sunspec = KeyGroup(
        "sunspec", "The site as one SunSpec DER over Modbus TCP, for energy management systems.",
        [
            SiteKey(
                "listen", .text(example: "127.0.0.1:8502"), .word("127.0.0.1:8502"), "The IPv4 address and port."),
            SiteKey(
                "write", .list(example: "[192.0.2.5]"), .derived("nobody may write"),
                "The IPv4 addresses that may write the baseline."),
        ])

    static let journal = KeyGroup(
        "journal", "Where the journal is kept. Refused in this version, which keeps none.",
        [
            SiteKey("directory", .text(example: "/var/lib/droopd/journal"), .required("a folder"), "Its folder."),
            SiteKey(
                "keep", .quantity(.time, 3_600...(10 * 366 * 86_400)), .number(180 * 86_400), "How long it is kept."),
            SiteKey("size_limit", .quantity(.size, 1e6...1e13), .number(8e9), "The most space that it takes."),
        ])

    static let status = KeyGroup(
        "status", "The web page. No effect in this version.",
        [
            SiteKey(
                "listen", .text(example: "127.0.0.1:8080"), .required("an address and port such as 127.0.0.1:8080"),
                "The IPv4 address and port.")
        ])
}
