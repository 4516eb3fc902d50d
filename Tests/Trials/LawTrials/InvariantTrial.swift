import FrequencyResponse
import Simulation

/// One random site through random frequency and faults. After every tick all invariants are checked by what was given
/// and answered, not by what the law remembers.
struct InvariantTrial: ~Copyable {
    private var random: SeededGenerator
    private let site: TrialSite
    private var law: ControlLaw
    private var chargers: [TrialCharger]
    private var inputs: [ChargerInputs]
    private var memory: [ChargerMemory]
    private var turns: [ChargerTurn]
    private var setpoints: [Setpoint]
    private var commanded: [Watts]
    private var now = Instant(nanoseconds: 1_000_000_000_000)
    private var sequence: UInt32 = 0
    private var sample: FrequencySample?
    private var trustedAt: Instant?
    private var deviation = 0.0
    private var event = 0.0
    private var building = Watts.zero
    private var lastSum = Watts.zero
    private var lastBlend = 0.0
    private var sides: [Int]
    private var reversals: [Int]
    private var lastTargetSide = 0
    private var untilFault = 0
    private var lost: [Bool]
    private var hidden: [Bool]
    /// What somebody outside asks of the baseline.
    private var request: Watts?
    private var meterFault = 0
    private let isCalm: Bool
    /// The building's part on each phase; nil where the meter shows no phases.
    private let phaseShares: [Double]?
    private(set) var tally = Tally()
    private(set) var description = ""

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        site = TrialSite(&random)
        law = ControlLaw(settings: site.settings)
        var generator = random
        chargers = site.fleet.map { settings in
            let floor = settings.vehicle?.minimumCharge.value ?? 0.2
            return TrialCharger(
                behaviour: settings.behaviour, battery: settings.vehicle?.battery ?? WattHours(40_000),
                stateOfCharge: generator.chance(0.1) ? floor * 0.9 : generator.between(floor, 1))
        }
        random = generator
        inputs = site.fleet.map { _ in ChargerInputs(control: .controlled) }
        memory = site.fleet.map { _ in ChargerMemory() }
        turns = site.fleet.map { _ in ChargerTurn() }
        setpoints = site.fleet.map { _ in .zeroPower(until: Instant(nanoseconds: 0), tick: 0) }
        commanded = site.fleet.map { _ in .zero }
        sides = site.fleet.map { _ in 0 }
        reversals = site.fleet.map { _ in 0 }
        lost = site.fleet.map { _ in false }
        hidden = site.fleet.map { _ in false }
        isCalm = seed % 2 == 0
        phaseShares = Self.phaseShares(site.settings.limits, seed: seed)
        building = isCalm ? site.settings.limits.buildingMaximum : site.settings.limits.buildingMinimum
    }

    /// Runs so many ticks; answers with the first invariant that was broken.
    mutating func run(ticks: Int) -> String? {
        for number in 0..<ticks {
            let elapsed = Interval.milliseconds(random.chance(0.9) ? 50 : Int64(10 + random.below(400)))
            now = now + elapsed
            disturb(elapsed)
            let given = tickInputs()
            let outputs = law.step(
                given, fleet: site.fleet, chargers: inputs, memory: &memory, turns: &turns, setpoints: &setpoints)
            if let broken = check(outputs, given) {
                describe(number, outputs, given)
                return "tick \(number): \(broken)"
            }
            follow(outputs, elapsed)
            tally.ticks += 1
            digest(outputs)
        }
        // A charger turns round only when the site does.
        if let most = reversals.max(), most > tally.targetReversals + 2 {
            return "a charger was turned round \(most) times, the target \(tally.targetReversals) times"
        }
        if let worst = chargers.map(\.bookError).max(), worst > 1e-6 { return "energy books are off by \(worst) Wh" }
        return nil
    }

    /// Half of the sites with limited phases measure them. The building loads them unevenly, within its extremes.
    private static func phaseShares(_ limits: SiteLimits, seed: UInt64) -> [Double]? {
        var random = SeededGenerator(seed: seed ^ 0x9A5E)
        guard limits.phaseCurrent != nil, random.chance(0.5) else { return nil }
        let most = limits.buildingPhaseMaximum / limits.buildingMaximum
        let first = random.between(0, most)
        let second = random.between(0, min(most, 1 - first))
        // What is left over would not fit on the third phase: it is no load at all.
        return [first, second, min(most, 1 - first - second)]
    }

    /// The power on each phase of the connection.
    private var phasePowers: [Watts] {
        var powers = (phaseShares ?? [0, 0, 0]).map { building * $0 }
        for (index, charger) in chargers.enumerated() {
            let phases = site.fleet[index].phases
            for phase in 0..<3 where phases.has(phase) { powers[phase] += charger.power / Double(phases.count) }
        }
        return powers
    }

    /// What the meter shows on the phases. The building's power factor is 0.95.
    private func phaseMeasurement(voltage: Double) -> PhaseMeasurement? {
        guard let phaseShares, voltage > 1 else { return nil }
        var measured = PhaseMeasurement(currents: [.zero, .zero, .zero], powers: [.zero, .zero, .zero])
        let powers = phasePowers
        for phase in 0..<3 {
            let reactive = building.value * phaseShares[phase] * 0.33
            let apparent = (powers[phase].value * powers[phase].value + reactive * reactive).squareRoot()
            measured.currents[phase] = Amperes(apparent / voltage)
            measured.powers[phase] = powers[phase]
        }
        return measured
    }

    private mutating func digest(_ outputs: TickOutputs) {
        tally.note(UInt64(outputs.state.rawValue))
        for power in [outputs.response, outputs.baseline, outputs.target, outputs.correction, outputs.shortfall] {
            tally.note(power.value.bitPattern)
        }
        for power in [outputs.setpointSum, outputs.availableRaise, outputs.availableLower] {
            tally.note(power.value.bitPattern)
        }
        for setpoint in setpoints { tally.note(setpoint.isZeroPower ? 1 : setpoint.power.value.bitPattern) }
        for service in outputs.services.indices {
            tally.note(outputs.services[service].offerRaise.value.bitPattern)
            tally.note(outputs.services[service].offerLower.value.bitPattern)
        }
    }

    // MARK: The world

    private mutating func disturb(_ elapsed: Interval) {
        if random.chance(0.002) { event = random.pick([-0.8, -0.5, -0.3, 0, 0, 0, 0.3, 0.6]) }
        deviation += (event - deviation) * min(1, elapsed.seconds * 2) + random.symmetric() * 0.004
        if !isCalm {
            building = (building + Watts(random.symmetric() * 300))
                .clamped(to: site.settings.limits.buildingMinimum...site.settings.limits.buildingMaximum)
        }
        if random.chance(0.002) {
            request = random.pick([nil, nil, Watts(random.symmetric() * 60_000), Watts(.nan), .zero])
        }
        if random.chance(0.01) { meterFault = random.pick([0, 0, 1, 2, 3, 4]) }
        if meterFault != 0, random.chance(0.05) { meterFault = 0 }
        for index in chargers.indices where !isCalm && random.chance(0.002) {
            switch random.below(5) {
            case 0: lost[index].toggle()
            case 1:
                inputs[index].control = random.pick([.controlled, .controlled, .notControlled, .noVehicle, .faulted])
            case 2: hidden[index].toggle()
            case 3: chargers[index].weakness = random.pick([1, 1, 0.5, 0])
            default:
                inputs[index].offeredDischarge =
                    random.chance(0.5) ? nil : site.fleet[index].dischargeLimit * random.unit()
                inputs[index].offeredCharge = random.chance(0.5) ? nil : site.fleet[index].chargeLimit * random.unit()
            }
        }
        for index in chargers.indices {
            chargers[index].advance(to: now, by: elapsed)
            guard !lost[index] else { continue }
            inputs[index].takenAt = now
            inputs[index].power = chargers[index].power
            inputs[index].stateOfCharge = hidden[index] ? nil : Ratio(max(0, min(1, chargers[index].stateOfCharge)))
        }
    }

    private mutating func tickInputs() -> TickInputs {
        var voltage = 230.0
        var frequency: Hertz? = Hertz(50 + deviation)
        var isSilent = false
        switch meterFault {
        case 1: isSilent = true
        case 2: frequency = random.chance(0.5) ? nil : Hertz(.nan)
        case 3: voltage = random.between(0, 100)
        case 4: frequency = Hertz(random.between(0, 100))
        default: break
        }
        if !isSilent {
            sequence &+= 1
            sample = FrequencySample(
                frequency: frequency, voltageLowest: Volts(voltage), voltageHighest: Volts(voltage), takenAt: now,
                sequence: sequence)
        }
        let actual = chargers.reduce(building) { $0 + $1.power }
        let clock = WallClock(
            nanosecondsUTC: 1_600_000_000_000_000_000 + now.nanoseconds, offsetFromUTC: 7_200, isTrusted: true)
        return TickInputs(
            now: now, sample: sample,
            signal: ExternalSignal(share: Ratio(max(-1, min(1, deviation * 3))), takenAt: now),
            sitePower: isSilent
                ? nil : SitePower(power: actual, phases: phaseMeasurement(voltage: voltage), takenAt: now),
            baselineRequest: request, clock: clock)
    }

    private mutating func follow(_ outputs: TickOutputs, _ elapsed: Interval) {
        if outputs.judged.trust.isTrusted { trustedAt = now }
        lastSum = outputs.setpointSum
        lastBlend = outputs.services[0].blend
        for index in chargers.indices where !lost[index] {
            commanded[index] = setpoints[index].isZeroPower ? .zero : setpoints[index].power
            chargers[index].command(commanded[index], now: now)
            let side = commanded[index] > Watts(1) ? 1 : commanded[index] < .zero ? -1 : 0
            if side != 0 {
                if sides[index] * side < 0 {
                    tally.reversals += 1
                    reversals[index] += 1
                }
                sides[index] = side
            }
        }
        // What is left for those that take part.
        let fixed = site.fleet.indices.reduce(Watts.zero) {
            site.fleet[$1].vehicle?.participates == false ? $0 + commanded[$1] : $0
        }
        let shared = outputs.target + outputs.correction - fixed
        let side = shared > .zero ? 1 : shared < .zero ? -1 : 0
        if side != 0 {
            if lastTargetSide * side < 0 { tally.targetReversals += 1 }
            lastTargetSide = side
        }
        if outputs.judged.trust.isTrusted { tally.trusted += 1 } else { tally.untrusted += 1 }
        if outputs.state == .responding { tally.responding += 1 }
        if outputs.shortfall.magnitude > Watts(500) { tally.short += 1 }
        if turns.contains(where: { $0.reasons.contains(.connection) || $0.reasons.contains(.waitsForOthers) }) {
            tally.atConnection += 1
        }
        if turns.contains(where: { $0.reasons.contains(.phase) || $0.reasons.contains(.unbalance) }) {
            tally.atPhase += 1
        }
    }

    // MARK: The invariants

    private func check(_ outputs: TickOutputs, _ given: TickInputs) -> String? {
        checkNumbers(outputs) ?? checkChargers(outputs) ?? checkSum(outputs) ?? checkConnection(outputs)
            ?? checkPhases()
            ?? checkTrust(outputs, given) ?? checkResponse(outputs) ?? checkOffers(outputs)
    }

    private func checkNumbers(_ outputs: TickOutputs) -> String? {
        let values =
            [
                outputs.response, outputs.baseline, outputs.target, outputs.setpointSum, outputs.correction,
                outputs.shortfall,
                outputs.availableRaise, outputs.availableLower,
            ] + setpoints.map(\.power)
        return values.allSatisfy { $0.value.isFinite && $0.magnitude < Watts(1e9) } ? nil : "an output is not a number"
    }

    private func checkChargers(_ outputs: TickOutputs) -> String? {
        var charges = false
        var discharges = false
        for (index, setpoint) in setpoints.enumerated() {
            let settings = site.fleet[index]
            let power = setpoint.isZeroPower ? .zero : setpoint.power
            let charger = inputs[index]
            if setpoint.expires != now + site.settings.lease {
                return "charger \(index): the lease does not end when it should"
            }
            if power > settings.chargeLimit || power < -settings.dischargeLimit {
                return "charger \(index): beyond its limits"
            }
            let isLate =
                lost[index] && now.elapsed(since: charger.takenAt ?? Instant(nanoseconds: 0)) > settings.readingAgeLimit
            if charger.control != .controlled || isLate, !setpoint.isZeroPower {
                return "charger \(index): not under control and not at zero power"
            }
            let steps = power.value / settings.resolution.value
            let isWake = power == settings.wakePower && charger.stateOfCharge == nil
            if abs(steps - steps.rounded()) > 1e-9, !isWake {
                return "charger \(index): \(power.value) W is no step of its register"
            }
            if settings.forbidsZero, !setpoint.isZeroPower, power == .zero {
                return "charger \(index): told 0 W, which it forbids"
            }
            if power < .zero {
                discharges = true
                guard let charge = charger.stateOfCharge else {
                    return "charger \(index): discharges with an unknown state of charge"
                }
                if charge <= settings.vehicle?.minimumCharge ?? .zero {
                    return "charger \(index): discharges at its driver's floor"
                }
                if power > -settings.dischargeMinimum { return "charger \(index): below its least discharge" }
                if let offered = charger.offeredDischarge, -power > offered + Watts(1e-6) {
                    return "charger \(index): beyond what it offers"
                }
                if settings.vehicle?.participates == false {
                    return "charger \(index): discharges although its driver takes no part"
                }
            }
            if power > .zero, !isWake {
                if settings.vehicle?.participates != false { charges = true }
                if power < settings.chargeMinimum { return "charger \(index): below its least charging" }
                if let offered = charger.offeredCharge, power > offered + Watts(1e-6) {
                    return "charger \(index): beyond what it offers"
                }
                if let charge = charger.stateOfCharge, charge >= settings.vehicle?.maximumCharge ?? Ratio(1) {
                    return "charger \(index): charges above its driver's ceiling"
                }
            }
        }
        return charges && discharges ? "one charger works against another" : nil
    }

    private func checkSum(_ outputs: TickOutputs) -> String? {
        let sum = setpoints.reduce(Watts.zero) { $0 + ($1.isZeroPower ? .zero : $1.power) }
        if (sum - outputs.setpointSum).magnitude > Watts(1e-6) {
            return "the sum reported is not the sum of the setpoints"
        }
        if outputs.withheld.cause == .keptFromResponding, !outputs.state.isKeptFromAnswering {
            return "\(outputs.withheld.power.value) W are withheld in state \(outputs.state)"
        }
        let missing = sum - outputs.correction - (outputs.baseline - outputs.response) + outputs.withheld.power
        if (missing - outputs.shortfall).magnitude > Watts(1e-6) {
            return "the shortfall reported is not the one that is"
        }
        return nil
    }

    /// The setpoints with the building and the worst of lost chargers; and what really flows, where the law knows all
    /// of it.
    private func checkConnection(_ outputs: TickOutputs) -> String? {
        let sum = outputs.setpointSum
        if let highest = outputs.siteBounds.highest, sum > highest + Watts(1e-6) {
            return "the sum \(sum.value) W is above the site's \(highest.value) W"
        }
        if let lowest = outputs.siteBounds.lowest, sum < lowest - Watts(1e-6) {
            return "the sum \(sum.value) W is below the site's \(lowest.value) W"
        }
        // Where no charger fails and the building stands still, what flows must stay within the connection as well,
        // however slowly chargers follow.
        guard isCalm, site.fleet.allSatisfy({ $0.behaviour.isKnown }) else { return nil }
        let flows = chargers.reduce(building) { $0 + $1.power }
        if let limit = site.settings.limits.importLimit, flows > limit + Watts(5) {
            return "\(flows.value) W flow in, \(limit.value) W are allowed"
        }
        if let limit = site.settings.limits.exportLimit, -flows > limit + Watts(5) {
            return "\(-flows.value) W flow out, \(limit.value) W are allowed"
        }
        return nil
    }

    private func checkPhases() -> String? {
        guard site.settings.limits.phaseCurrent != nil || site.settings.limits.unbalance != nil else { return nil }
        var sums = [0.0, 0.0, 0.0]
        for (index, setpoint) in setpoints.enumerated() where !setpoint.isZeroPower {
            let phases = site.fleet[index].phases
            for phase in 0..<3 where phases.rawValue >> UInt8(phase) & 1 == 1 {
                sums[phase] += setpoint.power.value / Double(phases.count)
            }
        }
        if let current = site.settings.limits.phaseCurrent?.value {
            // With the building at either extreme.
            let limits = site.settings.limits
            if phaseShares != nil { return checkMeasuredPhases(sums, limit: current * 230 + 25) }
            if let most = sums.max(), most > 0, most + limits.buildingPhaseMaximum.value > current * 230 + 25 {
                return "a phase imports \(most) W beside a building of \(limits.buildingPhaseMaximum.value) W"
            }
            if let least = sums.min(), least < 0, -least - limits.buildingPhaseMinimum.value > current * 230 + 25 {
                return "a phase exports \(-least) W beside a building of \(limits.buildingPhaseMinimum.value) W"
            }
        }
        if let unbalance = site.settings.limits.unbalance, let high = sums.max(), let low = sums.min(),
            high - low > unbalance.value + 25
        {
            return "the phases differ by \(high - low) W of \(unbalance.value) W"
        }
        return nil
    }

    /// With the building as it is, where it stands still. What flows counts as well, where the law knows how chargers
    /// follow.
    private func checkMeasuredPhases(_ sums: [Double], limit: Double) -> String? {
        guard isCalm, let phaseShares else { return nil }
        for phase in 0..<3 {
            let load = building.value * phaseShares[phase]
            if (sums[phase] + load).magnitude > limit, sums[phase].magnitude > 25 {
                return "setpoints of \(sums[phase]) W beside a building of \(load) W on a phase limited to \(limit) W"
            }
        }
        guard site.fleet.allSatisfy({ $0.behaviour.isKnown }) else { return nil }
        if let most = phasePowers.map(\.magnitude.value).max(), most > limit {
            return "\(most) W flow on a phase limited to \(limit) W"
        }
        return nil
    }

    private func checkTrust(_ outputs: TickOutputs, _ given: TickInputs) -> String? {
        let sum = outputs.setpointSum
        guard !outputs.judged.trust.isTrusted else { return nil }
        if sum > max(.zero, lastSum) + Watts(2) { return "import rose while frequency is not trusted" }
        if sum < min(.zero, lastSum) - Watts(2) { return "export rose while frequency is not trusted" }
        if outputs.judged.trust == .voltageOutside, sum < .zero { return "discharge on a dead bus" }
        if let trustedAt, now.elapsed(since: trustedAt) > .seconds(2) + .milliseconds(450), sum < .zero {
            return "discharge \(now.elapsed(since: trustedAt).seconds) s after the last trusted sample"
        }
        return nil
    }

    private func checkResponse(_ outputs: TickOutputs) -> String? {
        var most = Watts.zero
        for index in 0..<site.settings.services.count { most += site.settings.services[index].capacity }
        if outputs.response.magnitude > most + Watts(1e-6) { return "the response is larger than all capacities" }
        let service = site.settings.services[0]
        guard site.settings.services.count == 1, case .continuous = service.method, service.responseTime == .zero,
            service.rebound == nil, outputs.state.isActive, outputs.judged.trust == .trusted,
            outputs.services[0].blend == 0,
            lastBlend == 0,
            let frequency = outputs.judged.frequency
        else { return nil }
        let wanted = service.capacity * service.share(at: frequency - Hertz(50)).value
        return wanted == outputs.response ? nil : "the response is not the curve's"
    }

    private func checkOffers(_ outputs: TickOutputs) -> String? {
        for index in 0..<site.settings.services.count {
            let offer = outputs.services[index]
            let most = site.settings.services[index].capacity
            let range = Watts.zero...most
            if !range.contains(offer.offerRaise) || !range.contains(offer.offerLower) {
                return "service \(index) offers more than its capacity, or less than nothing"
            }
        }
        return nil
    }

    private mutating func describe(_ tick: Int, _ outputs: TickOutputs, _ given: TickInputs) {
        var lines = [
            "services \(site.names.joined(separator: ", "))", "\(outputs)", "limits \(site.settings.limits)",
            "building \(building.value) W, last sum \(lastSum.value) W",
        ]
        for index in setpoints.indices {
            lines.append(
                """
                charger \(index): setpoint \
                \(setpoints[index].isZeroPower ? "zero power" : "\(setpoints[index].power.value) W") power \
                \(chargers[index].power.value) W weakness \(chargers[index].weakness) lost \(lost[index]) \
                \(inputs[index]) \(site.fleet[index].chargeLimit.value)/\(site.fleet[index].dischargeLimit.value) W, \
                plan \(turns[index].plan.value), window \(turns[index].lowest.value) to \
                \(turns[index].highest.value), reasons \(String(turns[index].reasons.rawValue, radix: 2))
                """
            )
        }
        description = lines.map { String($0.prefix(900)) }.joined(separator: "\n")
    }
}
