import Foundation
import FrequencyResponse
import Modbus
import ModbusTransport
import Realtime
import TestSupport
import Testing

/// The running daemon as others see it: as one SunSpec DER.
@Suite("The site to the outside", .serialized, .timeLimit(.minutes(15)))
struct SunSpecServerTests {
    private static let hasClient =
        (try? BuiltProgram.run("/usr/bin/env", ["python3", "-c", "import sunspec2"]).status) == 0

    private static func siteFile(_ folder: String, port: Int, write: String) throws -> String {
        let path = folder + "/site.yaml"
        try """
        site:
          name: Depot Seven
          nominal_frequency: 50 Hz
          nominal_voltage: 230 V
        service:
          { kind: droop, capacity: 10 kW, deadband: 36 mHz, droop: 5 %, response_time: 5 s, recovery_wait: 1 s, \
          recovery_ramp: 100 %/s }
        meters:
          - { name: pcc, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(port)" }
        chargers:
          - name: a
            profile: sunspec-der
            connection: tcp://127.0.0.1:\(port + 1)
            charge_limit: 10 kW
            discharge_limit: 10 kW
            grid_protection: external
            dynamics: { dead_time: 200 ms, ramp: 20 kW/s }
            vehicle: { battery: 40 kWh, minimum_charge: 20 % }
        sunspec: { listen: 127.0.0.1:\(port + 2)\(write) }
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func start(_ site: String) throws -> (RunningProgram, RunningProgram) {
        let bench = try RunningProgram(["simulate", "--config", site, "--profiles", TestData.profiles])
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let daemon = try RunningProgram(["run", "--config", site, "--profiles", TestData.profiles])
        #expect(eventually(within: 15) { daemon.output.contains("state: armed") })
        return (bench, daemon)
    }

    @Test(
        "pysunspec2 finds the site, reads every point, steers 704 and sees it obeyed and reverted",
        .enabled(if: hasClient, "needs pysunspec2 for python3"))
    func pysunspec() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 3)
        let site = try Self.siteFile(folder, port: port, write: ", write: [127.0.0.1]")
        let (bench, daemon) = try Self.start(site)
        defer { bench.signal(SIGKILL) }
        let outcome = try BuiltProgram.run(
            "/usr/bin/env", ["python3", BuiltProgram.helpers + "sunspec_client.py", "\(port + 2)", "-3000", "5"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("models [1, 701, 702, 703, 704, 711, 713, 715]"))
        #expect(outcome.output.contains("points 233"), "\(outcome.output)")
        let seen = outcome.output.split(separator: "\n").compactMap { line -> (Double, Int)? in
            let words = line.split(separator: " ")
            guard words.count > 6, words[2] == "W", let power = Double(words[3]), let enabled = Int(words[5]) else {
                return nil
            }
            return (power, enabled)
        }
        #expect(seen.contains { $0.0 < -2_900 && $0.0 > -3_200 && $0.1 == 1 }, "\(outcome.output)")
        #expect(seen.last.map { abs($0.0) < 200 && $0.1 == 0 } == true, "\(outcome.output)")
        #expect(outcome.output.contains("refused: "))
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 20) == 0)
    }

    @Test(
        "mbpoll reads the simulated meter and the site",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/mbpoll"), "needs mbpoll"))
    func mbpoll() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 3)
        let site = try Self.siteFile(folder, port: port, write: "")
        let (bench, daemon) = try Self.start(site)
        defer { bench.signal(SIGKILL) }
        let der = try BuiltProgram.run(
            "/usr/bin/mbpoll", ["-m", "tcp", "-p", "\(port + 2)", "-r", "40001", "-c", "4", "-1", "127.0.0.1"])
        #expect(
            ["[40001]: \t21365", "[40002]: \t28243", "[40003]: \t1", "[40004]: \t66"].allSatisfy {
                der.output.contains($0)
            },
            "\(der.output)")
        // Register 1439 holds the frequency; mbpoll counts from 1.
        let meter = try BuiltProgram.run(
            "/usr/bin/mbpoll",
            ["-m", "tcp", "-p", "\(port)", "-t", "4:float", "-B", "-r", "1440", "-c", "1", "-1", "127.0.0.1"])
        let shown = meter.output.split(separator: "\n").first { $0.contains("[1440]:") }.flatMap {
            Double($0.split(separator: "\t").last ?? "")
        }
        #expect(shown.map { abs($0 - 50) < 0.2 } == true, "\(meter.output)")
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 20) == 0)
    }

    @Test("nobody writes who is not named, and a client that stops in the middle of a request delays nobody")
    func rights() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 3)
        let site = try Self.siteFile(folder, port: port, write: "")
        let (bench, daemon) = try Self.start(site)
        defer { bench.signal(SIGKILL) }
        func now() -> Int64 { LiveClock.now().nanoseconds }
        // Half a request, and then nothing.
        let slow = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port + 2).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let joined = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(slow, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(joined == 0)
        _ = send(slow, [0, 1, 0, 0, 0], 5, 0)
        var client = ModbusClient(.tcp(host: "127.0.0.1", port: UInt16(port + 2)), mayWrite: true)!
        try client.connect(timeout: 1_000_000_000)
        for _ in 0..<50 {
            let block = try client.perform(
                .read(.holding, address: 40_000, count: 4), unit: 1, deadline: now() + 500_000_000, now: now)
            #expect(block[0] == 0x5375)
        }
        #expect(throws: ModbusError.exception(.illegalFunction)) {
            _ = try client.perform(
                .writeOne(address: 40_300, value: 1), unit: 1, deadline: now() + 500_000_000, now: now)
        }
        #expect(
            eventually(within: 5) {
                daemon.output.contains(
                    "sunspec: write from 127.0.0.1 refused: register 40300, its address is not in the list")
            }, "\(daemon.output)")
        // The unfinished one is closed after a second.
        var byte: UInt8 = 0
        var patience = timeval(tv_sec: 4, tv_usec: 0)
        setsockopt(slow, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        #expect(recv(slow, &byte, 1, 0) == 0)
        close(slow)
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 20) == 0)
    }
}
