import FrequencyResponse

/// When the supply of a charger that can't fall back by itself is taken: it was told a power, has not acknowledged
/// neutral since, and has been out of hand for longer than that is borne. It gets its supply again after a pause, and
/// starts anew. What was before the start is not known, so it begins with that pause.
struct SupplyCutoff: Sendable, Equatable {
    private enum Phase: Sendable, Equatable {
        case new
        case watching(lostSince: Instant?)
        case withheld(until: Instant)
    }

    /// How long it may be out of hand.
    private let patience: Interval
    private let pause: Interval
    private var phase = Phase.new
    /// The newest tick that told it a power which it has not left since; what was told counts, whether or not it was
    /// acknowledged.
    private var toldTick: UInt64?

    init(patience: Interval, pause: Interval) {
        self.patience = patience
        self.pause = pause
    }

    var isWithheld: Bool { if case .watching = phase { false } else { true } }

    /// Whether it may have power that nobody takes back.
    var mayHavePower: Bool { toldTick != nil }

    /// A tick told it a power.
    mutating func tell(_ tick: UInt64) { toldTick = tick }

    /// `isInHand`: it is under control, by a fresh reading. `zeroPowerTick`: of the newest neutral that it
    /// acknowledged, while that is the last it was told.
    mutating func update(isInHand: Bool, zeroPowerTick: UInt64?, now: Instant) {
        switch phase {
        case .new: phase = .withheld(until: now + pause)
        case .withheld(let until):
            if now >= until { phase = .watching(lostSince: nil) }
        case .watching(let lostSince):
            if let toldTick, let zeroPowerTick, zeroPowerTick > toldTick { self.toldTick = nil }
            guard toldTick != nil, !isInHand else {
                phase = .watching(lostSince: nil)
                return
            }
            let since = lostSince ?? now
            guard now.elapsed(since: since) >= patience else {
                phase = .watching(lostSince: since)
                return
            }
            phase = .withheld(until: now + pause)
            // Without its supply it forgets; what it is told in the pause counts again.
            toldTick = nil
        }
    }
}
