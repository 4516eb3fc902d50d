/// Calendar time as one more input of the law. Its steps never move a lease, a ramp or an age.
@frozen public struct WallClock: BitwiseCopyable, Sendable {
    /// UTC, in nanoseconds since 1970.
    public var nanosecondsUTC: Int64
    /// The local time of the site, for departures that users state in local time.
    public var local: LocalOffsets
    /// Whether the clock is synchronised well enough to plan a departure with.
    public var isTrusted: Bool

    package init(nanosecondsUTC: Int64, local: LocalOffsets, isTrusted: Bool) {
        self.nanosecondsUTC = nanosecondsUTC
        self.local = local
        self.isTrusted = isTrusted
    }

    /// The offset never changes.
    public init(nanosecondsUTC: Int64, offsetFromUTC: Int32, isTrusted: Bool) {
        self.init(
            nanosecondsUTC: nanosecondsUTC, local: LocalOffsets(constant: offsetFromUTC), isTrusted: isTrusted)
    }

    /// The clock of a recording without a date, or of a machine that lost its time.
    public static var unknown: Self { Self(nanosecondsUTC: 0, offsetFromUTC: 0, isTrusted: false) }

    private static var day: Int64 { 86_400_000_000_000 }

    /// Local time, in nanoseconds since 1970.
    public var nanosecondsLocal: Int64 { nanosecondsUTC + Int64(local.now) * 1_000_000_000 }

    /// The last time at which local clocks showed a time of day, and the next: how long ago and how far ahead. The last
    /// may be now, the next is later.
    public func around(_ timeOfDay: Interval) -> (ago: Interval, ahead: Interval) {
        let today = nanosecondsLocal / Self.day - (nanosecondsLocal % Self.day < 0 ? 1 : 0)
        var last = Int64.min
        for offset in Int64(-2)...2 {
            let instant = local.utc(local: (today + offset) * Self.day + timeOfDay.nanoseconds)
            if instant > nanosecondsUTC {
                return (
                    Interval(nanoseconds: nanosecondsUTC - last), Interval(nanoseconds: instant - nanosecondsUTC)
                )
            }
            last = instant
        }
        return (.zero, .seconds(86_400))
    }
}
