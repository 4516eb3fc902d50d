/// The control law with what it remembers.
///
/// In order: judge the samples, ask the services, look at the chargers, keep energy and offers, hold the baseline,
/// share within the limits of the connection, and give each setpoint a lease. `step` neither throws nor allocates,
/// reads no clock, and gives bit-equal outputs for equal inputs. The services come as a span, apart from the other
/// settings: each holds a curve of 64 points, and must not be copied for a look at one of its numbers.
struct Law: BitwiseCopyable, Sendable {
    private var sensing = FrequencySensing()
    private var responses = InlineArray<6, ServiceResponse>(repeating: ServiceResponse())
    private var energies = InlineArray<6, EnergyManager>(repeating: EnergyManager())
    private var desk = OfferDesk()
    private var machine = SiteStateMachine()
    private var gridCode = GridCodeWatch()
    private var baseline = Ramp(at: .zero)
    private var trim = OffsetTrim()
    private var load = BuildingLoad()
    private var relief = LimitRelief()
    private var calendar = Calendar()
    private var tick: UInt64 = 0
    private var lastTickAt: Instant?
    /// The sum of the last tick's setpoints, and what it was to be.
    private var lastSum = Watts.zero
    private var lastTarget = Watts.zero
    /// Until when charging may not rise.
    private var recoveringUntil: Instant?
    /// An event went on at the last tick whose frequency was trusted.
    private var isInEvent = false

    /// One tick. The spans have one entry per charger, in the order of the site file, and one per service, in order of
    /// priority.
    mutating func step(
        _ inputs: TickInputs, settings: Settings, services: Span<ServiceSettings>, fleet: Span<ChargerSettings>,
        chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, setpoints: inout MutableSpan<Setpoint>
    ) -> TickOutputs {
        tick &+= 1
        let elapsed = lastTickAt.map { inputs.now.elapsed(since: $0) } ?? .zero
        lastTickAt = inputs.now
        calendar.update(inputs.clock, now: inputs.now, period: settings.offers.period)

        let judged = sensing.update(
            SampleSet(first: inputs.sample, second: inputs.secondSample, third: inputs.thirdSample), now: inputs.now,
            settings: settings.sensing, elapsed: elapsed)
        let interlock = condition(inputs, judged: judged, settings: settings)
        let asked = answer(judged, inputs: inputs, settings: settings, services: services, elapsed: elapsed)
        let survey = FleetSurvey.take(
            FleetSurvey.Moment(
                now: inputs.now, elapsed: elapsed, clock: inputs.clock, day: calendar.day,
                duration: longestDuration(services),
                isHeldBack: isHeldBack(inputs.now)),
            fleet: fleet, chargers: chargers, memory: &memory)
        let window = entering(
            limits(inputs, survey: survey, settings: settings), survey: survey, now: inputs.now, settings: settings)
        let state = machine.update(
            SiteConditions(
                frequencyTrusted: judged.trust.isTrusted, chargerControlled: survey.controlled > 0,
                armRequested: inputs.armRequested, stopRequested: inputs.stopRequested,
                recovering: isRecovering, asking: isAsking, interlock: interlock),
            now: inputs.now)
        // An island or a grid relay leaves no response to fade.
        let isActive = state.isActive && interlock == .clear

        let response = isActive ? asked : .zero
        let restore = keepEnergy(
            survey, judged: judged, response: response, active: isActive, settings: settings, services: services,
            elapsed: elapsed)
        let phases = phaseLimits(inputs, survey: survey, settings: settings)
        let request = inputs.baselineRequest.map { granted($0, survey: survey, window: window, services: services) }
        let planned = flowing(
            survey.plan, highest: min(window.highest, request.map { max(.zero, $0) } ?? window.highest), phases: phases,
            fleet: fleet,
            memory: &memory)
        let wanted = min((request ?? planned) + restore, window.highest)
        let held = follow(
            wanted, lowest: -survey.discharge, judged: judged, active: isActive,
            settings: settings,
            services: services, now: inputs.now, elapsed: elapsed)
        let target = isActive ? bounded(held - response, judged: judged) : .zero
        var shared = Shared()
        if isActive {
            shared = share(
                target, response: response, within: survey, window: window, phases: phases, judged: judged,
                services: services,
                fleet: fleet, chargers: chargers, elapsed: elapsed,
                memory: &memory)
        } else {
            clear(&memory)
        }
        lastSum = shared.sum
        lastTarget = held - response
        desk.update(
            OfferDesk.Market(
                now: inputs.now, period: calendar.period, survey: survey, baseline: held, lowest: window.lowest,
                highest: window.highest,
                phases: phases, settings: settings.offers, isActive: isActive, isTrusted: judged.trust.isTrusted),
            services: services, responses: responses, fleet: fleet, memory: memory)
        publish(
            isActive: isActive, lease: settings.lease, now: inputs.now, fleet: fleet, memory: &memory,
            setpoints: &setpoints)

        return TickOutputs(
            tick: tick, state: state, judged: judged, gridCode: gridCode.state, response: response, baseline: held,
            target: target,
            planned: planned,
            baselineHold: hold(
                wanted, isTrusted: judged.trust.isTrusted, active: isActive, first: services[0].baselineRule,
                isFrozen: isFrozen(judged, settings: settings, services: services), now: inputs.now),
            heldFor: recoveringUntil.map { inputs.now < $0 ? $0.elapsed(since: inputs.now) : .zero } ?? .zero,
            setpointSum: shared.sum,
            correction: shared.correction, shortfall: shared.sum - shared.correction - (held - response),
            availableRaise: isActive
                ? max(.zero, min(survey.discharge, -window.lowest) + held - min(survey.fixed, max(.zero, held)))
                : .zero,
            availableLower: isActive ? max(.zero, min(survey.charge, window.highest) - held) : .zero,
            chargersControlled: survey.controlled, siteLowest: window.lowest, siteHighest: window.highest,
            phaseLowest: phases.rooms(side: -1), phaseHighest: phases.rooms(side: 1),
            forecast: desk.forecast, services: report(active: isActive, services: services))
    }

