/// The settings of a site's control law, validated and immutable.
public struct Settings: BitwiseCopyable, Sendable {
    public var service: ServiceSettings
    public var judgement: JudgementSettings
    public var limits: SiteLimits
    /// How long a setpoint counts without being renewed.
    public var lease: Interval
    /// How long the building's load counts after it was measured.
    public var loadAgeLimit: Interval
    /// How long the meter takes to show a change of power: its update and averaging time.
    public var meterDelay: Interval
    /// How long frequency must have been trusted and unanswered before charging may rise after an event.
    public var recoveryWait: Interval
    /// How fast the baseline may rise, in watts per second.
    public var baselineRise: Watts

    public init(
        service: ServiceSettings, judgement: JudgementSettings, limits: SiteLimits,
        lease: Interval = .milliseconds(250), loadAgeLimit: Interval = .seconds(1), meterDelay: Interval = .zero,
        recoveryWait: Interval = .seconds(60), baselineRise: Watts
    ) {
        self.service = service
        self.judgement = judgement
        self.limits = limits
        self.lease = lease
        self.loadAgeLimit = loadAgeLimit
        self.meterDelay = meterDelay
        self.recoveryWait = recoveryWait
        self.baselineRise = baselineRise
    }
}

/// The power at the connection, chargers included.
public struct SitePower: BitwiseCopyable, Sendable {
    public var power: Watts
    public var takenAt: Instant

    public init(power: Watts, takenAt: Instant) {
        self.power = power
        self.takenAt = takenAt
    }
}

/// All that one tick is given, besides its chargers.
public struct TickInputs: BitwiseCopyable, Sendable {
    public var now: Instant
    public var sample: FrequencySample?
    public var sitePower: SitePower?
    public var clock: WallClock
    public var armRequested: Bool
    public var stopRequested: Bool

    public init(
        now: Instant, sample: FrequencySample?, sitePower: SitePower? = nil, clock: WallClock = .unknown,
        armRequested: Bool = true, stopRequested: Bool = false
    ) {
        self.now = now
        self.sample = sample
        self.sitePower = sitePower
        self.clock = clock
        self.armRequested = armRequested
        self.stopRequested = stopRequested
    }
}

/// All that one tick answers, besides its setpoints.
public struct TickOutputs: BitwiseCopyable, Sendable {
    public var tick: UInt64
    public var state: SiteState
    public var judged: JudgedFrequency
    /// What the service asks for, before limits; positive supports a low frequency.
    public var response: Watts
    public var baseline: Watts
    /// Baseline less response.
    public var target: Watts
    public var setpointSum: Watts
    /// Target less setpoint sum, as a response that is missing: positive when too little low-frequency support is given.
    public var shortfall: Watts
    /// What can be delivered for the service's whole duration, upwards (supporting low frequency) and downwards.
    public var availableRaise: Watts
    public var availableLower: Watts
    public var chargersControlled: Int32

    /// What stands before the first tick.
    public static var none: TickOutputs {
        TickOutputs(
            tick: 0, state: .starting, judged: JudgedFrequency(frequency: nil, trust: .starting, weight: .zero),
            response: .zero, baseline: .zero, target: .zero, setpointSum: .zero, shortfall: .zero,
            availableRaise: .zero, availableLower: .zero, chargersControlled: 0)
    }
}

/// The control law of one site: a pure function of its inputs and of the state that it keeps.
///
/// In order: judge the sample, answer it by the service's curve and lag, hold the baseline, keep to the limits of the
/// connection, share among the chargers, and give each setpoint a lease. `step` neither throws nor allocates, reads
/// no clock, and gives bit-equal outputs for equal inputs.
public struct Controller: ~Copyable {
    private var settings: Settings
    private var judge = FrequencyJudge()
    private var lag = FirstOrderLag()
    private var triggered = TriggeredResponse()
    private var machine = SiteStateMachine()
    private var baseline = Ramp(at: .zero)
    private var tick: UInt64 = 0
    private var lastTickAt: Instant?
    private var lastAsked = Watts.zero
    /// The sum of the last tick's setpoints.
    private var lastSum = Watts.zero
    private var load = BuildingLoad()
    private var relief = LimitRelief()
    /// Until when charging may not rise.
    private var recoveringUntil: Instant?

    public init(settings: Settings) { self.settings = settings }

    /// Takes over new settings at a tick boundary and keeps the state of what did not change.
    public mutating func adopt(_ newSettings: Settings) { settings = newSettings }

