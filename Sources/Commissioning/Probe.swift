public import Devices
public import FrequencyResponse
public import Modbus
import ModbusTransport
import Realtime

/// One value of a device as it stands in its registers, beside what a profile makes of it.
public struct ProbedValue: Sendable {
    /// What it is.
    public var label: String
    /// The unit of the value; empty for a number alone.
    public var unit: String
    /// Nil where the device lacks the model.
    public var address: UInt16?
    /// Its registers.
    public var raw: [UInt16]
    /// The value; nil where the device has none.
    public var value: Double?
}

/// What came of asking a device for all that a profile knows of it.
public struct ProbedProfile: Sendable {
    /// The name.
    public var name: String
    /// The full name, for people to read.
    public var title: String
    /// Whether the profile is a charger's.
    public var isCharger: Bool
    /// The value; nil where the device has none.
    public var values: [ProbedValue]
    /// Why the device is not of this kind; nil when everything fits.
    public var objection: String?

    package init(name: String, title: String, isCharger: Bool, values: [ProbedValue], objection: String?) {
        self.name = name
        self.title = title
        self.isCharger = isCharger
        self.values = values
        self.objection = objection
    }
}

/// Finds out what answers at an endpoint, by reading alone: no write ever leaves it.
public struct Probe: ~Copyable {
    private var client: ModbusClient
    private let endpoint: Endpoint
    private let timeout: Interval
    private let pause: Interval

    /// Nil when the endpoint can't be used. `pause` is left between two requests.
    public init?(_ endpoint: Endpoint, timeout: Interval, pause: Interval) {
        guard let client = ModbusClient(endpoint, mayWrite: false) else { return nil }
        self.client = client
        self.endpoint = endpoint
        self.timeout = timeout
        self.pause = max(pause, endpoint.line.map { Interval(nanoseconds: $0.gap) } ?? .zero)
    }

    /// Connects to the endpoint.
    public mutating func connect() throws(ModbusError) { try client.connect(timeout: timeout.nanoseconds) }

    /// One request; a connection that broke is made again first.
    public mutating func perform(_ request: Request, unit: UInt8) throws(ModbusError) -> RegisterBlock {
        try perform(request, unit: unit, within: timeout)
    }

    private mutating func perform(_ request: Request, unit: UInt8, within timeout: Interval) throws(ModbusError)
        -> RegisterBlock
    {
        if !client.isConnected { try connect() }
        let event = WakeEvent()
        event.wait(while: event.count, until: LiveClock.now() + pause)
        let deadline = (LiveClock.now() + timeout).nanoseconds
        do {
            return try client.perform(request, unit: unit, deadline: deadline, now: { LiveClock.now().nanoseconds })
        } catch {
            // A reply that comes too late must not be taken for the next one. On a serial line it comes all the same:
            // it has as long again.
            if error == .timedOut {
                if endpoint.line != nil { event.wait(while: event.count, until: LiveClock.now() + timeout) }
                client.reset()
            }
            throw error
        }
    }

    /// Whether a unit says anything at all, be it a refusal.
    public mutating func answers(unit: UInt8) throws(ModbusError) -> Bool {
        if try answers(.holding, unit: unit, within: timeout) { return true }
        return try answers(.input, unit: unit, within: timeout)
    }

    /// The same by one request within a time of its own.
    public mutating func answersOnce(unit: UInt8, within time: Interval) throws(ModbusError) -> Bool {
        try answers(.holding, unit: unit, within: time)
    }

    private mutating func answers(_ table: RegisterTable, unit: UInt8, within time: Interval) throws(ModbusError)
        -> Bool
    {
        do {
            _ = try perform(.read(table, address: 0, count: 1), unit: unit, within: time)
            return true
        } catch .exception(let code) {
            // A gateway that gets no answer from behind it.
            return code.rawValue != 10 && code.rawValue != 11
        } catch {
            // Silence, nonsense, or a gateway that hangs up on a unit that it does not have; whether it is there at all
            // the next connection tells.
            if !client.isConnected { try connect() }
            return false
        }
    }

    /// The SunSpec models of a unit, or why there are none.
    public mutating func sunSpecMap(unit: UInt8) throws(ModbusError) -> Result<SunSpecMap, NoMap> {
        var walk = SunSpecWalk()
        while true {
            switch walk.next {
            case .found(let map): return .success(map)
            case .failed(let reason): return .failure(NoMap(reason: reason))
            case .read(let address, let count):
                do {
                    walk.take(try perform(.read(.holding, address: address, count: count), unit: unit))
                } catch .exception {
                    walk.take(nil)
                } catch .timedOut {
                    // Many devices are silent at a base that they do not have.
                    if !client.isConnected { try connect() }
                    walk.take(nil)
                }
            }
        }
    }

    /// Why a device has no SunSpec map.
    public struct NoMap: Error, Sendable {
        /// The reason, as a phrase for a message.
        public var reason: String
    }

