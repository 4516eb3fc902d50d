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
                \(own.enterFrequency.lowest.value) and \(own.enterFrequency.highest.value) Hz, also after every start, \
                and discharge then grows over \(Formatting.fixed(own.enterRamp.seconds, 0)) s; nothing is discharged \
                below \(Formatting.percent(own.dip.limit.value)) and above \
                \(Formatting.percent(own.swell.limit.value)) of nominal voltage, which is ridden through for \
                \(Formatting.milliseconds(own.dip.rideThrough)) and \
                \(Formatting.milliseconds(own.swell.rideThrough))
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
