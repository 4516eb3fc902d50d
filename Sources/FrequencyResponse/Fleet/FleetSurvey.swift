/// What the chargers can do in this tick, and the worst that those beyond control may do.
///
/// It reads the chargers' inputs and updates their memory, except for the command that the law notes when it publishes.
/// It fills every charger's ``ChargerTurn`` and adds up what the site needs to know of the fleet. For delivery a
/// charger beyond control counts nothing. For limits it counts the worst it may still do.
struct FleetSurvey: BitwiseCopyable {
    /// The number of chargers under control.
    var controlled: Int32 = 0
    var charging = Charging()
    var capability = Capability()
    var uncontrolled = Uncontrolled()
    var measurement = Measurement()
    /// The commands of the chargers under control, by phase, where the site limits phases.
    var commandedByPhase = PhasePowers()
    /// The time to the earliest announced departure.
    var nextDeparture: Interval?
    /// The coarsest step of a setpoint register.
    var step = Watts.zero

    /// The charging that users' needs ask for: of all, and of those that take no part in services.
    struct Charging: BitwiseCopyable {
        var planned = Watts.zero
        var fixed = Watts.zero
    }

    /// What the fleet can give and take, as positive numbers.
    struct Capability: BitwiseCopyable {
        /// The power that can be kept up for as long as the services last.
        var discharge = Watts.zero
        var charge = Watts.zero
        /// The same by phase, where the site limits phases.
        var dischargeByPhase = PhaseShares()
        var chargeByPhase = PhaseShares()
        /// The part of the charging that is not promised, because the battery is not known.
        var unpromisedCharge = Watts.zero
        /// The part of the discharge that is not offered, because the vehicle is late.
        var unofferedDischarge = Watts.zero
        /// The power of those under control, whatever the energy.
        var dischargePower = Watts.zero
        var chargePower = Watts.zero
        /// The energy that is free for services, at the terminals.
        var raiseEnergy = WattHours.zero
        var lowerEnergy = WattHours.zero
    }

    /// The worst that chargers beyond control may do, as positive numbers.
    struct Uncontrolled: BitwiseCopyable {
        var imported = Watts.zero
        var exported = Watts.zero
        var importedByPhase = PhasePowers()
        var exportedByPhase = PhasePowers()
        /// The part of it that does not use all phases evenly.
        var unevenImport = PhasePowers()
        var unevenExport = PhasePowers()
    }

    /// What the chargers measure together.
    struct Measurement: BitwiseCopyable {
        /// The sum of all; nil while one is unknown.
        var sum: Watts? = .zero
        /// The same; also nil while one is not at the power that it was commanded.
        var settled: Watts? = .zero
        /// What `settled` may be wrong by: the sum of the chargers' tolerances.
        var tolerance = Watts.zero
        /// What the chargers measure by phase, where the site limits phases. It counts where `settled` is known.
        var settledByPhase = PhasePowers()
        /// What chargers deliver beside the commands that they follow.
        var offset = Watts.zero
        /// What chargers under control do not deliver though their models say that they should, and the charger that
        /// lacks most of it; -1 for none.
        var undelivered = Watts.zero
        var undeliveredBy: Int32 = -1
        var undeliveredMost = Watts.zero
    }

    /// What all chargers have in common in this tick.
    struct Moment: BitwiseCopyable {
        var now: Instant
        var elapsed: Interval
        var clock: WallClock
        /// The number of the local day.
        var day: Int64
        /// The longest duration of the services.
        var duration: Interval
        /// An event, or the recovery after one, holds charging back.
        var isHeldBack: Bool
        /// The site limits its phases.
        var countsPhases: Bool
    }

    static func take(
        _ moment: Moment, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, turns: inout MutableSpan<ChargerTurn>
    ) -> FleetSurvey {
        var survey = FleetSurvey()
        for index in 0..<fleet.count {
            turns[index].begin()
            survey.add(
                index, fleet: fleet, chargers: chargers, memory: &memory[index], turn: &turns[index], moment: moment)
        }
        return survey
    }

