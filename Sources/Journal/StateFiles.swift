import Foundation
public import FrequencyResponse
import Glibc
public import Interlocks

/// The saved state of a site in its directory: two files that are written in turn, so that one is whole whenever the
/// machine stops, and a mark that state was ever saved there.
///
/// An empty directory is a new installation. Files that are missing beside the mark, or that can't be read, count as a
/// state after a trip with every latch: deleting a file or renaming a contact must not reset an emergency stop. The
/// latches of the versions before this one are taken over from their own file.
public struct StateFiles: Sendable {
    /// The directory of the files.
    public let directory: String
    private var sequence: UInt64 = 0
    /// What persons and contacts have changed is written to both files.
    private var lastWritten: (latched: Set<String>, arming: Arming?, locks: [String: BayLock])?
    private static let mark = "installed"
    private static let starts = "starts"

    package init(directory: String) { self.directory = directory }

    /// The state directory can't be made.
    public struct NoDirectory: Error, Sendable, Equatable {}

    /// What a start finds.
    public struct Found: Sendable {
        /// What was saved.
        public var site: SavedSite
        /// When it was saved.
        public var time: SavingTime
        /// How this start stands to it.
        public var restart: Restart
        /// Why latches and locks are not known, one sentence each.
        public var doubts: [String]
        /// Nothing was ever saved here.
        public var isNew: Bool
        /// What else was not as it should be, one sentence each.
        public var notes: [String] = []

        /// A start that can't know what was before.
        public static func nothing(at time: SavingTime) -> Self {
            Self(site: SavedSite(), time: time, restart: .otherBoot, doubts: [], isNew: true)
        }
    }

    private enum Reading {
        case missing
        case unreadable(String)
        case whole(SavedSiteText)
    }

    /// Reads the state, and makes the directory where it is missing.
    public mutating func load(_ interlocks: InterlockSettings, now: SavingTime) throws(NoDirectory) -> Found {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw NoDirectory()
        }
        let names = ["state-a", "state-b"]
        let readings = names.map { read($0) }
        var damages: [String] = []
        for (name, reading) in zip(names, readings) {
            if case .unreadable(let reason) = reading { damages.append("\(path(name)) \(reason)") }
        }
        let texts = readings.compactMap { if case .whole(let text) = $0 { text } else { nil } }
        if let newest = texts.max(by: { $0.sequence < $1.sequence }) {
            sequence = newest.sequence
            var found = Found(
                site: newest.site, time: newest.time, restart: newest.time.restart(now: now),
                doubts: [], isNew: false)
            found.notes = damages.map { "\($0); the other one is whole and serves" }
            if let doubt = newest.doubt { found.notes.append("\(doubt): control goes on as after a trip") }
            return judged(found, interlocks)
        }
        if damages.isEmpty, let found = LatchFile(directory: directory).load(interlocks) {
            return judged(
                Found(
                    site: SavedSite(latched: found.latched), time: now, restart: .otherBoot,
                    doubts: [found.doubt].compactMap { $0 }, isNew: false), interlocks)
        }
        let others = Set((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
        if others.subtracting([Self.claimName]).isEmpty { return .nothing(at: now) }
        if damages.isEmpty { damages = ["\(path("state-a")) and state-b are missing beside other files"] }
        var site = SavedSite(latched: InterlockMachine.allLatches(interlocks))
        // Whoever works at a charger has locked it, and the lock may be lost with the rest.
        site.locks[SavedSite.unknownLock] = .unread
        return Found(site: site, time: now, restart: .otherBoot, doubts: damages, isNew: false)
    }

    /// A latch of a name that the site file does not know counts as all of them. Where there is none that could be
    /// reset, it stays under its name.
    private func judged(_ found: Found, _ interlocks: InterlockSettings) -> Found {
        var found = found
        let all = InterlockMachine.allLatches(interlocks)
        let unknown = Self.unknownLatches(found.site.latched, interlocks)
        guard let first = unknown.min() else { return found }
        if !all.isEmpty { found.site.latched = found.site.latched.subtracting(unknown).union(all) }
        found.doubts.append("the saved state holds the latch “\(first)”, which the site file does not know")
        return found
    }

    /// The latches that no button of the site can reset.
    public static func unknownLatches(_ latched: Set<String>, _ interlocks: InterlockSettings) -> Set<String> {
        let hasContacts = !interlocks.contacts.isEmpty || !interlocks.permits.isEmpty
        return hasContacts ? latched.subtracting(InterlockMachine.latchNames(interlocks)) : latched
    }

    // MARK: One process

    private static let claimName = "lock"

    /// Whether this process has the directory to itself, until it ends.
    public enum Claim: Sendable, Equatable {
        case held
        /// Another process has it.
        case taken
        /// No file can be made there.
        case impossible
    }

    /// Takes the directory for this process, and makes it where it is missing.
    public func claim() -> Claim {
        try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = unsafe open(path(Self.claimName), O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { return .impossible }
        DurableFile.give(file, toOwnerOf: directory)
        // It stays open for as long as the process lives.
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return .held }
        close(file)
        return .taken
    }

    private func path(_ name: String) -> String { directory + "/" + name }

    private func read(_ name: String) -> Reading {
        guard FileManager.default.fileExists(atPath: path(name)) else { return .missing }
        guard let text = try? String(contentsOfFile: path(name), encoding: .utf8) else {
            return .unreadable("can't be read")
        }
        do throws(SavedSiteText.Damaged) {
            return .whole(try SavedSiteText(reading: text))
        } catch {
            return .unreadable("is damaged")
        }
    }

    /// Saves a state, and returns the reason when that fails. What could not be written is not begun in the other file.
    public mutating func save(_ site: SavedSite, at time: SavingTime) -> String? {
        let isNew =
            lastWritten.map { $0.latched != site.latched || $0.arming != site.arming || $0.locks != site.locks } ?? true
        for _ in 0..<(isNew ? 2 : 1) {
            let next = SavedSiteText(sequence: sequence + 1, time: time, site: site)
            let name = next.sequence % 2 == 1 ? "state-a" : "state-b"
            keepUnreadable(name)
            if let reason = DurableFile.write(next.text, to: path(name), owner: directory) { return reason }
            sequence += 1
        }
        guard isNew else { return nil }
        if let reason = DurableFile.write("state is kept here\n", to: path(Self.mark), owner: directory) {
            return reason
        }
        _ = unsafe unlink(path(LatchFile.name))
        DurableFile.settle(directory)
        lastWritten = (site.latched, site.arming, site.locks)
        return nil
    }

    /// What this version can't read may be read by another: it is put aside and not overwritten.
    private func keepUnreadable(_ name: String) {
        guard lastWritten == nil, case .unreadable = read(name) else { return }
        _ = unsafe rename(path(name), path(name + ".unreadable"))
    }

    // MARK: Starts that crash

    /// Counts a start, and returns how many before it have ended too soon in a row.
    public func beginStart() -> Int {
        let text = (try? String(contentsOfFile: path(Self.starts), encoding: .utf8)) ?? ""
        let failed = min(1_000, max(0, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0))
        _ = DurableFile.write("\(failed + 1)\n", to: path(Self.starts), owner: directory)
        return failed
    }

    /// This start has lasted, or has ended in order.
    public func endStart() { _ = unsafe unlink(path(Self.starts)) }
}
