import Foundation
import Glibc
public import Interlocks

/// The latches, kept over a restart: a small text file in the state directory that is replaced whole, and a mark beside
/// it that there has been one.
///
/// An empty directory is a new installation and starts unlatched. A file that is missing beside the mark, that cannot
/// be read to its end, or that holds a name which the site file does not know, counts as holding every latch: deleting
/// the file or renaming a contact must not reset an emergency stop.
public struct LatchFile: Sendable {
    private let path: String
    private let mark: String
    /// The directory that holds the file.
    public let directory: String
    private static let head = "droopd latches 1"
    private static let tail = "end"

    package init(directory: String) {
        self.directory = directory
        path = directory + "/latches"
        mark = directory + "/installed"
    }

    /// The state directory cannot be made, so latches would be lost.
    public struct NoDirectory: Error, Sendable, Equatable {}

    /// What a start finds: the latches, and why every latch counts where they are not known.
    public struct Found: Sendable, Equatable {
        /// The names of the contacts that are latched.
        public var latched: Set<String>
        /// Why the file could not be read as it was written; nil where it could.
        public var doubt: String?
    }

    /// Reads the latches, and makes the state directory where it is missing.
    public func load(_ settings: InterlockSettings) throws(NoDirectory) -> Found {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw NoDirectory()
        }
        let all = InterlockMachine.allLatches(settings)
        guard FileManager.default.fileExists(atPath: path) else {
            let isNew = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).isEmpty
            return isNew
                ? Found(latched: [], doubt: nil) : Found(latched: all, doubt: "\(path) is missing beside other files")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            return Found(latched: all, doubt: "\(path) can't be read")
        }
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.first == Self.head, lines.last == Self.tail, lines.count >= 2 else {
            return Found(latched: all, doubt: "\(path) is damaged")
        }
        let latched = Set(lines.dropFirst().dropLast())
        if let unknown = latched.subtracting(InterlockMachine.latchNames(settings)).min() {
            return Found(
                latched: all.union(latched.intersection(InterlockMachine.latchNames(settings))),
                doubt: "\(path) holds “\(unknown)”, which the site file does not know")
        }
        return Found(latched: latched, doubt: nil)
    }

    /// Writes a new file, brings it to the disk, and only then replaces the old one. Returns the reason when that
    /// fails.
    public func save(_ latched: Set<String>) -> String? {
        let text = ([Self.head] + latched.sorted() + [Self.tail]).joined(separator: "\n") + "\n"
        if let reason = write(text, to: path + ".new") { return reason }
        guard unsafe rename(path + ".new", path) == 0 else { return reason(errno) }
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

    private func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)).lowercased() }

    /// A file that root writes must be readable by the daemon, which owns the directory.
    private func giveToOwner(_ file: Int32) {
        var folder = stat()
        guard geteuid() == 0, unsafe stat(directory, &folder) == 0 else { return }
        _ = fchown(file, folder.st_uid, folder.st_gid)
    }

    private func write(_ text: String, to path: String) -> String? {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard file >= 0 else { return reason(errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            return reason(errno)
        }
        giveToOwner(file)
        return nil
    }
}
