import Foundation
import FrequencyResponse
import Interlocks
import TestSupport
import Testing

@testable import Journal

@Suite("State files")
struct StateFilesTests {
    private static let settings = InterlockSettings(
        contacts: [
            ContactSettings(
                name: "estop", role: .interlock(.stopNow, trips: nil, latches: true), closedIsHigh: false,
                debounce: .zero),
            ContactSettings(
                name: "door", role: .interlock(.stop, trips: nil, latches: false), closedIsHigh: false, debounce: .zero),
        ], permits: [], chargerCount: 1)

    private static func time(_ seconds: Int64, boot: String? = "one") -> SavingTime {
        SavingTime(boot: boot, instant: Instant(nanoseconds: 1_000_000_000 * seconds))
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func load(_ folder: String, at seconds: Int64 = 100, boot: String? = "one") throws -> StateFiles.Found {
        var files = StateFiles(directory: folder)
        return try files.load(Self.settings, now: Self.time(seconds, boot: boot))
    }

    private func save(_ folder: String, _ sites: [SavedSite], at seconds: Int64 = 90) throws {
        var files = StateFiles(directory: folder)
        _ = try files.load(Self.settings, now: Self.time(seconds))
        for site in sites { #expect(files.save(site, at: Self.time(seconds)) == nil) }
    }

    private func site(_ latched: Set<String>, throughput: Double = 0) -> SavedSite {
        var site = SavedSite(
            latched: latched, arming: Arming(isArmed: true, by: "anna", at: "2026-11-28T10:00:00Z", siteFile: "1a-20"))
        site.law = SavedState.blank
        site.locks = [
            "bay 1.left": BayLock(reason: "cable\tand plug\nreplaced", by: "anna b", at: "2026-11-28T10:00:00Z")
        ]
        var charger = SavedCharger.blank
        charger.throughput = WattHours(throughput)
        site.chargers = ["bay 1.left": charger]
        return site
    }

    @Test("an empty folder is a first start, and what was saved comes back")
    func roundTrip() throws {
        try withFolder { folder in
            let path = folder + "/state"
            let first = try load(path)
            #expect(first.isNew && first.site.latched.isEmpty && first.doubts.isEmpty)
            try save(path, [site([]), site(["estop"], throughput: 0.1 + 0.2)])
            let found = try load(path)
            #expect(!found.isNew && found.doubts.isEmpty && found.site.latched == ["estop"])
            #expect(found.restart == .sameBoot(away: .seconds(10)))
            #expect(found.site.arming == site([]).arming)
            #expect(found.site.chargers["bay 1.left"]?.throughput.value == 0.1 + 0.2)
            #expect(found.site.law != nil)
            #expect(
                found.site.locks == [
                    "bay 1.left": BayLock(reason: "cable and plug replaced", by: "anna b", at: "2026-11-28T10:00:00Z")
                ])
        }
    }

    @Test("another boot, a clock that ran back, and a boot without a name are no same boot")
    func boots() throws {
        try withFolder { folder in
            try save(folder, [site([])])
            #expect(try load(folder, boot: "two").restart == .otherBoot)
            #expect(try load(folder, at: 80).restart == .otherBoot)
            #expect(try load(folder, boot: nil).restart == .otherBoot)
            #expect(try load(folder, at: 90).restart == .sameBoot(away: .zero))
        }
    }

    @Test("one file cut anywhere: the other one serves, with the latches of the newest")
    func cutFile() throws {
        try withFolder { folder in
            for name in ["state-a", "state-b"] {
                try save(folder, [site([]), site(["estop"]), site(["estop"], throughput: 5)])
                let path = folder + "/" + name
                let whole = try String(contentsOfFile: path, encoding: .utf8)
                for length in stride(from: 0, to: whole.count - 1, by: 7) {
                    try String(whole.prefix(length)).write(toFile: path, atomically: false, encoding: .utf8)
                    let found = try load(folder)
                    #expect(
                        found.site.latched == ["estop"] && found.notes.count == 1 && found.doubts.isEmpty,
                        "\(name) cut to \(length)")
                }
                try whole.write(toFile: path, atomically: false, encoding: .utf8)
            }
        }
    }

