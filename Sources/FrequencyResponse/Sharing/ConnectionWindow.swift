/// The range that the grid connection leaves to the controlled chargers' sum: its limits less the building and the
/// worst of the other chargers, and less what the meter shows beyond a limit.
struct ConnectionWindow: BitwiseCopyable, Sendable {
    private var load = BuildingLoad()
    private var relief = LimitRelief()

    /// What the window is made from in one tick.
    struct Moment {
        /// The power at the connection; nil when its meter is not to be believed.
        var site: SitePower?
        /// How long that power counts, and how long the meter takes to show a change.
        var ageLimit: Interval
        var meterDelay: Interval
        /// The sum of the last tick's setpoints.
        var lastSum: Watts
        var now: Instant
    }

    mutating func update(_ moment: Moment, limits: borrowing SiteLimits, survey: borrowing FleetSurvey) -> PowerBounds {
        let site = moment.site.flatMap { Self.isFresh($0, moment) ? $0 : nil }
        let building = load.update(
            site: site, settledChargers: survey.measurement.settled, delay: moment.meterDelay, now: moment.now)
        let bounds = limits.bounds(
            building: building, otherImport: survey.uncontrolled.imported, otherExport: survey.uncontrolled.exported)
        return bounds.narrowed(
            to: relief.update(
                limits: limits, site: site, chargers: moment.lastSum, delay: moment.meterDelay, now: moment.now))
    }

    private static func isFresh(_ site: SitePower, _ moment: Moment) -> Bool {
        site.takenAt <= moment.now && moment.now.elapsed(since: site.takenAt) <= moment.ageLimit
    }
}
