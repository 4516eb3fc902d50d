/// The control law of one site: a pure function of its inputs and of the state that it keeps.
///
/// `step` reads no clock, does no I/O, does not throw and does not allocate. Equal inputs give outputs that are equal
/// to the bit. It follows this list: judge the samples, comply with the grid code, ask the services, survey the
/// chargers, find the connection's window, decide the site's state, keep energy, move the baseline, allocate, make
/// offers, publish setpoints, request permits. Settings stay where they are: services come as a span, because each
/// holds a curve of 64 points.
public struct ControlLaw: ~Copyable {
    private var settings: LawSettings
    private var clock = TickClock()
    private var sensing = FrequencySensing()
    private var gridCode = GridCodeWatch()
    private var bank = ServiceBank()
    private var swing = SwingDetector()
    private var settled = SettledChargers()
    private var connection = ConnectionWindow()
    private var phaseWindow = PhaseWindow()
    private var meterLoss = MeterLoss()
    private var machine = SiteStateMachine()
    private var baseline = Baseline()
    private var allocation = Allocation()
    private var book = OfferBook()
    private var permits = PermitControl()
    private var previous = Previous()
    /// Changes with all of ``saved(now:clock:)`` that has to be saved at once.
    public private(set) var stamp: UInt64 = 0

    /// The sum of the last tick's setpoints, and the target that it was to meet.
    private struct Previous: BitwiseCopyable {
        var sum = Watts.zero
        var target = Watts.zero
        /// Whether the chargers followed the services.
        var isActive = false
    }

    /// A site with a grid code starts out of service. `isInService` is only for a recording that begins inside the
    /// code's window.
    public init(settings: LawSettings, isInService: Bool = false) {
        self.settings = settings
        gridCode = GridCodeWatch(isInService: isInService)
    }

    /// A law that goes on after a restart; without a saved state it is a new one. The chargers' memory belongs to the
    /// caller and is restored by ``ChargerMemory/init(restoring:isSameDay:now:)``.
    public init(settings: LawSettings, restoring restored: RestoredState?, now: Instant, clock wall: WallClock) {
        self.init(settings: settings)
        guard let restored else { return }
        let saved = restored.state
        let services = settings.services.items.span.extracting(first: settings.services.count)
        clock.restore(
            now, clock: wall, period: settings.offers.period)
        sensing = FrequencySensing(restoring: saved.sensing, restart: restored.restart, now: now)
        gridCode = GridCodeWatch(restoring: saved.gridCode, restart: restored.restart, settings: settings.gridCode)
        bank = ServiceBank(
            restoring: saved.services, restart: restored.restart, services: services,
            period: clock.calendar.period - restored.periodsPassed(wall, length: settings.offers.period), now: now)
        let isPaused = saved.supplyPause > .zero
        let pause =
            restored.restart == .otherBoot && isPaused ? settings.permits?.pause ?? .zero : saved.supplyPause
        permits = PermitControl(supplyPause: pause, now: now)
    }

    /// What has to survive a restart.
    public func saved(now: Instant, clock wall: WallClock) -> SavedState {
        var saved = SavedState.blank
        if wall.isTrusted {
            saved.nanosecondsUTC = wall.nanosecondsUTC
            saved.nanosecondsLocal = wall.nanosecondsLocal
        }
        saved.site = machine.state
        saved.gridCode = gridCode.saved
        saved.sensing = sensing.saved(now: now)
        saved.supplyPause = permits.supplyPause(now)
        for index in 0..<settings.services.count {
            saved.services[index] = bank.saved(index, kind: settings.services.items[index].kind, now: now)
        }
        return saved
    }

    /// Copies a law with its state, to ask what would follow. The chargers' memory belongs to the caller and has to be
    /// copied as well.
    public init(copying other: borrowing ControlLaw) {
        settings = other.settings
        clock = other.clock
        sensing = other.sensing
        gridCode = other.gridCode
        bank = other.bank
        swing = other.swing
        settled = other.settled
        connection = other.connection
        phaseWindow = other.phaseWindow
        meterLoss = other.meterLoss
        machine = other.machine
        baseline = other.baseline
        allocation = other.allocation
        book = other.book
        permits = other.permits
        previous = other.previous
        stamp = other.stamp
    }

