import FrequencyResponse

/// The sign of life that some devices want once a second, such as ControllerHb of SunSpec's model 715.
struct Heartbeat: Sendable {
    private static var period: Interval { .seconds(1) }

    private(set) var count: UInt32 = 1
    private var beatAt: Instant?
    /// The device refused it, and is not asked again.
    var isRefused = false

    func isDue(now: Instant) -> Bool { !isRefused && (beatAt.map { now.elapsed(since: $0) >= Self.period } ?? true) }

    /// It was taken. The greatest values are left out: SunSpec says "not implemented" by them.
    mutating func beat(now: Instant) {
        beatAt = now
        count = count % 0x7FFF_FFFF + 1
    }
}
