import Foundation
import FrequencyResponse
import Interlocks
import TestSupport
import Testing

@testable import Journal

@Suite("Restart")
struct RestartTests {
    /// What the state files of a folder hold now, as a start on this boot of the machine would read it.
    private static func saved(_ folder: String) -> SavedSiteText? {
        ["/state-a", "/state-b"].compactMap { name in
            (try? String(contentsOfFile: folder + name, encoding: .utf8)).flatMap {
                try? SavedSiteText(reading: $0)
            }
        }.max { $0.sequence < $1.sequence }
    }

    private static func start(_ depot: Depot, state: String) throws -> RunningProgram {
        try RunningProgram([
            "run", "--config", depot.config, "--profiles", TestData.profiles, "--state", state, "--arm", "--sockets",
            state,
        ])
    }

    /// A depot that has to wait for ten minutes until it may enter service.
    private static func waitingDepot() throws -> Depot {
        let depot = try Depot()
        let text = try String(contentsOfFile: depot.config, encoding: .utf8)
        try (text + "grid_code: { kind: as-nzs-4777, enter_service: { delay: 600 s } }\n")
            .write(toFile: depot.config, atomically: true, encoding: .utf8)
        return depot
    }

    @Test("killed in the wait to enter service: the same boot goes on, another waits anew")
    func enterService() throws {
        let depot = try Self.waitingDepot()
        let state = try TestData.temporaryFolder()
        defer {
            depot.close()
            try? FileManager.default.removeItem(atPath: state)
        }
        func waited() -> Interval? {
            guard let code = Self.saved(state)?.site.law?.gridCode, code.standing == .waiting else { return nil }
            return code.lasted
        }
        let first = try Self.start(depot, state: state)
        #expect(eventually(within: 40) { (waited() ?? .zero) > .seconds(5) }, "\(first.output)")
        first.signal(SIGKILL)
        _ = first.ended(within: 5)
        let before = try #require(waited())
        let sequence = try #require(Self.saved(state)?.sequence)

        let second = try Self.start(depot, state: state)
        #expect(eventually(within: 20) { (Self.saved(state)?.sequence ?? 0) > sequence + 3 && waited() != nil })
        #expect(try #require(waited()) >= before)
        #expect(second.output.contains("s old; it goes on"), "\(second.output)")
        second.signal(SIGKILL)
        _ = second.ended(within: 5)

        // The same files, of another start of the machine.
        var text = try #require(Self.saved(state))
        text.time.boot = "another"
        text.sequence += 2
        try text.text.write(
            toFile: state + (text.sequence % 2 == 1 ? "/state-a" : "/state-b"), atomically: false, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: state + "/starts")
        let third = try Self.start(depot, state: state)
        #expect(eventually(within: 20) { waited().map { $0 < before } ?? false }, "\(third.output)")
        #expect(third.output.contains("waits begin anew"), "\(third.output)")
        third.signal(SIGTERM)
        #expect(third.ended(within: 30) == 0)
        // Ended in order: the next start is none after a crash.
        #expect(!FileManager.default.fileExists(atPath: state + "/starts"))
    }

    @Test("after two early crashes the third start goes on without the state of control")
    func crashLoop() throws {
        let depot = try Self.waitingDepot()
        let state = try TestData.temporaryFolder()
        defer {
            depot.close()
            try? FileManager.default.removeItem(atPath: state)
        }
        for number in 1...3 {
            let daemon = try Self.start(depot, state: state)
            let written = Self.saved(state)?.sequence ?? 0
            #expect(eventually(within: 20) { (Self.saved(state)?.sequence ?? 0) > written + 2 }, "\(daemon.output)")
            #expect(daemon.output.contains("the last 2 starts ended within 60 s") == (number == 3), "\(daemon.output)")
            daemon.signal(SIGKILL)
            _ = daemon.ended(within: 5)
        }
    }

    @Test("one state directory for two sites: the second is refused")
    func oneProcess() throws {
        let depots = [try Depot(), try Depot()]
        let state = try TestData.temporaryFolder()
        defer {
            for depot in depots { depot.close() }
            try? FileManager.default.removeItem(atPath: state)
        }
        let first = try Self.start(depots[0], state: state)
        #expect(eventually(within: 20) { Self.saved(state)?.site.law != nil })
        let second = try Self.start(depots[1], state: state + "/../" + (state as NSString).lastPathComponent)
        #expect(second.ended(within: 20) == 69)
        #expect(second.output.contains("another droopd uses it"), "\(second.output)")
        first.signal(SIGTERM)
        #expect(first.ended(within: 30) == 0)
    }

    @Test("a state directory that can't be written: a site without contacts runs")
    func unwritable() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try Self.start(depot, state: "/proc/none")
        #expect(eventually(within: 20) { daemon.output.contains("state is not saved") }, "\(daemon.output)")
        #expect(eventually(within: 20) { daemon.output.contains("state: armed") }, "\(daemon.output)")
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }
}
