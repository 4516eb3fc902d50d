extension KeyGroup {
    static let gridCode = KeyGroup(
        "grid_code", "The grid code that the site keeps to, and what the grid operator has agreed otherwise.",
        [
            SiteKey("kind", .choice(GridCode.allCases.map(\.rawValue)), .required, "The code."),
            SiteKey(
                "dip_below", .quantity(.share, 0.1...0.95), .derived("the code's"),
                "Voltage below this share of nominal is a dip, in which nothing is discharged."),
            SiteKey(
                "ride_through", .quantity(.time, 0...10), .derived("the code's"),
                "A dip that is over within this time is ridden through."),
            SiteKey(
                "swell_above", .quantity(.share, 1.05...1.3), .derived("the code's"),
                "Voltage above this share of nominal is a swell, in which nothing is discharged."),
            SiteKey(
                "swell_ride_through", .quantity(.time, 0...20), .derived("the code's"),
                "A swell that is over within this time is ridden through."),
            SiteKey(
                "out_of_service_after", .quantity(.time, 1...3_600), .number(60),
                "The site goes out of service when no meter has shown the voltage for this time."),
            SiteKey(
                "trips", .sections(.trip), .derived("the code's"), "When the site trips; replaces all of the code's."),
            SiteKey("enter_service", .section(.enterService), .derived("the code's"), "When the site comes back."),
        ])

    static let trip = KeyGroup(
        "grid_code.trips[]", "One limit with its time. One of the four limits stands in each.",
        [
            SiteKey("for", .quantity(.time, 0...1_000), .required, "How long the limit must be broken."),
            SiteKey(
                "frequency_below", .quantity(.frequency, 40...72), .optional,
                "Trips below this frequency, 80 to 120 % of nominal."),
            SiteKey(
                "frequency_above", .quantity(.frequency, 40...72), .optional,
                "Trips above this frequency, 80 to 120 % of nominal."),
            SiteKey("voltage_below", .quantity(.share, 0.05...2), .optional, "Trips below this share of nominal."),
            SiteKey("voltage_above", .quantity(.share, 0.05...2), .optional, "Trips above this share of nominal."),
        ])

    static let enterService = KeyGroup(
        "grid_code.enter_service", "When the site enters service again after a trip.",
        [
            SiteKey(
                "delay", .quantity(.time, 0...3_600), .derived("the code's"),
                "How long frequency and voltage must be inside their windows."),
            SiteKey(
                "ramp", .quantity(.time, 0...3_600), .derived("the code's"), "The time in which power then grows."),
            SiteKey(
                "frequency", .list(example: "[47.5 Hz, 50.15 Hz]"), .derived("the code's"), "The window of frequency."),
            SiteKey("voltage", .list(example: "[89 %, 110 %]"), .derived("the code's"), "The window of voltage."),
        ])
}