    /// Adopts new settings at a tick boundary. The state of what did not change is kept.
    public mutating func adopt(_ newSettings: LawSettings) { settings = newSettings }

    /// One tick. The spans have one entry per charger, in the order of the site file.
    @inline(never)
    public mutating func step(
        _ inputs: TickInputs, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, turns: inout MutableSpan<ChargerTurn>,
        setpoints: inout MutableSpan<Setpoint>
    ) -> TickOutputs {
        precondition(
            fleet.count == chargers.count && fleet.count == memory.count && fleet.count == turns.count
                && fleet.count == setpoints.count,
            "a tick needs the same chargers in all of its spans")
        let services = settings.services.items.span.extracting(first: settings.services.count)
        let now = inputs.now
        let elapsed = clock.begin(now, clock: inputs.clock, period: settings.offers.period)
        let nominal = settings.sensing.first.nominalFrequency

        sensing.obey(inputs.meterOrder)
        let judged = sensing.update(
            SampleSet(first: inputs.sample, second: inputs.secondSample, third: inputs.thirdSample), now: now,
            settings: settings.sensing, elapsed: elapsed)
        meterLoss.update(judged, rule: settings.onMeterLost, wait: settings.recoveryWait, now: now)
        let contacts =
            settings.permits == nil ? inputs.interlocks.condition : permits.condition(inputs.interlocks, now: now)
        gridCode.comply(
            judged, voltage: sensing.voltage, nominalVoltage: settings.sensing.first.nominalVoltage, now: now,
            settings: settings.gridCode)
        let wanted = bank.respond(
            ServiceBank.Question(
                judged: judged, news: sensing.news, nominal: nominal, meanDeviation: sensing.meanDeviation,
                signal: inputs.signal,
                baseline: baseline.value, now: now, elapsed: elapsed), services: services)
        let survey = FleetSurvey.take(
            FleetSurvey.Moment(
                now: now, elapsed: elapsed, clock: inputs.clock, day: clock.calendar.day,
                duration: ServiceBank.longestDuration(services), isHeldBack: baseline.isHeldBack(now),
                countsPhases: settings.limits.phaseCurrent != nil),
            fleet: fleet, chargers: chargers, memory: &memory, turns: &turns)
        // What the chargers do while the site does not respond says nothing of its own swing.
        if !previous.isActive { swing = SwingDetector() }
        let asked =
            wanted
            - swing.withhold(
                SwingDetector.Moment(
                    deviation: sensing.news == .none ? nil : judged.frequency.map { $0 - nominal },
                    support: -(survey.measurement.sum ?? previous.sum), response: bank.curveResponse, now: now,
                    isTrusted: judged.trust.isTrusted),
                settings: settings.swing)
        settled.update(survey.measurement.settled, tolerance: survey.measurement.tolerance, now: now)
        let measured = ConnectionWindow.Moment(
            site: sensing.isFirstMeterLive ? inputs.sitePower : nil, ageLimit: settings.loadAgeLimit,
            meterDelay: settings.meterDelay, lastSum: previous.sum, settledSince: settled.since,
            usesExtremes: meterLoss.charging == .byPlan, now: now)
        let window = gridCode.entering(
            connection.update(measured, limits: settings.limits, survey: survey),
            discharge: survey.capability.discharge, settings: settings.gridCode)
        let rooms =
            settings.limits.phaseCurrent == nil
            ? nil
            : phaseWindow.update(
                measured,
                voltages: Self.phaseVoltages(
                    sensing.isFirstMeterLive ? inputs.sample : nil, nominal: settings.sensing.first.nominalVoltage),
                limits: settings.limits, survey: survey)
        let phases = PhaseLimits(rooms, unbalance: settings.limits.unbalance, others: survey.uncontrolled)
        let state = machine.update(
            SiteConditions(
                frequencyTrusted: judged.trust.isTrusted, chargesByPlan: meterLoss.charging == .byPlan,
                chargerControlled: survey.controlled > 0,
                armRequested: inputs.armRequested && !inputs.interlocks.isDisarmed, stopRequested: inputs.stopRequested,
                recovering: bank.activity.isRecovering, asking: bank.activity.isAsking, contacts: contacts,
                isOutOfService: gridCode.isOutOfService && !gridCode.awaitsFirstEntry
                    && (judged.trust.isTrusted || !gridCode.isUnwitnessed),
                awaitsFirstEntry: gridCode.awaitsFirstEntry && meterLoss.charging != .byPlan,
                permitsRequireZeroPower: permits.requiresZeroPower),
            now: now)
        // An island or a grid relay leaves no response to fade.
        let isActive = state.isActive && machine.rung?.action ?? .fade == .fade
        let response = isActive ? asked : .zero
        var withheld = WithheldResponse()
        if state.isKeptFromAnswering { withheld.add(bank.remembered - response, .keptFromResponding) }
        if isActive {
            withheld.add(bank.notReady, .notReady)
            withheld.add(bank.beyondGrid, .gridSize)
            if !state.isKeptFromAnswering { withheld.add(wanted - asked, .swing) }
        }

        let promised = book.promisedPower(services.count)
        let restore =
            isActive
            ? bank.keepEnergy(
                ServiceBank.EnergyQuestion(
                    raiseEnergy: survey.capability.raiseEnergy, lowerEnergy: survey.capability.lowerEnergy,
                    raisePower: survey.capability.dischargePower, lowerPower: survey.capability.chargePower,
                    delivered: baseline.value - (survey.measurement.sum ?? previous.sum), response: response,
                    deviation: judged.trust.isTrusted ? judged.frequency.map { $0 - nominal } : nil,
                    period: clock.calendar.period, elapsed: elapsed, sold: book.sold), services: services)
            : .zero
        let request = inputs.baselineRequest.map {
            Baseline.admissible($0, raise: promised.raise, lower: promised.lower, survey: survey, window: window)
        }
        let planned = PlannedCharging.withinLimits(
            survey.charging.planned, highest: request.map { Self.chargingLimit($0, window: window) } ?? window.highest,
            phases: phases, fleet: fleet, turns: &turns)
        let movement = Baseline.Moment(
            wanted: ((request ?? planned) + restore).atMost(window.highest), lowest: -survey.capability.discharge,
            judged: judged, nominal: nominal, isActive: isActive, activity: bank.activity,
            rule: services[0].baselineRule,
            isFrozen: bank.isBaselineFrozen(judged.frequency, nominal: nominal, services: services),
            charging: meterLoss.charging, planned: planned,
            lastSum: previous.sum, lastTarget: previous.target, recoveryWait: settings.recoveryWait,
            rise: settings.baselineRise, request: request, now: now, elapsed: elapsed)
        let held = baseline.follow(movement)

        let trustBounds = Self.trustBounds(judged, charging: meterLoss.charging, lastSum: previous.sum)
        let target = isActive ? trustBounds.clamp(held - response) : .zero
        var allocated = Allocation.Result()
        if isActive {
            allocated = allocation.allocate(
                Allocation.Request(
                    target: target, response: response, baseline: baseline.value, window: window,
                    bounds: window.narrowed(to: trustBounds),
                    isTrusted: judged.trust.isTrusted, mayRise: meterLoss.charging == .byPlan,
                    promisedRaise: promised.raise, promisedLower: promised.lower,
                    capacity: services[0].usableCapacity, duration: ServiceBank.longestDuration(services),
                    period: clock.calendar.period, isNewPeriod: clock.calendar.hasTurned, elapsed: elapsed),
                survey: survey, phases: phases, fleet: fleet, chargers: chargers, turns: &turns)
        } else {
            Allocation.clear(&turns)
        }
        previous = Previous(sum: allocated.sum, target: held - response, isActive: isActive)
        book.update(
            OfferBook.Market(
                now: now, period: clock.calendar.period, planned: survey.charging.planned,
                nextDeparture: survey.nextDeparture, baseline: held, bounds: window, phases: phases,
                settings: settings.offers, isActive: isActive, isTrusted: judged.trust.isTrusted),
            services: services, isCalled: bank.isCalled, fleet: fleet, turns: turns)
        Self.publish(
            isActive: isActive, until: now + settings.lease, tick: clock.tick, fleet: fleet, chargers: chargers,
            turns: turns, memory: &memory, setpoints: &setpoints)
        let permitRequest = settings.permits.map {
            permits.request(
                PermitControl.Moment(
                    now: now, tick: clock.tick, expires: now + settings.lease, epoch: inputs.interlocks.epoch,
                    condition: contacts, isStopping: state == .stopping, isBlocked: state == .blocked,
                    isFrequencyTrusted: judged.trust.isTrusted,
                    isFrequencyLost: !judged.trust.isTrusted && judged.weight == .zero,
                    standing: inputs.interlocks.standing,
                    room: Self.startRoom(connection, phases: phases, fleet: fleet, turns: turns)), rules: $0,
                fleet: fleet, chargers: chargers, memory: &memory, setpoints: setpoints)
        }

        stamp = Self.stamp(
            state, gridCode.stamp, sensing.stamp, bank.stamp, isPaused: permits.supplyPause(now) > .zero)

        return TickOutputs(
            tick: clock.tick, state: state, rung: machine.rung, judged: judged,
            contradiction: sensing.contradiction(now: now), distrustedMeters: sensing.distrustedBits,
            meterOrder: sensing.obeyed, gridCode: gridCode.state,
            response: response, baseline: held,
            target: target, planned: planned, baselineHold: baseline.hold(movement), heldFor: baseline.heldFor(now),
            setpointSum: allocated.sum, correction: allocated.correction,
            shortfall: allocated.sum - allocated.correction - (held - response) + withheld.power, withheld: withheld,
            undelivered: survey.measurement.undelivered, undeliveredBy: survey.measurement.undeliveredBy,
            availableRaise: isActive ? Self.availableRaise(survey, window: window, phases: phases, held: held) : .zero,
            availableLower: isActive ? Self.availableLower(survey, window: window, phases: phases, held: held) : .zero,
            chargersControlled: survey.controlled, siteBounds: window, phaseBounds: phases.bounds(),
            doubtsPhases: phaseWindow.doubtsMeasurement, meterFollowing: connection.meterFollowing,
            lostMeterCharging: meterLoss.charging,
            forecast: book.forecast, swing: SwingOutputs(swing, withheld: wanted - asked, now: now),
            permitRequest: permitRequest,
            services: ServiceOutputs.report(bank, book.offers, isActive: isActive, services: services))
    }

