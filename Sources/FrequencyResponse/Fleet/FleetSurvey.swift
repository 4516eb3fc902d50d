/// What the chargers could do this tick, and what those beyond control may do at worst.
struct FleetSurvey: BitwiseCopyable {
    var controlled: Int32 = 0
    /// What the drivers' plans charge, together and by those that do not take part in services.
    var plan = Watts.zero
    var fixed = Watts.zero
    /// What can be kept up for as long as the services last, as positive numbers.
    var discharge = Watts.zero
    var charge = Watts.zero
    /// What their power allows, whatever the energy.
    var dischargePower = Watts.zero
    var chargePower = Watts.zero
    /// The energy that is free for services, at the terminals.
    var raiseEnergy = WattHours.zero
    var lowerEnergy = WattHours.zero
    /// The worst of chargers beyond control, as positive numbers, and by phase.
    var otherImport = Watts.zero
    var otherExport = Watts.zero
    var otherImportPhases = PhasePowers()
    var otherExportPhases = PhasePowers()
    /// The part of them that does not use all phases evenly.
    var otherImportUneven = PhasePowers()
    var otherExportUneven = PhasePowers()
    /// The sum of what all chargers measure; nil while one is not known, or stands elsewhere than it was told.
    var settled: Watts? = .zero
    var measured: Watts? = .zero
    /// What followed commands leave beside them.
    var offset = Watts.zero
    var nextDeparture: Interval?
    /// The coarsest step of a setpoint register.
    var step = Watts.zero

    /// What all chargers have in common this tick.
    struct Moment: BitwiseCopyable {
        var now: Instant
        var elapsed: Interval
        var clock: WallClock
        /// Counts local days.
        var day: Int64
        /// The longest duration of the services.
        var duration: Interval
        /// Charging is held back by an event or its recovery.
        var isHeldBack: Bool
    }