    @Test("both files damaged or missing beside the mark: every latch, a lock of all, and no state of the law")
    func unknown() throws {
        let damages: [(String) throws -> Void] = [
            { folder in
                for name in ["state-a", "state-b"] {
                    try "droopd state\n".write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
                }
            },
            { folder in
                for name in ["state-a", "state-b"] { try FileManager.default.removeItem(atPath: folder + "/" + name) }
            },
            { folder in
                for name in ["state-a", "state-b"] {
                    let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
                    try text.replacingOccurrences(of: "latched", with: "Latched").replacingOccurrences(
                        of: "armed yes", with: "armed no"
                    ).write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
                }
            },
        ]
        for damage in damages {
            try withFolder { folder in
                try save(folder, [site([])])
                try damage(folder)
                let found = try load(folder)
                #expect(found.site.latched == ["estop"] && found.site.law == nil && !found.doubts.isEmpty)
                #expect(found.site.arming == nil && !found.isNew && found.restart == .otherBoot)
                #expect(Set(found.site.locks.keys) == [SavedSite.unknownLock])
            }
        }
    }

    @Test("a field of control that is missing, unknown or no number, or another version: the rest is read all the same")
    func fields() throws {
        let text = SavedSiteText(sequence: 3, time: Self.time(5), site: site(["estop"])).text
        let whole = try SavedSiteText(reading: text)
        #expect(whole.site.law != nil)
        let lines = text.components(separatedBy: "\n").dropLast(2)
        func read(_ lines: [String]) throws -> SavedSiteText {
            let body = lines.joined(separator: "\n") + "\n"
            return try SavedSiteText(reading: body + "crc32 \(SavedSiteText.checksum(body))\n")
        }
        let control = ["law.", "charger.", "control_version"]
        for (index, line) in lines.enumerated() where control.contains(where: { line.hasPrefix($0) }) {
            for changed in ["", line + "x", "law.unknown 1\n" + line] {
                var edited = Array(lines)
                if changed.isEmpty { edited.remove(at: index) } else { edited[index] = changed }
                let found = try read(edited)
                #expect(found.site.law == nil && found.site.chargers.isEmpty && found.doubt != nil, "\(changed)")
                #expect(found.site.latched == ["estop"] && found.site.locks.count == 1 && found.site.arming != nil)
            }
        }
    }

    @Test("a latch that the site file does not know holds every latch: a contact was renamed, not reset")
    func renamed() throws {
        try withFolder { folder in
            try save(folder, [site(["emergency_stop", "not armed"])])
            let found = try load(folder)
            #expect(found.site.latched == ["estop", "not armed"] && found.doubts.count == 1)
        }
    }

    @Test("the latches of the versions before are taken over, and their file is removed once they are saved")
    func migration() throws {
        try withFolder { folder in
            let path = folder + "/latches"
            try "latches are kept here\n".write(toFile: folder + "/installed", atomically: false, encoding: .utf8)
            try "droopd latches 1\nestop\nend\n".write(toFile: path, atomically: false, encoding: .utf8)
            var files = StateFiles(directory: folder)
            let found = try files.load(Self.settings, now: Self.time(1))
            #expect(found.site.latched == ["estop"] && found.doubts.isEmpty && !found.isNew)
            #expect(files.save(found.site, at: Self.time(1)) == nil)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try load(folder).site.latched == ["estop"])
            for text in ["droopd latches 1\nes", "droopd latches 1\nemergency\nend\n", ""] {
                for name in ["state-a", "state-b"] { try FileManager.default.removeItem(atPath: folder + "/" + name) }
                try text.write(toFile: path, atomically: false, encoding: .utf8)
                #expect(try load(folder).site.latched == ["estop"], "\(text)")
                try save(folder, [site([])])
            }
        }
    }

    @Test("what this version can't read is put aside, not overwritten")
    func keepsUnreadable() throws {
        try withFolder { folder in
            try save(folder, [site([])])
            try "of the future\n".write(
                toFile: folder + "/state-a", atomically: false, encoding: .utf8)
            try save(folder, [site(["estop"]), site(["estop"])])
            let kept = try String(contentsOfFile: folder + "/state-a.unreadable", encoding: .utf8)
            #expect(kept == "of the future\n")
            #expect(try load(folder).site.latched == ["estop"])
        }
    }