    /// The text of a SunSpec string point.
    public mutating func text(model: UInt16, offset: UInt16, count: UInt16, map: SunSpecMap, unit: UInt8)
        throws(ModbusError) -> String?
    {
        guard let address = Location.model(model, offset: offset).address(in: map) else { return nil }
        guard let block = try? perform(.read(.holding, address: address, count: count), unit: unit) else { return nil }
        let bytes = (0..<block.count).flatMap { [UInt8(block[$0] >> 8), UInt8(block[$0] & 0xFF)] }.prefix { $0 != 0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Profiles

    /// Asks for all that a meter's profile knows.
    public mutating func meter(_ profile: MeterProfile, unit: UInt8, map: SunSpecMap) throws(ModbusError)
        -> ProbedProfile
    {
        let named =
            [("frequency", "Hz", profile.frequency)]
            + profile.voltages.enumerated().map { ("voltage L\($0.offset + 1)", "V", $0.element) }
            + [profile.power.map { ("power", "W", $0) }, profile.powerExport.map { ("power of export", "W", $0) }]
            .compactMap { $0 }
        var result = ProbedProfile(
            name: profile.name, title: profile.title, isCharger: false, values: [], objection: nil)
        try look(profile.identity, named, rules: profile.reading, unit: unit, map: map, into: &result)
        guard result.objection == nil else { return result }
        let frequency = result.values.first { $0.label == "frequency" }?.value
        if !(frequency.map { profile.plausible.contains(Hertz($0)) && (45...66).contains($0) } ?? false) {
            result.objection = "its frequency would be \(frequency.map { "\($0) Hz" } ?? "not available")"
        }
        let phases = result.values.filter { $0.label.hasPrefix("voltage") }
        if !phases.isEmpty, !phases.contains(where: { $0.value ?? 0 >= 50 }) {
            result.objection = "it would see no voltage on any phase"
        }
        for value in phases {
            // A phase may be unused, and one with 1 V is none. A SunSpec device says of one that it does not have that
            // it has none.
            if value.value == nil, profile.reading.isSunSpec { continue }
            guard let volts = value.value, volts == 0 || (50...500_000).contains(volts) else {
                result.objection = "its \(value.label) would be \(value.value.map { "\($0) V" } ?? "not available")"
                break
            }
        }
        // A meter is of use without them.
        let phasePoints =
            (profile.phases?.currents ?? []).enumerated().map { ("current L\($0.offset + 1)", "A", $0.element) }
            + (profile.phases?.powers ?? []).enumerated().map { ("power L\($0.offset + 1)", "W", $0.element) }
        var more = result
        try? look([], phasePoints, rules: profile.reading, unit: unit, map: map, into: &more)
        result.values = more.values
        return result
    }

    /// Asks for all that a charger's profile knows.
    public mutating func charger(_ profile: ChargerProfile, unit: UInt8, map: SunSpecMap) throws(ModbusError)
        -> ProbedProfile
    {
        let optional: [(String, String, Point)?] = [
            profile.plug.map { ("plug", "", $0) },
            profile.stateOfCharge.map { ("state of charge", "%", $0) },
            profile.offeredCharge.map { ("offered charge", "W", $0) },
            profile.offeredDischarge.map { ("offered discharge", "W", $0) },
            profile.remote.map { ("remote control", "", $0.point) },
        ]
        let named = [("power", "W", profile.power), ("state", "", profile.state)] + optional.compactMap { $0 }
        var result = ProbedProfile(
            name: profile.name, title: profile.title, isCharger: true, values: [], objection: nil)
        try look(profile.identity, named, rules: profile.reading, unit: unit, map: map, into: &result)
        guard result.objection == nil else { return result }
        let state = result.values.first { $0.label == "state" }?.value
        if state.flatMap({ Int(exactly: $0) }).flatMap({ profile.states[$0] }) == nil {
            result.objection =
                "its state would be \(state.map { "\($0)" } ?? "not available"), which the profile does not know"
        }
        return result
    }

    private mutating func look(
        _ identity: [Point], _ named: [(String, String, Point)], rules: ReadRules, unit: UInt8, map: SunSpecMap,
        into result: inout ProbedProfile
    ) throws(ModbusError) {
        let all = identity.enumerated().map { ("identity \($0.offset + 1)", "", $0.element) } + named
        for (label, name, point) in all {
            guard let address = point.location.address(in: map) else {
                result.objection = MissingModel(location: point.location).sentence
                return
            }
            do {
                let block = try perform(
                    .read(rules.table, address: address, count: UInt16(point.type.registerCount)), unit: unit)
                let raw = (0..<block.count).map { block[$0] }
                var exponent: Int?
                if case .exponent(let location) = point.scale, let at = location.address(in: map) {
                    exponent = Int(
                        Int16(bitPattern: try perform(.read(rules.table, address: at, count: 1), unit: unit)[0]))
                }
                let value = point.decode(raw, exponent: exponent)
                result.values.append(ProbedValue(label: label, unit: name, address: address, raw: raw, value: value))
                if label.hasPrefix("identity"), value == nil {
                    result.objection = "register \(address) holds \(raw), which a device of this kind never shows"
                    return
                }
            } catch .exception(let code) {
                result.values.append(ProbedValue(label: label, unit: name, address: address, raw: [], value: nil))
                result.objection = "it refuses register \(address) with exception \(code.rawValue)"
                return
            }
        }
    }
}