    private static func stamp(
        _ state: SiteState, _ gridCode: UInt64, _ sensing: UInt64, _ bank: UInt64, isPaused: Bool
    ) -> UInt64 {
        let site = UInt64(state.rawValue) << 32 | gridCode << 16 | sensing << 1 | (isPaused ? 1 : 0)
        return bank &* 0x0000_0100_0000_01B3 ^ site
    }

    /// The voltages by which a phase's current becomes a power. The lower is the lowest that is measured, at most
    /// nominal and at least half of it. Without a measurement they are nominal less and more 10 %.
    private static func phaseVoltages(_ sample: FrequencySample?, nominal: Volts) -> PhaseWindow.Voltages {
        let lowest = sample?.voltageLowest
        return PhaseWindow.Voltages(
            lowest: max(nominal * 0.5, lowest.map { min($0, nominal) } ?? nominal * 0.9),
            highest: max(nominal, sample?.voltageHighest ?? nominal * 1.1))
    }

    /// The range that trust leaves to the chargers' sum. While frequency is not trusted, import and export may fall but
    /// not rise, until a loss has lasted. With nothing left of the last response nothing is discharged, whatever the
    /// baseline.
    private static func trustBounds(
        _ judged: JudgedFrequency, charging: LostMeterCharging, lastSum: Watts
    ) -> PowerBounds {
        if judged.trust.isTrusted { return PowerBounds() }
        switch charging {
        case .byPlan: return PowerBounds(lowest: .zero)
        case .stopped: return PowerBounds(lowest: .zero, highest: .zero)
        case .byTrust: break
        }
        let isCeasing = judged.trust == .voltageOutside || judged.weight == .zero
        return PowerBounds(lowest: isCeasing ? .zero : min(.zero, lastSum), highest: max(.zero, lastSum))
    }

