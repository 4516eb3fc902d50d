/// Takes off the chargers' sum what the meter shows beyond a limit: of the connection, or of one of its phases.
///
/// It cuts once per reading that can show the cut before it, and holds the cut for 5 s, so that a slow meter is not
/// answered again and again.
struct LimitRelief: BitwiseCopyable, Sendable {
    private var cut = PowerBounds()
    private var cutAt: Instant?
    private static var hold: Interval { .seconds(5) }

    mutating func update(
        importLimit: Watts?, exportLimit: Watts?, site: SitePower?, chargers: Watts, delay: Interval, now: Instant
    ) -> PowerBounds {
        if let cutAt, now.elapsed(since: cutAt) > Self.hold {
            cut = PowerBounds()
            self.cutAt = nil
        }
        if let site, cutAt.map({ site.takenAt > $0 + delay + .milliseconds(500) }) ?? true {
            if let limit = importLimit, site.power > limit, chargers > .zero {
                cut.highest = max(.zero, chargers - (site.power - limit))
                cutAt = now
            }
            if let limit = exportLimit, -site.power > limit, chargers < .zero {
                cut.lowest = min(.zero, chargers + (-site.power - limit))
                cutAt = now
            }
        }
        return cut
    }
}
