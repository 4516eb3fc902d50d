import Devices
import FrequencyResponse

/// The chargers on each phase, and whether the phase's current leaves them room.
enum PhaseCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        unnamed(site) + measured(site)
            + Phase.allCases.filter { phase in site.chargers.contains { $0.phases.contains(phase) } }.flatMap {
                phase -> [Finding] in
                let here = site.chargers.filter { $0.phases.contains(phase) }
                let charge = here.reduce(Watts.zero) { $0 + $1.settings.chargeLimit / Double($1.phases.count) }
                let discharge = here.reduce(Watts.zero) { $0 + $1.settings.dischargeLimit / Double($1.phases.count) }
                let note = Finding.note("phase-load", phase.rawValue, "chargers up to \(Formatting.kilowatts(charge))")
                return [note] + charging(phase, sum: charge, site) + discharging(phase, sum: discharge, site)
            }
    }

    /// Chargers whose phases neither the site file nor the profile says. Nothing depends on it while no phase is
    /// limited.
    private static func unnamed(_ site: Site) -> [Finding] {
        let chargers = site.chargers.filter(\.phases.isEmpty)
        guard !chargers.isEmpty else { return [] }
        let sum = chargers.reduce(Watts.zero) { $0 + $1.settings.chargeLimit }
        return [
            .note(
                "phase-unnamed", Formatting.names(chargers.map(\.name)),
                "up to \(Formatting.kilowatts(sum)) on phases that are not named; no limit depends on them")
        ]
    }

    /// Whether the building's part of a phase is measured, or its extremes are all that is known.
    private static func measured(_ site: Site) -> [Finding] {
        guard site.limits.phaseCurrent != nil, let meter = site.meters.first else { return [] }
        let text =
            if meter.profile.phases == nil {
                "shows no currents of three phases; the building's extremes on a phase count at all times"
            } else if !meter.profile.readsPhases {
                "is not wired to all three phases; the building's extremes on a phase count at all times"
            } else {
                "shows currents and powers of the phases; a higher load than the building's extremes takes room away"
            }
        return [.note("phase-measured", meter.name, text)]
    }

    private static func charging(_ phase: Phase, sum: Watts, _ site: Site) -> [Finding] {
        guard let room = site.limits.phaseRoom(side: 1, voltage: site.nominalVoltage), room < sum else { return [] }
        let building = """
            \(current(site)) less a building of up to \(Formatting.kilowatts(site.limits.buildingPhaseMaximum)) on one \
            phase leaves the chargers on \(phase.rawValue)
            """
        if room == .zero {
            return [
                .error(
                    "phase-current-no-room", "site.connection.phase_current",
                    """
                    \(building) nothing, so they never charge; set building.phase_maximum to what the building really \
                    draws on one phase.
                    """)
            ]
        }
        return [
            .warning(
                "phase-current-short", "site.connection.phase_current",
                """
                \(building) \(Formatting.kilowatts(room)) of their \(Formatting.kilowatts(sum)) of charging; \
                building.phase_maximum says how much of it hangs on one phase.
                """)
        ]
    }

    private static func discharging(_ phase: Phase, sum: Watts, _ site: Site) -> [Finding] {
        guard let room = site.limits.phaseRoom(side: -1, voltage: site.nominalVoltage), room < sum else { return [] }
        let fedIn = max(.zero, -site.limits.buildingPhaseMinimum)
        let building = """
            \(current(site)) less up to \(Formatting.kilowatts(fedIn)) that the building feeds in on one phase leaves \
            the chargers on \(phase.rawValue)
            """
        if room == .zero {
            return [
                .error(
                    "phase-export-no-room", "site.connection.phase_current",
                    """
                    \(building) nothing, so they never discharge; set building.phase_minimum to what is really fed in \
                    on one phase.
                    """)
            ]
        }
        return [
            .warning(
                "phase-export-short", "site.connection.phase_current",
                """
                \(building) \(Formatting.kilowatts(room)) of their \(Formatting.kilowatts(sum)) of discharge; \
                building.phase_minimum says how much is fed in on one phase.
                """)
        ]
    }

    private static func current(_ site: Site) -> String {
        "\(Formatting.fixed(site.limits.phaseCurrent?.value ?? 0, 0)) A"
    }
}