    private mutating func add(
        _ index: Int, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>, memory: inout ChargerMemory,
        turn: inout ChargerTurn, moment: Moment
    ) {
        let charger = chargers[index]
        let chargeLimit = fleet[index].chargeLimit
        let dischargeLimit = fleet[index].dischargeLimit
        turn.control = charger.control(at: moment.now, limit: fleet[index].readingAgeLimit)
        if turn.control == .controlled, charger.allowance != .none || memory.supply.isWithheld(fleet[index].permit) {
            turn.control = .notControlled
        }
        var measured = turn.control == .unreachable ? nil : charger.power
        if let power = measured, !power.value.isFinite { measured = nil }
        switch turn.control {
        case .controlled, .unreachable:
            memory.tracking.update(
                memory.commanded, measured: measured,
                plant: ChargerTracking.Plant(
                    behaviour: fleet[index].behaviour, chargeLimit: chargeLimit, dischargeLimit: dischargeLimit,
                    readingAgeLimit: fleet[index].readingAgeLimit), now: moment.now, elapsed: moment.elapsed)
        case .notControlled, .noVehicle, .faulted:
            // Another vehicle or another master: what was learned of the one before does not count.
            memory.tracking = ChargerTracking()
        }
        if turn.control != .unreachable {
            memory.departure.note(isPluggedIn: turn.control != .noVehicle, now: moment.now)
        }
        let vehicle = PluggedInVehicle(
            fleet[index].vehicle, charger.needs, low: memory.estimate.low, chargeLimit: chargeLimit,
            watch: &memory.departure, clock: moment.clock, now: moment.now)
        memory.estimate.update(
            charger.stateOfCharge, power: measured ?? memory.commanded, step: fleet[index].chargeStep, vehicle: vehicle,
            elapsed: moment.elapsed)
        turn.participates = fleet[index].responds && vehicle?.participates ?? true
        Self.countThroughput(measured, vehicle: vehicle, memory: &memory, turn: &turn, moment: moment)
        ChargingPlan.update(
            &memory, &turn, vehicle: vehicle, index: index, chargeLimit: chargeLimit, isHeldBack: moment.isHeldBack,
            now: moment.now)
        turn.plan = memory.plan
        turn.step = fleet[index].resolution
        if let step = charger.setpointStep, step > turn.step { turn.step = step }
        let window = PowerWindow(
            charger, control: turn.control,
            limits: PowerWindow.Limits(
                charge: chargeLimit, discharge: dischargeLimit, learned: memory.tracking.learned,
                throughput: memory.throughput, plan: memory.plan, responds: fleet[index].responds),
            estimate: memory.estimate, vehicle: vehicle)
        turn.lowest = window.lowest
        turn.highest = window.highest
        turn.reasons = window.reasons
        if charger.isLocked { turn.reasons.insert(.locked) }
        let free = ChargingPlan.freeEnergy(
            ChargingPlan.Battery(
                estimate: memory.estimate, throughput: memory.throughput, chargeLimit: chargeLimit,
                dischargeLimit: dischargeLimit), vehicle: vehicle, duration: moment.duration)
        turn.energy.raise = turn.participates && !turn.departure.isLate ? free.raise : .zero
        turn.energy.lower = turn.participates ? free.lower : .zero
        turn.energy.sustainedDischarge = min(-window.lowest, free.raise.power(over: moment.duration))
        turn.energy.sustainedCharge = min(window.highest, free.lower.power(over: moment.duration))
        turn.before.commanded = memory.commanded
        turn.before.lastSide = memory.lastSide
        turn.before.expected = memory.tracking.expected
        turn.before.reachLow = memory.tracking.reachLow
        turn.before.reachHigh = memory.tracking.reachHigh
        addCapability(index, fleet: fleet, turn: &turn, countsPhases: moment.countsPhases)
        addControl(index, fleet: fleet, charger: charger, memory: &memory, control: turn.control, now: moment.now)
        addMeasurement(index, fleet: fleet, charger: charger, memory: &memory, control: turn.control)
        if moment.countsPhases {
            if turn.control == .controlled { commandedByPhase.add(memory.commanded, on: fleet[index].phases) }
            measurement.settledByPhase.add(measured ?? .zero, on: fleet[index].phases)
        }
    }

    /// Counts the energy that responses move through the battery: all discharge, and charging beyond the plan.
    private static func countThroughput(
        _ measured: Watts?, vehicle: PluggedInVehicle?, memory: inout ChargerMemory, turn: inout ChargerTurn,
        moment: Moment
    ) {
        let hasTurned = memory.throughputDay.map { $0 != moment.day } ?? false
        if hasTurned || turn.control == .noVehicle { memory.throughput = .zero }
        memory.throughputDay = moment.day
        let power = measured ?? memory.commanded
        memory.throughput += (power < .zero ? -power : max(.zero, power - memory.plan)).energy(over: moment.elapsed)
        turn.energy.freshness = vehicle.map { 1 / (1 + memory.throughput / $0.battery) } ?? 1
    }

