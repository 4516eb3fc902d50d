public import Devices
public import FrequencyResponse
public import Modbus
import Realtime
public import Simulation
import Synchronization

/// One write that reached a simulated device.
public struct ReceivedWrite: Sendable {
    /// The device's index: 0 is the meter, then the chargers in their order.
    public var device: Int
    public var request: Request
    public var at: Instant
}

/// A whole depot as devices on real Modbus TCP: a grid, its meter, and chargers with vehicles. Every device has a port of its own.
public final class SimulatedDepot: Sendable {
    private struct State {
        var grid: Grid
        var frequencyOverride: Hertz?
        var voltage = Ratio(1)
        var meter: MeterModel
        var chargers: [any SimulatedCharger]
        var building: Watts
        var startedAt: Instant
        var writes: [ReceivedWrite] = []
    }

    private let state: Mutex<State>
    private let stopped = Atomic<Bool>(false)
    private let thread: Mutex<RealtimeThread?> = Mutex(nil)
    /// The meter's port, then the chargers'.
    public let ports: [UInt16]

    /// Starts serving on a loopback address; `port` 0 takes free ports, else the following ports are taken in order.
    public init(
        meter profile: MeterProfile, nominalVoltage: Volts, chargers: [any SimulatedCharger], grid: Grid,
        building: Watts = .zero, address: String = "127.0.0.1", port: UInt16 = 0, seed: UInt64 = 1
    ) throws(ModbusError) {
        let now = LiveClock.now()
        var server = ModbusServer()
        var ports: [UInt16] = []
        for index in 0...chargers.count {
            ports.append(try server.listen(address: address, port: port == 0 ? 0 : port + UInt16(index)))
        }
        self.ports = ports
        state = Mutex(
            State(
                grid: grid, meter: MeterModel(profile: profile, nominalVoltage: nominalVoltage, now: now, seed: seed),
                chargers: chargers, building: building, startedAt: now))
        let handle = ServerHandle(server)
        let started = RealtimeThread(name: "depot") { [self] in
            handle.run { server in
                while !stopped.load(ordering: .acquiring) {
                    advance()
                    server.serve(for: 5) { port, _, request in self.answer(device: port, request) }
                }
            }
        }
        thread.withLock { $0 = started }
    }

    /// Ends the server and waits for it.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        thread.withLock { thread in
            _ = thread?.join()
            thread = nil
        }
    }

    // MARK: What a test or a demonstration looks at and plays with

    /// The frequency at the meter's terminals now.
    public var frequency: Hertz { state.withLock { $0.frequencyOverride ?? $0.grid.frequency } }

    /// The power of each charger now.
    public var powers: [Watts] { state.withLock { $0.chargers.map(\.power) } }

    /// What each charger was last told and still follows.
    public var commands: [Watts] { state.withLock { $0.chargers.map(\.commanded) } }

    /// Every write since the start.
    public var writes: [ReceivedWrite] { state.withLock { $0.writes } }

    /// Fixes the frequency, whatever the grid does; nil gives it back.
    public func setFrequency(_ frequency: Hertz?) { state.withLock { $0.frequencyOverride = frequency } }

    public func setVoltage(_ voltage: Ratio) { state.withLock { $0.voltage = voltage } }

    public func setMeterSilent(_ silent: Bool) { state.withLock { $0.meter.isSilent = silent } }

    // MARK: The thread

    private func advance() {
        state.withLock { state in
            let now = LiveClock.now()
            Self.advance(&state, to: now)
        }
    }

    private static func advance(_ state: inout State, to now: Instant) {
        var power = Watts.zero
        for index in state.chargers.indices {
            state.chargers[index].advance(to: now)
            power += state.chargers[index].power
        }
        state.grid.advance(to: now.elapsed(since: state.startedAt), sitePower: power)
        state.meter.advance(to: now)
        state.meter.measure(
            frequency: state.frequencyOverride ?? state.grid.frequency, power: power + state.building,
            voltage: state.voltage)
    }

    private func answer(device: Int, _ request: Request) -> Answer {
        state.withLock { state in
            let now = LiveClock.now()
            Self.advance(&state, to: now)
            guard device > 0 else { return state.meter.answer(request) }
            if request.isWrite { state.writes.append(ReceivedWrite(device: device, request: request, at: now)) }
            return state.chargers[device - 1].answer(request)
        }
    }
}

/// Carries a server that can't be copied into the thread that owns it from then on.
private final class ServerHandle: @unchecked Sendable {
    // Safety: the server is touched by the one thread that calls `run`, and by nobody before it.
    private var server: ModbusServer

    init(_ server: consuming ModbusServer) { self.server = server }

    func run(_ body: (inout ModbusServer) -> Void) { body(&server) }
}
