/// What each phase of the connection leaves to chargers, before those beyond control.
struct PhaseRooms: BitwiseCopyable {
    /// What the chargers may take and give on each phase, as positive numbers.
    var importing = InlineArray<3, Watts>(repeating: .zero)
    var exporting = InlineArray<3, Watts>(repeating: .zero)
}

/// Finds the room on each phase: its current less what the building takes there, and less what the meter shows beyond
/// the current.
///
/// The building's part is measured where the meter measures its phases, in the way of ``BuildingLoad``. Otherwise, and
/// while that is not known, its declared extremes count.
struct PhaseWindow: BitwiseCopyable, Sendable {
    private var loads = InlineArray<3, BuildingLoad>(repeating: BuildingLoad())
    private var reliefs = InlineArray<3, LimitRelief>(repeating: LimitRelief())
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
        var rooms = PhaseRooms()
        for phase in 0..<3 {
            if let measured = site?.phases {
                reactive[phase] = measured.reactive(phase, voltage: voltages.highest)
            }
            let shown = site.flatMap { site in
                site.phases.map { SitePower(power: $0.powers[phase], takenAt: site.takenAt) }
            }
            let settled = survey.measurement.settled == nil ? nil : survey.measurement.settledByPhase[phase]
            let building = loads[phase].update(
                site: shown, settledChargers: settled, delay: moment.meterDelay, now: moment.now
            ).map { PhaseLoad(power: $0, reactive: reactive[phase]) }
            let limit = current.active(beside: reactive[phase]).power(at: voltages.lowest)
            let cut = reliefs[phase].update(
                importLimit: limit, exportLimit: limit, site: shown, chargers: survey.commandedByPhase[phase],
                delay: moment.meterDelay, now: moment.now)
            rooms.importing[phase] = Self.room(1, voltages.lowest, limits, building, cut: cut.highest)
            rooms.exporting[phase] = Self.room(-1, voltages.lowest, limits, building, cut: cut.lowest.map { $0 * -1 })
        }
        return rooms
    }

    private static func room(
        _ side: Double, _ voltage: Volts, _ limits: borrowing SiteLimits, _ building: PhaseLoad?, cut: Watts?
    ) -> Watts {
        let room = limits.phaseRoom(side: side, voltage: voltage, building: building) ?? .zero
        return cut.map { min(room, $0) } ?? room
    }
}
