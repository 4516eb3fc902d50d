package import Devices
public import FrequencyResponse
public import Modbus

/// A meter at its registers, made from its profile: it updates as often as the profile says, averages over the
/// profile's time, and carries noise of one resolution step, so that its block is never frozen by itself.
public struct MeterModel: SimulatedDevice {
    private let profile: MeterProfile
    private let nominalVoltage: Volts
    private var generator: SeededGenerator
    private var bank: RegisterBank
    private var now: Instant
    private var updatedAt: Instant?
    private var history: [(at: Instant, frequency: Hertz)] = []
    /// A meter that says nothing.
    public var isSilent = false
    /// A meter whose registers stand still.
    public var isFrozen = false
    /// A meter whose frequency stands at an end of its scale, whatever it averages.
    public var rail: Hertz?
    /// Beside the true frequency.
    public var frequencyError = Hertz.zero

    package init(profile: MeterProfile, nominalVoltage: Volts, now: Instant, seed: UInt64) {
        self.profile = profile
        self.nominalVoltage = nominalVoltage
        self.now = now
        generator = SeededGenerator(seed: seed)
        bank = RegisterBank(rules: profile.reading, points: profile.points + profile.identity) { point in
            switch point {
            case profile.frequency: point.type.registerCount == 1 ? -2 : -3
            case let point where profile.voltages.contains(point): -1
            case let point where profile.phases?.currents.contains(point) == true: -2
            default: 0
            }
        }
        for point in profile.identity { bank.store(point.valid?.lowerBound ?? 0, point) }
        measure(frequency: Hertz(50), power: .zero)
        updatedAt = nil
        history = []
    }

    /// What the meter is connected to, at the time of the last `advance`. A frequency of nil is none: the registers say
    /// so where they can. Without powers of the phases, each carries a third.
    public mutating func measure(
        frequency: Hertz?, power: Watts, phases: [Watts]? = nil, voltage: Ratio = Ratio(1)
    ) {
        if let frequency { history.append((now, frequency + frequencyError)) }
        let oldest = now - profile.averagingTime
        history.removeAll { $0.at < oldest }
        if isFrozen { return }
        if let updatedAt, now.elapsed(since: updatedAt) < profile.updateTime { return }
        updatedAt = now
        if let frequency {
            let sum = history.reduce(Hertz.zero) { $0 + $1.frequency }
            let mean = history.isEmpty ? frequency : sum / Double(history.count)
            let step = profile.resolution.value
            let noisy = rail?.value ?? mean.value + generator.symmetric() * step
            bank.store((noisy / step).rounded() * step, profile.frequency)
        } else {
            bank.store(0, profile.frequency)
        }
        for point in profile.voltages {
            bank.store(nominalVoltage.value * (voltage.value + generator.symmetric() * 0.001), point)
        }
        storePower(power.value + generator.symmetric() * 2)
        storePhases(phases ?? Array(repeating: power / 3, count: 3), voltage: nominalVoltage.value * voltage.value)
    }

    /// The phases carry active power alone.
    private mutating func storePhases(_ powers: [Watts], voltage: Double) {
        guard let points = profile.phases else { return }
        for (point, power) in zip(points.powers, powers) { bank.store(power.value, point) }
        for (point, power) in zip(points.currents, powers) {
            bank.store(voltage > 1 ? power.magnitude.value / voltage : 0, point)
        }
    }

    private mutating func storePower(_ power: Double) {
        guard let point = profile.power else { return }
        guard let export = profile.powerExport else {
            bank.store(power, point)
            return
        }
        bank.store(max(0, power), point)
        bank.store(max(0, -power), export)
    }

    /// Moves on to a time, which never goes back.
    public mutating func advance(to time: Instant) { now = max(now, time) }

    /// The answer to one request.
    public mutating func answer(_ request: Request) -> Answer {
        if isSilent { return .silence }
        guard case .read(let table, let address, let count) = request else { return .exception(.illegalFunction) }
        return bank.read(table, address, count)
    }
}
