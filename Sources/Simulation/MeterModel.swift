public import Devices
public import FrequencyResponse
public import Modbus

/// A meter at its registers, made from its profile: it updates as often as the profile says, averages over the profile's time, and
/// carries noise of one resolution step, so that its block is never frozen by itself.
public struct MeterModel: SimulatedDevice {
    private let profile: MeterProfile
    private let nominalVoltage: Volts
    private var generator: SeededGenerator
    private var registers: [UInt16: UInt16] = [:]
    private var now: Instant
    private var updatedAt: Instant?
    private var history: [(at: Instant, frequency: Hertz)] = []
    /// A meter that says nothing.
    public var isSilent = false

    public init(profile: MeterProfile, nominalVoltage: Volts, now: Instant, seed: UInt64) {
        precondition(!profile.reading.isSunSpec, "SunSpec meters are not simulated")
        self.profile = profile
        self.nominalVoltage = nominalVoltage
        self.now = now
        generator = SeededGenerator(seed: seed)
    }

    /// What the meter is connected to, at the time of the last `advance`.
    public mutating func measure(frequency: Hertz, power: Watts, voltage: Ratio = Ratio(1)) {
        history.append((now, frequency))
        let oldest = now - profile.averagingTime
        history.removeAll { $0.at < oldest }
        if let updatedAt, now.elapsed(since: updatedAt) < profile.updateTime { return }
        updatedAt = now
        let sum = history.reduce(Hertz.zero) { $0 + $1.frequency }
        let mean = history.isEmpty ? frequency : sum / Double(history.count)
        let step = profile.resolution.value
        let noisy = mean.value + generator.symmetric() * step
        store(Double(Int64(noisy / step + 0.5)) * step, profile.frequency)
        for point in profile.voltages {
            store(nominalVoltage.value * (voltage.value + generator.symmetric() * 0.001), point)
        }
        if let point = profile.power { store(power.value + generator.symmetric() * 2, point) }
    }

    private mutating func store(_ value: Double, _ point: Point) {
        guard case .address(let address) = point.location, let words = point.encode(value) else { return }
        for (index, word) in words.enumerated() { registers[address + UInt16(index)] = word }
    }

    public mutating func advance(to time: Instant) { now = max(now, time) }

    public mutating func answer(_ request: Request) -> Answer {
        if isSilent { return .silence }
        guard case .read(let table, let address, let count) = request, table == profile.reading.table else {
            return .exception(.illegalFunction)
        }
        guard Int(count) <= profile.reading.blockMaximum else { return .exception(.illegalValue) }
        var block = RegisterBlock(count: Int(count))
        for index in 0..<Int(count) { block[index] = registers[address &+ UInt16(index)] ?? 0 }
        return .registers(block)
    }
}
