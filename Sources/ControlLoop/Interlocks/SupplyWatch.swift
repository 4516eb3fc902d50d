import FrequencyResponse

/// When the supply of a charger that can't fall back by itself is taken: it has been out of hand with a power that it was told for longer than that is borne.
/// It gets its supply again after a pause, and starts anew.
struct SupplyWatch: Sendable, Equatable {
    /// How long it may be out of hand.
    private let patience: Interval
    private let pause: Interval
    private enum State: Sendable, Equatable {
        /// Without power, or never ours.
        case idle
        case driven
        case outOfHand(since: Instant)
        case withheld(until: Instant)
    }
    private var state = State.idle

    init(patience: Interval, pause: Interval) {
        self.patience = patience
        self.pause = pause
    }

    var isWithheld: Bool { if case .withheld = state { true } else { false } }

    /// `isNeutral`: it has acknowledged neutral, and was told nothing since. `isInHand`: it is under control, by a fresh reading.
    mutating func update(isInHand: Bool, isNeutral: Bool, now: Instant) {
        switch state {
        case .withheld(let until):
            if now >= until { state = .idle }
        case _ where isNeutral: state = .idle
        case _ where isInHand: state = .driven
        case .idle: break
        case .driven: state = .outOfHand(since: now)
        case .outOfHand(let since):
            if now.elapsed(since: since) >= patience { state = .withheld(until: now + pause) }
        }
    }
}
