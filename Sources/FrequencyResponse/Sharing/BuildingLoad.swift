/// The range in which the building's load is taken to be.
public struct LoadRange: BitwiseCopyable, Sendable, Equatable {
    /// The least that it draws; below zero where it feeds in.
    public var lowest: Watts
    /// The most that it draws.
    public var highest: Watts

    package init(lowest: Watts, highest: Watts) {
        self.lowest = lowest
        self.highest = highest
    }
}

/// Estimates what the building draws: the power at the connection less that of the chargers.
///
/// The two are measured at different times, so the difference means something only once the chargers have stood at
/// their commands for as long as the meter takes to show it. Without a new difference the last one counts: as it is
/// while it is fresh, for up to 10 s with the building's step added on both sides, and after that not at all, so that
/// the declared extremes count.
struct BuildingLoad: BitwiseCopyable, Sendable {
    private var estimate: Watts?
    private var estimatedAt: Instant?
    private var seenStep = LoadStep()
    private static var lifetime: Interval { .seconds(10) }

    /// What the estimate is made from in one tick.
    struct Moment: BitwiseCopyable {
        /// The power at the connection, when it is fresh.
        var site: SitePower?
        /// The chargers' sum, when it is settled, and since when it is.
        var chargers: Watts?
        var settledSince: Instant?
        /// The meter's update and averaging time.
        var delay: Interval
        /// How long an estimate counts as it is.
        var ageLimit: Interval
        /// The declared step of the building; nil for the largest that was seen.
        var step: Watts?
        var now: Instant

        /// The powers of chargers and meter, where they were measured at the same power of the chargers.
        var pair: (chargers: Watts, meter: Watts)? {
            guard let site, let chargers, let settledSince, site.takenAt >= settledSince + delay else { return nil }
            return (chargers, site.power)
        }
    }

    mutating func update(_ moment: Moment) -> LoadRange? {
        if let pair = moment.pair, moment.site?.takenAt != estimatedAt {
            let newest = pair.meter - pair.chargers
            estimate = newest
            estimatedAt = moment.site?.takenAt
            seenStep.note(newest, now: moment.now)
        }
        guard moment.site != nil, let estimate, let estimatedAt else { return nil }
        let age = moment.now.elapsed(since: estimatedAt)
        if age <= moment.ageLimit { return LoadRange(lowest: estimate, highest: estimate) }
        guard age <= Self.lifetime else { return nil }
        guard let step = moment.step ?? seenStep.largest else { return nil }
        return LoadRange(lowest: estimate - step, highest: estimate + step)
    }

    /// The meter shows a power beyond a limit that the estimate does not explain: the building takes that much more.
    mutating func add(excess: Watts) { estimate = estimate.map { $0 + excess } }
}

/// The largest change of a load within 10 s, of those that were seen.
private struct LoadStep: BitwiseCopyable, Sendable {
    /// Nil until loads were seen over a whole span.
    private(set) var largest: Watts?
    /// The extremes of this span of 10 s and of the one before it.
    private var current: LoadRange?
    private var previous: LoadRange?
    private var startedAt: Instant?
    private static var span: Interval { .seconds(10) }

    mutating func note(_ load: Watts, now: Instant) {
        let age = startedAt.map { now.elapsed(since: $0) }
        if age.map({ $0 >= Self.span }) ?? true {
            previous = age.map { $0 < Self.span * 2 } ?? false ? current : nil
            current = nil
            startedAt = now
        }
        current = LoadRange(
            lowest: min(current?.lowest ?? load, load), highest: max(current?.highest ?? load, load))
        let lowest = min(previous?.lowest ?? load, current?.lowest ?? load)
        let highest = max(previous?.highest ?? load, current?.highest ?? load)
        if previous != nil { largest = max(largest ?? .zero, highest - lowest) }
    }
}
