/// The powers that a charger may be told, from what it is, what it has and what its driver allows.
struct PowerWindow: BitwiseCopyable {
    var lowest = Watts.zero
    var highest = Watts.zero
    var reasons = ShareReasons.none

    init(
        _ inputs: ChargerInputs, memory: ChargerMemory, guest: Guest?, settings: ChargerSettings
    ) {
        guard memory.link == .controlled else { return }
        var charge = settings.chargeLimit
        var discharge = settings.dischargeLimit
        if let offered = inputs.offeredCharge, offered < charge {
            charge = max(.zero, offered)
            reasons.insert(.offeredLess)
        }
        if let offered = inputs.offeredDischarge, offered < discharge {
            discharge = max(.zero, offered)
            reasons.insert(.offeredLess)
        }
        if let learned = memory.tracking.learnedCharge, learned < charge {
            charge = learned
            reasons.insert(.learnedLess)
        }
        if let learned = memory.tracking.learnedDischarge, learned < discharge {
            discharge = learned
            reasons.insert(.learnedLess)
        }
        if memory.tracking.isFailing { reasons.insert(.failing) }
        limit(&charge, &discharge, memory: memory, guest: guest)
        lowest = -discharge
        highest = charge
    }

    private mutating func limit(
        _ charge: inout Watts, _ discharge: inout Watts, memory: ChargerMemory, guest: Guest?
    ) {
        guard let low = memory.estimate.low, let high = memory.estimate.high else {
            reasons.insert(.unknownCharge)
            discharge = .zero
            return
        }
        if memory.estimate.isFrozen {
            reasons.insert(.frozenCharge)
            discharge = .zero
        } else if low <= guest?.minimumCharge ?? .zero {
            reasons.insert(.atFloor)
            discharge = .zero
        }
        if high >= guest?.maximumCharge ?? Ratio(1), !memory.estimate.isFrozen {
            reasons.insert(.full)
            charge = .zero
        }
        if let limit = guest?.throughputLimit, memory.throughput >= limit {
            reasons.insert(.throughputUsed)
            discharge = .zero
            charge = min(charge, memory.plan)
        }
        if guest?.participates == false {
            reasons.insert(.optedOut)
            discharge = .zero
            charge = min(charge, memory.plan)
        }
    }
}
