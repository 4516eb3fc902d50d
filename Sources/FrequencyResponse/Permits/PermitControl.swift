/// Permits, heartbeat and lamp, by what frequency, chargers and contacts are. Used by sites with contacts or permits
/// alone.
///
/// The heartbeat needs a finished tick, in which every charger is leased, out of its supply, or counted with the worst
/// that it may do; no timer gives it an edge.
///
/// A tick first asks ``condition(_:now:)``, and at its end ``request(_:rules:fleet:chargers:memory:setpoints:)``. What
/// a request decides about zero power counts from the next tick on.
package struct PermitControl: BitwiseCopyable, Sendable {
    private var policy = PermitPolicy()
    private var sequence = SupplySequence()
    /// When the last request was made.
    private var requestedAt: Instant?
    private var stallDetector = GPIOStallDetector()

    /// What a tick has come to when it asks for permits.
    package struct Moment: BitwiseCopyable, Sendable {
        package var now: Instant
        package var tick: UInt64
        /// When the tick's lease ends.
        package var expires: Instant
        /// The number of openings that the tick has seen.
        package var epoch: UInt64
        /// What contacts make of the site, this detector's verdict considered.
        package var condition: InterlockCondition
        package var isStopping: Bool
        /// The site's inputs are not trusted, or no charger can be reached.
        package var isBlocked: Bool
        package var isFrequencyTrusted: Bool
        /// Nothing of the last response is given any more.
        package var isFrequencyLost: Bool
        /// A bit for each permit that is on.
        package var standing: UInt64
        /// The room for chargers that start.
        package var room: SupplySequence.Room

        package init(
            now: Instant, tick: UInt64, expires: Instant, epoch: UInt64, condition: InterlockCondition,
            isStopping: Bool, isBlocked: Bool, isFrequencyTrusted: Bool, isFrequencyLost: Bool = false,
            standing: UInt64 = .max,
            room: SupplySequence.Room
        ) {
            self.now = now
            self.tick = tick
            self.expires = expires
            self.epoch = epoch
            self.condition = condition
            self.isStopping = isStopping
            self.isBlocked = isBlocked
            self.isFrequencyTrusted = isFrequencyTrusted
            self.isFrequencyLost = isFrequencyLost
            self.standing = standing
            self.room = room
        }
    }

    package init() {}

    /// Goes on after a restart. `supplyPause` is what is left of the time for which the supply stays cut.
    package init(supplyPause: Interval, now: Instant) {
        policy = PermitPolicy(pausedUntil: Restart.end(left: supplyPause, now: now))
    }

    /// What is left of the time for which the supply stays cut.
    package func supplyPause(_ now: Instant) -> Interval { policy.pauseLeft(now) }

    /// What contacts make of the site now. Contacts that are not being read count as open.
    package mutating func condition(_ interlocks: InterlockInputs, now: Instant) -> InterlockCondition {
        stallDetector.isHung(turns: interlocks.turns, now: now) ? .tripped : interlocks.condition
    }

    /// Every charger has to be at zero power, whatever else would be allowed.
    package var requiresZeroPower: Bool { policy.requiresZeroPower }

    /// One tick with the setpoints that it has published.
    package mutating func request(
        _ moment: Moment, rules: PermitRules, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, setpoints: borrowing MutableSpan<Setpoint>
    ) -> PermitRequest {
        let now = moment.now
        var sum = Sum()
        let gap = requestedAt.map { now.elapsed(since: $0) } ?? .zero
        requestedAt = now
        // The relay has dropped all coils: no supply may come back with the next edge.
        let hasDropped = rules.relayTime.map { gap >= $0 } ?? false
        for index in 0..<fleet.count {
            let permit = fleet[index].permit
            let commandedTick = setpoints[index].isZeroPower ? nil : moment.tick
            let rest = memory[index].supply.update(
                chargers[index], commandedTick: commandedTick,
                commanded: commandedTick == nil ? .zero : setpoints[index].power, permit: permit,
                isOn: permit.map { moment.standing & $0.bit != 0 } ?? true,
                limits: ChargerSupply.Limits(fleet[index]), times: rules.times, now: now)
            sum.add(rest, block: chargers[index].allowance)
            if hasDropped, permit != nil { memory[index].supply.start.withhold(until: now) }
            guard rest.strays, moment.isFrequencyLost else { continue }
            if permit == nil {
                sum.hasStray = true
            } else {
                memory[index].supply.start.withhold(until: now + rules.pause)
            }
        }
        policy.update(
            PermitPolicy.Moment(
                now: now, isTripped: moment.condition == .tripped, isStopping: moment.isStopping,
                controlled: sum.controlled,
                isEveryChargerBlocked: sum.isEveryChargerBlocked, isStarting: sequence.isUnderWay,
                hasStray: sum.hasStray, isPowerLow: sum.isPowerLow), rules: rules)
        if policy.isPermitted, moment.condition != .tripped {
            sequence.update(
                moment.room, fleet: fleet, chargers: chargers, memory: &memory, pause: rules.pause, now: now)
        } else {
            sequence.rest()
        }
        for index in 0..<fleet.count {
            if let permit = fleet[index].permit, memory[index].supply.isWithheld(permit) { sum.withheld |= permit.bit }
        }
        return PermitRequest(
            tick: moment.tick, expires: moment.expires, epoch: moment.epoch, isPermitted: policy.isPermitted,
            withheld: sum.withheld, allowsHeartbeat: true,
            isFault: moment.isBlocked && !(moment.isFrequencyTrusted && sum.controlled > 0))
    }

    /// What all chargers have in common.
    private struct Sum {
        var withheld: UInt64 = 0
        /// The number of chargers under control. One that a contact of its own blocks, or that has no vehicle, counts.
        var controlled = 0
        var isEveryChargerBlocked = true
        var isPowerLow = true
        /// A charger without a permit of its own can't be brought to zero power.
        var hasStray = false

        mutating func add(_ rest: ChargerSupply.Rest, block: ChargerBlock) {
            if rest.isControlled { controlled += 1 }
            isEveryChargerBlocked = isEveryChargerBlocked && block != .none
            isPowerLow = isPowerLow && rest.isPowerLow
        }
    }
}
