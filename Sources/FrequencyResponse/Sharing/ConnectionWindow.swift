/// The range that the grid connection leaves to the controlled chargers' sum: its limits less the building and the
/// worst of the other chargers, and less what the meter shows beyond a limit.
struct ConnectionWindow: BitwiseCopyable, Sendable {
    private var load = BuildingLoad()
    private var relief = LimitRelief()
    private var following = MeterFollowingWatch()
    /// The import limit less the building and the worst of the chargers beyond control; below zero where they take
    /// more. Nil without a limit.
    private(set) var importRoom: Watts?
    /// The same for export.
    private(set) var exportRoom: Watts?

    /// Whether the meter follows the chargers. Where it does not, the building's extremes count.
    var meterFollowing: MeterFollowing { following.verdict }

    /// What the window is made from in one tick.
    struct Moment: BitwiseCopyable {
        /// The power at the connection; nil when its meter is not to be believed.
        var site: SitePower?
        /// How long that power counts, and how long the meter takes to show a change.
        var ageLimit: Interval
        var meterDelay: Interval
        /// The sum of the last tick's setpoints.
        var lastSum: Watts
        /// Since when the chargers' sum has stood still; nil while it does not.
        var settledSince: Instant?
        /// The building's extremes count, whatever is measured.
        var usesExtremes: Bool
        var now: Instant

        /// The power at the connection while it counts.
        var freshSite: SitePower? {
            guard let site, site.takenAt <= now, now.elapsed(since: site.takenAt) <= ageLimit else { return nil }
            return site
        }

        /// What an estimate of the building's load is made from.
        func load(site: SitePower?, chargers: Watts?, step: Watts?) -> BuildingLoad.Moment {
            BuildingLoad.Moment(
                site: site, chargers: chargers, settledSince: settledSince, delay: meterDelay, ageLimit: ageLimit,
                step: step, now: now)
        }
    }

    mutating func update(_ moment: Moment, limits: borrowing SiteLimits, survey: borrowing FleetSurvey) -> PowerBounds {
        let site = moment.freshSite
        let cut = relief.update(
            importLimit: limits.importLimit, exportLimit: limits.exportLimit, site: site, chargers: moment.lastSum,
            delay: moment.meterDelay, now: moment.now)
        load.add(excess: cut.excess)
        let measured = moment.load(site: site, chargers: survey.measurement.settled, step: limits.buildingStep)
        if let pair = measured.pair { following.update(chargers: pair.chargers, meter: pair.meter, now: moment.now) }
        let load = load.update(measured)
        let building = following.verdict == .follows && !moment.usesExtremes ? load : nil
        let most = limits.buildingMaximum
        let taken = (building?.highest ?? most) + survey.uncontrolled.imported
        importRoom = limits.importLimit.map { $0 - taken }
        let least = limits.buildingMinimum
        let given = survey.uncontrolled.exported - (building?.lowest ?? least)
        exportRoom = limits.exportLimit.map { $0 - given }
        return limits.bounds(
            building: building, otherImport: survey.uncontrolled.imported, otherExport: survey.uncontrolled.exported
        ).narrowed(to: cut.bounds)
    }
}
