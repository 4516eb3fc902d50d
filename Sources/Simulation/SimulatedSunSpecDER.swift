public import FrequencyResponse
public import Modbus

/// A SunSpec DER with a battery at its registers: models 1, 701, 702, 704 and 713 from 40000 on. A written setpoint
/// reverts to WSetRvrt when its timer runs out; every write to the setpoint or the timer starts it anew.
public struct SimulatedSunSpecDER: SimulatedCharger {
    /// Model numbers with their lengths, in the order of the map.
    private static let models: [(id: UInt16, length: UInt16)] = [(1, 66), (701, 153), (702, 50), (704, 65), (713, 7)]
    private static let base: UInt16 = 40_000

    private let rating: Watts
    private var stage: PowerStage
    /// The vehicle that is plugged in.
    public private(set) var vehicle: Vehicle
    private var now: Instant
    private var frequency = Hertz(50)
    private var image: [UInt16]
    private var starts: [UInt16: Int] = [:]
    private var fedAt: Instant
    /// How often its timeout has ended its setpoint.
    public private(set) var timeoutCount = 0

    package init(rating: Watts, vehicle: Vehicle, dynamics: ChargerDynamics, serial: String, now: Instant) {
        self.rating = rating
        self.vehicle = vehicle
        self.now = now
        stage = PowerStage(dynamics: dynamics, now: now)
        fedAt = now
        image = [0x5375, 0x6E53]
        for model in Self.models {
            starts[model.id] = image.count
            image += [model.id, model.length] + [UInt16](repeating: 0, count: Int(model.length))
        }
        image += [0xFFFF, 0]
        describe(serial: serial)
    }

    private mutating func describe(serial: String) {
        setText("droopd", 1, 2)
        setText("simulated DER", 1, 18)
        setText(serial, 1, 50)
        set(1, 701, 3)
        set(3, 701, 4)
        set(1, 701, 5)
        set(UInt16(bitPattern: -1), 701, 114)
        set(UInt16(bitPattern: -3), 701, 115)
        set(0, 701, 116)
        for offset in [2, 10, 11, 26, 34, 35] { set(UInt16(clamping: Int(rating.value / 10)), 702, offset) }
        set(1, 702, 45)
        set(1, 704, 52)
        set(0, 704, 55)
        set(UInt16(clamping: Int(vehicle.battery.value / 10)), 713, 2)
        set(1, 713, 7)
        set(UInt16(bitPattern: -1), 713, 8)
    }

    /// The power that flows now, positive for charging.
    public var power: Watts { vehicle.accepts(stage.power) }

    /// The power that its registers ask for.
    public var commanded: Watts {
        guard get(704, 22) == 1, get(704, 23) == 1 else { return .zero }
        return -Watts(Double(get32(704, 24)))
    }

    /// Traffic as such feeds nothing here; the timer wants writes.
    public mutating func hear() { fedAt = now }

    /// What was written is lost, and it idles.
    public mutating func returnSupply() {
        for offset in Self.writable { set(0, 704, offset) }
        stage.command(commanded, now: now)
    }

    /// Moves on to a time, which never goes back.
    public mutating func advance(to time: Instant) {
        guard time > now else { return }
        let seconds = UInt32(bitPattern: get32(704, 31))
        if seconds > 0, get(704, 22) == 1 {
            let expiry = fedAt + .seconds(Int64(seconds))
            if time >= expiry, commanded != -Watts(Double(get32(704, 26))) {
                move(to: max(now, expiry))
                revert()
            }
        }
        move(to: time)
    }

    private mutating func revert() {
        timeoutCount += 1
        set(get(704, 26), 704, 24)
        set(get(704, 27), 704, 25)
        set(get(704, 30), 704, 22)
        stage.command(commanded, now: now)
    }

    private mutating func move(to time: Instant) {
        guard time > now else { return }
        vehicle.carry(power, for: time.elapsed(since: now))
        now = time
        stage.advance(to: time)
    }

    /// The answer to one request.
    public mutating func answer(_ request: Request) -> Answer {
        switch request {
        case .read(.input, _, _): return .exception(.illegalFunction)
        case .read(.holding, let address, let count):
            guard let first = offset(of: address), first + Int(count) <= image.count else {
                return .exception(.illegalAddress)
            }
            publish()
            var block = RegisterBlock(count: Int(count))
            for index in 0..<Int(count) { block[index] = image[first + index] }
            return .registers(block)
        case .writeOne(let address, let value): return write(RegisterBlock(value), to: address)
        case .write(let address, let values): return write(values, to: address)
        }
    }

    private func offset(of address: UInt16) -> Int? { address >= Self.base ? Int(address - Self.base) : nil }

    /// The writable registers of model 704 that this device has.
    private static let writable: Set<Int> = [22, 23, 24, 25, 26, 27, 30, 31, 32]

    private mutating func write(_ values: RegisterBlock, to address: UInt16) -> Answer {
        guard let first = offset(of: address), let start = starts[704], first >= start else {
            return .exception(.illegalAddress)
        }
        let offsets = (0..<values.count).map { first - start + $0 }
        guard offsets.allSatisfy({ Self.writable.contains($0) }) else { return .exception(.illegalAddress) }
        let before = image
        for (index, offset) in offsets.enumerated() { image[start + offset] = values[index] }
        guard commanded.magnitude <= rating else {
            image = before
            return .exception(.illegalValue)
        }
        if offsets.contains(where: { [22, 24, 31].contains($0) }) { fedAt = now }
        stage.command(commanded, now: now)
        return .written
    }

    /// Brings the measured values into the registers.
    private mutating func publish() {
        set(UInt16(bitPattern: Int16(clamping: Int(-power.value))), 701, 10)
        set32(Int32(frequency.value * 1_000 + 0.5), 701, 17)
        set(UInt16(vehicle.stateOfCharge.value * 1_000 + 0.5), 713, 4)
        set(UInt16(clamping: Int(vehicle.battery.value * vehicle.stateOfCharge.value / 10)), 713, 3)
    }

    // MARK: Registers by model and offset from its ID word

    private func get(_ model: UInt16, _ offset: Int) -> UInt16 { image[starts[model]! + offset] }

    private func get32(_ model: UInt16, _ offset: Int) -> Int32 {
        Int32(bitPattern: UInt32(get(model, offset)) << 16 | UInt32(get(model, offset + 1)))
    }

    private mutating func set(_ value: UInt16, _ model: UInt16, _ offset: Int) {
        image[starts[model]! + offset] = value
    }

    private mutating func set32(_ value: Int32, _ model: UInt16, _ offset: Int) {
        set(UInt16(truncatingIfNeeded: value >> 16), model, offset)
        set(UInt16(truncatingIfNeeded: value), model, offset + 1)
    }

    private mutating func setText(_ text: String, _ model: UInt16, _ offset: Int) {
        let bytes = Array(text.utf8)
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let low = index + 1 < bytes.count ? UInt16(bytes[index + 1]) : 0
            set(UInt16(bytes[index]) << 8 | low, model, offset + index / 2)
        }
    }
}
