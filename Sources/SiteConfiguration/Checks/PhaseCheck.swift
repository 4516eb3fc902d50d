import FrequencyResponse

/// The chargers on each phase, and whether the phase's current leaves them room.
enum PhaseCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        Phase.allCases.flatMap { phase -> [Finding] in
            let sum = site.chargers.filter { $0.phases.contains(phase) }
                .reduce(Watts.zero) { $0 + $1.settings.chargeLimit / Double($1.phases.count) }
            let note = Finding.note("phase-load", phase.rawValue, "chargers up to \(Formatting.kilowatts(sum))")
            return [note] + (room(phase, sum: sum, site).map { [$0] } ?? [])
        }
    }

    private static func room(_ phase: Phase, sum: Watts, _ site: Site) -> Finding? {
        guard let current = site.limits.phaseCurrent else { return nil }
        let building = site.limits.buildingPhaseMaximum
        let room = max(.zero, Watts(current * site.nominalVoltage.value) - building)
        guard room < sum else { return nil }
        let left =
            room == .zero
            ? "nothing, so they never charge"
            : "\(Formatting.kilowatts(room)) of their \(Formatting.kilowatts(sum)) of charging"
        return .warning(
            "phase-current-short", "site.connection.phase_current",
            """
            \(Formatting.fixed(current, 0)) A less a building of up to \(Formatting.kilowatts(building)) on one phase \
            leaves \
            the chargers on \(phase.rawValue) \(left); building.phase_maximum says how much of it hangs on one phase.
            """)
    }
}
