/// What each phase of the connection leaves to chargers, before those beyond control.
struct PhaseRooms: BitwiseCopyable, Sendable {
    /// What the chargers may take and give on each phase, as positive numbers.
    var importing = InlineArray<3, Watts>(repeating: .zero)
    var exporting = InlineArray<3, Watts>(repeating: .zero)
    /// What is left to the chargers under control after a cut.
    var cuts = InlineArray<3, PowerBounds>(repeating: PowerBounds())
}

/// Finds the room on each phase: its current less what the building takes there, and less what the meter shows beyond
/// the current.
///
/// The building's part is measured where the meter measures its phases, in the way of ``BuildingLoad``. A measurement
/// takes room away and never gives more than the declared extremes leave: a current transformer that is open or
/// reversed, exchanged phases, or a meter that does not see the chargers would show room that is not there.
///
/// A phase beyond its current on which the chargers do not add to it is reported for an hour.
struct PhaseWindow: BitwiseCopyable, Sendable {
    private var loads = InlineArray<3, BuildingLoad>(repeating: BuildingLoad())
    private var reliefs = InlineArray<3, LimitRelief>(repeating: LimitRelief())
    /// Until when a phase is reported that was beyond its current without the chargers.
    private var doubtedUntil: Instant?
    private static var doubt: Interval { .seconds(3_600) }
    /// The reading that was judged last, and whether it showed such a phase.
    private var judgedAt: Instant?
    private var wasBeyond = false
    /// Whether a phase was beyond its current lately though the chargers did not add to it.
    var doubtsMeasurement: Bool { doubtedUntil != nil }
    /// The reactive currents of the newest measurement.
    private var reactive = InlineArray<3, Amperes>(repeating: .zero)

    /// The lowest and highest voltage of the phases, between phase and neutral.
    struct Voltages: BitwiseCopyable {
        var lowest: Volts
        var highest: Volts
    }

    /// Nil without a limit of current.
    mutating func update(
        _ moment: ConnectionWindow.Moment, voltages: Voltages, limits: borrowing SiteLimits,
        survey: borrowing FleetSurvey
    ) -> PhaseRooms? {
        guard let current = limits.phaseCurrent else { return nil }
        let site = moment.freshSite
        judge(
            site, limit: current, commanded: survey.commandedByPhase, voltage: voltages.lowest, now: moment.now)
        var rooms = PhaseRooms()
        for phase in 0..<3 {
            if let measured = site?.phases {
                reactive[phase] = measured.reactive(phase, voltage: voltages.highest)
            }
            let shown = site.flatMap { site in
                site.phases.map { SitePower(power: $0.powers[phase], takenAt: site.takenAt) }
            }
            let limit = current.active(beside: reactive[phase]).power(at: voltages.lowest)
            let cut = reliefs[phase].update(
                importLimit: limit, exportLimit: limit, site: shown, chargers: survey.commandedByPhase[phase],
                delay: moment.meterDelay, now: moment.now)
            loads[phase].add(excess: cut.excess)
            let settled = survey.measurement.settled == nil ? nil : survey.measurement.settledByPhase[phase]
            let building = loads[phase].update(
                moment.load(site: shown, chargers: settled, step: limits.buildingStep)
            ).map { PhaseLoad(power: $0, reactive: reactive[phase]) }
            rooms.importing[phase] = room(1, voltages.lowest, limits, building)
            rooms.exporting[phase] = room(-1, voltages.lowest, limits, building)
            rooms.cuts[phase] = cut.bounds
        }
        return rooms
    }

    /// A phase counts as beyond its current without the chargers when two readings in a row show more than 3 % beyond
    /// it while the chargers' commands add less than 5 % of it.
    private mutating func judge(
        _ site: SitePower?, limit: Amperes, commanded: PhasePowers, voltage: Volts, now: Instant
    ) {
        if let until = doubtedUntil, now >= until { doubtedUntil = nil }
        guard let site, let phases = site.phases, site.takenAt != judgedAt else { return }
        judgedAt = site.takenAt
        var isBeyond = false
        for phase in 0..<3 where phases.currents[phase] > limit * 1.03 {
            let adding = phases.powers[phase] > .zero ? commanded[phase] : -commanded[phase]
            if adding < limit.power(at: voltage) * 0.05 { isBeyond = true }
        }
        if isBeyond, wasBeyond { doubtedUntil = now + Self.doubt }
        wasBeyond = isBeyond
    }

    private func room(
        _ side: Double, _ voltage: Volts, _ limits: borrowing SiteLimits, _ building: PhaseLoad?
    ) -> Watts {
        // An input that does not see the chargers shows room that is not there: a measurement only takes room away.
        let measured = limits.phaseRoom(side: side, voltage: voltage, building: building) ?? .zero
        return min(measured, limits.phaseRoom(side: side, voltage: voltage) ?? .zero)
    }
}
