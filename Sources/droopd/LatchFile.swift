import ControlLoop
import Foundation
import FrequencyResponse
import Glibc
import Interlocks
import Realtime

/// What is latched, kept over a restart: a small text file in the state directory, replaced whole, and a mark beside it
/// that there has been one.
///
/// An empty directory is a new installation and starts unlatched. A file that is missing beside the mark, that can't be
/// read to its end, or that holds a name which the site file does not know, is taken to hold every latch: whoever
/// deletes it or renames a contact must not have reset an emergency stop.
struct LatchFile {
    private let path: String
    private let mark: String
    private let directory: String
    private static let head = "droopd latches 1"
    private static let tail = "end"

    init(directory: String) {
        self.directory = directory
        path = directory + "/latches"
        mark = directory + "/installed"
    }

    /// What is latched, and why all is where it can't be known. Throws a sentence when the directory can't be had.
    func load(_ settings: InterlockSettings) throws -> (latched: Set<String>, doubt: String?) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw fail(
                "state directory \(directory): it can't be made, and latches would be lost; name another with --state.",
                SystemExit.cannotCreate)
        }
        let all = InterlockMachine.allLatches(settings)
        guard FileManager.default.fileExists(atPath: path) else {
            let isNew = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).isEmpty
            return isNew ? ([], nil) : (all, "\(path) is missing beside other files")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            return (all, "\(path) can't be read")
        }
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.first == Self.head, lines.last == Self.tail, lines.count >= 2 else {
            return (all, "\(path) is damaged")
        }
        let latched = Set(lines.dropFirst().dropLast())
        if let unknown = latched.subtracting(InterlockMachine.latchNames(settings)).min() {
            return (
                all.union(latched.intersection(InterlockMachine.latchNames(settings))),
                "\(path) holds “\(unknown)”, which the site file does not know"
            )
        }
        return (latched, nil)
    }

    /// What was latched before, once it is sure that latches can be saved; nothing for a site that has none to keep.
    func begin(_ isNeeded: Bool, _ settings: InterlockSettings) throws -> Set<String> {
        guard isNeeded else { return [] }
        let (latched, doubt) = try load(settings)
        if let doubt { Log.line("latched: \(doubt), so every latching contact counts as tripped; reset it on site") }
        if let reason = save(latched) {
            throw fail(
                "state directory \(directory): nothing can be written there (\(reason)), and latches would be lost.",
                SystemExit.cannotCreate)
        }
        return latched
    }

    /// Writes, brings to the disk, and only then replaces. The reason when that fails.
    func save(_ latched: Set<String>) -> String? {
        let text = ([Self.head] + latched.sorted() + [Self.tail]).joined(separator: "\n") + "\n"
        if let reason = write(text, to: path + ".new") { return reason }
        guard unsafe rename(path + ".new", path) == 0 else { return Log.reason(errno) }
        if !FileManager.default.fileExists(atPath: mark), let reason = write("latches are kept here\n", to: mark) {
            return reason
        }
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
        return nil
    }

    /// What a person writes as root has to be read by the daemon, to which the directory belongs.
    private func giveToOwner(_ file: Int32) {
        var folder = stat()
        guard geteuid() == 0, unsafe stat(directory, &folder) == 0 else { return }
        _ = fchown(file, folder.st_uid, folder.st_gid)
    }

    private func write(_ text: String, to path: String) -> String? {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { return Log.reason(errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            return Log.reason(errno)
        }
        giveToOwner(file)
        return nil
    }
}

/// Saves latches as they come, from a thread of its own: neither a log nor a main thread that hangs may lose one.
final class LatchKeeper: Sendable {
    private let file: LatchFile
    private let lines: LineThread
    private let thread: RealtimeThread

    init(_ file: LatchFile, _ lines: LineThread) {
        self.file = file
        self.lines = lines
        thread = RealtimeThread(name: "latches") { Self.run(file, lines) }
    }

    /// Waits until what is left is saved, once the lines' thread has ended.
    func end() { _ = thread.join(within: .seconds(2)) }

    private static func run(_ file: LatchFile, _ lines: LineThread) {
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