    // MARK: The grid code

    /// What the contacts make of the site, or the grid code where that is worse.
    private mutating func condition(_ inputs: TickInputs, judged: JudgedFrequency, settings: Settings)
        -> InterlockCondition
    {
        guard let code = settings.gridCode else { return inputs.interlock }
        let nominal = settings.sensing.first.nominalVoltage
        // A voltage counts while its meter is heard; a frequency only when it is trusted.
        let live = sensing.isFirstMeterLive ? inputs.sample : nil
        gridCode.update(
            frequency: judged.trust.isTrusted ? judged.frequency : nil,
            voltageLowest: live?.voltageLowest.map { Ratio($0 / nominal) },
            voltageHighest: live?.voltageHighest.map { Ratio($0 / nominal) }, now: inputs.now, settings: code)
        return gridCode.isTripped ? .tripped : inputs.interlock
    }

    /// While the site enters service its power grows with the code's ramp.
    private func entering(
        _ window: (lowest: Watts, highest: Watts), survey: FleetSurvey, now: Instant, settings: Settings
    ) -> (lowest: Watts, highest: Watts) {
        guard let code = settings.gridCode, case .entering = gridCode.state else { return window }
        let share = gridCode.share(now: now, settings: code)
        return (max(window.lowest, -survey.discharge * share), min(window.highest, survey.charge * share))
    }

    // MARK: Services

