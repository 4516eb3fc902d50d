import Foundation
import FrequencyResponse
import Modbus
import ModbusTransport
import Realtime
import Simulation
import SimulationServer
import Synchronization
import TestSupport
import Testing

/// Two Quasars as units 1 and 2 behind one port, of which unit 2 can go deaf, or make the gateway hang up.
private final class Gateway: @unchecked Sendable {
    // Safety: the server is touched by the gateway's thread alone once it runs; everything else stands behind the
    // mutex.
    private struct State {
        var units: [QuasarModel]
        /// What is answered for unit 2; nil for what it says itself.
        var instead: Answer?
    }

    private var server = ModbusServer()
    private let state: Mutex<State>
    private let stopped = Atomic<Bool>(false)
    private var thread: RealtimeThread?
    let port: UInt16

    init(instead: Answer? = nil) throws {
        let now = LiveClock.now()
        port = try server.listen(address: "127.0.0.1", port: 0)
        state = Mutex(
            State(
                units: (0..<2).map { _ in QuasarModel(vehicle: Vehicle(), dynamics: .fast, now: now) }, instead: instead
            ))
        thread = RealtimeThread(name: "gateway") { [unowned self] in
            while !stopped.load(ordering: .acquiring) {
                server.serve(for: 5) { origin, request in answer(origin.unit, request) }
            }
        }
    }

    func stop() {
        stopped.store(true, ordering: .releasing)
        _ = thread?.join()
    }

    func set(_ instead: Answer?) { state.withLock { $0.instead = instead } }

    /// What unit 1 and unit 2 follow now.
    var commands: [Double] {
        state.withLock { state in
            for index in 0..<2 { state.units[index].advance(to: LiveClock.now()) }
            return state.units.map(\.commanded.value)
        }
    }

    private func answer(_ unit: UInt8, _ request: Request) -> Answer {
        state.withLock { state in
            guard unit <= 2 else { return .silence }
            if unit == 2, let instead = state.instead { return instead }
            state.units[Int(unit) - 1].advance(to: LiveClock.now())
            return state.units[Int(unit) - 1].answer(request)
        }
    }
}

@Suite("Several units on one connection", .serialized, .timeLimit(.minutes(15)))
struct SharedConnectionTests {
    @Test("a unit that goes deaf does not take its neighbour with it, and is taken back when it answers")
    func deafUnit() throws {
        let depot = try Depot(chargers: 2)
        let gateway = try Gateway()
        defer {
            gateway.stop()
            depot.close()
        }
        try Self.write(depot, gateway)
        let daemon = try RunningProgram(["run", "--config", depot.config, "--profiles", TestData.profiles])
        #expect(
            eventually(within: 15) {
                daemon.output.contains("bay-1: under control") && daemon.output.contains("bay-2: under control")
            })
        // High frequency, which needs no state of charge.
        depot.devices.setFrequency(Hertz(50.4))
        #expect(
            eventually(within: 10) {
                abs(gateway.commands.reduce(0, +) - 4_783) < 500 && gateway.commands.allSatisfy { $0 > 1_000 }
            })

        gateway.set(.silence)
        #expect(eventually(within: 5) { daemon.output.contains("bay-2: unreachable") })
        // The neighbour takes the whole response and keeps it: no second look finds it idle.
        #expect(eventually(within: 10) { abs(gateway.commands[0] - 4_783) < 500 })
        var held = 0
        for _ in 0..<100 {
            if abs(gateway.commands[0] - 4_783) < 700 { held += 1 }
            usleep(50_000)
        }
        #expect(held >= 85, "the neighbour followed in \(held) of 100 looks")

        gateway.set(nil)
        #expect(eventually(within: 30) { gateway.commands.allSatisfy { $0 > 1_000 } })
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
        #expect(gateway.commands == [0, 0])
    }

    @Test("a unit for which the gateway hangs up does not keep its neighbour from being taken over")
    func hangingUp() throws {
        let depot = try Depot(chargers: 2)
        let gateway = try Gateway(instead: .hangUp)
        defer {
            gateway.stop()
            depot.close()
        }
        try Self.write(depot, gateway)
        let daemon = try RunningProgram(["run", "--config", depot.config, "--profiles", TestData.profiles])
        #expect(eventually(within: 30) { daemon.output.contains("bay-1: under control") }, "\(daemon.output)")
        depot.devices.setFrequency(Hertz(50.4))
        #expect(eventually(within: 20) { gateway.commands[0] > 1_000 }, "\(daemon.output)")
        gateway.set(nil)
        #expect(eventually(within: 30) { daemon.output.contains("bay-2: under control") }, "\(daemon.output)")
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
        #expect(gateway.commands == [0, 0])
    }

    /// The depot lends its meter; the chargers are the gateway's.
    private static func write(_ depot: Depot, _ gateway: Gateway) throws {
        var text = """
            site: { name: Gateway site, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { kind: gb-dynamic-containment, direction: both, capacity: 7 kW }
            meters:
              - { name: pcc, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(depot.devices.ports[0])", \
              poll_interval: 50 ms }
            chargers:

            """
        for unit in 1...2 {
            text +=
                """
                  - { name: bay-\(unit), profile: wallbox-quasar, connection: \"tcp://127.0.0.1:\(gateway.port)\", \
                unit: \(unit), 
                """
            text +=
                "charge_limit: 7.4 kW, discharge_limit: 7.4 kW, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }\n"
        }
        try text.write(toFile: depot.config, atomically: true, encoding: .utf8)
    }
}
