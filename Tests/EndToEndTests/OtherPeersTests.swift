import Foundation
import TestSupport
import Testing

/// The built daemon against a server that was written with another library.
@Suite("Daemon against pymodbus", .serialized, .timeLimit(.minutes(15)))
struct OtherPeersTests {
    /// A site of one SDM630 and two Quasars at an address; 10 kW of Dynamic Containment.
    static func siteFile(address: String, port: Int, meter: String? = nil) -> String {
        """
        site: { name: Peer site, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
        service: { kind: gb-dynamic-containment, direction: both, capacity: 10 kW }
        meters:
          - { name: pcc, profile: eastron-sdm630, connection: "tcp://\(meter ?? "\(address):\(port)")", \
          poll_interval: 50 ms }
        chargers:
          - { name: bay-1, profile: wallbox-quasar, connection: "tcp://\(address):\(port + 1)", charge_limit: 7.4 kW, \
          discharge_limit: 7.4 kW, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }
          - { name: bay-2, profile: wallbox-quasar, connection: "tcp://\(address):\(port + 2)", charge_limit: 7.4 kW, \
          discharge_limit: 7.4 kW, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }

        """
    }

    private static func setpoints(_ peers: RunningProgram) -> [Int] {
        let values = (peers.ask("registers") ?? "").split(separator: " ").compactMap { Int($0) }
        guard values.count == 8 else { return [] }
        return [values[3], values[7]].map { $0 > 32_767 ? $0 - 65_536 : $0 }
    }

    @Test(
        "frequency stepped to 49.6 Hz, to 50.4 Hz and back: register 260 of both Quasars gets the right watts",
        .enabled(if: BuiltProgram.hasPymodbus, "Debian's python3-pymodbus is not installed"))
    func steps() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 3)
        let peers = try RunningProgram(
            BuiltProgram.python, [BuiltProgram.helpers + "pymodbus_site.py", "127.0.0.1", "\(port)"])
        #expect(eventually(within: 20) { peers.output.contains("serving") })
        try Self.siteFile(address: "127.0.0.1", port: port).write(
            toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
        let daemon = try RunningProgram(["run", "--config", folder + "/site.yaml", "--profiles", TestData.profiles])
        #expect(
            eventually(within: 20) {
                daemon.output.contains("state: armed") && daemon.output.contains("bay-2: under control")
                    && daemon.output.contains("bay-1: under control")
            })
        // Remote control, power setpoints, and the timeout of 2 s.
        #expect(peers.ask("registers") == "1 1 2 0 1 1 2 0")

        // The meter's float shows 49.6 as 49.59999847 Hz.
        let share = 0.05 + 0.95 * (Double(50 - Double(Float(49.6))) - 0.2) / 0.3
        #expect(peers.ask("frequency 49.6") == "set")
        #expect(eventually(within: 10) { Self.setpoints(peers).reduce(0, +) == -Int((10_000 * share).rounded()) })
        #expect(Self.setpoints(peers).allSatisfy { $0 < -3_000 })

        #expect(peers.ask("frequency 50.4") == "set")
        #expect(eventually(within: 10) { abs(Self.setpoints(peers).reduce(0, +) - 6_833) <= 1 })
        #expect(Self.setpoints(peers).allSatisfy { $0 > 3_000 })

        #expect(peers.ask("frequency 50.0") == "set")
        #expect(eventually(within: 10) { Self.setpoints(peers) == [0, 0] })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test(
        """
        a device whose registers are wrong for its profile is refused at start with the reason, and nothing is ever \
        written to it
        """,
        .enabled(if: BuiltProgram.hasPymodbus, "Debian's python3-pymodbus is not installed"))
    func wrongProfile() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 3)
        let peers = try RunningProgram(
            BuiltProgram.python, [BuiltProgram.helpers + "pymodbus_site.py", "127.0.0.1", "\(port)"])
        #expect(eventually(within: 20) { peers.output.contains("serving") })
        // The first Quasar is said to be an EVTEC station, whose register 36 counts its connectors.
        try Self.siteFile(address: "127.0.0.1", port: port).replacingOccurrences(
            of: "name: bay-1, profile: wallbox-quasar",
            with: "name: bay-1, grid_protection: external, profile: evtec-bidipro"
        ).write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
        let daemon = try RunningProgram(["run", "--config", folder + "/site.yaml", "--profiles", TestData.profiles])
        #expect(
            eventually(within: 20) {
                daemon.output.contains(
                    "bay-1: refused: its registers hold values that a device of its profile never shows")
                    && daemon.output.contains("bay-2: under control")
            }, "\(daemon.output)")
        #expect(peers.ask("frequency 49.5") == "set")
        #expect(eventually(within: 10) { Self.setpoints(peers).last ?? 0 < -5_000 })
        #expect(peers.ask("writes 0") == "0")
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test(
        "the network cut with a write in flight and healed after 10 s: the old value never arrives",
        .enabled(
            if: BuiltProgram.hasPymodbus && NetworkBench.isPossible,
            "needs root, network namespaces and python3-pymodbus"))
    func networkCut() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let network = try NetworkBench()
        defer { network.remove() }
        let port = FreePorts.first(of: 3)
        // The meter stays on this side, so that setpoints go on changing while the chargers are cut off.
        let meter = try RunningProgram(
            BuiltProgram.python, [BuiltProgram.helpers + "pymodbus_site.py", "127.0.0.1", "\(port)"])
        let chargers = try RunningProgram(
            "/usr/sbin/ip",
            [
                "netns", "exec", network.namespace, BuiltProgram.python, BuiltProgram.helpers + "pymodbus_site.py",
                network.inside, "\(port)",
            ])
        #expect(eventually(within: 20) { meter.output.contains("serving") && chargers.output.contains("serving") })
        try Self.siteFile(address: network.inside, port: port, meter: "127.0.0.1:\(port)")
            .write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
        let daemon = try RunningProgram(["run", "--config", folder + "/site.yaml", "--profiles", TestData.profiles])
        #expect(
            eventually(within: 20) {
                daemon.output.contains("state: armed") && daemon.output.contains("bay-2: under control")
                    && daemon.output.contains("bay-1: under control")
            })
        #expect(meter.ask("frequency 49.7") == "set")
        #expect(eventually(within: 10) { Self.setpoints(chargers).reduce(0, +) < -3_000 })
        let seenBefore = (chargers.ask("writes 0") ?? "").split(separator: " ").count

        // The cable goes, and in the same moment a new setpoint: its write is in flight when nobody answers any more.
        try network.setCable(up: false)
        #expect(meter.ask("frequency 49.5") == "set")
        usleep(2_000_000)
        // In band again: from here on every value but zero power is an old one.
        #expect(meter.ask("frequency 50.0") == "set")
        usleep(8_000_000)
        try network.setCable(up: true)
        #expect(eventually(within: 20) { daemon.output.components(separatedBy: "bay-1: under control").count > 2 })
        usleep(8_000_000)
        let writes = (chargers.ask("writes 0") ?? "").split(separator: " ").compactMap { Int($0) }
        let after = writes.dropFirst(seenBefore)
        // Written before the cut and acknowledged late is what the charger had anyway; -5,000 W and its ramp are not.
        #expect(!after.contains { $0 < -2_500 }, "after the cut the charger got \(Array(after))")
        #expect(Self.setpoints(chargers) == [0, 0])
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }
}

