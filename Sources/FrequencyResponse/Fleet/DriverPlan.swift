/// What a driver needs of one charger: the charging that is its baseline, and the energy that is free for services.
///
/// The plan is made when a vehicle is first seen with a known state of charge and renewed every half hour, more often
/// before departure, so that it does not follow frequency: what an event takes out of a battery is not mirrored by the
/// next second's baseline.
enum DriverPlan {
    private static var renewal: Interval { .seconds(30 * 60) }
    /// Charging is planned to end so long before departure.
    private static var margin: Interval { .seconds(10 * 60) }

    static func update(
        _ memory: inout ChargerMemory, guest: Guest?, settings: ChargerSettings, isHeldBack: Bool, now: Instant
    ) {
        memory.departsIn = guest?.departsIn
        memory.participates = guest?.participates ?? true
        guard memory.link == .controlled, let guest, let target = guest.targetCharge else {
            memory.plan = .zero
            memory.plannedAt = nil
            memory.outlook = .open
            memory.hasSlack = true
            return
        }
        guard let low = memory.estimate.low, !memory.estimate.isFrozen else {
            memory.plan = .zero
            memory.plannedAt = nil
            memory.outlook = .unknownCharge
            memory.hasSlack = true
            return
        }
        // Full by its own reading is as full as it can be charged.
        let isFull = memory.estimate.high.map { $0 >= guest.maximumCharge } ?? false
        let lack = isFull ? .zero : max(Ratio.zero, min(target, guest.maximumCharge) - low)
        let missing = guest.battery * lack.value / guest.efficiency
        memory.missing = missing
        look(ahead: missing, guest: guest, limit: settings.chargeLimit, isHeldBack: isHeldBack, memory: &memory)
        if missing == .zero { memory.plan = .zero }
        let lasts = guest.departsIn.map { min(renewal, max(.seconds(60), $0 / 10)) } ?? renewal
        if let plannedAt = memory.plannedAt, now.elapsed(since: plannedAt) < lasts { return }
        memory.plannedAt = now
        guard missing > .zero else { return }
        guard let departsIn = guest.departsIn else {
            memory.plan = settings.chargeLimit
            return
        }
        let time = departsIn > margin * 2 ? departsIn - margin : departsIn / 2
        memory.plan = time > .zero ? min(settings.chargeLimit, missing.power(over: time)) : settings.chargeLimit
    }

    private static func look(
        ahead missing: WattHours, guest: Guest, limit: Watts, isHeldBack: Bool, memory: inout ChargerMemory
    ) {
        guard let departsIn = guest.departsIn else {
            memory.outlook = .open
            memory.hasSlack = true
            return
        }
        let reachable = limit.energy(over: departsIn)
        memory.hasSlack = missing <= reachable
        memory.outlook = missing <= reachable ? .onTime : isHeldBack ? .heldBack : .tooLittleTime
    }

    /// The energy at the terminals that can be given above the floor and taken below the ceiling for `duration`, and
    /// still be made good before departure.
    static func free(
        _ memory: ChargerMemory, guest: Guest?, settings: ChargerSettings, duration: Interval
    ) -> (raise: WattHours, lower: WattHours) {
        var (raise, lower) = battery(memory, guest: guest, settings: settings, duration: duration)
        if settings.dischargeLimit == .zero { raise = .zero }
        if settings.chargeLimit == .zero { lower = .zero }
        return (raise, lower)
    }

    private static func battery(
        _ memory: ChargerMemory, guest: Guest?, settings: ChargerSettings, duration: Interval
    ) -> (raise: WattHours, lower: WattHours) {
        let endless = max(settings.chargeLimit, settings.dischargeLimit).energy(over: .seconds(86_400))
        guard let guest else { return (endless, endless) }
        guard let low = memory.estimate.low, let high = memory.estimate.high, !memory.estimate.isFrozen else {
            return (.zero, guest.battery * guest.maximumCharge.value / guest.efficiency)
        }
        var raise = guest.battery * max(Ratio.zero, low - guest.minimumCharge).value * guest.efficiency
        let lower = guest.battery * max(Ratio.zero, guest.maximumCharge - high).value / guest.efficiency
        if let limit = guest.throughputLimit {
            raise = min(raise, max(.zero, limit - memory.throughput))
        }
        if let target = guest.targetCharge, let departsIn = guest.departsIn {
            // What charging at the limit can bring until departure, after the call, beyond what is missing; through the
            // battery twice.
            let time = departsIn > duration ? departsIn - duration : .zero
            let spare =
                settings.chargeLimit.energy(over: time) * guest.efficiency - guest.battery * (target - low).value
            raise = min(raise, max(.zero, spare) * guest.efficiency)
        }
        return (raise, lower)
    }
}
