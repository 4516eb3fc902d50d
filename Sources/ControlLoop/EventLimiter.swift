import Devices
import FrequencyResponse

/// Limits what is reported of one charger: of each kind at most three events a minute. The rest are counted, and their
/// number is reported once the minute is over.
struct EventLimiter {
    private static var most: Int32 { 3 }
    private static var period: Interval { .seconds(60) }

    private struct Count {
        var since: Instant
        var reported: Int32 = 0
        var omitted: Int32 = 0
    }

    private var counts: [ChargerEvent: Count] = [:]
    private var hasOmitted = false

    /// Whether an event is reported. Otherwise it is counted.
    mutating func admits(_ event: ChargerEvent, now: Instant) -> Bool {
        var count = counts[event] ?? Count(since: now)
        if count.omitted == 0, now.elapsed(since: count.since) >= Self.period { count = Count(since: now) }
        defer { counts[event] = count }
        guard count.reported < Self.most else {
            count.omitted = count.omitted == .max ? count.omitted : count.omitted + 1
            hasOmitted = true
            return false
        }
        count.reported += 1
        return true
    }

    /// A kind of which events were counted in a minute that is over, with their number; nil for none.
    mutating func overdue(now: Instant) -> (event: ChargerEvent, omitted: Int32)? {
        guard hasOmitted else { return nil }
        let waiting = counts.filter { $0.value.omitted > 0 }
        let due = waiting.filter { now.elapsed(since: $0.value.since) >= Self.period }
        guard let (event, count) = due.min(by: { $0.key.rawValue < $1.key.rawValue }) else { return nil }
        counts[event] = Count(since: now, reported: 1)
        hasOmitted = waiting.count > 1
        return (event, count.omitted)
    }
}
