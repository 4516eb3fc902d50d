/// Numbers settlement periods and local days. While the clock is not trusted they count from the start of the time
/// line; once it is, their edges move to those of the calendar, and their numbers go on.
struct Calendar: BitwiseCopyable {
    private var periodShift = Interval.zero
    private var dayShift = Interval.zero
    private(set) var period: Int64 = 0
    private(set) var day: Int64 = 0
    /// A new period begins with this tick.
    private(set) var hasTurned = false
    private var isFirst = true

    mutating func update(_ clock: WallClock, now: Instant, period length: Interval) {
        if clock.isTrusted {
            periodShift = Self.shift(clock.nanosecondsUTC, now: now, length: length)
            dayShift = Self.shift(
                clock.nanosecondsLocal, now: now, length: .seconds(86_400))
        }
        let newPeriod = (now + periodShift).nanoseconds / length.nanoseconds
        hasTurned = isFirst || newPeriod > period
        if hasTurned { period = newPeriod }
        day = max(isFirst ? .min : day, (now + dayShift).nanoseconds / 86_400_000_000_000)
        isFirst = false
    }

    /// What to add to the time line so that its multiples of `length` are the calendar's; from zero up to the length.
    private static func shift(_ wall: Int64, now: Instant, length: Interval) -> Interval {
        let difference = (wall - now.nanoseconds) % length.nanoseconds
        return Interval(nanoseconds: difference < 0 ? difference + length.nanoseconds : difference)
    }
}