    /// Looks at every charger, and brings what is remembered of it up to date.
    static func take(
        _ moment: Moment, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> FleetSurvey {
        var survey = FleetSurvey()
        for index in 0..<fleet.count {
            survey.look(at: chargers[index], settings: fleet[index], memory: &memory[index], moment: moment)
        }
        return survey
    }

    private mutating func look(
        at charger: ChargerInputs, settings: ChargerSettings, memory: inout ChargerMemory, moment: Moment
    ) {
        memory.link = charger.link(at: moment.now, limit: settings.readingAgeLimit)
        var measured = memory.link == .unreachable ? nil : charger.power
        if let power = measured, !power.value.isFinite { measured = nil }
        switch memory.link {
        case .controlled, .unreachable:
            memory.tracking.update(
                memory.commanded, measured: measured, settings: settings, now: moment.now, elapsed: moment.elapsed)
        case .notControlled, .noVehicle, .faulted:
            // Another vehicle, or another master: what was learned of the one before does not count.
            memory.tracking = ChargerTracking()
        }
        let guest = Guest(settings.vehicle, charger.driver, clock: moment.clock, now: moment.now)
        memory.estimate.update(
            charger.stateOfCharge, power: measured ?? memory.commanded, step: settings.chargeStep, guest: guest,
            elapsed: moment.elapsed)
        count(measured, guest: guest, memory: &memory, moment: moment)
        DriverPlan.update(&memory, guest: guest, settings: settings, isHeldBack: moment.isHeldBack, now: moment.now)
        let window = PowerWindow(charger, memory: memory, guest: guest, settings: settings)
        memory.lowest = window.lowest
        memory.highest = window.highest
        memory.reasons = window.reasons
        let free = DriverPlan.free(memory, guest: guest, settings: settings, duration: moment.duration)
        memory.raiseEnergy = memory.participates ? free.raise : .zero
        memory.lowerEnergy = memory.participates ? free.lower : .zero
        memory.sustainedDischarge = min(-window.lowest, free.raise.power(over: moment.duration))
        memory.sustainedCharge = min(window.highest, free.lower.power(over: moment.duration))
        add(charger, settings: settings, memory: &memory, moment: moment)
    }

    /// The energy that responses move: all discharge, and charging beyond the plan.
    private func count(_ measured: Watts?, guest: Guest?, memory: inout ChargerMemory, moment: Moment) {
        if memory.throughputDay != moment.day || memory.link == .noVehicle {
            memory.throughput = .zero
            memory.throughputDay = moment.day
        }
        let power = measured ?? memory.commanded
        memory.throughput += (power < .zero ? -power : max(.zero, power - memory.plan)).energy(over: moment.elapsed)
        memory.freshness = guest.map { 1 / (1 + memory.throughput / $0.battery) } ?? 1
    }

    private mutating func add(
        _ charger: ChargerInputs, settings: ChargerSettings, memory: inout ChargerMemory, moment: Moment
    ) {
        let plan = min(memory.plan, memory.highest)
        self.plan += plan
        if memory.link == .controlled, !memory.participates { fixed += settings.lowered(plan, side: 1) }
        discharge += memory.sustainedDischarge
        charge += memory.sustainedCharge
        if memory.link == .controlled, memory.participates {
            dischargePower += settings.dischargeLimit
            chargePower += settings.chargeLimit
            step = max(step, settings.resolution)
            raiseEnergy += memory.raiseEnergy
            lowerEnergy += memory.lowerEnergy
            if let departsIn = memory.departsIn { nextDeparture = min(nextDeparture ?? departsIn, departsIn) }
        }
        if memory.commanded != .zero { offset += memory.tracking.offset }
        countWorst(charger, settings: settings, memory: &memory, now: moment.now)
        guard memory.link != .unreachable, let power = charger.power, power.value.isFinite else {
            settled = nil
            measured = nil
            return
        }
        measured = measured.map { $0 + power }
        settled = charger.isSettled(at: memory.commanded, settings: settings) ? settled.map { $0 + power } : nil
    }

    /// For delivery a charger beyond control counts nothing; for limits it counts the worst: its full charge limit, and
    /// the discharge it was last told until its own timeout has passed. Whoever told it before the start is not known:
    /// until it was heard, its full discharge limit counts for as long.
    private mutating func countWorst(
        _ charger: ChargerInputs, settings: ChargerSettings, memory: inout ChargerMemory, now: Instant
    ) {
        switch memory.link {
        case .controlled:
            controlled += 1
            memory.controlledAt = now
        case .noVehicle:
            memory.controlledAt = now
        case .unreachable, .notControlled, .faulted:
            otherImport += settings.chargeLimit
            otherImportPhases.add(settings.chargeLimit, on: settings.phases)
            let since = memory.controlledAt ?? memory.beganAt ?? now
            memory.beganAt = memory.beganAt ?? now
            let mayDischarge =
                now.elapsed(since: since) <= settings.deviceTimeout
                && (memory.controlledAt != nil || memory.link == .unreachable)
            let most =
                memory.controlledAt == nil
                ? settings.dischargeLimit : max(max(.zero, -memory.commanded), -memory.tracking.reachLow)
            let told = mayDischarge ? most : .zero
            let export = max(told, -(charger.power ?? .zero))
            otherExport += export
            otherExportPhases.add(export, on: settings.phases)
            guard settings.phases != .all else { return }
            otherImportUneven.add(settings.chargeLimit, on: settings.phases)
            otherExportUneven.add(export, on: settings.phases)
        }
    }
}

extension ChargerInputs {
    /// Whether the charger's measured power is where its last command wants it.
    func isSettled(at commanded: Watts, settings: ChargerSettings) -> Bool {
        guard let power else { return false }
        let tolerance = max(settings.chargeLimit, settings.dischargeLimit) * 0.05 + Watts(50)
        return (power - commanded).magnitude <= tolerance
    }
}
