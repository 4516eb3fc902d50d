public import FrequencyResponse

/// What control wants of permits, lamp and heartbeat, from what it sees of chargers and contacts. No I/O and no clock; nothing is allocated once it is made.
struct PermitDesk: Sendable {
    private let fleet: [ChargerSettings]
    private let lease: Interval
    private var policy: PermitPolicy
    /// One for each permit that is a charger's own.
    private var ordered: [(permit: Int, charger: Int, stop: OrderedStop)]
    /// When frequency was last answered.
    private var answeredAt: Instant?
    private static var withdrawalTime: Interval { .seconds(5) }

    init(_ plan: PermitPlan, fleet: [ChargerSettings], lease: Interval) {
        self.fleet = fleet
        self.lease = lease
        policy = PermitPolicy(stopDeadline: plan.stopDeadline)
        ordered = plan.permits.enumerated().compactMap { index, permit in
            permit.charger.map { (index, $0, OrderedStop(deadline: plan.stopDeadline)) }
        }
    }

    /// Everything has to be neutral, whatever the law would still allow.
    var mustBeNeutral: Bool { policy.mustBeNeutral }

    /// One tick: `blocks` is what each charger's own contacts ask of it.
    mutating func wish(
        _ outputs: TickOutputs, _ statuses: [ChargerStatus], blocks: [ChargerBlock], isTripped: Bool, epoch: UInt64, now: Instant
    ) -> PermitWish {
        let isTrusted = outputs.judged.trust.isTrusted
        if isTrusted, outputs.chargersControlled > 0 { answeredAt = now }
        // Those that a contact of their own holds at neutral are under control all the same.
        let controlled = statuses.reduce(0) { $0 + ($1.inputs.link == .controlled ? 1 : 0) }
        policy.update(
            PermitPolicy.Moment(
                now: now, isTripped: isTripped, isStopping: outputs.state == .stopping, isFrequencyTrusted: isTrusted,
                controlled: controlled,
                isHeldOff: blocks.allSatisfy { $0 != .none }, isPowerLow: fleet.indices.allSatisfy { isPowerLow($0, statuses[$0], now) }))
        var withheld: UInt64 = 0
        for index in ordered.indices {
            let (permit, charger, _) = ordered[index]
            ordered[index].stop.update(
                isOrdered: blocks[charger] == .ordered, isPowerLow: isPowerLow(charger, statuses[charger], now), now: now)
            if ordered[index].stop.isWithheld { withheld |= 1 << UInt64(permit) }
        }
        return PermitWish(
            tick: outputs.tick, expires: now + lease, epoch: epoch, isPermitted: policy.isPermitted, withheld: withheld,
            isHealthy: isDeliberate(now) || fleet.indices.allSatisfy { isSafe($0, statuses[$0], now) }, isFault: outputs.state == .withdrawn
        )
    }

    /// Frequency is answered, or was until just now: the answer fades by design, and neutral is acknowledged within this time.
    private func isDeliberate(_ now: Instant) -> Bool { answeredAt.map { now.elapsed(since: $0) <= Self.withdrawalTime } ?? false }

    /// Whether a charger has acknowledged neutral, or is not ours and carries next to nothing.
    private func isSafe(_ index: Int, _ status: ChargerStatus, _ now: Instant) -> Bool {
        if hasFallenBack(index, status, now) || status.neutralTick != nil { return true }
        let inputs = status.inputs
        guard inputs.link != .controlled, inputs.link != .unreachable, let power = inputs.power else { return false }
        return power.magnitude <= lowPower(index)
    }

    /// Whether a charger shows at most 5 % of its limit, and has shown it since it acknowledged neutral if it was under control.
    private func isPowerLow(_ index: Int, _ status: ChargerStatus, _ now: Instant) -> Bool {
        if hasFallenBack(index, status, now) { return true }
        guard status.inputs.link != .unreachable, let power = status.inputs.power, let takenAt = status.inputs.takenAt else { return false }
        guard let neutralAt = status.neutralAt ?? (status.inputs.link == .controlled ? nil : takenAt), takenAt >= neutralAt else {
            return false
        }
        return power.magnitude <= lowPower(index)
    }

    /// Whether a charger was never seen, or has been out of reach for longer than its own timeout.
    private func hasFallenBack(_ index: Int, _ status: ChargerStatus, _ now: Instant) -> Bool {
        guard status.inputs.link == .unreachable, let takenAt = status.inputs.takenAt else { return status.inputs.link == .unreachable }
        return takenAt <= now && now.elapsed(since: takenAt) > fleet[index].deviceTimeout + .seconds(1)
    }

    private func lowPower(_ index: Int) -> Watts { max(fleet[index].chargeLimit, fleet[index].dischargeLimit) * 0.05 }
}

/// What control has to know of a site's permits.
public struct PermitPlan: Sendable {
    public var permits: [PermitSettings]
    /// How long power may go on after a stop before the permit is taken away all the same.
    public var stopDeadline: Interval

    public init(permits: [PermitSettings], stopDeadline: Interval) {
        self.permits = permits
        self.stopDeadline = stopDeadline
    }
}
