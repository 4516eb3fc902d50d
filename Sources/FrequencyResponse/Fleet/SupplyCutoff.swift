/// When the supply of a charger that does not fall back by itself is cut: it was commanded a power, has not
/// acknowledged zero power since, and has been out of control for longer than its limit. After a pause it gets its
/// supply again and starts anew. What it was commanded before this program started is not known, so it begins with that
/// pause.
package struct SupplyCutoff: BitwiseCopyable, Sendable, Equatable {
    private enum Phase: BitwiseCopyable, Sendable, Equatable {
        case new
        case watching(lostSince: Instant?)
        case withheld(until: Instant)
    }

    /// How long a charger may be out of control, and how long its supply stays cut at least.
    package struct Rule: BitwiseCopyable, Sendable {
        package var limit: Interval
        package var pause: Interval

        package init(limit: Interval, pause: Interval) {
            self.limit = limit
            self.pause = pause
        }
    }

    private var phase = Phase.new
    /// The newest tick that commanded it a power which it has not left since. The command counts, whether or not it
    /// was acknowledged.
    private var commandedTick: UInt64?

    package init() {}

    package var isWithheld: Bool { if case .watching = phase { false } else { true } }

    /// Whether it may have power that no command takes back.
    package var mayHavePower: Bool { commandedTick != nil }

    /// A tick commanded it a power.
    package mutating func noteCommand(_ tick: UInt64) { commandedTick = tick }

    /// `isControlled`: it is under control, by a fresh reading. `zeroPowerTick`: of the newest zero power that it
    /// acknowledged, while that is its last command.
    package mutating func update(isControlled: Bool, zeroPowerTick: UInt64?, rule: Rule, now: Instant) {
        switch phase {
        case .new: phase = .withheld(until: now + rule.pause)
        case .withheld(let until):
            if now >= until { phase = .watching(lostSince: nil) }
        case .watching(let lostSince):
            if let commandedTick, let zeroPowerTick, zeroPowerTick > commandedTick { self.commandedTick = nil }
            guard commandedTick != nil, !isControlled else {
                phase = .watching(lostSince: nil)
                return
            }
            let since = lostSince ?? now
            guard now.elapsed(since: since) >= rule.limit else {
                phase = .watching(lostSince: since)
                return
            }
            phase = .withheld(until: now + rule.pause)
            // Without its supply it forgets. What it is commanded in the pause counts again.
            commandedTick = nil
        }
    }
}
