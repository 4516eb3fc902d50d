import ControlLoop
import FrequencyResponse
import Journal
import Realtime
import Synchronization

/// Saves what has to survive a restart, on a thread of its own: a log or a main thread that hangs must not lose a
/// latch. What could not be saved is tried again.
final class StateKeeper: Sendable {
    private struct Shared {
        var arming: Arming?
        var latched: Set<String>
        var locks: [String: BayLock]
        /// The number of the newest act of a person, and of the newest that was saved.
        var newest = 0
        var saved = 0
        /// Why the newest attempt failed, and the number of the newest act that it held.
        var failure: (reason: String, number: Int)?
        /// Latches that are not to be saved any more.
        var forgotten: Set<String> = []
        var isEnding = false
    }

    private let source: SavedStateSource
    private let boot: String?
    private let shared: Mutex<Shared>
    private let thread = Mutex<RealtimeThread?>(nil)
    /// A start that has lasted for so long has not crashed.
    private static var startTime: Interval { .seconds(60) }

    /// Starts the thread. `chargers` and `meters` are the names in the order of the site file.
    init(_ source: SavedStateSource, _ state: OpenState, chargers: [String], meters: [String]) {
        self.source = source
        boot = state.boot
        shared = Mutex(
            Shared(
                arming: state.found.site.arming, latched: state.found.site.latched,
                locks: state.found.site.locks))
        let thread = RealtimeThread(name: "state") { [self] in
            var files = state.files
            run(&files, state.found.site, state.found.time, chargers, meters)
        }
        self.thread.withLock { $0 = thread }
    }

    /// The latches of now.
    var latched: Set<String> { shared.withLock { $0.latched } }

    /// The locks of now.
    var locks: [String: BayLock] { shared.withLock { $0.locks } }

    /// Notes a person's intent, and returns once it is saved, or the reason why it is not.
    func note(_ arming: Arming) -> String? { note { $0.arming = arming } }

    /// The same of a lock; nil unlocks.
    func note(_ lock: BayLock?, charger: String) -> String? { note { $0.locks[charger] = lock } }

    /// Brings a lock back that could not be ended on the disk.
    func keep(_ lock: BayLock, charger: String) {
        shared.withLock { $0.locks[charger] = lock }
        source.came.raise()
    }

    /// Forgets latches of contacts that the site file does not have any more.
    func forget(latches: Set<String>) {
        shared.withLock {
            $0.latched.subtract(latches)
            $0.forgotten.formUnion(latches)
        }
        source.came.raise()
    }

    private func note(_ change: (inout Shared) -> Void) -> String? {
        let number = shared.withLock {
            change(&$0)
            $0.newest += 1
            return $0.newest
        }
        source.came.raise()
        let deadline = LiveClock.now() + .seconds(3)
        while LiveClock.now() < deadline {
            let (saved, failure) = shared.withLock { ($0.saved, $0.failure) }
            if saved >= number { return nil }
            if let failure, failure.number >= number { return failure.reason }
            source.came.wait(while: source.came.count, until: LiveClock.now() + .milliseconds(20))
        }
        return "the disk is slow"
    }

    /// Ends the thread once what is left was tried; to be called when nothing new comes any more.
    func end() {
        shared.withLock { $0.isEnding = true }
        source.came.raise()
        _ = thread.withLock { $0 }?.join(within: .seconds(2))
    }

    private func run(
        _ files: inout StateFiles, _ found: SavedSite, _ foundAt: SavingTime, _ names: [String], _ meters: [String]
    ) {
        var site = found
        var time = foundAt
        var isUnsaved = false
        var reported = false
        var startedAt: Instant? = LiveClock.now()
        while true {
            let seen = source.came.count
            let (arming, locks, number, isEnding) = shared.withLock { ($0.arming, $0.locks, $0.newest, $0.isEnding) }
            let kept = site.latched.subtracting(shared.withLock { $0.forgotten })
            if kept != site.latched {
                site.latched = kept
                isUnsaved = true
            }
            if let latches = source.newLatches() {
                site.latched = latches
                shared.withLock { $0.latched = latches }
                isUnsaved = true
            }
            if arming != site.arming || locks != site.locks {
                site.arming = arming
                site.locks = locks
                isUnsaved = true
            }
            if let law = source.newLaw() {
                site.law = law.state
                site.meters = meters
                site.chargers.merge(zip(names, law.chargers)) { $1 }
                time = SavingTime(boot: boot, instant: law.at)
                isUnsaved = true
            }
            if isUnsaved {
                let reason = files.save(site, at: time)
                isUnsaved = reason != nil
                shared.withLock {
                    $0.failure = reason.map { ($0, number) }
                    if reason == nil { $0.saved = number }
                }
                report(reason, &reported)
            } else {
                shared.withLock { $0.saved = max($0.saved, number) }
            }
            if let begun = startedAt, isEnding || LiveClock.now() >= begun + Self.startTime {
                files.endStart()
                startedAt = nil
            }
            if isEnding { return }
            source.came.wait(while: seen, until: LiveClock.now() + .milliseconds(isUnsaved ? 200 : 1_000))
        }
    }

    /// A disk that fails is reported once, and once that it is over.
    private func report(_ reason: String?, _ reported: inout Bool) {
        guard (reason != nil) != reported else { return }
        reported = reason != nil
        Log.line(
            reason.map { "state is not saved: \($0); latches and armings of now would be lost by a restart" }
                ?? "state is saved again")
    }
}