    /// One tick. All spans have one entry per charger, in the order of the site file.
    public mutating func step(
        _ inputs: TickInputs, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, setpoints: inout MutableSpan<Setpoint>
    ) -> TickOutputs {
        precondition(
            fleet.count == chargers.count && fleet.count == memory.count && fleet.count == setpoints.count,
            "a tick needs the same chargers in all of its spans")
        tick &+= 1
        let elapsed = lastTickAt.map { inputs.now.elapsed(since: $0) } ?? .zero
        lastTickAt = inputs.now

        let judged = judge.update(inputs.sample, now: inputs.now, settings: settings.judgement)
        let asked = answer(judged, now: inputs.now, elapsed: elapsed)
        let survey = look(inputs, fleet: fleet, chargers: chargers, memory: &memory)
        let state = machine.update(
            SiteConditions(
                frequencyTrusted: judged.trust.isTrusted, chargerControlled: survey.controlled > 0,
                armRequested: inputs.armRequested, stopRequested: inputs.stopRequested,
                recovering: triggered.isRecovering, asking: asked.magnitude > settings.service.capacity * 0.01),
            now: inputs.now)

        let response = state.isActive ? asked : .zero
        let held = follow(survey.plan, judged: judged, response: response, active: state.isActive, now: inputs.now, elapsed: elapsed)
        let target = state.isActive ? bounded(held - response, judged: judged) : .zero
        let sum =
            state.isActive
            ? share(
                target, within: survey, mayWake: judged.trust.isTrusted, fleet: fleet, chargers: chargers, memory: &memory) : clear(&memory)
        lastSum = sum
        publish(state: state, now: inputs.now, memory: &memory, setpoints: &setpoints)

        return TickOutputs(
            tick: tick, state: state, judged: judged, response: response, baseline: held, target: target,
            setpointSum: sum, shortfall: sum - (held - response),
            availableRaise: state.isActive ? min(survey.discharge, -survey.lowest) + max(.zero, held) : .zero,
            availableLower: state.isActive ? max(.zero, min(survey.charge, survey.highest) - held) : .zero,
            chargersControlled: survey.controlled)
    }

    /// What the service asks for: the curve through the lag while frequency counts, then the last answer fading.
    private mutating func answer(_ judged: JudgedFrequency, now: Instant, elapsed: Interval) -> Watts {
        guard let frequency = judged.frequency else {
            let fading = lastAsked * judged.weight.value
            if judged.weight == .zero {
                lastAsked = .zero
                triggered.lose()
            }
            lag.settle(at: fading / settings.service.capacity)
            return fading
        }
        if let trigger = settings.service.trigger {
            let share = triggered.update(
                frequency, nominal: settings.judgement.nominalFrequency, settings: trigger, now: now, elapsed: elapsed)
            lastAsked = settings.service.capacity * settings.service.direction.allowed(share).value
            return lastAsked
        }
        let deviation = frequency - settings.judgement.nominalFrequency
        let share = lag.update(
            settings.service.share(at: deviation).value, responseTime: settings.service.responseTime, elapsed: elapsed)
        lastAsked = settings.service.capacity * share
        return lastAsked
    }

    /// What the chargers could do this tick, and what those beyond control may do at worst.
    private struct Survey {
        var controlled: Int32 = 0
        var plan = Watts.zero
        var discharge = Watts.zero
        var charge = Watts.zero
        var otherImport = Watts.zero
        var otherExport = Watts.zero
        var lowest = Watts.zero
        var highest = Watts.zero
    }