    /// What the services ask for together: each by its own rules while frequency counts, then what is left of its last
    /// answer.
    private mutating func answer(
        _ judged: JudgedFrequency, inputs: TickInputs, settings: Settings, services: Span<ServiceSettings>,
        elapsed: Interval
    ) -> Watts {
        let nominal = settings.sensing.first.nominalFrequency
        var sum = Watts.zero
        for index in 0..<services.count {
            guard let frequency = judged.frequency else {
                sum += services[index].capacity * responses[index].fade(to: judged.weight).value
                continue
            }
            let capacity = services[index].capacity
            let idle = max(.zero, baseline.value - othersResponse(than: index, services: services)) / capacity
            let question = ServiceResponse.Question(
                frequency: frequency, nominal: nominal,
                reference: nominal + sensing.meanDeviation * energies[index].demand.blend, signal: inputs.signal,
                idleShare: idle,
                now: inputs.now, elapsed: elapsed, isTrusted: judged.trust.isTrusted)
            sum += capacity * responses[index].update(question, settings: services[index]).value
        }
        return sum
    }

    private func othersResponse(than index: Int, services: Span<ServiceSettings>) -> Watts {
        var sum = Watts.zero
        for other in 0..<services.count where other != index {
            sum += services[other].capacity * responses[other].share
        }
        return sum
    }

    private func longestDuration(_ services: Span<ServiceSettings>) -> Interval {
        var longest = services[0].duration
        for index in 1..<max(1, services.count) { longest = max(longest, services[index].duration) }
        return longest
    }

    private var isRecovering: Bool {
        for index in 0..<ServiceStack.countMax
        where responses[index].triggered.isRecovering || responses[index].rebound.phase == .returning { return true }
        return false
    }

    private var isUnreleased: Bool {
        for index in 0..<ServiceStack.countMax where responses[index].rebound.isUnreleased { return true }
        return false
    }

    /// More than 1 % of a service's capacity is asked.
    private var isAsking: Bool {
        for index in 0..<ServiceStack.countMax where responses[index].share.magnitude > 0.01 { return true }
        return false
    }

    /// An event of low frequency: half of a capacity is asked, or frequency is 0.2 Hz below nominal, where every code's
    /// normal band has ended.
    private func isEvent(_ judged: JudgedFrequency, settings: Settings) -> Bool {
        if let frequency = judged.frequency, frequency - settings.sensing.first.nominalFrequency <= Hertz(-0.2) {
            return true
        }
        for index in 0..<ServiceStack.countMax where responses[index].isCalled && responses[index].share > 0 {
            return true
        }
        return false
    }

    private func report(active: Bool, services: Span<ServiceSettings>) -> InlineArray<6, ServiceOutputs> {
        var outputs = InlineArray<6, ServiceOutputs>(repeating: .none)
        for index in 0..<services.count {
            let offer = desk[index]
            let demand = energies[index].demand
            outputs[index] = ServiceOutputs(
                response: active ? services[index].capacity * responses[index].share : .zero,
                askedShare: Ratio(responses[index].asked), offerRaise: offer.raise, offerLower: offer.lower,
                raiseLimit: offer.raiseLimit,
                lowerLimit: offer.lowerLimit, restore: demand.restore, blend: demand.blend,
                isEnergyShort: demand.isShort)
        }
        return outputs
    }

    /// Tells every service's energy scheme what is stored and delivered, and returns what they ask of the baseline.
    private mutating func keepEnergy(
        _ survey: FleetSurvey, judged: JudgedFrequency, response: Watts, active: Bool, settings: Settings,
        services: Span<ServiceSettings>,
        elapsed: Interval
    ) -> Watts {
        guard active else { return .zero }
        var whole = WattHours.zero
        for index in 0..<services.count {
            whole += services[index].capacity.energy(over: services[index].duration)
        }
        let delivered = baseline.value - (survey.measured ?? lastSum)
        let nominal = settings.sensing.first.nominalFrequency
        let deviation = judged.trust.isTrusted ? judged.frequency.map { $0 - nominal } : nil
        var restore = Watts.zero
        for index in 0..<services.count {
            let part = services[index].capacity.energy(over: services[index].duration) / whole
            let own = services[index].capacity * responses[index].share
            energies[index].update(
                EnergyState(
                    raise: survey.raiseEnergy * part, lower: survey.lowerEnergy * part,
                    powerRaise: min(services[index].capacity, survey.dischargePower),
                    powerLower: min(services[index].capacity, survey.chargePower), soldRaise: desk[index].raise,
                    soldLower: desk[index].lower,
                    delivered: response == .zero ? .zero : delivered * (own / response).clamped(to: 0...1),
                    deviation: deviation,
                    period: calendar.period),
                settings: services[index], elapsed: elapsed)
            restore += energies[index].demand.restore
        }
        return restore
    }

