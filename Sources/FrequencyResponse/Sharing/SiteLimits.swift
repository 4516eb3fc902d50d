/// The limits of the grid connection, and the building behind it.
public struct SiteLimits: BitwiseCopyable, Sendable {
    /// Import and export of the connection as positive numbers; nil where the site file names none.
    public var importLimit: Watts?
    /// The most power into the grid; nil for no limit.
    public var exportLimit: Watts?
    /// The extremes of the building's load. They count while its load is not known.
    public var buildingMaximum: Watts
    /// The lowest load of the building; negative with generation of its own.
    public var buildingMinimum: Watts
    /// The most that the building's load changes by within 10 s; nil for the largest change that was seen.
    public var buildingStep: Watts?
    /// The current of each phase of the connection; nil where none is named.
    public var phaseCurrent: Amperes?
    /// The most that two phases may differ by; nil for no limit.
    public var unbalance: Watts?
    /// The most that the building draws on one phase.
    public var buildingPhaseMaximum: Watts
    /// The least that the building draws on one phase; below zero what its generation feeds in there.
    public var buildingPhaseMinimum: Watts

    package init(
        importLimit: Watts? = nil, exportLimit: Watts? = nil,
        buildingMaximum: Watts = .zero, buildingMinimum: Watts = .zero, buildingStep: Watts? = nil,
        phaseCurrent: Amperes? = nil, unbalance: Watts? = nil, buildingPhaseMaximum: Watts = .zero,
        buildingPhaseMinimum: Watts = .zero
    ) {
        self.importLimit = importLimit
        self.exportLimit = exportLimit
        self.buildingMaximum = buildingMaximum
        self.buildingMinimum = buildingMinimum
        self.buildingStep = buildingStep
        self.phaseCurrent = phaseCurrent
        self.unbalance = unbalance
        self.buildingPhaseMaximum = buildingPhaseMaximum
        self.buildingPhaseMinimum = buildingPhaseMinimum
    }

    /// What chargers may take (side 1) or give (side -1) on one phase, as a positive number; nil without a limit of
    /// current. `building` is the load last measured on that phase; without one its extreme on that side counts. A
    /// measured load never gives more room than its other extreme: a meter whose phases are exchanged may show any.
    /// `others` is the worst that chargers beyond control may do on that side, as a positive number.
    public func phaseRoom(
        side: Double, voltage: Volts, building: PhaseLoad? = nil, others: Watts = .zero
    ) -> Watts? {
        guard let phaseCurrent else { return nil }
        let load: Watts
        if side > 0 {
            load = building.map { max($0.power.highest, buildingPhaseMinimum) } ?? buildingPhaseMaximum
        } else {
            load = building.map { min($0.power.lowest, buildingPhaseMaximum) } ?? buildingPhaseMinimum
        }
        let limit = building.map { phaseCurrent.active(beside: $0.reactive) } ?? phaseCurrent
        return max(.zero, limit.power(at: voltage) - load * side - others)
    }

    /// The range for the sum of the controlled chargers. `building` is the load last measured. `otherImport` and
    /// `otherExport` are the worst that chargers beyond control may do, as positive numbers.
    public func bounds(building: LoadRange?, otherImport: Watts, otherExport: Watts) -> PowerBounds {
        PowerBounds(
            lowest: exportLimit.map { min(.zero, -($0 + (building?.lowest ?? buildingMinimum) - otherExport)) },
            highest: importLimit.map { max(.zero, $0 - (building?.highest ?? buildingMaximum) - otherImport) })
    }
}
