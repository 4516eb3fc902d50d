import FrequencyResponse

/// The grid code in force, with its values.
enum GridCodeCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        guard let grid = site.gridCode else { return [] }
        let own = grid.settings
        var findings: [Finding] = [
            .note(
                "grid-code", "grid code",
                """
                \(grid.code.title); enters service after \(Formatting.fixed(own.enterDelay.seconds, 0)) s between \
                \(own.enterFrequency.lowest.value) and \(own.enterFrequency.highest.value) Hz, then over \
                \(Formatting.fixed(own.enterRamp.seconds, 0)) s; a dip below \
                \(Formatting.percent(own.dipBelow.value)) is \
                ridden through for \(Formatting.milliseconds(own.rideThrough))
                """)
        ]
        for index in 0..<own.ruleCount {
            findings.append(.note("trip-rule", "", "  trips \(own.rules[index].description)"))
        }
        findings.append(
            .warning(
                "grid-code-unverified", "grid_code", "not verified against the code's text: \(grid.code.unverified)."))
        findings.append(
            .warning(
                "grid-code-no-protection", "grid_code",
                """
                droopd keeps to these values and is no interface protection; that is in the charger or in a relay of \
                its \
                own.
                """))
        return findings
    }
}