    // MARK: Limits and baseline

    private mutating func limits(_ inputs: TickInputs, survey: FleetSurvey, settings: Settings) -> (
        lowest: Watts, highest: Watts
    ) {
        let site = sensing.isFirstMeterLive ? sitePower(inputs, settings: settings) : nil
        let limits = settings.limits.window(
            building: load.update(
                site: site, settledChargers: survey.settled, delay: settings.meterDelay, now: inputs.now),
            otherImport: survey.otherImport, otherExport: survey.otherExport)
        return relief.update(
            limits, limits: settings.limits, site: site, chargers: lastSum, delay: settings.meterDelay, now: inputs.now)
    }

    private func phaseLimits(_ inputs: TickInputs, survey: FleetSurvey, settings: Settings) -> PhaseLimits {
        let nominal = settings.sensing.first.nominalVoltage
        let measured =
            sensing.isFirstMeterLive
            ? inputs.sample?.voltageLowest.map { min($0, nominal) } ?? nominal * 0.9 : nominal * 0.9
        return PhaseLimits(
            settings.limits, voltage: max(nominal * 0.5, measured), survey: survey)
    }

    /// The power at the connection, when it is fresh.
    private func sitePower(_ inputs: TickInputs, settings: Settings) -> SitePower? {
        guard let site = inputs.sitePower, site.takenAt <= inputs.now,
            inputs.now.elapsed(since: site.takenAt) <= settings.loadAgeLimit
        else { return nil }
        return site
    }

    private func isHeldBack(_ now: Instant) -> Bool { isInEvent || recoveringUntil.map { now < $0 } ?? false }

    /// What of a request for the baseline leaves what is promised its energy and its room at the connection. A request
    /// that is no number is none.
    private func granted(
        _ request: Watts, survey: FleetSurvey, window: (lowest: Watts, highest: Watts), services: Span<ServiceSettings>
    ) -> Watts {
        var raise = Watts.zero
        var lower = Watts.zero
        for index in 0..<services.count {
            raise += desk[index].raise
            lower += desk[index].lower
        }
        guard request.value.isFinite else { return .zero }
        let lowest = min(.zero, max(raise - survey.discharge, window.lowest + raise))
        return request.clamped(to: lowest...max(.zero, min(survey.charge - lower, window.highest - lower)))
    }

    /// What of the drivers' plans the phases and the connection let flow. A driver whose target is at risk by it is
    /// told.
    private func flowing(
        _ plan: Watts, highest: Watts, phases: PhaseLimits, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        guard phases.isSet || plan > highest else { return plan }
        let fitting = phases.planned(fleet: fleet, memory: &memory)
        let part = fitting > highest ? highest / fitting : 1
        for index in 0..<fleet.count
        where memory[index].outlook == .onTime && memory[index].share * part < memory[index].plan {
            guard let departsIn = memory[index].departsIn else { continue }
            if (memory[index].share * part).energy(over: departsIn) < memory[index].missing {
                memory[index].outlook = .limited
            }
        }
        return min(fitting, highest)
    }

