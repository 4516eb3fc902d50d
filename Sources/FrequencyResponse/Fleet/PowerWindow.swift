/// The powers that a charger may be commanded, by its own limits, its vehicle and its user.
struct PowerWindow: BitwiseCopyable {
    var lowest = Watts.zero
    var highest = Watts.zero
    var reasons = ShareReasons.none

    /// What the window depends on besides the charger's inputs and vehicle.
    struct Limits {
        var charge: Watts
        var discharge: Watts
        var learned: LearnedLimits
        /// The energy that responses have moved through the battery today, and the planned charging power.
        var throughput: WattHours
        var plan: Watts
        /// Whether the charger takes part in responses.
        var responds: Bool
    }

    init(
        _ inputs: ChargerInputs, control: ChargerControl, limits: Limits, estimate: ChargeEstimate,
        vehicle: PluggedInVehicle?
    ) {
        guard control == .controlled else { return }
        var charge = limits.charge
        var discharge = limits.discharge
        if let offered = inputs.offeredCharge, offered < charge {
            charge = max(.zero, offered)
            reasons.insert(.offeredLess)
        }
        if let offered = inputs.offeredDischarge, offered < discharge {
            discharge = max(.zero, offered)
            reasons.insert(.offeredLess)
        }
        if let learned = limits.learned.charge, learned < charge {
            charge = learned
            reasons.insert(.learnedLess)
        }
        if let learned = limits.learned.discharge, learned < discharge {
            discharge = learned
            reasons.insert(.learnedLess)
        }
        if limits.learned.isFailing { reasons.insert(.failing) }
        limit(&charge, &discharge, limits: limits, estimate: estimate, vehicle: vehicle)
        // Whatever else is known: charged as planned, and never discharged.
        if vehicle?.participates == false {
            reasons.insert(.optedOut)
            discharge = .zero
            charge = min(charge, limits.plan)
        }
        if !limits.responds {
            reasons.insert(.tooSlow)
            discharge = .zero
            charge = min(charge, limits.plan)
        }
        lowest = -discharge
        highest = charge
    }

    private mutating func limit(
        _ charge: inout Watts, _ discharge: inout Watts, limits: Limits, estimate: ChargeEstimate,
        vehicle: PluggedInVehicle?
    ) {
        if vehicle == nil {
            reasons.insert(.unknownBattery)
            discharge = .zero
        }
        guard let low = estimate.low, let high = estimate.high else {
            reasons.insert(.unknownCharge)
            discharge = .zero
            return
        }
        if estimate.isFrozen {
            reasons.insert(.frozenCharge)
            discharge = .zero
        } else if low <= vehicle?.minimumCharge ?? .zero {
            reasons.insert(vehicle?.keepsTarget ?? false ? .keepsTarget : .atFloor)
            discharge = .zero
        }
        if high >= vehicle?.maximumCharge ?? Ratio(1), !estimate.isFrozen {
            reasons.insert(.full)
            charge = .zero
        }
        if let limit = vehicle?.throughputLimit, limits.throughput >= limit {
            reasons.insert(.throughputUsed)
            discharge = .zero
            charge = min(charge, limits.plan)
        }
    }
}
