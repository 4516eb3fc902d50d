/// Takes off the sum of the chargers under control what the meter shows beyond a limit: of the connection, or of one of
/// its phases.
///
/// It holds a cut for 5 s, so that a slow meter is not answered again and again, and twice as long where the limit is
/// exceeded again soon after a cut has ended: something takes more than is known. A reading that can't show the cut yet
/// makes it deeper when it shows more than the reading before; one that can show it makes a new cut.
struct LimitRelief: BitwiseCopyable, Sendable {
    private var cut = PowerBounds()
    private var cutAt: Instant?
    /// The chargers' sum before the cut, and the excess that it was made for.
    private var sumAtCut = Watts.zero
    private var excessAtCut = Watts.zero
    /// How long this cut is held, and when the one before it ended.
    private var hold = Self.shortestHold
    private var endedAt: Instant?
    private static var shortestHold: Interval { .seconds(5) }
    private static var longestHold: Interval { .seconds(320) }

    /// What a tick learns.
    struct Answer: BitwiseCopyable {
        /// The range that is left to the chargers under control.
        var bounds = PowerBounds()
        /// What the meter newly shows beyond a limit, positive for import; zero where nothing is cut.
        var excess = Watts.zero
    }

    /// `chargers` is the sum of the commands of the chargers under control.
    mutating func update(
        importLimit: Watts?, exportLimit: Watts?, site: SitePower?, chargers: Watts, delay: Interval, now: Instant
    ) -> Answer {
        if let cutAt, now.elapsed(since: cutAt) > hold {
            cut = PowerBounds()
            self.cutAt = nil
            endedAt = now
        }
        guard let site else { return Answer(bounds: cut) }
        if cutAt.map({ site.takenAt > $0 + delay + .milliseconds(500) }) ?? true {
            guard Self.excess(site.power, importLimit, exportLimit, chargers) != .zero else {
                return Answer(bounds: cut)
            }
            if cutAt == nil {
                let isSoon = endedAt.map { now.elapsed(since: $0) <= hold * 2 } ?? false
                hold = isSoon ? min(hold * 2, Self.longestHold) : Self.shortestHold
            }
            cutAt = now
            sumAtCut = chargers
            excessAtCut = .zero
        }
        let excess = Self.excess(site.power, importLimit, exportLimit, sumAtCut)
        guard excess.magnitude > excessAtCut.magnitude else { return Answer(bounds: cut) }
        let news = excess - excessAtCut
        excessAtCut = excess
        cut =
            excess > .zero
            ? PowerBounds(highest: max(.zero, sumAtCut - excess)) : PowerBounds(lowest: min(.zero, sumAtCut - excess))
        return Answer(bounds: cut, excess: news)
    }

    /// What a power is beyond its limit where the chargers add to it; below zero for export.
    private static func excess(_ power: Watts, _ importLimit: Watts?, _ exportLimit: Watts?, _ chargers: Watts) -> Watts
    {
        if let importLimit, power > importLimit, chargers > .zero { return power - importLimit }
        if let exportLimit, -power > exportLimit, chargers < .zero { return power + exportLimit }
        return .zero
    }
}