    /// The room for chargers whose supply comes back. Those under control count with what they may still take, which
    /// is more than their shares while they come down.
    private static func startRoom(
        _ connection: borrowing ConnectionWindow, phases: PhaseLimits, fleet: Span<ChargerSettings>,
        turns: borrowing MutableSpan<ChargerTurn>
    ) -> SupplySequence.Room {
        var taken = Watts.zero
        var loads = PhaseLimits.Loads()
        for index in 0..<fleet.count where turns[index].control == .controlled {
            let most = max(.zero, max(turns[index].share, turns[index].before.reachHigh))
            taken += most
            loads.add(most, on: fleet[index].phases)
        }
        return SupplySequence.Room(
            importing: connection.importRoom, exporting: connection.exportRoom, taken: taken, phases: phases,
            loads: loads)
    }

    /// The most that plans may charge under a requested baseline.
    private static func chargingLimit(_ request: Watts, window: PowerBounds) -> Watts {
        window.highest.map { min($0, max(.zero, request)) } ?? max(.zero, request)
    }

    private static func availableLower(
        _ survey: borrowing FleetSurvey, window: PowerBounds, phases: PhaseLimits, held: Watts
    ) -> Watts {
        let charge = (survey.capability.charge - survey.capability.unpromisedCharge)
            .atMost(phases.deliverable(survey.capability.chargeByPhase, side: 1))
        return max(.zero, charge.atMost(window.highest) - held)
    }

