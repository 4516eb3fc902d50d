/// What the user of one charger needs: the charging that is its baseline, and the energy that is free for services.
///
/// The plan is made when a vehicle is first seen with a known state of charge and renewed every half hour, more often
/// before departure. It does not follow frequency: what an event takes out of a battery is not mirrored by the next
/// second's baseline. Towards an unknown departure a vehicle charges so that its whole range up to the target fills in
/// eight hours; the starts are spread over a quarter of an hour, so that a site whose clock was lost does not charge
/// all at once.
enum ChargingPlan {
    private static var renewal: Interval { .seconds(30 * 60) }
    /// Charging is planned to end this long before departure.
    private static var margin: Interval { .seconds(10 * 60) }
    /// The time in which a vehicle of unknown departure charges from its floor to its target.
    private static var unknownTime: Interval { .seconds(8 * 3_600) }
    /// Over which the starts of vehicles with unknown departures are spread.
    private static var startSpread: Interval { .seconds(15 * 60) }

    static func update(
        _ memory: inout ChargerMemory, _ turn: inout ChargerTurn, vehicle: PluggedInVehicle?, index: Int,
        chargeLimit: Watts, isHeldBack: Bool, now: Instant
    ) {
        turn.departure.departsIn = vehicle?.departsIn
        guard turn.control == .controlled, let vehicle, let target = vehicle.targetCharge else {
            forget(&memory)
            return
        }
        guard let low = memory.estimate.low, !memory.estimate.isFrozen else {
            forget(&memory)
            turn.departure.outlook = .unknownCharge
            return
        }
        // A vehicle that reports its maximum cannot be charged further.
        let isFull = memory.estimate.high.map { $0 >= vehicle.maximumCharge } ?? false
        let lack = isFull ? .zero : max(Ratio.zero, min(target, vehicle.maximumCharge) - low)
        let missing = vehicle.battery * lack.value / vehicle.efficiency
        turn.departure.missing = missing
        judge(missing, departsIn: vehicle.departsIn, limit: chargeLimit, isHeldBack: isHeldBack, turn: &turn)
        note(vehicle.departure, turn: &turn)
        if missing == .zero { memory.plan = .zero }
        if case .unknown(let time) = vehicle.departure {
            memory.plannedAt = nil
            let power = (vehicle.battery * target.value / vehicle.efficiency).power(over: unknownTime)
            memory.plan = missing > .zero && time >= startDelay(index) ? min(chargeLimit, power) : .zero
            return
        }
        let lasts = vehicle.departsIn.map { min(renewal, max(.seconds(60), $0 / 10)) } ?? renewal
        if let plannedAt = memory.plannedAt, now.elapsed(since: plannedAt) < lasts { return }
        memory.plannedAt = now
        guard missing > .zero else { return }
        guard let departsIn = vehicle.departsIn else {
            memory.plan = chargeLimit
            return
        }
        let time = departsIn > margin * 2 ? departsIn - margin : departsIn / 2
        memory.plan = time > .zero ? min(chargeLimit, missing.power(over: time)) : chargeLimit
    }

    /// Different for neighbours, the same at every start.
    private static func startDelay(_ index: Int) -> Interval {
        startSpread * Int64((index &* 40_503) & 0xFFFF) / 0x1_0000
    }

    private static func note(_ departure: DepartureWatch.Departure, turn: inout ChargerTurn) {
        switch departure {
        case .late:
            turn.departure.outlook = .late
            turn.departure.isLate = true
        case .unknown: turn.departure.outlook = .unknownDeparture
        case .none, .ahead: break
        }
    }

    private static func forget(_ memory: inout ChargerMemory) {
        memory.plan = .zero
        memory.plannedAt = nil
    }

    private static func judge(
        _ missing: WattHours, departsIn: Interval?, limit: Watts, isHeldBack: Bool, turn: inout ChargerTurn
    ) {
        guard let departsIn else { return }
        let reachable = limit.energy(over: departsIn)
        turn.departure.hasSlack = missing <= reachable
        turn.departure.outlook = missing <= reachable ? .onTime : isHeldBack ? .heldBack : .tooLittleTime
    }

    /// What the free energy of a battery depends on, besides its vehicle.
    struct Battery {
        var estimate: ChargeEstimate
        /// The energy that responses have moved through it today.
        var throughput: WattHours
        /// The charger's limits, as positive numbers.
        var chargeLimit: Watts
        var dischargeLimit: Watts
    }

    /// The energy at the terminals that can be given above the floor and taken below the ceiling for `duration`, and
    /// still be made good before departure.
    static func freeEnergy(
        _ battery: Battery, vehicle: PluggedInVehicle?, duration: Interval
    ) -> (raise: WattHours, lower: WattHours) {
        var (raise, lower) = batteryEnergy(battery, vehicle: vehicle, duration: duration)
        if battery.dischargeLimit == .zero { raise = .zero }
        if battery.chargeLimit == .zero { lower = .zero }
        return (raise, lower)
    }

    private static func batteryEnergy(
        _ battery: Battery, vehicle: PluggedInVehicle?, duration: Interval
    ) -> (raise: WattHours, lower: WattHours) {
        // How much an unknown battery takes is left to the vehicle itself; nothing of it is promised.
        guard let vehicle else { return (.zero, battery.chargeLimit.energy(over: .seconds(86_400))) }
        guard let low = battery.estimate.low, let high = battery.estimate.high, !battery.estimate.isFrozen else {
            return (.zero, vehicle.battery * vehicle.maximumCharge.value / vehicle.efficiency)
        }
        var raise = vehicle.battery * max(Ratio.zero, low - vehicle.minimumCharge).value * vehicle.efficiency
        let lower = vehicle.battery * max(Ratio.zero, vehicle.maximumCharge - high).value / vehicle.efficiency
        if let limit = vehicle.throughputLimit { raise = min(raise, max(.zero, limit - battery.throughput)) }
        if let target = vehicle.targetCharge, let departsIn = vehicle.departsIn {
            // What charging at the limit can bring after the call and before departure, beyond what is missing. It
            // passes through the battery twice.
            let time = departsIn > duration ? departsIn - duration : .zero
            let spare =
                battery.chargeLimit.energy(over: time) * vehicle.efficiency - vehicle.battery * (target - low).value
            raise = min(raise, max(.zero, spare) * vehicle.efficiency)
        }
        return (raise, lower)
    }
}
