import FrequencyResponse
import Simulation

extension SeededGenerator {
    /// Evenly from 0 up to, and without, 1.
    mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
    mutating func chance(_ probability: Double) -> Bool { unit() < probability }
    mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }
    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}

/// A random site: services, limits and a fleet.
struct TrialSite {
    var settings: LawSettings
    var fleet: [ChargerSettings]
    var names: [String]

    init(_ random: inout SeededGenerator) {
        let count = random.chance(0.1) ? 1 : 1 + random.below(20)
        fleet = (0..<count).map { _ in Self.charger(&random) }
        let charge = fleet.reduce(0) { $0 + $1.chargeLimit.value }
        let capacity = max(1_000, charge * random.between(0.1, 1.2))
        var stack = ServiceStack(Self.service(capacity: capacity, &random))
        names = ["\(stack[0].kind)"]
        for _ in 0..<random.pick([0, 0, 0, 1, 2]) {
            stack.append(Self.service(capacity: capacity * random.between(0.05, 0.5), &random))
            names.append("\(stack[stack.count - 1].kind)")
        }
        var limits = SiteLimits()
        limits.buildingMinimum = Watts(random.between(0, 3_000))
        limits.buildingMaximum = limits.buildingMinimum + Watts(random.between(0, 10_000))
        if random.chance(0.6) { limits.importLimit = limits.buildingMaximum + Watts(charge * random.between(0.2, 1.5)) }
        if random.chance(0.6) { limits.exportLimit = Watts(charge * random.between(0.1, 1.2)) }
        if random.chance(0.3) {
            limits.buildingPhaseMaximum = limits.buildingMaximum / 3
            limits.buildingPhaseMinimum = Watts(random.pick([0, -1, -1]) * charge / 3 * random.between(0, 0.6))
            limits.phaseCurrent = Amperes(
                (limits.buildingPhaseMaximum.value + charge / 3 * random.between(0.3, 1.2)) / 207)
        }
        if random.chance(0.2) { limits.unbalance = Watts(random.between(1_000, 8_000)) }
        settings = LawSettings(
            services: stack,
            sensing: SensingSettings(
                first: JudgementSettings(nominalFrequency: Hertz(50), nominalVoltage: Volts(230), samplesToStart: 1)),
            limits: limits, recoveryWait: .seconds(Int64(random.below(60))),
            baselineRise: Watts(random.between(50, capacity)))
    }

    private static func charger(_ random: inout SeededGenerator) -> ChargerSettings {
        let limit = random.pick([3_700.0, 7_400, 10_000, 11_000, 22_000])
        let hasVehicle = random.chance(0.9)
        let floor = random.between(0.1, 0.6)
        let vehicle = VehicleSettings(
            battery: WattHours(random.between(20_000, 100_000)), minimumCharge: Ratio(floor),
            maximumCharge: Ratio(random.chance(0.3) ? random.between(0.8, 1) : 1),
            targetCharge: random.chance(0.6) ? Ratio(random.between(floor, 0.8)) : nil,
            departure: random.chance(0.4) ? .seconds(Int64(random.below(86_400))) : nil,
            throughputLimit: random.chance(0.2) ? WattHours(random.between(100, 20_000)) : nil,
            participates: !random.chance(0.1))
        return ChargerSettings(
            chargeLimit: Watts(limit),
            dischargeLimit: random.chance(0.2) ? .zero : Watts(limit * random.pick([0.5, 1])),
            chargeMinimum: Watts(random.pick([0, 0, 1_400, limit * 0.3])),
            dischargeMinimum: Watts(random.pick([0, 0, 700, limit * 0.2])),
            resolution: Watts(random.pick([1, 1, 10, 100, 230])), wakePower: Watts(random.pick([0, 0, 1])),
            phases: random.pick([.all, .all, .l1, .l2, .l3, PhaseSet(rawValue: 3)]), forbidsZero: random.chance(0.1),
            chargeStep: Ratio(random.pick([0, 0.001, 0.01])),
            behaviour: random.chance(0.7)
                ? ChargerBehaviour(
                    deadTime: .milliseconds(Int64(random.below(4_000))),
                    deadTimeIdle: .milliseconds(Int64(random.below(4_000))),
                    deadTimeReversal: .milliseconds(Int64(random.below(5_000))),
                    ramp: Watts(limit * random.between(0.2, 4))) : nil,
            vehicle: hasVehicle ? vehicle : nil)
    }

    /// Every service of the catalogue, and the three that a site file describes by itself.
    static func service(capacity: Double, _ random: inout SeededGenerator) -> ServiceSettings {
        let kinds = (0..<ServiceKind.count).compactMap { ServiceKind(rawValue: UInt8($0)) }
        let kind = random.pick(kinds)
        let rules = kind.rules
        let shape =
            rules.shape
            ?? CurveShape.droop(
                deadband: Hertz(random.between(0.01, 0.1)), droop: Ratio(random.between(0.01, 0.1)), nominal: Hertz(50))
        guard let curve = try? shape.curve() else { preconditionFailure("the catalogue has a curve that is none") }
        var method = rules.method
        if kind == .step {
            method = .triggered(
                TriggerSettings(
                    trigger: Hertz(49.85), power: Ratio(random.between(0.2, 1)),
                    hold: .seconds(Int64(1 + random.below(30))),
                    release: Hertz(49.9), releaseTime: .seconds(Int64(random.below(20))),
                    recoveryRamp: random.between(0.01, 0.5),
                    afterHold: random.pick([.continues, .ends])))
        }
        // A 60 Hz trigger has no place on the 50 Hz grid of the trials.
        if case .triggered(var trigger) = method, trigger.trigger > Hertz(55) {
            trigger.trigger = Hertz(49.8)
            trigger.release = Hertz(49.95)
            method = .triggered(trigger)
        }
        var settings = ServiceSettings(
            kind: kind, curve: curve, direction: rules.direction, capacity: Watts(capacity),
            baselineRule: rules.baselineRule,
            responseTime: kind == .droop ? .milliseconds(Int64(random.below(5_000))) : .zero, duration: rules.duration,
            method: method,
            energy: rules.energy, timing: rules.timing)
        if rules.guardsRebound || settings.trigger != nil {
            settings.rebound = ReboundSettings(
                edge: Hertz(0.1), time: .seconds(Int64(random.below(30))), ramp: random.between(0.001, 0.1))
        }
        return settings
    }
}