    private static func availableRaise(
        _ survey: borrowing FleetSurvey, window: PowerBounds, phases: PhaseLimits, held: Watts
    ) -> Watts {
        let discharge = (survey.capability.discharge - survey.capability.unofferedDischarge)
            .atMost(window.room(side: -1))
            .atMost(phases.deliverable(survey.capability.dischargeByPhase, side: -1))
        return max(.zero, discharge + held - min(survey.charging.fixed, max(.zero, held)))
    }

    /// Turns every share into a setpoint with its lease, and notes in the chargers' memory what they are commanded.
    private static func publish(
        isActive: Bool, until expires: Instant, tick: UInt64, fleet: Span<ChargerSettings>,
        chargers: Span<ChargerInputs>, turns: borrowing MutableSpan<ChargerTurn>,
        memory: inout MutableSpan<ChargerMemory>,
        setpoints: inout MutableSpan<Setpoint>
    ) {
        for index in 0..<turns.count {
            let power = turns[index].share
            let control = turns[index].control
            let follows = isActive && control == .controlled && !(fleet[index].forbidsZero && power == .zero)
            setpoints[index] =
                follows
                ? Setpoint(
                    isZeroPower: false, power: power, expires: expires, tick: tick, inhibit: chargers[index].inhibit)
                : .zeroPower(until: expires, tick: tick, inhibit: chargers[index].inhibit)
            // A charger that is unreachable, refuses or has another master continues with its last command.
            if control == .controlled || control == .noVehicle { memory[index].commanded = power }
            memory[index].lastSide = power == .zero ? turns[index].before.lastSide : power > .zero ? 1 : -1
        }
    }
}

#if !hasFeature(Embedded)
    // For callers that keep a site's chargers in arrays. The law itself knows no arrays.
    extension ControlLaw {
        /// One tick. All arrays have one entry per charger, in the order of the site file.
        public mutating func step(
            _ inputs: TickInputs, fleet: [ChargerSettings], chargers: [ChargerInputs], memory: inout [ChargerMemory],
            turns: inout [ChargerTurn], setpoints: inout [Setpoint]
        ) -> TickOutputs {
            var memorySpan = memory.mutableSpan
            var turnSpan = turns.mutableSpan
            var setpointSpan = setpoints.mutableSpan
            return step(
                inputs, fleet: fleet.span, chargers: chargers.span, memory: &memorySpan, turns: &turnSpan,
                setpoints: &setpointSpan)
        }
    }
#endif