    @Test("what can't be saved is said, and the next attempt does not touch the file that is whole")
    func unsaved() throws {
        var nowhere = StateFiles(directory: "/dev/null/none")
        #expect(nowhere.save(site([]), at: Self.time(1)) != nil)
        try withFolder { folder in
            var files = StateFiles(directory: folder)
            #expect(files.save(site(["estop"]), at: Self.time(1)) == nil)
            // The next file can't be opened.
            try FileManager.default.removeItem(atPath: folder + "/state-a")
            try FileManager.default.createDirectory(atPath: folder + "/state-a", withIntermediateDirectories: false)
            for _ in 0..<3 { #expect(files.save(site(["estop"], throughput: 1), at: Self.time(2)) != nil) }
            #expect(try load(folder).site.latched == ["estop"])
        }
    }

    @Test("starts that end too soon are counted until one lasts")
    func starts() throws {
        try withFolder { folder in
            let files = StateFiles(directory: folder)
            for count in 0..<3 { #expect(files.beginStart() == count) }
            files.endStart()
            #expect(files.beginStart() == 0)
            for (text, count) in [("what", 0), ("9223372036854775807", 1_000), ("-5", 0)] {
                try text.write(toFile: folder + "/starts", atomically: false, encoding: .utf8)
                #expect(files.beginStart() == count)
            }
        }
    }

    @Test(
        "what root saves belongs to whom the directory does, so that the daemon can read it",
        .enabled(if: geteuid() == 0))
    func owner() throws {
        try withFolder { folder in
            #expect(chown(folder, 65_534, 65_534) == 0)
            try save(folder, [site(["estop"])])
            for name in ["state-a", "state-b", "installed"] {
                let owner =
                    try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.ownerAccountID] as? NSNumber
                #expect(owner == 65_534, "\(name)")
            }
        }
    }

    @Test("a latch of a contact that a site without contacts had stays under its name, for a person to clear")
    func obsolete() throws {
        try withFolder { folder in
            try save(folder, [site(["estop"])])
            let none = InterlockSettings(contacts: [], permits: [], chargerCount: 1)
            var files = StateFiles(directory: folder)
            let found = try files.load(none, now: Self.time(100))
            #expect(found.site.latched == ["estop"] && found.doubts.count == 1)
            #expect(StateFiles.unknownLatches(found.site.latched, none) == ["estop"])
            #expect(StateFiles.unknownLatches(["estop"], Self.settings).isEmpty)
        }
    }

    @Test("a link in the directory leads no write elsewhere")
    func links() throws {
        try withFolder { folder in
            let other = folder + "/other"
            try "keep".write(toFile: other, atomically: false, encoding: .utf8)
            let state = folder + "/state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
            var files = StateFiles(directory: state)
            #expect(files.save(site(["estop"]), at: Self.time(1)) == nil)
            for isSymbolic in [true, false] {
                for name in ["state-a", "state-b"] {
                    try FileManager.default.removeItem(atPath: state + "/" + name)
                    if isSymbolic {
                        try FileManager.default.createSymbolicLink(
                            atPath: state + "/" + name, withDestinationPath: other)
                    } else {
                        try FileManager.default.linkItem(atPath: other, toPath: state + "/" + name)
                    }
                }
                for _ in 0..<2 { #expect(files.save(site(["estop"]), at: Self.time(2)) != nil) }
            }
            #expect(try String(contentsOfFile: other, encoding: .utf8) == "keep")
        }
    }

    @Test("a directory belongs to one holder at a time")
    func claims() throws {
        try withFolder { folder in
            #expect(StateFiles(directory: folder).claim() == .held)
            #expect(StateFiles(directory: folder).claim() == .taken)
            #expect(StateFiles(directory: "/proc/none").claim() == .impossible)
            // The claim alone makes no installation.
            let found = try load(folder)
            #expect(found.isNew)
        }
    }

    @Test("locks hold their chargers, and one of an unknown name holds all")
    func heldLocks() {
        let lock = BayLock(reason: "work", by: "anna", at: "now")
        #expect([String: BayLock]().indices(of: ["a", "b"]).isEmpty)
        #expect(["b": lock].indices(of: ["a", "b"]) == [1])
        #expect(["b": lock, "old": lock].indices(of: ["a", "b"]) == [0, 1])
        #expect(["b": lock, "old": lock].unknown(["a", "b"]) == ["old"])
    }

    @Test("a shorter state replaces a longer one in the same file")
    func shorter() throws {
        try withFolder { folder in
            var long = site(["estop"])
            for index in 0..<40 { long.chargers["bay-\(index)"] = SavedCharger.blank }
            try save(folder, [long, site([])])
            let found = try load(folder)
            #expect(found.site.latched.isEmpty && found.site.chargers.count == 1 && found.notes.isEmpty)
        }
    }
}