    private mutating func addCapability(
        _ index: Int, fleet: Span<ChargerSettings>, turn: inout ChargerTurn, countsPhases: Bool
    ) {
        let plan = min(turn.plan, turn.highest)
        charging.planned += plan
        let isKnown = !turn.reasons.contains(.unknownBattery)
        capability.discharge += turn.energy.sustainedDischarge
        if turn.departure.isLate { capability.unofferedDischarge += turn.energy.sustainedDischarge }
        capability.charge += turn.energy.sustainedCharge
        if !isKnown { capability.unpromisedCharge += turn.energy.sustainedCharge }
        if countsPhases {
            if !turn.departure.isLate {
                capability.dischargeByPhase.add(turn.energy.sustainedDischarge, on: fleet[index].phases)
            }
            if isKnown { capability.chargeByPhase.add(turn.energy.sustainedCharge, on: fleet[index].phases) }
        }
        guard turn.control == .controlled else { return }
        guard turn.participates else {
            charging.fixed += fleet.lowered(index, plan, side: 1, step: turn.step)
            return
        }
        capability.dischargePower += fleet[index].dischargeLimit
        capability.chargePower += fleet[index].chargeLimit
        step = max(step, turn.step)
        capability.raiseEnergy += turn.energy.raise
        if isKnown { capability.lowerEnergy += turn.energy.lower }
        if let departsIn = turn.departure.departsIn { nextDeparture = min(nextDeparture ?? departsIn, departsIn) }
    }

    private mutating func addControl(
        _ index: Int, fleet: Span<ChargerSettings>, charger: ChargerInputs, memory: inout ChargerMemory,
        control: ChargerControl, now: Instant
    ) {
        switch control {
        case .controlled:
            controlled += 1
            memory.controlledAt = now
        case .noVehicle: memory.controlledAt = now
        case .unreachable, .notControlled, .faulted:
            addWorst(index, fleet: fleet, charger: charger, memory: &memory, control: control, now: now)
        }
    }

    private mutating func addMeasurement(
        _ index: Int, fleet: Span<ChargerSettings>, charger: ChargerInputs, memory: inout ChargerMemory,
        control: ChargerControl
    ) {
        if memory.commanded != .zero { measurement.offset += memory.tracking.offset }
        guard control != .unreachable, let power = charger.power, power.value.isFinite else {
            measurement.settled = nil
            measurement.sum = nil
            return
        }
        measurement.sum = measurement.sum.map { $0 + power }
        let missing = memory.tracking.undelivered
        if control == .controlled, missing != .zero {
            measurement.undelivered += missing
            if missing.magnitude > measurement.undeliveredMost {
                measurement.undeliveredMost = missing.magnitude
                measurement.undeliveredBy = Int32(index)
            }
        }
        let limit = max(fleet[index].chargeLimit, fleet[index].dischargeLimit)
        measurement.tolerance += ChargerInputs.settledTolerance(limit: limit)
        let isSettled = charger.isSettled(at: memory.commanded, limit: limit)
        measurement.settled = isSettled ? measurement.settled.map { $0 + power } : nil
    }

    /// Adds the worst of a charger beyond control: its full charge limit or what it may take by itself, and the discharge that it was last commanded
    /// or showed, until its own timeout, dead time and ramp have passed. A charger that was never under control counts
    /// its full discharge limit for as long, since what it was commanded before the start is not known. What one shows
    /// that can be read counts as long as it shows it.
    private mutating func addWorst(
        _ index: Int, fleet: Span<ChargerSettings>, charger: ChargerInputs, memory: inout ChargerMemory,
        control: ChargerControl, now: Instant
    ) {
        // Without its supply it can do nothing, unless it shows a power all the same.
        let shows = (charger.power ?? .zero).magnitude > fleet[index].lowPower && control != .unreachable
        if !shows, memory.supply.isOff(fleet[index].permit, now: now) { return }
        let most = fleet[index].worstImport
        uncontrolled.imported += most
        uncontrolled.importedByPhase.add(most, on: fleet[index].phases)
        let since = memory.controlledAt ?? memory.firstSeenAt ?? now
        memory.firstSeenAt = memory.firstSeenAt ?? now
        let wasControlled = memory.controlledAt != nil
        let shown = max(.zero, -(charger.power ?? .zero))
        let commanded = max(max(.zero, -memory.commanded), max(shown, -memory.tracking.reachLow))
        let last = wasControlled ? commanded : fleet[index].dischargeLimit
        let ending =
            fleet[index].deviceTimeout + fleet[index].behaviour.longestDeadTime
            + fleet[index].behaviour.rampTime(last)
        let mayDischarge = now.elapsed(since: since) <= ending && (wasControlled || control == .unreachable)
        let held = max(mayDischarge ? last : .zero, control == .unreachable ? .zero : shown)
        let export = max(held, fleet[index].ownExport)
        uncontrolled.exported += export
        uncontrolled.exportedByPhase.add(export, on: fleet[index].phases)
        guard fleet[index].phases != .all else { return }
        uncontrolled.unevenImport.add(most, on: fleet[index].phases)
        uncontrolled.unevenExport.add(export, on: fleet[index].phases)
    }
}
