import Devices
public import FrequencyResponse
public import Interlocks

/// What control wants of permits, lamp and heartbeat, from what it sees of chargers and contacts. No I/O and no clock;
/// nothing is allocated once it is made.
struct PermitController: Sendable {
    private let fleet: [ChargerSettings]
    private let lease: Interval
    private var policy: PermitPolicy
    /// A permit that is a charger's own.
    private struct OwnPermit: Sendable {
        var permit: Int
        var charger: Int
        var stop: OrderedStop
        /// Nil for a charger that falls back by itself.
        var supply: SupplyCutoff?
    }
    private var own: [OwnPermit]
    /// The place in `own` of each charger's.
    private let ownOf: [Int?]
    /// The chargers as they are seen: one whose last word is too old is out of reach, whatever that word was.
    private var statuses: [ChargerStatus]
    /// When frequency was last answered.
    private var answeredAt: Instant?
    private static var withdrawalTime: Interval { .seconds(5) }
    /// How long after its last reading a charger may still have been told something that fed its timeout: two neutrals
    /// without an answer, and the reconnection between them.
    private static func lastWordsTime(_ charger: ChargerSettings) -> Interval {
        // An answer may take a quarter of the device timeout at most.
        charger.deviceTimeout / 2 + .seconds(1)
    }

    init(_ plan: PermitPlan, fleet: [ChargerSettings], lease: Interval) {
        self.fleet = fleet
        self.lease = lease
        policy = PermitPolicy(stopDeadline: plan.stopDeadline, startTime: plan.startTime, pause: plan.pause)
        let own = plan.permits.enumerated().compactMap { index, permit -> OwnPermit? in
            guard let charger = permit.charger else { return nil }
            return OwnPermit(
                permit: index, charger: charger, stop: OrderedStop(deadline: plan.stopDeadline),
                supply: permit.takenAfter.map { SupplyCutoff(patience: $0, pause: plan.pause) })
        }
        self.own = own
        statuses = Array(repeating: .unknown, count: fleet.count)
        ownOf = fleet.indices.map { charger in own.firstIndex { $0.charger == charger } }
    }

    /// Everything has to be neutral, whatever the law would still allow.
    var mustBeNeutral: Bool { policy.mustBeNeutral }

    /// Whether control holds a charger's own supply off: then it is told nothing.
    func withholds(_ charger: Int) -> Bool {
        guard let own = ownOf[charger].map({ own[$0] }) else { return false }
        return own.stop.isWithheld || own.supply?.isWithheld ?? false
    }

    /// One tick with what it told the chargers; `blocks` is what each charger's own contacts ask of it.
    mutating func wish(
        _ outputs: TickOutputs, told: [Setpoint], _ newest: [ChargerStatus], blocks: [ChargerBlock], isTripped: Bool,
        epoch: UInt64,
        now: Instant
    ) -> PermitRequest {
        for index in fleet.indices {
            statuses[index] = newest[index]
            if !statuses[index].isFresh(fleet[index], now) { statuses[index].inputs.control = .unreachable }
        }
        let isTrusted = outputs.judged.trust.isTrusted
        if isTrusted, outputs.chargersControlled > 0 { answeredAt = now }
        let withheld = withhold(outputs.tick, told, blocks, now)
        // Those that a contact of their own holds at neutral, and those without a vehicle, are in hand all the same.
        let controlled = statuses.reduce(0) {
            $0 + ($1.inputs.control == .controlled || $1.inputs.control == .noVehicle ? 1 : 0)
        }
        policy.update(
            PermitPolicy.Moment(
                now: now, isTripped: isTripped, isStopping: outputs.state == .stopping, isFrequencyTrusted: isTrusted,
                controlled: controlled,
                isHeldOff: blocks.allSatisfy { $0 != .none },
                isPowerLow: fleet.indices.allSatisfy { isPowerLow($0, now) }))
        return PermitRequest(
            tick: outputs.tick, expires: now + lease, epoch: epoch, isPermitted: policy.isPermitted, withheld: withheld,
            isHealthy: isDeliberate(now) || fleet.indices.allSatisfy { isSafe($0, now) },
            isFault: outputs.state == .withdrawn && !(isTrusted && controlled > 0))
    }

