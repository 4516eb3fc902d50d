import Foundation
import FrequencyResponse
import Realtime
import Synchronization

/// Lines on standard output, each with the time. A thread of its own writes them, so that a full disk or a reader that
/// has stopped reading neither ends nor delays anything; lines that found no room are counted and reported.
enum Log {
    private struct Queue {
        var lines: [String] = []
        var lost = 0
        var isFinished = false
    }

    private static let capacity = 2_000
    private static let queue = Mutex(Queue())
    private static let came = WakeEvent()
    private static let writer = RealtimeThread(name: "log") { write() }

    static func line(_ text: String) {
        _ = writer
        let stamped = "\(Date().formatted(.iso8601)) \(text)\n"
        queue.withLock { queue in
            if queue.lines.count < capacity { queue.lines.append(stamped) } else { queue.lost += 1 }
        }
        came.raise()
    }

    /// Gives the writer a second to bring out what is left.
    static func finish() {
        queue.withLock { $0.isFinished = true }
        came.raise()
        _ = writer.join(within: .seconds(1))
    }

    private static func write() {
        while true {
            let seen = came.count
            let (lines, lost, isFinished) = queue.withLock { queue in
                defer {
                    queue.lines.removeAll()
                    queue.lost = 0
                }
                return (queue.lines, queue.lost, queue.isFinished)
            }
            for line in lines { try? FileHandle.standardOutput.write(contentsOf: Data(line.utf8)) }
            if lost > 0 { try? FileHandle.standardOutput.write(contentsOf: Data("\(lost) lines were lost\n".utf8)) }
            if isFinished, lines.isEmpty { return }
            if lines.isEmpty { came.wait(while: seen, until: LiveClock.now() + .seconds(1)) }
        }
    }
}
