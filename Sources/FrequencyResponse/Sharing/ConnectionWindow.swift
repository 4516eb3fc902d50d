/// The range that the grid connection leaves to the controlled chargers' sum: its limits less the building and the
/// worst of the other chargers, and less what the meter shows beyond a limit.
struct ConnectionWindow: BitwiseCopyable, Sendable {
    private var load = BuildingLoad()
    private var relief = LimitRelief()

    /// What the window is made from in one tick.
    struct Moment: BitwiseCopyable {
        /// The power at the connection; nil when its meter is not to be believed.
        var site: SitePower?
        /// How long that power counts, and how long the meter takes to show a change.
        var ageLimit: Interval
        var meterDelay: Interval
        /// The sum of the last tick's setpoints.
        var lastSum: Watts
        var now: Instant

        /// The power at the connection while it counts.
        var freshSite: SitePower? {
            guard let site, site.takenAt <= now, now.elapsed(since: site.takenAt) <= ageLimit else { return nil }
            return site
        }
    }

    mutating func update(_ moment: Moment, limits: borrowing SiteLimits, survey: borrowing FleetSurvey) -> PowerBounds {
        let site = moment.freshSite
        let building = load.update(
            site: site, settledChargers: survey.measurement.settled, delay: moment.meterDelay, now: moment.now)
        let bounds = limits.bounds(
            building: building, otherImport: survey.uncontrolled.imported, otherExport: survey.uncontrolled.exported)
        return bounds.narrowed(
            to: relief.update(
                importLimit: limits.importLimit, exportLimit: limits.exportLimit, site: site,
                chargers: moment.lastSum, delay: moment.meterDelay, now: moment.now))
    }
}
