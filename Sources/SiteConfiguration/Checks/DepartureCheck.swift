import FrequencyResponse

/// What departures need: a clock, and the time zone in which they are stated.
enum DepartureCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        guard site.chargers.contains(where: { $0.settings.vehicle?.departure != nil }) else { return [] }
        let source = site.timeZone.isMachine ? ", the machine's; site.time_zone names the site's" : ""
        return [
            .note(
                "departures", "departures",
                """
                in the time of \(site.timeZone.name)\(source); while the machine's clock is not synchronised they are \
                not known, and vehicles with a target are then not discharged below it
                """)
        ]
    }
}
