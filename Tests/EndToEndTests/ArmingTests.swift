import Foundation
import FrequencyResponse
import SimulationServer
import TestSupport
import Testing

@Suite("Arming and other acts of persons")
struct ArmingTests {
    private struct Bench {
        let depot: Depot
        let folder: String

        init() throws {
            depot = try Depot()
            folder = try TestData.temporaryFolder()
        }

        func close() {
            depot.close()
            try? FileManager.default.removeItem(atPath: folder)
        }

        func start(_ more: String...) throws -> RunningProgram {
            try RunningProgram(
                [
                    "run", "--config", depot.config, "--profiles", TestData.profiles, "--state", folder, "--sockets",
                    folder,
                ] + more)
        }

        func act(_ words: String...) throws -> BuiltProgram.Outcome {
            try BuiltProgram.run(BuiltProgram.path, words + ["--sockets", folder])
        }
    }

    private static func end(_ daemon: RunningProgram) {
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0, "\(daemon.output)")
    }

    @Test("armed by a person, over a restart, until the site file is changed")
    func intent() throws {
        let bench = try Bench()
        defer { bench.close() }
        let first = try bench.start()
        #expect(eventually(within: 20) { first.output.contains("state: standby") }, "\(first.output)")
        #expect(first.output.contains("no one has armed this site yet"))
        #expect(!first.output.contains("state: armed"))
        let armed = try bench.act("arm")
        #expect(armed.status == 0 && armed.output == "armed.\n", "\(armed)")
        #expect(eventually(within: 5) { first.output.contains("state: armed") }, "\(first.output)")
        first.signal(SIGKILL)
        _ = first.ended(within: 5)

        let second = try bench.start()
        #expect(eventually(within: 20) { second.output.contains("state: armed") }, "\(second.output)")
        #expect(second.output.contains("armed by "))
        #expect(try bench.act("disarm").status == 0)
        #expect(eventually(within: 5) { second.output.contains("state: standby") }, "\(second.output)")
        Self.end(second)

        let third = try bench.start()
        #expect(eventually(within: 20) { third.output.contains("state: standby") }, "\(third.output)")
        #expect(third.output.contains("not armed: disarmed by "))
        #expect(try bench.act("arm").status == 0)
        Self.end(third)

        let text = try String(contentsOfFile: bench.depot.config, encoding: .utf8)
        try text.replacingOccurrences(of: "capacity: 10 kW", with: "capacity: 9 kW").write(
            toFile: bench.depot.config, atomically: true, encoding: .utf8)
        let fourth = try bench.start()
        #expect(eventually(within: 20) { fourth.output.contains("state: standby") }, "\(fourth.output)")
        #expect(fourth.output.contains("the site file or a profile has changed since"), "\(fourth.output)")
        Self.end(fourth)
        let gone = try bench.act("arm")
        #expect(gone.status == 69 && gone.errors.contains("no droopd listens there"), "\(gone)")
    }

    @Test("meters: shown, distrusted and trusted again; a name that is none is refused")
    func meters() throws {
        let bench = try Bench()
        defer { bench.close() }
        let daemon = try bench.start("--arm")
        #expect(eventually(within: 20) { daemon.output.contains("state: armed") }, "\(daemon.output)")
        let shown = try bench.act("meter")
        #expect(shown.status == 0 && shown.output.contains("pcc: ") && shown.output.contains(" Hz, "), "\(shown)")
        let wrong = try bench.act("meter", "distrust", "sun")
        #expect(wrong.status == 69 && wrong.errors.contains("there is no meter “sun”; there is pcc"), "\(wrong)")
        let distrusted = try bench.act("meter", "distrust", "pcc")
        #expect(distrusted.status == 0 && distrusted.output.contains("the only meter"), "\(distrusted)")
        #expect(eventually(within: 5) { daemon.output.contains("state: blocked") }, "\(daemon.output)")
        #expect(eventually(within: 5) { bench.depot.isIdle })
        daemon.signal(SIGKILL)
        _ = daemon.ended(within: 5)
        // It outlives the restart.
        let second = try bench.start("--arm")
        #expect(eventually(within: 20) { second.output.contains("a person distrusts the meter") }, "\(second.output)")
        #expect(try bench.act("meter", "trust", "pcc").status == 0)
        #expect(eventually(within: 10) { second.output.contains("state: armed") }, "\(second.output)")
        Self.end(second)
    }

    @Test("a locked charger stands still, over a crash and a changed name")
    func lock() throws {
        let bench = try Bench()
        defer { bench.close() }
        let daemon = try bench.start("--arm")
        #expect(eventually(within: 20) { daemon.output.contains("state: armed") }, "\(daemon.output)")
        bench.depot.devices.setFrequency(Hertz(49.6))
        #expect(eventually(within: 15) { !bench.depot.devices.commands.contains(.zero) })
        #expect(try bench.act("lock", "bay-1").status == 64)
        let unknown = try bench.act("lock", "bay-9", "--reason", "x")
        #expect(unknown.status == 69 && unknown.errors.contains("there is no charger “bay-9”"), "\(unknown)")
        let locked = try bench.act("lock", "bay-1", "--reason", "cable replaced")
        #expect(locked.status == 0 && locked.output.contains("no lock-out"), "\(locked)")
        #expect(eventually(within: 5) { bench.depot.devices.commands[0] == .zero })
        #expect(eventually(within: 5) { bench.depot.devices.commands[1] != .zero })
        let twice = try bench.act("lock", "bay-1", "--reason", "me too")
        #expect(twice.status == 69 && twice.errors.contains("cable replaced"), "\(twice)")
        let listed = try bench.act("lock")
        #expect(listed.output.hasPrefix("bay-1: locked by ") && listed.output.contains(": cable replaced"), "\(listed)")
        daemon.signal(SIGKILL)
        _ = daemon.ended(within: 5)

        let second = try bench.start()
        #expect(eventually(within: 20) { second.output.contains("state: responding") }, "\(second.output)")
        #expect(second.output.contains("bay-1: locked by "))
        #expect(eventually(within: 15) { bench.depot.devices.commands[1] != .zero })
        #expect(bench.depot.devices.commands[0] == .zero)
        #expect(try bench.act("unlock", "bay-1").status == 0)
        #expect(eventually(within: 15) { bench.depot.devices.commands[0] != .zero }, "\(second.output)")
        let again = try bench.act("unlock", "bay-1")
        #expect(again.status == 69 && again.errors.contains("bay-1 is not locked"), "\(again)")
        // Locked under a name that the site file then changes: it may be any of them.
        #expect(try bench.act("lock", "bay-2", "--reason", "inspection").status == 0)
        Self.end(second)
        let text = try String(contentsOfFile: bench.depot.config, encoding: .utf8)
        try text.replacingOccurrences(of: "bay-2", with: "bay-two").write(
            toFile: bench.depot.config, atomically: true, encoding: .utf8)
        let third = try bench.start("--arm")
        #expect(eventually(within: 20) { third.output.contains("bay-two: under control") }, "\(third.output)")
        #expect(third.output.contains("bay-2: locked, and the site file does not know the name"), "\(third.output)")
        #expect(eventually(within: 10) { third.output.contains("state: blocked") || bench.depot.isIdle })
        #expect(bench.depot.isIdle)
        let freed = try bench.act("unlock", "bay-2")
        #expect(freed.status == 0, "\(freed)")
        #expect(eventually(within: 15) { !bench.depot.isIdle }, "\(third.output)")
        Self.end(third)
    }

    @Test("a folder for sockets that can't be made: the site runs without, and says so")
    func noSockets() throws {
        let bench = try Bench()
        defer { bench.close() }
        let daemon = try RunningProgram([
            "run", "--config", bench.depot.config, "--profiles", TestData.profiles, "--state", bench.folder, "--arm",
            "--sockets", "/proc/none",
        ])
        #expect(eventually(within: 20) { daemon.output.contains("state: armed") }, "\(daemon.output)")
        #expect(daemon.output.contains("can't reach this process"))
        Self.end(daemon)
    }

    @Test("a user who is not in the group is refused", .enabled(if: BuiltProgram.isRoot))
    func otherUser() throws {
        let bench = try Bench()
        defer { bench.close() }
        let daemon = try bench.start("--arm")
        #expect(eventually(within: 20) { daemon.output.contains("state: armed") }, "\(daemon.output)")
        chmod(bench.folder, 0o755)
        let refused = try BuiltProgram.run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import os, socket, sys
                os.setgid(65534); os.setuid(65534)
                try: socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])
                except PermissionError: print("refused")
                """, bench.folder + "/operate.sock",
            ])
        #expect(refused.output == "refused\n", "\(refused)")
        Self.end(daemon)
    }
}
