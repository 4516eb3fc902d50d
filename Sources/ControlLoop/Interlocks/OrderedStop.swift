import FrequencyResponse

/// When control takes a single charger's supply for an ordered stop: once its power is low, or when that has taken too
/// long; until the contact closes.
struct OrderedStop: Sendable, Equatable {
    private let deadline: Interval
    private var since: Instant?
    private(set) var isWithheld = false

    init(deadline: Interval) { self.deadline = deadline }

    mutating func update(isOrdered: Bool, isPowerLow: Bool, now: Instant) {
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
