import ControlLoop
import FrequencyResponse
import Interlocks
import Journal
import Realtime

/// Saves latches as they come, on a thread of its own: a log or a main thread that hangs must not lose one.
final class LatchKeeper: Sendable {
    private let file: LatchFile
    private let lines: GPIOThread
    private let thread: RealtimeThread

    init(_ file: LatchFile, _ lines: GPIOThread) {
        self.file = file
        self.lines = lines
        thread = RealtimeThread(name: "latches") { Self.run(file, lines) }
    }

    /// Waits until what is left is saved, once the lines' thread has ended.
    func end() { _ = thread.join(within: .seconds(2)) }

    private static func run(_ file: LatchFile, _ lines: GPIOThread) {
        var unsaved: Set<String>?
        var hasToldUnsaved = false
        while true {
            let isLast = lines.hasEnded
            if let latched = lines.changedLatches(within: .milliseconds(unsaved == nil && !isLast ? 1_000 : 200)) {
                unsaved = latched
            }
            if let latched = unsaved {
                if let reason = file.save(latched) {
                    if !hasToldUnsaved { Log.line("latched, not saved: \(reason); a restart would forget it") }
                    hasToldUnsaved = true
                } else {
                    if hasToldUnsaved { Log.line("latches are saved again") }
                    hasToldUnsaved = false
                    unsaved = nil
                }
            }
            if isLast { return }
        }
    }
}

extension LatchFile {
    /// What was latched before, once it is sure that latches can be saved.
    func latchedBefore(_ settings: InterlockSettings) throws -> Set<String> {
        let found: Found
        do {
            found = try load(settings)
        } catch {
            throw fail(
                "state directory \(directory): it can't be made, and latches would be lost; name another with --state.",
                SystemExit.cannotCreate)
        }
        if let doubt = found.doubt {
            Log.line("latched: \(doubt), so every latching contact counts as tripped; reset it on site")
        }
        if let reason = save(found.latched) {
            throw fail(
                "state directory \(directory): nothing can be written there (\(reason)), and latches would be lost.",
                SystemExit.cannotCreate)
        }
        return found.latched
    }
}