    /// The permits that stay off for a charger's own sake.
    private mutating func withhold(
        _ tick: UInt64, _ told: [Setpoint], _ blocks: [ChargerBlock], _ now: Instant
    ) -> UInt64 {
        var withheld: UInt64 = 0
        for index in own.indices {
            let charger = own[index].charger
            let status = statuses[charger]
            if !told[charger].isZeroPower { own[index].supply?.tell(tick) }
            own[index].supply?.update(
                isInHand: status.inputs.control == .controlled, zeroPowerTick: status.zeroPowerTick, now: now)
            let isLow = isPowerLow(charger, now)
            own[index].stop.update(isOrdered: blocks[charger] == .ordered, isPowerLow: isLow, now: now)
            if own[index].stop.isWithheld || own[index].supply?.isWithheld ?? false {
                withheld |= 1 << UInt64(own[index].permit)
            }
        }
        return withheld
    }

    /// Frequency is answered, or was until just now: the answer fades by design, and neutral is acknowledged within
    /// this time.
    private func isDeliberate(_ now: Instant) -> Bool {
        answeredAt.map { now.elapsed(since: $0) <= Self.withdrawalTime } ?? false
    }

    /// Whether a charger has acknowledged neutral, or is not ours and carries next to nothing.
    private func isSafe(_ index: Int, _ now: Instant) -> Bool {
        let status = statuses[index]
        if hasFallenBack(index, now) || status.zeroPowerTick != nil { return true }
        let link = status.inputs.control
        return link != .controlled && link != .unreachable && status.measuresLittle(fleet[index])
    }

    /// Whether a charger shows at most 5 % of its limit, and has shown it since it acknowledged neutral if it was under
    /// control.
    private func isPowerLow(_ index: Int, _ now: Instant) -> Bool {
        let status = statuses[index]
        if hasFallenBack(index, now) { return true }
        guard status.inputs.control != .unreachable, let takenAt = status.inputs.takenAt else { return false }
        guard let zeroPowerAt = status.zeroPowerAt ?? (status.inputs.control == .controlled ? nil : takenAt),
            takenAt >= zeroPowerAt
        else {
            return false
        }
        return status.measuresLittle(fleet[index])
    }

    /// Whether a charger was never seen, or has been out of reach for longer than its own timeout; one that has none,
    /// whether it was told nothing, or its supply is taken.
    private func hasFallenBack(_ index: Int, _ now: Instant) -> Bool {
        let status = statuses[index]
        if status.inputs.control == .unreachable, let supply = ownOf[index].flatMap({ own[$0].supply }) {
            return supply.isWithheld || !supply.mayHavePower
        }
        guard status.inputs.control == .unreachable, let takenAt = status.inputs.takenAt else {
            return status.inputs.control == .unreachable
        }
        return takenAt <= now
            && now.elapsed(since: takenAt) > fleet[index].deviceTimeout + Self.lastWordsTime(fleet[index])
    }
}

/// What control has to know of a site's permits.
public struct PermitPlan: Sendable {
    public var permits: [PermitSettings]
    /// How long power may go on after a stop before the permit is taken away all the same.
    public var stopDeadline: Interval
    /// How long chargers may need to answer once they have their supply.
    public var startTime: Interval
    /// How long a supply that control has taken stays away at least.
    public var pause: Interval

    public init(
        permits: [PermitSettings], stopDeadline: Interval, startTime: Interval = .seconds(180),
        pause: Interval = .seconds(10)
    ) {
        self.permits = permits
        self.stopDeadline = stopDeadline
        self.startTime = startTime
        self.pause = pause
    }
}
