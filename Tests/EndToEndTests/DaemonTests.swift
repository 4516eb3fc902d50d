import Foundation
import FrequencyResponse
import Modbus
import Realtime
import SimulationServer
import TestSupport
import Testing

/// The built daemon against a depot on real sockets, killed, stopped and hung.
@Suite("Daemon from outside", .serialized, .timeLimit(.minutes(15)))
struct DaemonTests {
    @Test("the depot follows frequency down, up and back")
    func follows() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        depot.devices.setFrequency(Hertz(50.4))
        #expect(eventually(within: 10) { abs(depot.sum - 6_833) < 700 })
        depot.devices.setFrequency(Hertz(50))
        #expect(eventually(within: 10) { depot.isIdle })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test("SIGTERM: zero power everywhere, acknowledged, and only then exit 0")
    func terminated() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
        #expect(depot.isIdle)
        #expect(daemon.output.contains("every charger that was under control has acknowledged zero power"))
        // The last thing that each charger was told is zero power.
        let told = depot.setpoints(since: Instant(nanoseconds: 0))
        for device in 1...4 { #expect(told.last { $0.device == device }?.watts == 0) }
    }

    @Test("kill -9 in mid-response: each charger idles by its own timeout")
    func killed() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        daemon.signal(SIGKILL)
        #expect(daemon.ended(within: 5) == -9)
        // Nobody wrote zero power: it is the devices' own timeout of 2 s that acts.
        #expect(!depot.isIdle)
        #expect(eventually(within: 5) { depot.isIdle })
    }

    @Test("SIGSTOP for 10 s: chargers idle; after SIGCONT at most one old write each, then zero power")
    func stopped() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        let before = depot.devices.commands
        daemon.signal(SIGSTOP)
        #expect(eventually(within: 5) { depot.isIdle })
        // In band again meanwhile: whatever is not zero power after SIGCONT is old.
        depot.devices.setFrequency(Hertz(50))
        usleep(8_000_000)
        let resumed = LiveClock.now()
        daemon.signal(SIGCONT)
        #expect(eventually(within: 5) { Set(depot.setpoints(since: resumed).map(\.device)).count == before.count })
        usleep(1_500_000)
        let told = depot.setpoints(since: resumed)
        for device in 1...before.count {
            let values = told.filter { $0.device == device }.map(\.watts)
            #expect(values.filter { abs($0) > 1 }.count <= 1, "charger \(device) was told \(values)")
            #expect(values.dropFirst().allSatisfy { abs($0) <= 1 }, "charger \(device) was told \(values)")
        }
        #expect(depot.devices.commands.allSatisfy { abs($0.value) <= 1 })
        // And it works again: devices that idled by themselves were taken over anew.
        depot.devices.setFrequency(Hertz(49.6))
        #expect(eventually(within: 10) { abs(depot.sum + 6_833) < 700 })
        #expect(eventually(within: 5) { depot.devices.powers.allSatisfy { $0 < .zero } })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test(
        "the control thread alone hung: setpoint registers hold zero power within the lease and one response time",
        .enabled(if: BuiltProgram.isRoot, "holding a thread of another process needs root"))
    func controlHung() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        let holder = try RunningProgram(
            BuiltProgram.python, [BuiltProgram.helpers + "hold_thread.py", "\(daemon.identifier)", "control"])
        #expect(eventually(within: 5) { holder.output.contains("held") })
        let held = LiveClock.now()
        // 250 ms of lease and 500 ms of response time; the writes' own stamps tell, so that a slow look does not.
        #expect(eventually(within: 5) { depot.isIdle })
        let told = depot.setpoints(since: held - .seconds(1))
        for device in 1...4 {
            let last = try #require(told.last { $0.device == device })
            #expect(last.watts == 0)
            #expect(
                last.at < held + .milliseconds(750),
                "charger \(device) was told zero power \(last.at.nanoseconds - held.nanoseconds) ns after"
            )
        }
        // No refresh leaves while no tick is made: zero power once, and then silence from the writing side.
        usleep(1_000_000)
        let late = depot.setpoints(since: held + .milliseconds(750))
        // A connection that was lost meanwhile begins with neutral again.
        #expect(
            late.isEmpty || late.allSatisfy { $0.watts == 0 } && daemon.output.contains("connection given up"),
            "\(daemon.output)")
        holder.send("release")
        #expect(eventually(within: 10) { abs(depot.sum + 6_833) < 700 })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test(
        "a meter that can't be used is named, with what it said last and the command to try",
        arguments: [
            (DeviceFault.silence, "no answer in time"), (.exception, "exception"), (.wrongUnit, "(another unit)"),
            (.wrongTransaction, "(the number of another request)"), (.none, "does the profile fit?"),
        ])
    func unusableMeter(fault: DeviceFault, says: String) throws {
        let device = LyingDevice(.tcp, lateness: 0) { _ in fault }
        defer { device.end() }
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = """
            site: { name: Test depot, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { kind: gb-dynamic-containment, direction: both, capacity: 3 kW }
            meters: [{ name: pcc, profile: eastron-sdm630, connection: "tcp://127.0.0.1:\(device.port)" }]
            chargers:
              - { name: bay-1, profile: wallbox-quasar, connection: "tcp://127.0.0.1:1", charge_limit: 3 kW, \
            discharge_limit: 3 kW, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }
            """
        try text.write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
        let daemon = try RunningProgram(["run", "--config", folder + "/site.yaml", "--profiles", TestData.profiles])
        #expect(eventually(within: 20) { daemon.output.contains("pcc: no frequency for") }, "\(daemon.output)")
        let line = try #require(daemon.output.split(separator: "\n").first { $0.contains("pcc: no frequency for") })
        #expect(line.contains(says) && line.contains("droopd probe tcp://127.0.0.1:\(device.port)"), "\(line)")
        // Where no reply counts, the connection is given up again and again, with longer and longer pauses.
        let more: UInt32 = fault == .exception || fault == .none ? 30 : 3
        let asked = device.count
        #expect(eventually(within: 60) { device.count >= asked + more })
        #expect(daemon.output.split(separator: "\n").count < 14, "\(daemon.output)")
        daemon.signal(SIGTERM)
        _ = daemon.ended(within: 30)
    }

    @Test("a meter that falls silent: nothing is discharged 2 s after its last sample")
    func meterSilent() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        depot.devices.setMeterSilent(true)
        let silent = LiveClock.now()
        #expect(eventually(within: 6) { depot.isIdle })
        // The ladder's 2 s, and 0.5 s for the meter's own request under way and the write.
        #expect(depot.setpoints(since: silent + .milliseconds(2_500)).allSatisfy { $0.watts == 0 })
        depot.devices.setMeterSilent(false)
        #expect(eventually(within: 10) { abs(depot.sum + 6_833) < 700 })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test("a dead bus: discharge ends although the meter still reads a low frequency")
    func deadBus() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try #require(try depot.respondingDaemon())
        depot.devices.setVoltage(Ratio(0.02))
        #expect(eventually(within: 3) { depot.isIdle })
        #expect(eventually(within: 2) { daemon.output.contains("voltage outside its window") })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
    }

    @Test("observing writes nothing to any device")
    func observing() throws {
        let depot = try Depot()
        defer { depot.close() }
        let daemon = try RunningProgram(["run", "--config", depot.config, "--profiles", TestData.profiles, "--observe"])
        depot.devices.setFrequency(Hertz(49.5))
        #expect(eventually(within: 15) { daemon.output.contains("state: responding") })
        usleep(3_000_000)
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
        #expect(depot.devices.writes.isEmpty)
    }
}
