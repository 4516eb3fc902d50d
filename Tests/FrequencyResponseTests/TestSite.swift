import FrequencyResponse

/// A site for tests: equal chargers with vehicles at 60 %, one tick per 50 ms, a fresh sample with every tick unless
/// said otherwise.
struct TestSite {
    var settings: LawSettings
    var fleet: [ChargerSettings]
    var chargers: [ChargerInputs]
    var setpoints: [Setpoint]
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var period = Interval.milliseconds(50)
    var armed = true
    var stopping = false
    /// What the contacts make of the site.
    var interlock = InterlockCondition.clear
    /// A bit for each permit that is on.
    var standing = UInt64.max
    var sitePower: Watts?
    /// What the meter shows on the phases, beside `sitePower`.
    var phases: PhaseMeasurement?
    /// What somebody outside asks of the baseline.
    var baselineRequest: Watts?
    /// What an external signal asks, sent anew with every tick.
    var signal: Ratio?
    /// What the other meters say, as new as the first.
    var others: [Double] = []
    /// Whether the site is in service by its grid code at the first tick.
    var startsInService = true
    /// Whether the first meter keeps its last sample while the others go on.
    var firstMeterIsSilent = false
    /// What a person has said last of a meter.
    var meterOrder: MeterOrder?
    var clock = WallClock.unknown
    /// Whether chargers go on telling of themselves.
    var chargersReport = true
    private var engine: Engine?
    var memory: [ChargerMemory] { engine?.memory ?? [] }
    var turns: [ChargerTurn] { engine?.turns ?? [] }
    private var sequence: UInt32 = 0
    /// The contacts' thread makes a turn with every tick.
    private var sequenceOfTurns: UInt64 = 0
    private var sample: FrequencySample?
    private var newestAt: Instant?

    /// The controller is not copyable, so it lives in an object.
    private final class Engine {
        var law: ControlLaw
        var memory: [ChargerMemory]
        var turns: [ChargerTurn]
        init(_ settings: LawSettings, count: Int, isInService: Bool) {
            law = ControlLaw(settings: settings, isInService: isInService)
            memory = Array(repeating: ChargerMemory(), count: count)
            turns = Array(repeating: ChargerTurn(), count: count)
        }
    }

    init(
        chargers count: Int = 4, limit: Double = 7_400, kind: ServiceKind = .gbDynamicContainment,
        capacity: Double = 20_000
    ) {
        let curve =
            try! kind.rules.shape?.curve()
            ?? CurveShape.droop(deadband: Hertz(0.036), droop: Ratio(0.05), nominal: Hertz(50)).curve()
        settings = LawSettings(
            services: ServiceStack(
                ServiceSettings(
                    kind: kind, curve: curve, direction: kind.rules.direction, capacity: Watts(capacity),
                    baselineRule: kind.rules.baselineRule, responseTime: .zero, duration: kind.rules.duration,
                    method: kind.rules.method,
                    timing: kind.rules.timing)),
            sensing: SensingSettings(
                first: JudgementSettings(nominalFrequency: Hertz(50), nominalVoltage: Volts(230), samplesToStart: 1)),
            limits: SiteLimits(), baselineRise: Watts(capacity))
        fleet = Array(
            repeating: ChargerSettings(
                chargeLimit: Watts(limit), dischargeLimit: Watts(limit),
                vehicle: VehicleSettings(battery: WattHours(40_000), minimumCharge: Ratio(0.4))), count: count)
        chargers = Array(
            repeating: ChargerInputs(control: .controlled, stateOfCharge: Ratio(0.6)), count: count)
        setpoints = Array(repeating: .zeroPower(until: now, tick: 0), count: count)
    }

    /// A tick with a new sample.
    mutating func tick(frequency: Double?, voltage: Double = 230) -> TickOutputs {
        sequence += 1
        newestAt = now
        if firstMeterIsSilent { return tick() }
        sample = FrequencySample(
            frequency: frequency.map { Hertz($0) }, voltageLowest: Volts(voltage), voltageHighest: Volts(voltage),
            takenAt: now, sequence: sequence)
        return tick()
    }

    /// A tick without a new sample.
    mutating func tick() -> TickOutputs {
        sequenceOfTurns += 1
        let engine = engine ?? Engine(settings, count: fleet.count, isInService: startsInService)
        self.engine = engine
        let inputs = TickInputs(
            now: now, sample: sample, secondSample: other(0), thirdSample: other(1),
            signal: signal.map { ExternalSignal(share: $0, takenAt: now) },
            sitePower: sitePower.map { SitePower(power: $0, phases: phases, takenAt: now) },
            baselineRequest: baselineRequest, clock: clock, armRequested: armed, stopRequested: stopping,
            interlocks: InterlockInputs(condition: interlock, turns: sequenceOfTurns, standing: standing),
            meterOrder: meterOrder)
        engine.law.adopt(settings)
        if chargersReport { for index in chargers.indices { chargers[index].takenAt = now } }
        let outputs = engine.law.step(
            inputs, fleet: fleet, chargers: chargers, memory: &engine.memory, turns: &engine.turns,
            setpoints: &setpoints)
        now = now + period
        return outputs
    }

    private func other(_ index: Int) -> FrequencySample? {
        guard index < others.count, let newestAt else { return nil }
        return FrequencySample(
            frequency: Hertz(others[index]), voltageLowest: Volts(230), voltageHighest: Volts(230),
            takenAt: newestAt, sequence: sequence, source: UInt8(index + 1))
    }

    var isAllAtZeroPower: Bool { setpoints.allSatisfy { $0.isZeroPower } }

    var sum: Watts { setpoints.reduce(.zero) { $0 + ($1.isZeroPower ? .zero : $1.power) } }
}