    /// Why the baseline is not what of the plans can flow, with what restores energy.
    private func hold(_ wanted: Watts, isTrusted: Bool, active: Bool, first: BaselineRule, isFrozen: Bool, now: Instant)
        -> BaselineHold
    {
        if !active { return .inactive }
        if !isTrusted { return .untrusted }
        if first == .zero { return .zeroRule }
        if isFrozen { return .frozen }
        if baseline.value >= wanted { return .none }
        return isHeldBack(now) ? .event : .ramp
    }

    /// The baseline: the drivers' plan with what restores energy, or held, or none. It falls at once; it rises slowly,
    /// and only once frequency has been trusted and no support for a low frequency was asked for the recovery wait.
    private mutating func follow(
        _ plan: Watts, lowest: Watts, judged: JudgedFrequency, active: Bool, settings: Settings,
        services: Span<ServiceSettings>,
        now: Instant,
        elapsed: Interval
    ) -> Watts {
        guard active else {
            // Whatever went on before it was armed may be an event.
            recoveringUntil = now + settings.recoveryWait
            baseline.settle(at: .zero)
            return .zero
        }
        if !judged.trust.isTrusted {
            // What was being charged may go on; it may not rise.
            recoveringUntil = now + settings.recoveryWait
            let response = baseline.value - lastTarget
            baseline.settle(at: min(baseline.value, max(.zero, lastSum + response)))
            if judged.weight == .zero { baseline.settle(at: max(.zero, baseline.value)) }
            return baseline.value
        }
        isInEvent = isEvent(judged, settings: settings) || isUnreleased
        if isInEvent { recoveringUntil = now + settings.recoveryWait }
        if services[0].baselineRule == .zero { return .zero }
        if isFrozen(judged, settings: settings, services: services) { return baseline.value }
        // Vehicles that have left discharge no more.
        if baseline.value < lowest { baseline.settle(at: lowest) }
        return baseline.update(
            towards: max(plan, lowest), risingPerSecond: isHeldBack(now) ? .zero : settings.baselineRise,
            fallingPerSecond: nil,
            // A process that was stopped has seen nothing of what went on.
            elapsed: min(elapsed, .seconds(10)))
    }

    /// Whether a service that freezes the baseline has something to answer.
    private func isFrozen(_ judged: JudgedFrequency, settings: Settings, services: Span<ServiceSettings>) -> Bool {
        for index in 0..<services.count where services[index].baselineRule == .frozen {
            if responses[index].isUnderWay(
                judged.frequency, nominal: settings.sensing.first.nominalFrequency, settings: services[index])
            {
                return true
            }
        }
        return false
    }

    /// While frequency is not trusted, import and export may fall but not rise.
    private func bounded(_ target: Watts, judged: JudgedFrequency) -> Watts {
        let bounds = bounds((-Watts(1e12), Watts(1e12)), judged: judged)
        return target.clamped(to: bounds.lowest...bounds.highest)
    }

    private func bounds(_ window: (lowest: Watts, highest: Watts), judged: JudgedFrequency) -> (
        lowest: Watts, highest: Watts
    ) {
        if judged.trust.isTrusted { return window }
        // With nothing left of the last answer nothing is discharged, whatever the baseline.
        let ceasing = judged.trust == .voltageOutside || judged.weight == .zero
        return (max(window.lowest, ceasing ? .zero : min(.zero, lastSum)), min(window.highest, max(.zero, lastSum)))
    }

    // MARK: Sharing

    private struct Shared {
        var sum = Watts.zero
        var correction = Watts.zero
    }

