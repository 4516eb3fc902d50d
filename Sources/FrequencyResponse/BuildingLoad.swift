/// Estimates what the building draws: the power at the connection less that of the chargers.
///
/// The two are measured at different times, so the difference means something only while every charger stands where it was told to
/// be. Otherwise the last estimate serves for a while, and after that there is none and the declared extremes count.
struct BuildingLoad: BitwiseCopyable, Sendable {
    private var estimate: Watts?
    private var estimatedAt: Instant?
    private static var lifetime: Interval { .seconds(10) }

    /// Takes the newest power at the connection, when it is fresh, and the chargers' sum, when they are settled.
    mutating func update(site: Watts?, settledChargers: Watts?, now: Instant) -> Watts? {
        if let site, let settledChargers {
            estimate = site - settledChargers
            estimatedAt = now
        }
        guard site != nil, let estimatedAt, now.elapsed(since: estimatedAt) <= Self.lifetime else { return nil }
        return estimate
    }
}

extension ChargerInputs {
    /// Whether the charger's measured power is where its last command wants it.
    func isSettled(at commanded: Watts, settings: ChargerSettings) -> Bool {
        guard let power else { return false }
        let tolerance = max(settings.chargeLimit, settings.dischargeLimit) * 0.05 + Watts(50)
        return (power - commanded).magnitude <= tolerance
    }
}
