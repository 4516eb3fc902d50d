import FrequencyResponse
import Realtime
package import Synchronization

/// How far the threads that matter have come; each raises its own number.
package final class LivenessCounters: Sendable {
    /// Complete ticks that were good, or deliberately safe.
    package let goodTicks = Atomic<UInt64>(0)
    /// Turns of the lines' thread.
    package let lineTurns = Atomic<UInt64>(0)
}

/// Says that the program lives, but only while good ticks come and the lines are looked at: a thread of its own, so
/// that neither the log nor a recording that hangs ends the program, and so that nothing but the control loop keeps it.
public final class Watchdog: Sendable {
    private let progress: LivenessCounters
    private let watchesLines: Bool
    private let period: Interval
    private let feed: @Sendable () -> Void
    private let ended = Atomic<Bool>(false)
    private let bell = WakeEvent()

    init(progress: LivenessCounters, watchesLines: Bool, period: Interval, feed: @escaping @Sendable () -> Void) {
        self.progress = progress
        self.watchesLines = watchesLines
        self.period = period
        self.feed = feed
    }

    func end() {
        ended.store(true, ordering: .releasing)
        bell.raise()
    }

    /// Looks four times in each period.
    func run() {
        var ticks: UInt64 = 0
        var turns: UInt64 = 0
        while !ended.load(ordering: .acquiring) {
            let seen = bell.count
            bell.wait(while: seen, until: LiveClock.now() + period / 4)
            let newTicks = progress.goodTicks.load(ordering: .relaxed)
            let newTurns = progress.lineTurns.load(ordering: .relaxed)
            if newTicks != ticks, !watchesLines || newTurns != turns { feed() }
            ticks = newTicks
            turns = newTurns
        }
    }
}
