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

/// Takes off the chargers' sum what the meter shows beyond a limit: once per reading that can show the cut before it,
/// and held for a while, so that a meter that lags is not answered again and again.
struct LimitRelief: BitwiseCopyable, Sendable {
    private var highest: Watts?
    private var lowest: Watts?
    private var cutAt: Instant?
    private static var hold: Interval { .seconds(5) }

    mutating func update(
        _ window: (lowest: Watts, highest: Watts), limits: SiteLimits, site: SitePower?, chargers: Watts,
        delay: Interval,
        now: Instant
    ) -> (lowest: Watts, highest: Watts) {
        if let cutAt, now.elapsed(since: cutAt) > Self.hold {
            highest = nil
            lowest = nil
            self.cutAt = nil
        }
        if let site, cutAt.map({ site.takenAt > $0 + delay + .milliseconds(500) }) ?? true {
            if let limit = limits.importLimit, site.power > limit, chargers > .zero {
                highest = max(.zero, chargers - (site.power - limit))
                cutAt = now
            }
            if let limit = limits.exportLimit, -site.power > limit, chargers < .zero {
                lowest = min(.zero, chargers + (-site.power - limit))
                cutAt = now
            }
        }
        return (max(window.lowest, lowest ?? window.lowest), min(window.highest, highest ?? window.highest))
    }
}
