/// Whether an ordered stop keeps a charger's own permit open: from the moment its power is low, or at the latest when
/// the stop deadline has passed, until its contact closes.
package struct OrderedStop: BitwiseCopyable, Sendable, Equatable {
    private var since: Instant?
    package private(set) var isWithheld = false

    package init() {}

    package mutating func update(isOrdered: Bool, isPowerLow: Bool, deadline: Interval, now: Instant) {
        guard isOrdered else {
            since = nil
            isWithheld = false
            return
        }
        let began = since ?? now
        since = began
        if isPowerLow || now.elapsed(since: began) >= deadline { isWithheld = true }
    }
}
