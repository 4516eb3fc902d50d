/// Permits, heartbeat and lamp, by what frequency, chargers and contacts are. Used by sites with contacts or permits
/// alone.
///
/// A tick first asks ``condition(_:now:)``, and at its end ``request(_:rules:fleet:chargers:memory:setpoints:)``. What
/// a request decides about zero power counts from the next tick on.
package struct PermitControl: BitwiseCopyable, Sendable {
    private var policy = PermitPolicy()
    private var sequence = SupplySequence()
    private var stallDetector = GPIOStallDetector()
    /// When frequency was last answered.
    private var answeredAt: Instant?

    /// How long a response that fades counts as answered; zero power is acknowledged within this time.
    private static var fadingTime: Interval { .seconds(5) }

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
        /// The number of chargers under control, with those that contacts of their own block left out.
        package var controlled: Int32
        /// A bit for each permit that is on.
        package var standing: UInt64
        /// The room for chargers that start.
        package var room: SupplySequence.Room

        package init(
            now: Instant, tick: UInt64, expires: Instant, epoch: UInt64, condition: InterlockCondition,
            isStopping: Bool, isBlocked: Bool, isFrequencyTrusted: Bool, controlled: Int32, standing: UInt64 = .max,
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
            self.controlled = controlled
            self.standing = standing
            self.room = room
        }
    }

    package init() {}

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
        if moment.isFrequencyTrusted, moment.controlled > 0 { answeredAt = now }
        var sum = Sum()
        for index in 0..<fleet.count {
            let permit = fleet[index].permit
            let commandedTick = setpoints[index].isZeroPower ? nil : moment.tick
            let rest = memory[index].supply.update(
                chargers[index], commandedTick: commandedTick, permit: permit,
                isOn: permit.map { moment.standing & $0.bit != 0 } ?? true,
                limits: ChargerSupply.Limits(fleet[index]), times: rules.times, now: now)
            sum.add(rest, block: chargers[index].block)
        }
        policy.update(
            PermitPolicy.Moment(
                now: now, isTripped: moment.condition == .tripped, isStopping: moment.isStopping,
                isFrequencyTrusted: moment.isFrequencyTrusted, controlled: sum.controlled,
                isEveryChargerBlocked: sum.isEveryChargerBlocked, isStarting: sequence.isUnderWay,
                isPowerLow: sum.isPowerLow), rules: rules)
        if policy.isPermitted { sequence.update(moment.room, fleet: fleet, memory: &memory, now: now) }
        for index in 0..<fleet.count {
            if let permit = fleet[index].permit, memory[index].supply.isWithheld(permit) { sum.withheld |= permit.bit }
        }
        return PermitRequest(
            tick: moment.tick, expires: moment.expires, epoch: moment.epoch, isPermitted: policy.isPermitted,
            withheld: sum.withheld, allowsHeartbeat: isAnswered(now) || sum.isSafe,
            isFault: moment.isBlocked && !(moment.isFrequencyTrusted && sum.controlled > 0))
    }

    /// What all chargers have in common.
    private struct Sum {
        var withheld: UInt64 = 0
        /// The number of chargers under control. One that a contact of its own blocks, or that has no vehicle, counts.
        var controlled = 0
        var isEveryChargerBlocked = true
        var isPowerLow = true
        var isSafe = true

        mutating func add(_ rest: ChargerSupply.Rest, block: ChargerBlock) {
            if rest.isControlled { controlled += 1 }
            isEveryChargerBlocked = isEveryChargerBlocked && block != .none
            isPowerLow = isPowerLow && rest.isPowerLow
            isSafe = isSafe && rest.isSafe
        }
    }

    /// Frequency is answered, or was until a moment ago: a response fades by design, and zero power is acknowledged
    /// within that time.
    private func isAnswered(_ now: Instant) -> Bool {
        answeredAt.map { now.elapsed(since: $0) <= Self.fadingTime } ?? false
    }
}
