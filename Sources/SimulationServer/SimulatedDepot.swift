public import Devices
public import FrequencyResponse
public import Modbus
import ModbusTransport
import Realtime
public import Simulation
import Synchronization

/// One write that reached a simulated device.
public struct ReceivedWrite: Sendable {
    /// The device's index: the meters in their order, then the chargers.
    public var device: Int
    /// What was written.
    public var request: Request
    /// When it came.
    public var at: Instant
}

/// Where a simulated device is: behind which endpoint, and under which unit; nil answers to all.
public struct DevicePlace: Sendable {
    /// The address of its connection.
    public var endpoint: Endpoint
    /// The unit on its connection.
    public var unit: UInt8?

    package init(endpoint: Endpoint, unit: UInt8?) {
        self.endpoint = endpoint
        self.unit = unit
    }
}

/// Why a device can't be served, and where.
public struct CannotServe: Error, Sendable {
    /// The address of its connection.
    public var endpoint: Endpoint
    /// What the operating system or the address refused.
    public var reason: ModbusError
}

/// What the simulated meters measure.
public enum GridSource: Sendable {
    /// A grid with its own inertia, which the site's power moves.
    case grid(Grid)
    /// Frequency and voltage (as a share of nominal) at a time since the start, whatever the site does.
    case playback(@Sendable (Interval) -> (frequency: Hertz?, voltage: Ratio))
}

/// A whole depot as devices on real Modbus TCP and RTU: a grid, its meters, and chargers with vehicles.
public final class SimulatedDepot: Sendable {
    private struct State {
        var source: GridSource
        var frequencyOverride: Hertz?
        var voltage = Ratio(1)
        var meters: [MeterModel]
        var chargers: [any SimulatedCharger]
        var building: Watts
        /// The phases of each charger.
        var phases: [PhaseSet]
        var startedAt: Instant
        var writes: [ReceivedWrite] = []
        var writeCount = 0
        /// For how long each serial line was busy.
        var busy: [SerialLine: Interval] = [:]
        var frequency: Hertz?
        var silent: Set<Int> = []
        var refusing: Set<Int> = []
    }

    /// Which device answers to which unit behind one endpoint.
    private struct Route: Sendable {
        var unit: UInt8?
        var device: Int
    }

    private let state: Mutex<State>
    private let stopped = Atomic<Bool>(false)
    private let remembersWrites: Bool
    private let threads: Mutex<[RealtimeThread]> = Mutex([])
    /// The TCP port of each device, in their order; 0 for one on a serial line.
    public let ports: [UInt16]

    /// A depot on a loopback address, with a free port for each device.
    public convenience init(
        meter profile: MeterProfile, nominalVoltage: Volts, chargers: [any SimulatedCharger], grid: Grid,
        building: Watts = .zero, address: String = "127.0.0.1", seed: UInt64 = 1
    ) throws(CannotServe) {
        let meter = MeterModel(profile: profile, nominalVoltage: nominalVoltage, now: LiveClock.now(), seed: seed)
        let place = DevicePlace(endpoint: .tcp(host: address, port: 0), unit: nil)
        try self.init(
            meters: [meter], chargers: chargers, places: Array(repeating: place, count: chargers.count + 1),
            source: .grid(grid),
            building: building)
    }

    /// Starts serving every device at its place, meters first. Port 0 takes a free one for that device alone; a serial
    /// line that is not there is made as a pseudo-terminal. A bench that runs for days does not remember every write.
    public init(
        meters: [MeterModel], chargers: [any SimulatedCharger], places: [DevicePlace], source: GridSource,
        building: Watts = .zero, phases: [PhaseSet]? = nil,
        remembersWrites: Bool = true
    ) throws(CannotServe) {
        precondition(places.count == meters.count + chargers.count, "every simulated device needs its place")
        var server = ModbusServer()
        var ports: [UInt16] = []
        var listening: [Endpoint: Int] = [:]
        var routes: [[Route]] = []
        var lines: [SerialLine: [Route]] = [:]
        for (device, place) in places.enumerated() {
            let route = Route(unit: place.unit, device: device)
            switch place.endpoint {
            case .serial(let line):
                lines[line, default: []].append(route)
                ports.append(0)
            case .tcp(let host, let port), .rtuOverTCP(let host, let port):
                if port != 0, let index = listening[place.endpoint] {
                    routes[index].append(route)
                    ports.append(port)
                    continue
                }
                do {
                    ports.append(
                        try server.listen(
                            address: host, port: port, framing: place.endpoint.hasTransactions ? .tcp : .rtu))
                } catch {
                    throw CannotServe(endpoint: place.endpoint, reason: error)
                }
                listening[place.endpoint] = routes.count
                routes.append([route])
            }
        }
        self.ports = ports
        self.remembersWrites = remembersWrites
        let now = LiveClock.now()
        state = Mutex(
            State(
                source: source, meters: meters, chargers: chargers, building: building,
                phases: phases ?? chargers.map { _ in .all }, startedAt: now))
        if !routes.isEmpty { start(ThreadOwned(server), routes) }
        for (line, routes) in lines { try start(line, routes) }
    }

    private func start(_ handle: ThreadOwned<ModbusServer>, _ routes: [[Route]]) {
        let thread = RealtimeThread(name: "depot") { [self] in
            handle.run { server in
                while !stopped.load(ordering: .acquiring) {
                    advance()
                    server.serve(for: 5) { origin, request in
                        // A gateway says so when nobody is behind it.
                        answer(origin.unit, request, routes[origin.port]) ?? .exception(ExceptionCode(rawValue: 11))
                    }
                }
            }
        }
        threads.withLock { $0.append(thread) }
    }

