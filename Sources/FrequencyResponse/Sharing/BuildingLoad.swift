/// Estimates what the building draws: the power at the connection less that of the chargers.
///
/// The two are measured at different times, so the difference means something only once every charger has stood where
/// it was told to be for as long as the meter takes to show it. Otherwise the last estimate serves for a while, and
/// after that there is none and the declared extremes count.
struct BuildingLoad: BitwiseCopyable, Sendable {
    private var estimate: Watts?
    private var estimatedAt: Instant?
    private var settledSince: Instant?
    private static var lifetime: Interval { .seconds(10) }

    /// Takes the newest power at the connection, when it is fresh, and the chargers' sum, when they are settled.
    /// `delay` is the meter's: its update and averaging time.
    mutating func update(site: SitePower?, settledChargers: Watts?, delay: Interval, now: Instant) -> Watts? {
        if settledChargers == nil { settledSince = nil } else if settledSince == nil { settledSince = now }
        if let site, let settledChargers, let settledSince, site.takenAt >= settledSince + delay {
            estimate = site.power - settledChargers
            estimatedAt = now
        }
        guard site != nil, let estimatedAt, now.elapsed(since: estimatedAt) <= Self.lifetime else { return nil }
        return estimate
    }
}
