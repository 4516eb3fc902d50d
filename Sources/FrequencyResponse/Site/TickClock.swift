/// Counts ticks, the time between them, settlement periods and local days.
struct TickClock: BitwiseCopyable {
    private(set) var tick: UInt64 = 0
    private var lastTickAt: Instant?
    private(set) var calendar = Calendar()

    /// Numbers the settlement periods and days before the first tick.
    mutating func restore(_ now: Instant, clock: WallClock, period: Interval) {
        calendar.update(clock, now: now, period: period)
    }

    /// Begins a tick, and returns the time since the last one; zero for the first.
    mutating func begin(_ now: Instant, clock: WallClock, period: Interval) -> Interval {
        tick &+= 1
        let elapsed = lastTickAt.map { now.elapsed(since: $0) } ?? .zero
        lastTickAt = now
        calendar.update(clock, now: now, period: period)
        return elapsed
    }
}
