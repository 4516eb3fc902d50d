public import FrequencyResponse
public import Modbus

/// Decides what to read from a meter and when. No I/O: the link asks it for the next action and tells it what came of
/// it.
public struct MeterDriver: Sendable {
    private let settings: MeterLinkSettings
    /// The profile, with requests as small as the device wants them.
    private var profile: MeterProfile
    private var map = RegisterMap()
    private var plans: (fast: ReadPlan, slow: ReadPlan?)?
    private var replies: [RegisterBlock] = []
    /// The replies that are gathered are those of the slow plan.
    private var isSlow = false
    private var startedAt: Instant?
    private var nextPoll: Instant
    private var nextSlow: Instant
    private var sequence: UInt32 = 0
    private var newest: FrequencySample?
    private var sitePower: SitePower?
    /// How often the registers of each plan have changed.
    private var fastChanges = RegisterChanges()
    private var slowChanges = RegisterChanges()
    private var phaseReading = PhaseReading()
    private var wereRead = true

    package init(settings: MeterLinkSettings, now: Instant) {
        self.settings = settings
        profile = settings.profile
        nextPoll = now
        nextSlow = now
        map = RegisterMap(isSunSpec: settings.profile.reading.isSunSpec)
    }

    /// The connection is made.
    public mutating func connected(now: Instant) {
        map.restart()
        plans = nil
        abandon(now: now)
    }

    /// Frequency first in every cycle, what may be older in between.
    public mutating func next(now: Instant) -> DriverAction {
        if replies.isEmpty {
            if phaseReading.resumes(now: now) { readPhases(true) }
            let hasSlow = plans?.slow != nil
            // A line that can't keep up with the polls must not keep the power away for ever.
            let isOverdue = now >= nextSlow + MeterProfile.slowInterval(poll: settings.pollInterval)
            isSlow = hasSlow && now >= nextSlow && (now < nextPoll || isOverdue)
            if !isSlow, now < nextPoll { return .wait(until: hasSlow ? min(nextPoll, nextSlow) : nextPoll) }
        }
        switch map.next(now: now) {
        case .request(let request): return send(request, .frequency)
        case .wait(let until): return .wait(until: until)
        case .known(let known):
            guard let plans = plans ?? makePlans(known), let plan = isSlow ? plans.slow : plans.fast else {
                return .wait(until: plans == nil ? map.retry(now: now) : nextPoll)
            }
            let block = plan.blocks[replies.count]
            return send(.read(plan.table, address: block.address, count: block.count), isSlow ? .routine : .frequency)
        }
    }

    private func send(_ request: Request, _ urgency: Urgency) -> DriverAction {
        .send(request, unit: settings.unit, urgency: urgency, timeout: settings.responseTimeout)
    }

    /// The SunSpec model that the profile needs and the device does not have; nil where nothing is missing.
    public private(set) var missingModel: UInt16?

    private mutating func makePlans(_ known: SunSpecMap) -> (fast: ReadPlan, slow: ReadPlan?)? {
        do {
            plans = try profile.plans(map: known)
            missingModel = nil
        } catch {
            missingModel = error.model
        }
        return plans
    }

    /// Takes a reply to the last action; answers with the newest of both, once all blocks of a plan are there.
    public mutating func succeeded(_ block: RegisterBlock, sentAt: Instant, now: Instant) -> MeterSample? {
        guard let plans, let plan = isSlow ? plans.slow : plans.fast else {
            map.take(block, now: now)
            return nil
        }
        if replies.isEmpty { startedAt = sentAt }
        replies.append(block)
        guard replies.count == plan.blocks.count else { return nil }
        defer { replies.removeAll(keepingCapacity: true) }
        if asksForPhases(isSlow: isSlow) || !profile.readsPhases { phaseReading.succeeded(now: now) }
        let takenAt = startedAt ?? sentAt
        if isSlow {
            takePower(plan, takenAt: takenAt)
            slowChanges.take(replies)
            nextSlow = takenAt + MeterProfile.slowInterval(poll: settings.pollInterval)
        } else {
            takeSample(plan, takenAt: takenAt)
            if plans.slow == nil { takePower(plan, takenAt: takenAt) }
            schedule(after: takenAt, now: now)
        }
        return newest.map { MeterSample(sample: $0, sitePower: sitePower) }
    }

    private mutating func takeSample(_ plan: ReadPlan, takenAt: Instant) {
        let reading = profile.reading(from: replies, plan: plan)
        sequence &+= 1
        fastChanges.take(replies)
        newest = FrequencySample(
            frequency: reading.frequency, voltageLowest: reading.voltageLowest, voltageHighest: reading.voltageHighest,
            takenAt: takenAt,
            sequence: sequence, changes: changes)
    }

    private mutating func takePower(_ plan: ReadPlan, takenAt: Instant) {
        sitePower = profile.power(in: replies, plan: plan).map {
            SitePower(power: $0, phases: profile.phases(in: replies, plan: plan), takenAt: takenAt)
        }
    }

    /// How often what the meter measures has changed; nil where that is frequency alone.
    private var changes: UInt32? {
        guard settings.judgesFrozen, profile.points.count > 1 else { return nil }
        return fastChanges.count &+ slowChanges.count
    }

    /// The last request failed.
    public mutating func failed(_ error: ModbusError, now: Instant) {
        let askedForPhases = asksForPhases(isSlow: isSlow)
        if plans == nil {
            if error.isRefusal { map.take(nil, now: now) } else if error.isNoAnswer { map.unanswered() }
        } else if error.refusesRegisters, let block = (isSlow ? plans?.slow : plans?.fast)?.blocks[replies.count] {
            ask(afterRefusalOf: Int(block.count))
        } else if askedForPhases, phaseReading.failed() {
            readPhases(false)
        }
        replies.removeAll(keepingCapacity: true)
        // A power that does not come must not keep the frequency waiting.
        if isSlow, plans != nil {
            nextSlow = now + MeterProfile.slowInterval(poll: settings.pollInterval)
        } else {
            nextPoll = now + settings.pollInterval
        }
    }

    /// Asks for less at a time, and at last no more for the phases, which not all devices of a kind may show.
    private mutating func ask(afterRefusalOf count: Int) {
        if profile.reading.shrink(refused: count) {
            plans = nil
        } else if readsPhases {
            phaseReading.refused()
            profile.reading = settings.profile.reading
            readPhases(false)
        }
    }

    private mutating func readPhases(_ isAsked: Bool) {
        profile.readsPhases = isAsked
        plans = nil
    }

    /// Whether a plan holds the phases: where there are two plans, the slow one does.
    private func asksForPhases(isSlow: Bool) -> Bool { readsPhases && (isSlow || plans?.slow == nil) }

    /// Whether the device is asked for the currents and powers of its phases.
    public var readsPhases: Bool { profile.readsPhases && profile.phases != nil }

    /// Whether the device answers for its phases, where that has changed since the last call. It is asked for them at
    /// first.
    public mutating func takePhaseReport() -> Bool? {
        guard phaseReading.isKnownMissing == wereRead else { return nil }
        wereRead = !phaseReading.isKnownMissing
        return wereRead
    }

    private mutating func abandon(now: Instant) {
        replies.removeAll(keepingCapacity: true)
        nextPoll = now
    }

    /// Keeps the phase of the polls; a late one skips whole intervals.
    private mutating func schedule(after taken: Instant, now: Instant) {
        nextPoll = nextPoll + settings.pollInterval
        if nextPoll <= now { nextPoll = max(taken + settings.pollInterval, now) }
    }
}
