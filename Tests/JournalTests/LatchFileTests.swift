import ControlLoop
import Foundation
import FrequencyResponse
import GPIO
import Interlocks
import TestSupport
import Testing

@testable import Journal

@Suite("The latch file")
struct LatchFileTests {
    private static let settings = InterlockSettings(
        contacts: [
            ContactSettings(
                name: "estop", role: .interlock(.stopNow, trips: nil, latches: true), closedIsHigh: false,
                debounce: .zero),
            ContactSettings(
                name: "door", role: .interlock(.stop, trips: nil, latches: false), closedIsHigh: false, debounce: .zero),
        ], permits: [], chargerCount: 1)

    @Test(
        """
        an empty folder starts unlatched, a file that was saved gives back what it holds, and one that is missing or \
        damaged holds every latch
        """
    )
    func doubt() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = LatchFile(directory: folder + "/state")
        let path = folder + "/state/latches"
        #expect(try file.load(Self.settings).latched.isEmpty)
        #expect(file.save([]) == nil)
        #expect(try file.load(Self.settings).latched.isEmpty)
        #expect(file.save(["estop", "not armed"]) == nil)
        #expect(try file.load(Self.settings).latched == ["estop", "not armed"])
        #expect(try file.load(Self.settings).doubt == nil)
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        for length in [0, 5, whole.count / 2, whole.count - 2] {
            try String(whole.prefix(length)).write(toFile: path, atomically: false, encoding: .utf8)
            let found = try file.load(Self.settings)
            #expect(found.latched == ["estop"] && found.doubt != nil, "cut to \(length)")
        }
        // Whoever deletes it has not reset an emergency stop.
        #expect(file.save(["estop"]) == nil)
        try FileManager.default.removeItem(atPath: path)
        #expect(try file.load(Self.settings).latched == ["estop"])
        #expect(file.save([]) == nil)
        #expect(try file.load(Self.settings).latched.isEmpty)
    }

    @Test(
        """
        a latch under a name that the site file does not know any more holds every latch: a contact was renamed, not \
        reset
        """
    )
    func renamed() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = LatchFile(directory: folder)
        #expect(file.save(["emergency_stop", "not armed"]) == nil)
        let found = try file.load(Self.settings)
        #expect(found.latched == ["estop", "not armed"] && found.doubt != nil)
    }

    @Test("what can't be saved is told")
    func unsaved() {
        #expect(LatchFile(directory: "/dev/null/none").save(["estop"]) != nil)
    }

    @Test("lines that can't be had: the latches are not even looked at, since who has the lines may be latching")
    func linesFirst() {
        let asked = Locked(0)
        let plan = GPIOPlan(
            settings: Self.settings, outputs: OutputPlan(), rules: PermitRules(stopDeadline: .seconds(15)),
            latched: {
                asked.withLock { $0 += 1 }
                return []
            }
        ) { _ in throw LineRefusal.taken(by: "droopd") }
        #expect(throws: LineRefusal.taken(by: "droopd")) {
            _ = try GPIOThread(plan, mailboxes: Mailboxes(chargerCount: 1, meterCount: 1))
        }
        #expect(asked.withLock { $0 } == 0)
    }

    @Test(
        "what root saves belongs to whom the directory does, so that the daemon can read it",
        .enabled(if: geteuid() == 0))
    func owner() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(chown(folder, 65_534, 65_534) == 0)
        #expect(LatchFile(directory: folder).save(["estop"]) == nil)
        for name in ["latches", "installed"] {
            let owner =
                try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.ownerAccountID] as? NSNumber
            #expect(owner == 65_534, "\(name)")
        }
    }
}