    private func start(_ line: SerialLine, _ routes: [Route]) throws(CannotServe) {
        let handle: ThreadOwned<SerialServer>
        do {
            handle = ThreadOwned(try SerialServer(line: line))
        } catch {
            throw CannotServe(endpoint: .serial(line), reason: error)
        }
        let thread = RealtimeThread(name: "line") { [self] in
            handle.run { server in
                while !stopped.load(ordering: .acquiring) {
                    advance()
                    server.serve(for: 5, now: { LiveClock.now().nanoseconds }) { unit, request in
                        answer(unit, request, routes) ?? .silence
                    }
                    let busy = Interval(nanoseconds: server.busy)
                    state.withLock { $0.busy[line] = busy }
                }
            }
        }
        threads.withLock { $0.append(thread) }
    }

    /// Ends the servers and waits for them.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        threads.withLock { threads in
            for thread in threads { _ = thread.join() }
            threads = []
        }
    }

    // MARK: What a test or a demonstration looks at and plays with

    /// The frequency at the meter's terminals now; nil where there is none.
    public var frequency: Hertz? { state.withLock { $0.frequencyOverride ?? $0.frequency } }

    /// The power of each charger now.
    public var powers: [Watts] { state.withLock { $0.chargers.map(\.power) } }

    /// What each charger was last told and still follows.
    public var commands: [Watts] {
        state.withLock {
            Self.advance(&$0, to: LiveClock.now())
            return $0.chargers.map(\.commanded)
        }
    }

    /// How many writes have come.
    public var writeCount: Int { state.withLock { $0.writeCount } }

    /// Every write since the start, where they are remembered.
    public var writes: [ReceivedWrite] { state.withLock { $0.writes } }

    /// For how long each serial line was busy since the start.
    public var busyLines: [(device: String, busy: Interval)] {
        state.withLock { $0.busy.map { ($0.key.device, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    /// Fixes the frequency, whatever the grid does; nil gives it back.
    public func setFrequency(_ frequency: Hertz?) { state.withLock { $0.frequencyOverride = frequency } }

    /// Sets the voltage of all meters, as a share of nominal.
    public func setVoltage(_ voltage: Ratio) { state.withLock { $0.voltage = voltage } }

    /// Lets the first meter fall silent, or answer again.
    public func setMeterSilent(_ silent: Bool) { state.withLock { $0.meters[0].isSilent = silent } }

    /// Lets a device, counted as in ``ReceivedWrite``, say nothing more.
    public func setSilent(_ device: Int, _ isSilent: Bool) {
        state.withLock { if isSilent { $0.silent.insert(device) } else { $0.silent.remove(device) } }
    }

    /// Lets a device refuse every write, as one does that somebody else holds.
    public func setRefusing(_ device: Int, _ refuses: Bool) {
        state.withLock { if refuses { $0.refusing.insert(device) } else { $0.refusing.remove(device) } }
    }

    /// Changes a meter.
    public func changeMeter(_ index: Int, _ body: (inout MeterModel) -> Void) {
        state.withLock { body(&$0.meters[index]) }
    }

    /// Plays with a charger, or puts another in its place.
    public func changeCharger(_ index: Int, _ body: (inout any SimulatedCharger) -> Void) {
        state.withLock { body(&$0.chargers[index]) }
    }

    // MARK: The threads

    private func advance() { state.withLock { Self.advance(&$0, to: LiveClock.now()) } }

    private static func advance(_ state: inout State, to now: Instant) {
        var power = Watts.zero
        // The building loads its phases evenly.
        var phases = Array(repeating: state.building / 3, count: 3)
        for index in state.chargers.indices {
            state.chargers[index].advance(to: now)
            power += state.chargers[index].power
            let used = (0..<3).filter { state.phases[index].has($0) }
            for phase in used { phases[phase] += state.chargers[index].power / Double(used.count) }
        }
        let since = now.elapsed(since: state.startedAt)
        var voltage = state.voltage
        switch state.source {
        case .grid(var grid):
            grid.advance(to: since, sitePower: power)
            state.frequency = grid.frequency
            state.source = .grid(grid)
        case .playback(let play):
            let shown = play(since)
            state.frequency = shown.frequency
            voltage = Ratio(voltage.value * shown.voltage.value)
        }
        for index in state.meters.indices {
            state.meters[index].advance(to: now)
            state.meters[index].measure(
                frequency: state.frequencyOverride ?? state.frequency, power: power + state.building, phases: phases,
                voltage: voltage)
        }
    }

    /// Nil when nobody has the unit.
    private func answer(_ unit: UInt8, _ request: Request, _ routes: [Route]) -> Answer? {
        guard let device = routes.first(where: { $0.unit == nil || $0.unit == unit })?.device else { return nil }
        return state.withLock { state in
            let now = LiveClock.now()
            Self.advance(&state, to: now)
            if state.silent.contains(device) { return .silence }
            if request.isWrite {
                state.writeCount += 1
                if remembersWrites { state.writes.append(ReceivedWrite(device: device, request: request, at: now)) }
            }
            if request.isWrite, state.refusing.contains(device) { return .exception(.deviceFailure) }
            let meters = state.meters.count
            return device < meters
                ? state.meters[device].answer(request) : state.chargers[device - meters].answer(request)
        }
    }
}