/// A network namespace and a pair of virtual cables into it.
struct NetworkBench {
    let namespace = "droopd-\(getpid())"
    let inside = "198.51.100.2"
    private var outer: String { "droopd\(getpid() % 100_000)" }

    static var isPossible: Bool {
        guard BuiltProgram.isRoot else { return false }
        let name = "droopd-try-\(getpid())"
        defer { _ = try? BuiltProgram.run("/usr/sbin/ip", ["netns", "del", name]) }
        return (try? BuiltProgram.run("/usr/sbin/ip", ["netns", "add", name]).status) == 0
    }

    init() throws {
        try ip("netns", "add", namespace)
        try ip("link", "add", outer, "type", "veth", "peer", "name", "bench", "netns", namespace)
        try ip("addr", "add", "198.51.100.1/24", "dev", outer)
        try ip("link", "set", outer, "up")
        try ip("-n", namespace, "addr", "add", inside + "/24", "dev", "bench")
        try ip("-n", namespace, "link", "set", "bench", "up")
        try ip("-n", namespace, "link", "set", "lo", "up")
    }

    /// Pulls the cable out at the far end, or puts it back.
    func setCable(up: Bool) throws { try ip("-n", namespace, "link", "set", "bench", up ? "up" : "down") }

    func remove() { _ = try? BuiltProgram.run("/usr/sbin/ip", ["netns", "del", namespace]) }

    private func ip(_ arguments: String...) throws {
        let outcome = try BuiltProgram.run("/usr/sbin/ip", arguments)
        guard outcome.status == 0 else { throw BenchError(text: outcome.errors) }
    }

    struct BenchError: Error { var text: String }
}