    private mutating func look(
        _ inputs: TickInputs, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Survey {
        var survey = Survey()
        var settled: Watts? = .zero
        for index in 0..<fleet.count {
            let charger = chargers[index]
            memory[index].link = charger.link(at: inputs.now, limit: fleet[index].readingAgeLimit)
            let window = charger.window(for: fleet[index], link: memory[index].link)
            memory[index].lowest = window.lowest
            memory[index].highest = window.highest
            DriverPlan.update(
                &memory[index], inputs: charger, settings: fleet[index], clock: inputs.clock, now: inputs.now)
            survey.plan += min(memory[index].plan, window.highest)
            let sustained = charger.sustained(window, for: fleet[index], duration: settings.service.duration)
            survey.discharge += sustained.discharge
            survey.charge += sustained.charge
            count(charger, settings: fleet[index], memory: &memory[index], into: &survey, now: inputs.now)
            if let sum = settled, let power = charger.power, memory[index].link != .unreachable,
                charger.isSettled(at: memory[index].commanded, settings: fleet[index])
            {
                settled = sum + power
            } else {
                settled = nil
            }
        }
        let site = sitePower(inputs)
        let limits = settings.limits.window(
            building: load.update(
                site: site, settledChargers: settled, delay: settings.meterDelay, now: inputs.now),
            otherImport: survey.otherImport, otherExport: survey.otherExport)
        let held = relief.update(
            limits, limits: settings.limits, site: site, chargers: lastSum, delay: settings.meterDelay, now: inputs.now)
        survey.lowest = held.lowest
        survey.highest = held.highest
        return survey
    }

    /// For delivery a charger beyond control counts nothing; for limits it counts the worst: its full charge limit, and
    /// the discharge it was last told until its own timeout has passed.
    private func count(
        _ charger: ChargerInputs, settings: ChargerSettings, memory: inout ChargerMemory, into survey: inout Survey,
        now: Instant
    ) {
        switch memory.link {
        case .controlled:
            survey.controlled += 1
            memory.controlledAt = now
        case .noVehicle:
            memory.controlledAt = now
        case .unreachable, .notControlled, .faulted:
            survey.otherImport += settings.chargeLimit
            guard let controlledAt = memory.controlledAt,
                now.elapsed(since: controlledAt) <= settings.deviceTimeout
            else {
                survey.otherExport += max(.zero, -(charger.power ?? .zero))
                return
            }
            survey.otherExport += max(max(.zero, -memory.commanded), -(charger.power ?? .zero))
        }
    }

    /// The power at the connection, when it is fresh.
    private func sitePower(_ inputs: TickInputs) -> SitePower? {
        guard let site = inputs.sitePower, site.takenAt <= inputs.now,
            inputs.now.elapsed(since: site.takenAt) <= settings.loadAgeLimit
        else { return nil }
        return site
    }

    /// The baseline: the drivers' plan, or held, or none. It falls at once; it rises slowly, and only once frequency has
    /// been trusted and no support for a low frequency was asked for the recovery wait.
    private mutating func follow(
        _ plan: Watts, judged: JudgedFrequency, response: Watts, active: Bool, now: Instant, elapsed: Interval
    ) -> Watts {
        guard active else {
            baseline.settle(at: .zero)
            return .zero
        }
        if !judged.trust.isTrusted {
            // What was being charged may go on; it may not rise.
            recoveringUntil = now + settings.recoveryWait
            baseline.settle(at: min(baseline.value, max(.zero, lastSum + response)))
            return baseline.value
        }
        if response > settings.service.capacity * 0.01 || triggered.isUnreleased { recoveringUntil = now + settings.recoveryWait }
        switch settings.service.baselineRule {
        case .zero: return .zero
        case .frozen:
            if isOutsideBand(judged) { return baseline.value }
        case .scheduled: break
        }
        let mayRise = recoveringUntil.map { now >= $0 } ?? true
        return baseline.update(
            towards: plan, risingPerSecond: mayRise ? settings.baselineRise : .zero, fallingPerSecond: nil,
            elapsed: elapsed)
    }

    /// Whether the service has something to answer, so that a frozen baseline must not move.
    private func isOutsideBand(_ judged: JudgedFrequency) -> Bool {
        if settings.service.trigger != nil { return triggered.isUnderWay }
        guard let frequency = judged.frequency else { return true }
        return !settings.service.curve.isWithinDeadband(frequency - settings.judgement.nominalFrequency)
    }

    /// While frequency is not trusted, import and export may fall but not rise.
    private func bounded(_ target: Watts, judged: JudgedFrequency) -> Watts {
        if judged.trust.isTrusted { return target }
        let ceasing = judged.trust == .voltageOutside
        let lowest = ceasing ? Watts.zero : min(.zero, lastSum)
        return target.clamped(to: lowest...max(.zero, lastSum))
    }

    private func share(
        _ target: Watts, within survey: Survey, mayWake: Bool, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        var sum = Sharing.split(
            target, lowest: survey.lowest, highest: survey.highest, fleet: fleet, memory: &memory)
        // An idle charger that hides its state of charge is woken by its smallest charging, or it could never help.
        for index in 0..<fleet.count where mayWake && memory[index].share == .zero {
            let wake = fleet[index].wakePower
            guard memory[index].link == .controlled, chargers[index].stateOfCharge == nil, wake > .zero,
                wake <= memory[index].highest, sum + wake <= survey.highest
            else { continue }
            memory[index].share = wake
            sum += wake
        }
        return sum
    }

    private func clear(_ memory: inout MutableSpan<ChargerMemory>) -> Watts {
        for index in 0..<memory.count { memory[index].share = .zero }
        return .zero
    }

    private func publish(
        state: SiteState, now: Instant, memory: inout MutableSpan<ChargerMemory>, setpoints: inout MutableSpan<Setpoint>
    ) {
        let expires = now + settings.lease
        for index in 0..<memory.count {
            let power = memory[index].share
            let follows = state.isActive && memory[index].link == .controlled
            setpoints[index] =
                follows
                ? Setpoint(isNeutral: false, power: power, expires: expires, tick: tick)
                : .neutral(until: expires, tick: tick)
            // An unreachable charger goes on with what it was told; only a reachable one takes something new.
            if memory[index].link != .unreachable { memory[index].commanded = power }
        }
    }
}
