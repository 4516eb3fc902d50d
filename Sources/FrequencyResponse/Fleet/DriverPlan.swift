/// The charging that a driver's target asks for: the baseline of one charger.
///
/// The plan is made when a vehicle is first seen with a known state of charge and renewed every half hour, so that
/// it does not follow frequency: what an event takes out of a battery is not mirrored by the next second's baseline.
/// Charging losses are not counted.
enum DriverPlan {
    static var renewal: Interval { .seconds(30 * 60) }

    static func update(
        _ memory: inout ChargerMemory, inputs: ChargerInputs, settings: ChargerSettings, clock: WallClock, now: Instant
    ) {
        guard memory.link == .controlled, let vehicle = settings.vehicle, let target = vehicle.targetCharge,
            let stateOfCharge = inputs.stateOfCharge
        else {
            memory.plan = .zero
            memory.plannedAt = nil
            return
        }
        if let plannedAt = memory.plannedAt, now.elapsed(since: plannedAt) < renewal {
            if stateOfCharge >= target { memory.plan = .zero }
            return
        }
        memory.plannedAt = now
        let missing = vehicle.battery * max(Ratio.zero, target - stateOfCharge).value
        guard missing > .zero else {
            memory.plan = .zero
            return
        }
        if let departure = vehicle.departure, clock.isTrusted {
            memory.plan = min(settings.chargeLimit, missing.power(over: clock.untilNext(departure)))
        } else {
            memory.plan = settings.chargeLimit
        }
    }
}