    private mutating func share(
        _ target: Watts, response: Watts, within survey: FleetSurvey, window: (lowest: Watts, highest: Watts),
        phases: PhaseLimits,
        judged: JudgedFrequency, services: Span<ServiceSettings>, fleet: Span<ChargerSettings>,
        chargers: Span<ChargerInputs>,
        elapsed: Interval,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Shared {
        // Who takes no part is charged out of the baseline, never by others' discharge.
        let fixed = shareFixed(
            min(survey.fixed, min(window.highest, max(.zero, min(baseline.value, target + max(.zero, response))))),
            of: survey.fixed,
            fleet: fleet, memory: &memory)
        let wanted = target - fixed
        let side: Double = wanted > .zero ? 1 : -1
        let promised = self.promised(side: side, survey: survey, services: services)
        // What takes no part may stop charging any moment: it makes no room for discharge.
        let limit = min(side > 0 ? window.highest - fixed : -window.lowest, promised)
        let isSaturated = wanted.magnitude > limit || !judged.trust.isTrusted
        let capacity = services[0].capacity
        let trimmed = trim.update(offset: survey.offset, capacity: capacity, isFrozen: isSaturated, elapsed: elapsed)
        var shared = Shared()
        // A trim never starts, stops or turns a charger.
        if wanted != .zero, judged.trust.isTrusted, (wanted + trimmed).value * side > 0 { shared.correction = trimmed }
        let turn = Int(truncatingIfNeeded: calendar.period & 0xFFFF)
        for index in 0..<fleet.count {
            memory[index].setTiers(side: side)
            if calendar.hasTurned, memory[index].commanded == .zero { memory[index].lastSide = 0 }
        }
        var rounds = 0
        while true {
            _ = Sharing.split(
                wanted + shared.correction, limit: max(.zero, limit), fleet: fleet, memory: &memory, turn: turn)
            guard phases.isSet, rounds < 2, phases.lowerTiers(fleet: fleet, memory: &memory) else { break }
            rounds += 1
        }
        if wanted != .zero, judged.trust.isTrusted {
            shared.correction += LagCover.cover(side: side, fleet: fleet, memory: &memory)
        }
        if wanted.magnitude > limit { note(limit == promised ? .keepsPromise : .connection, in: &memory) }
        for index in 0..<fleet.count where memory[index].link == .controlled && !memory[index].participates {
            memory[index].share = memory[index].tiers.planned
        }
        if !judged.trust.isTrusted { capUntrusted(&memory) }
        HandOver.hold(lowest: window.lowest, highest: window.highest, fleet: fleet, memory: &memory)
        phases.handOver(fleet: fleet, memory: &memory)
        shared.sum = confine(bounds(window, judged: judged), phases: phases, fleet: fleet, memory: &memory)
        if phases.isSet, (min(wanted.magnitude, limit) - (shared.sum - fixed).magnitude) > survey.step * 2 {
            blamePhases(&memory)
        }
        if judged.trust.isTrusted {
            wake(&shared.sum, highest: window.highest, fleet: fleet, chargers: chargers, memory: &memory)
        }
        return shared
    }

    /// Where the phases leave something missing, nobody was left out for not being needed.
    private func blamePhases(_ memory: inout MutableSpan<ChargerMemory>) {
        for index in 0..<memory.count where memory[index].reasons.contains(.notNeeded) {
            memory[index].reasons.remove(.notNeeded)
            memory[index].reasons.insert(.phase)
        }
    }

    /// Brings phases and sum within their limits. One cut may ask for the other; where that does not end, nobody gets
    /// anything.
    private func confine(
        _ bounds: (lowest: Watts, highest: Watts), phases: PhaseLimits, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        for _ in 0..<4 {
            phases.enforce(fleet: fleet, memory: &memory)
            let kept = SumBounds.keep(bounds, fleet: fleet, memory: &memory)
            if !kept.hasCut { return kept.sum }
        }
        clear(&memory)
        return .zero
    }

    /// The most that the fleet may be used for without spending the energy of what is promised: the promise, and the
    /// surplus spread over a minute or, for shorter services, their duration.
    private func promised(side: Double, survey: FleetSurvey, services: Span<ServiceSettings>) -> Watts {
        var promise = Watts.zero
        for index in 0..<services.count { promise += side > 0 ? desk[index].lower : desk[index].raise }
        promise = max(.zero, side > 0 ? promise + baseline.value : promise - baseline.value)
        let lasting = side > 0 ? survey.charge : survey.discharge
        // A step more, since a limit rounds setpoints down.
        return promise + survey.step + max(.zero, lasting - promise) * max(1, longestDuration(services).seconds / 60)
    }

    /// While frequency is not trusted nobody takes over from a charger that was lost with it: each stays within what it
    /// was told.
    private func capUntrusted(_ memory: inout MutableSpan<ChargerMemory>) {
        for index in 0..<memory.count where memory[index].share != .zero {
            let told = memory[index].commanded
            memory[index].share = memory[index].share.clamped(to: min(.zero, told)...max(.zero, told))
        }
    }

    private func note(_ reason: ShareReasons, in memory: inout MutableSpan<ChargerMemory>) {
        for index in 0..<memory.count where memory[index].link == .controlled { memory[index].reasons.insert(reason) }
    }

    /// Vehicles whose drivers take no part are charged as planned, as far as the baseline goes. Returns what they take
    /// together, and leaves each one's part in its lowest tier.
    private func shareFixed(
        _ fixed: Watts, of planned: Watts, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        var sum = Watts.zero
        for index in 0..<fleet.count {
            memory[index].tiers = Tiers()
            guard planned > .zero, memory[index].link == .controlled, !memory[index].participates else { continue }
            memory[index].tiers.planned = fleet[index].lowered(
                min(memory[index].plan, memory[index].highest) * (fixed / planned), side: 1)
            sum += memory[index].tiers.planned
        }
        return sum
    }

    /// An idle charger that hides its state of charge is woken by its smallest charging, or it could never help.
    private func wake(
        _ sum: inout Watts, highest: Watts, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>
    ) {
        for index in 0..<fleet.count where memory[index].share == .zero {
            let wake = fleet[index].wakePower
            guard memory[index].link == .controlled, chargers[index].stateOfCharge == nil, wake > .zero,
                wake <= memory[index].highest, sum + wake <= highest
            else { continue }
            memory[index].share = wake
            memory[index].reasons.insert(.woken)
            sum += wake
        }
    }

    private func clear(_ memory: inout MutableSpan<ChargerMemory>) {
        for index in 0..<memory.count { memory[index].share = .zero }
    }

    private func publish(
        isActive: Bool, lease: Interval, now: Instant, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>,
        setpoints: inout MutableSpan<Setpoint>
    ) {
        let expires = now + lease
        for index in 0..<memory.count {
            let power = memory[index].share
            let follows = isActive && memory[index].link == .controlled && !(fleet[index].forbidsZero && power == .zero)
            setpoints[index] =
                follows
                ? Setpoint(isNeutral: false, power: power, expires: expires, tick: tick)
                : .neutral(until: expires, tick: tick)
            // Out of reach, refusing or in another's hands a charger goes on with what it was told; only one that
            // follows takes something new.
            if memory[index].link == .controlled || memory[index].link == .noVehicle { memory[index].commanded = power }
            if power != .zero { memory[index].lastSide = power > .zero ? 1 : -1 }
        }
    }
}

extension ChargerMemory {
    /// Its tiers for the side of this tick. Who takes no part has none.
    mutating func setTiers(side: Double) {
        guard link == .controlled, participates else { return }
        tiers.most = side > 0 ? highest : -lowest
        tiers.planned = side > 0 ? min(plan, highest) : .zero
        tiers.sustained = max(tiers.planned, side > 0 ? sustainedCharge : sustainedDischarge)
        tiers.spared = max(tiers.planned, tiers.sustained * freshness)
    }
}

extension Double {
    func clamped(to range: ClosedRange<Double>) -> Double {
        self > range.upperBound ? range.upperBound : self >= range.lowerBound ? self : range.lowerBound
    }
}
