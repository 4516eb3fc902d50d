import FrequencyResponse

/// Whether the limits of the grid connection hold back what the services ask for.
enum ConnectionCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        limits(site) + baselines(site) + building(site)
    }

    private static func limits(_ site: Site) -> [Finding] {
        let stack = site.lawSettings().services
        let low = stack.capacity(low: true)
        let high = stack.capacity(low: false)
        let building = site.limits.buildingMaximum
        var findings: [Finding] = []
        let least = site.limits.buildingMinimum
        if let limit = site.limits.exportLimit, low > .zero, limit + least < low {
            findings.append(
                .warning(
                    "export-limit-short", "site.connection.export_limit",
                    """
                    \(Formatting.kilowatts(limit)) beside a building of at least \(Formatting.kilowatts(least)) holds \
                    back a response of \(Formatting.kilowatts(low)) while nothing is charging.
                    """))
        }
        if let limit = site.limits.importLimit, limit <= building {
            findings.append(
                .error(
                    "import-limit-no-room", "site.connection.import_limit",
                    """
                    \(Formatting.kilowatts(limit)) less a building of up to \(Formatting.kilowatts(building)) leaves the \
                    chargers no power while the building's load is not measured; raise the limit, or lower \
                    site.building.maximum to what the building really draws.
                    """))
        } else if let limit = site.limits.importLimit, high > .zero, limit - building < high {
            findings.append(
                .warning(
                    "import-limit-short", "site.connection.import_limit",
                    """
                    \(Formatting.kilowatts(limit)) less a building of up to \(Formatting.kilowatts(building)) holds \
                    back \
                    \(Formatting.kilowatts(high)) of charging at high frequency.
                    """))
        }
        return findings
    }

    private static func baselines(_ site: Site) -> [Finding] {
        let rules = site.services.map(\.settings.baselineRule)
        guard rules.contains(.frozen), rules.contains(.scheduled) else { return [] }
        return [
            .warning(
                "baselines-mixed", "services",
                """
                a service whose baseline is frozen stands beside one whose baseline is scheduled; while the first has \
                something to answer, the baseline of both is held.
                """)
        ]
    }

    private static func building(_ site: Site) -> [Finding] {
        let limits = site.limits
        guard limits.importLimit != nil || limits.exportLimit != nil, limits.buildingMaximum == .zero,
            limits.buildingMinimum == .zero
        else { return [] }
        return [
            .warning(
                "building-undeclared", "site.building",
                "none is declared beside the connection's limits, so 0 W counts while its load is not known.")
        ]
    }
}
