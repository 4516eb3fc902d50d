import ControlLoop
import Foundation
import Glibc

/// What is latched, kept over a restart: a small text file in the state directory, replaced whole.
///
/// An empty directory is a new installation and starts unlatched. A file that is missing beside others, or that can't be read to its end, is taken to hold
/// every latch: whoever deletes it must not have reset an emergency stop.
struct LatchFile {
    private let path: String
    private let directory: String
    private static let name = "latches"
    private static let head = "droopd latches 1"
    private static let tail = "end"

    init(directory: String) {
        self.directory = directory
        path = directory + "/" + Self.name
    }

    /// What is latched, and why all is where nothing could be read. Throws a sentence when the directory can't be had.
    func load(_ settings: InterlockSettings) throws -> (latched: Set<String>, doubt: String?) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw fail(
                "state directory \(directory): it can't be made, and latches would be lost; name another with --state.",
                SystemExit.cannotCreate)
        }
        let all = InterlockMachine.allLatches(settings)
        let others = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0 != Self.name + ".new" }
        if others.isEmpty { return ([], nil) }
        guard others.contains(Self.name) else { return (all, "\(path) is missing beside other files") }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return (all, "\(path) can't be read") }
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.first == Self.head, lines.last == Self.tail, lines.count >= 2 else { return (all, "\(path) is damaged") }
        return (Set(lines.dropFirst().dropLast()), nil)
    }

    /// Writes, brings to the disk, and only then replaces. The reason when that fails.
    func save(_ latched: Set<String>) -> String? {
        let text = ([Self.head] + latched.sorted() + [Self.tail]).joined(separator: "\n") + "\n"
        let new = path + ".new"
        let file = unsafe open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { return Log.reason(errno) }
        let bytes = Array(text.utf8)
        let isWritten = unsafe write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let reason = errno
        close(file)
        guard isWritten else { return Log.reason(reason) }
        guard unsafe rename(new, path) == 0 else { return Log.reason(errno) }
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
        return nil
    }
}
