public import FrequencyResponse

/// The grid that a site responds to, as far as its own response can move it.
public struct GridSettings: Sendable, Equatable {
    /// Its size; nil where the site file names none, and for a grid that a site can't move.
    public var size: GridSize?
    /// The longest delay of a charger that takes part in responses; nil for any.
    public var slowestResponse: Interval?
    /// How a swing of the site's own is watched for.
    public var detector: Detector

    /// What the watch for a swing of the site's own does.
    public enum Detector: String, Sendable, CaseIterable {
        case report
        case act
        case off
    }

    /// The grid of a site file that says nothing of it.
    public static var unknown: GridSettings { GridSettings(size: nil, slowestResponse: nil, detector: .report) }
}

/// Which chargers respond, and with how much of each service's capacity, so that the fleet can't make its grid swing.
struct GridResponse {
    /// One entry per charger: its delay from a change of frequency to its power, and whether it responds.
    var delays: [Interval]
    var responds: [Bool]
    /// The delay of the slowest charger that responds; nil where none does.
    var slowest: Interval?
    /// The parts of the capacities that respond.
    var shares: InlineArray<6, Ratio>

    /// With a grid of known size fast chargers come first: the slowest ones are left out as long as the rest can give
    /// more without them.
    init(_ site: Site) {
        delays = zip(site.chargers, site.reactionPaths).map { charger, path in
            LoopGain.delay(to: charger.settings.behaviour, rating: charger.settings.rating, path: path)
        }
        let allowed = Set(delays.filter { $0 <= site.grid.slowestResponse ?? $0 }.map(\.nanoseconds)).sorted()
        shares = InlineArray(repeating: Ratio(1))
        slowest = allowed.last.map { Interval(nanoseconds: $0) }
        if let size = site.grid.size {
            var best = Watts(-1)
            for nanoseconds in allowed {
                let delay = Interval(nanoseconds: nanoseconds)
                let parts = LoopGain.shares(site.stack, delay: delay, nominal: site.nominalFrequency, grid: size)
                let usable = min(Self.usable(site.stack, parts), Self.power(site, delays, upTo: delay))
                guard usable >= best else { continue }
                best = usable
                slowest = delay
                shares = parts
            }
        }
        let slowest = slowest
        responds = delays.map { delay in slowest.map { delay <= $0 } ?? false }
    }

    private static func usable(_ services: ServiceStack, _ shares: InlineArray<6, Ratio>) -> Watts {
        var sum = Watts.zero
        for index in 0..<services.count { sum += services[index].capacity * shares[index].value }
        return sum
    }

    private static func power(_ site: Site, _ delays: [Interval], upTo delay: Interval) -> Watts {
        zip(site.chargers, delays).reduce(.zero) { $0 + ($1.1 <= delay ? $1.0.settings.rating : .zero) }
    }
}
