public import FrequencyResponse
public import Modbus

/// Drives one charger: takes it over, writes and refreshes what its lease says, reads how it is. No I/O.
///
///     finding ──▶ takingOver ──▶ following ──▶ withdrawing
///        ▲            │  ▲            │             │
///        │            ▼  │            ▼             ▼
///        └────────── silent(until:) ◀─┴─────────────┘
///
/// - `finding` its registers; a device that is only observed is then followed without a write.
/// - `takingOver` step by step, see ``TakeOver``.
/// - `following` its setpoint, see ``Following``. Only a lease that control renews keeps the writes going.
/// - `withdrawing` a power that it has refused to change, by zero power.
/// - `silent` for longer than the device's own timeout where zero power was refused, or twice not answered: any request
///   may feed that timeout.
///
/// A device that has not answered for its timeout has fallen back by itself and is taken over from the start. One that
/// is busy is asked again for the same.
///
/// The parts hold what belongs together: ``ChargerRequests`` the registers, ``ChargerTelemetry`` the readings,
/// ``CommandRecord`` what was commanded, ``AnswerRecord`` what was answered, ``Standing`` how far the take-over is.
public struct ChargerDriver: Sendable {
    private enum Phase {
        case finding
        case takingOver(TakeOver)
        case following
        case withdrawing
        case silent(until: Instant)
    }

    private let settings: ChargerLinkSettings
    private var requests: ChargerRequests
    private var phase: Phase = .finding
    /// What the last request was for.
    private var purpose = RequestPurpose.none
    private var telemetry: ChargerTelemetry
    private var command = CommandRecord()
    private var answers = AnswerRecord()
    private var standing = Standing()
    private var readBack = ReadBack()
    private var heartbeat = Heartbeat()
    private var lease: Setpoint?
    private var isConnected = false
    /// The SunSpec model that the profile needs and the device does not have; nil where nothing is missing.
    public private(set) var missingModel: UInt16?
    /// What has happened since the last call of `drainEvents`.
    public private(set) var events: [ChargerEvent] = []

    package init(settings: ChargerLinkSettings, now: Instant) {
        self.settings = settings
        requests = ChargerRequests(settings.profile)
        telemetry = ChargerTelemetry(settings.profile, now: now)
    }

    private var profile: ChargerProfile { requests.profile }

    // MARK: What the link reports

    /// Takes the newest setpoint that control has published.
    public mutating func take(_ setpoint: Setpoint) { lease = setpoint }

    /// A connection stands. A charger that was taken over before goes on with what its lease says.
    public mutating func connected(now: Instant) {
        isConnected = true
        answers.unanswered = 0
        telemetry.connected(now: now)
        // One that was away for longer than its timeout may be another device at the same address.
        if telemetry.plan == nil || settings.observes || hasFallenBack(now: now) {
            startOver()
        } else {
            phase = .takingOver(standing.mayResumeAfterReconnect ? .resumption(profile) : wholeTakeOver)
        }
        if let until = answers.silentUntil, now < until { phase = .silent(until: until) }
    }

    /// The connection was lost.
    public mutating func disconnected() {
        isConnected = false
        command.forgetZeroPower()
        telemetry.abandon()
        readBack.isDue = false
        purpose = .none
    }

    /// What has happened since the last call.
    public mutating func drainEvents() -> [ChargerEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// What control is given of this charger.
    public var status: ChargerInputs {
        var inputs = ChargerInputs(control: control)
        inputs.takenAt = telemetry.readAt
        inputs.power = telemetry.reading?.power
        inputs.stateOfCharge = telemetry.stateOfCharge
        inputs.offeredCharge = telemetry.reading?.offeredCharge
        inputs.offeredDischarge = telemetry.reading?.offeredDischarge
        inputs.zeroPower = command.zeroPower
        inputs.setpointStep = profile.setpoint.step(exponent: telemetry.exponent).map { Watts($0) }
        return inputs
    }

    private var control: ChargerControl {
        guard isConnected, telemetry.missed < 2, answers.unanswered < 2, let reading = telemetry.reading else {
            return .unreachable
        }
        switch reading.state {
        case .faulted: return .faulted
        case .noVehicle: return isFollowing ? .noVehicle : .notControlled
        case .busy, .notControlled: return .notControlled
        case .ready, .charging, .discharging:
            return isFollowing && (reading.isRemote || settings.observes) ? .controlled : .notControlled
        }
    }

    private var isFinding: Bool { if case .finding = phase { true } else { false } }

    /// A charger that comes back with its connection counts again once its timeout has been read back.
    private var isFollowing: Bool { if case .following = phase { true } else { false } }

    /// From the very beginning: what it is, where its registers are, and the take-over.
    private mutating func startOver() {
        standing.forgetDevice()
        command.carriesCommand = false
        telemetry.abandon()
        telemetry.use(nil)
        requests.map.restart()
        phase = .finding
        readBack = ReadBack()
        heartbeat = Heartbeat()
    }

    private var wholeTakeOver: TakeOver { .whole(profile, isIdentified: standing.isIdentified) }

    // MARK: What the link does next

    /// What to do now: a request, or to wait.
    public mutating func next(now: Instant) -> DriverAction {
        if let until = answers.busyUntil, now < until { return .wait(until: until) }
        switch phase {
        case .finding: return findRegisters(now: now)
        case .takingOver(let takeOver):
            if command.carriesCommand, livePower(now: now) == nil { return commandZeroPower(now: now) }
            return perform(takeOver.step, now: now)
        case .following: return follow(now: now)
        case .withdrawing:
            guard hasFallenBack(now: now) else { return commandZeroPower(now: now) }
            startOver()
            return next(now: now)
        case .silent(let until):
            guard now < until else {
                // After so long it may be another device.
                let mayBeAnother = telemetry.plan == nil || hasFallenBack(now: now)
                if mayBeAnother { startOver() } else { phase = .takingOver(wholeTakeOver) }
                return next(now: now)
            }
            // It is read only where that can't keep it at what it was commanded.
            return command.isZeroPowerAcknowledged ? readOrWait(now: now, until: until) : .wait(until: until)
        }
    }

    private mutating func findRegisters(now: Instant) -> DriverAction {
        switch requests.map.next(now: now) {
        case .request(let request):
            purpose = .map
            return send(request, .routine)
        case .wait(let until): return .wait(until: until)
        case .known(let known):
            do {
                telemetry.use(try requests.plan(known))
                missingModel = nil
            } catch {
                if missingModel == nil { events.append(.missingModel) }
                missingModel = error.model
                return .wait(until: requests.map.retry(now: now))
            }
            phase = settings.observes ? .following : .takingOver(wholeTakeOver)
            return next(now: now)
        }
    }

    private mutating func perform(_ step: TakeOver.Step, now: Instant) -> DriverAction {
        purpose = .step(step, carriesPower: false)
        switch step {
        case .identify(let point):
            guard let request = requests.read(point) else { return skip(now: now) }
            return send(request, .routine)
        case .read: return send(telemetry.request(now: now), .routine)
        case .zeroPower: return write(zeroPower, .safety, now: now)
        case .command:
            // One that is not answered may have been taken all the same.
            let power = livePower(now: now)
            command.carriesCommand = power != nil
            purpose = .step(step, carriesPower: power != nil)
            return write(request(setpoint: power ?? .zero), .safety, now: now)
        case .write(let fixed): return write(requests.write(fixed.value, to: fixed.point), .routine, now: now)
        case .setTimeout:
            guard let timeout = profile.timeout else { return skip(now: now) }
            return write(requests.write(settings.deviceTimeout.seconds, to: timeout.point), .routine, now: now)
        case .checkTimeout:
            guard let timeout = profile.timeout, let request = requests.readBack(timeout.point) else {
                return skip(now: now)
            }
            return send(request, .routine)
        case .setFallback:
            guard let fallback = profile.timeout?.fallback else { return skip(now: now) }
            return write(requests.write(fallback.value, to: fallback.point), .routine, now: now)
        case .checkFallback:
            guard let fallback = profile.timeout?.fallback, let request = requests.readBack(fallback.point) else {
                return skip(now: now)
            }
            return send(request, .routine)
        }
    }

    private mutating func skip(now: Instant) -> DriverAction {
        nextStep()
        return next(now: now)
    }

    private mutating func nextStep() {
        guard case .takingOver(var takeOver) = phase else { return }
        if takeOver.advance() {
            phase = .takingOver(takeOver)
            return
        }
        phase = .following
        command.carriesCommand = false
        answers.refusals = 0
        if standing.takenOver() { events.append(.takenOver) }
    }

    private mutating func follow(now: Instant) -> DriverAction {
        if settings.observes { return readOrWait(now: now, until: now + .seconds(1)) }
        if hasFallenBack(now: now) {
            // Another device may have come to the same address.
            startOver()
            return next(now: now)
        }
        let conditions = Following.Conditions(
            isHeartbeatDue: heartbeat.isDue(now: now) && heartbeatWrite != nil, hasResume: profile.resume != nil,
            writeSpacing: profile.writeSpacing, refreshInterval: settings.refreshInterval,
            nextReadingAt: telemetry.nextAt, isReadingUnderWay: telemetry.isUnderWay || readBack.isDue)
        switch Following.intent(lease, after: command, conditions, now: now) {
        case .read(let until): return readOrWait(now: now, until: until)
        case .write(.zeroPower): return commandZeroPower(now: now)
        case .write(.heartbeat):
            purpose = .heartbeat
            return write(heartbeatWrite, .routine, now: now)
        case .write(.resume):
            purpose = .resume
            return write(profile.resume.flatMap { requests.write($0.value, to: $0.point) }, .setpoint, now: now)
        case .write(.setpoint(let setpoint, let urgency)):
            if urgency == .safety { telemetry.abandon() }
            purpose = .setpoint(setpoint)
            return write(request(setpoint: setpoint.isZeroPower ? .zero : setpoint.power), urgency, now: now)
        }
    }

    /// The power that a living lease allows; nil for zero power.
    private func livePower(now: Instant) -> Watts? {
        lease.flatMap { now < $0.expires && !$0.isZeroPower ? $0.power : nil }
    }

    /// Whether the device has answered nothing for so long that its own timeout has run out.
    private func hasFallenBack(now: Instant) -> Bool {
        answers.answeredAt.map { now.elapsed(since: $0) >= settings.deviceTimeout } ?? false
    }

    // MARK: Requests

    private func request(setpoint power: Watts) -> Request? {
        requests.write(setpoint: power, exponent: telemetry.exponent)
    }

    private var zeroPower: Request? { request(setpoint: .zero) }

    /// The next heartbeat; nil where the profile or the device has no place for it.
    private var heartbeatWrite: Request? {
        profile.heartbeat.flatMap { requests.write(Double(heartbeat.count), to: $0) }
    }

    private mutating func commandZeroPower(now: Instant) -> DriverAction {
        purpose = .zeroPower
        telemetry.abandon()
        return write(zeroPower, .safety, now: now)
    }

    private mutating func readOrWait(now: Instant, until: Instant) -> DriverAction {
        if readBack.isDue, let request = requests.readBack(profile.setpoint) {
            purpose = .readBack
            return send(request, .routine)
        }
        guard telemetry.plan != nil else { return .wait(until: until) }
        guard now >= telemetry.nextAt || telemetry.isUnderWay else { return .wait(until: min(until, telemetry.nextAt)) }
        purpose = .telemetry
        return send(telemetry.request(now: now), .routine)
    }

    /// A value that the device's registers can't take is as good as a refusal.
    private mutating func write(_ request: Request?, _ urgency: Urgency, now: Instant) -> DriverAction {
        guard let request else {
            refused(now: now)
            return .wait(until: now + .milliseconds(100))
        }
        precondition(!settings.observes, "a write was planned while observing")
        return send(request, urgency)
    }

    private func send(_ request: Request, _ urgency: Urgency) -> DriverAction {
        .send(request, unit: settings.unit, urgency: urgency, timeout: settings.responseTimeout)
    }

    // MARK: Answers

    /// The last request was answered.
    public mutating func succeeded(_ block: RegisterBlock, now: Instant) {
        answers.answered(now: now)
        switch purpose {
        case .none: break
        case .map: requests.map.take(block, now: now)
        case .telemetry: take(block, now: now)
        case .zeroPower:
            answers.refusals = 0
            acknowledged(.zero, now: now)
            if case .withdrawing = phase {
                keepSilent(now: now)
            } else if lease != nil {
                events.append(.leaseEnded)
            }
        case .setpoint(let setpoint):
            answers.refusals = 0
            acknowledged(setpoint.isZeroPower ? .zero : setpoint.power, now: now)
            if setpoint.isZeroPower { command.noteOrder(tick: setpoint.tick, now: now) }
        case .resume:
            answers.refusals = 0
            command.isResumed = true
        case .readBack:
            let held = profile.setpoint.decode((0..<block.count).map { block[$0] }, exponent: telemetry.exponent)
            if readBack.judge(held: held, written: command.written?.power.value, step: profile.resolution.value) {
                events.append(.setpointNotKept)
            }
        case .heartbeat: heartbeat.beat(now: now)
        case .step: stepSucceeded(block, now: now)
        }
    }

    private mutating func acknowledged(_ power: Watts, now: Instant) {
        command.acknowledged(power, now: now)
        answers.acknowledged()
        answers.silentUntil = nil
    }

    private mutating func stepSucceeded(_ block: RegisterBlock, now: Instant) {
        guard case .takingOver(let takeOver) = phase else { return }
        switch takeOver.step {
        case .identify(let point):
            guard point.decode((0..<block.count).map { block[$0] }) != nil else { return refuseDevice(now: now) }
            if takeOver.completesIdentification { standing.isIdentified = true }
        case .read:
            take(block, now: now)
            if telemetry.isUnderWay { return }
        case .zeroPower: acknowledged(.zero, now: now)
        case .command:
            // What was written is decided again by the lease at the next turn. Until then it does not count as zero.
            command.mayBePowered = command.carriesCommand
            answers.acknowledged()
            command.forget()
        case .write, .setFallback, .setTimeout: break
        case .checkTimeout(let isFresh):
            let seconds = profile.timeout?.point.decode((0..<block.count).map { block[$0] })
            guard seconds == settings.deviceTimeout.seconds else {
                return differs(.timeoutNotKept, isFresh: isFresh, now: now)
            }
        case .checkFallback(let isFresh):
            let power = profile.timeout?.fallback?.point.decode((0..<block.count).map { block[$0] })
            guard power == profile.timeout?.fallback?.value else {
                return differs(.fallbackNotKept, isFresh: isFresh, now: now)
            }
        }
        nextStep()
    }

    /// The device does not hold what was written once. It starts the whole take-over, or fails it.
    private mutating func differs(_ event: ChargerEvent, isFresh: Bool, now: Instant) {
        guard isFresh else {
            standing.mayResumeAfterReconnect = false
            phase = .takingOver(wholeTakeOver)
            return
        }
        if !standing.hasReportedTimeout { events.append(event) }
        standing.hasReportedTimeout = true
        keepSilent(now: now)
    }

    private mutating func take(_ block: RegisterBlock, now: Instant) {
        guard let taken = telemetry.take(block, profile: profile, next: now + settings.pollInterval, now: now) else {
            return
        }
        if taken.isBridgeSaid { events.append(.readingBridged) }
        if taken.hasNewScale {
            // The device reads the setpoint that stands as another power: it is written anew at once.
            events.append(.scaleChanged)
            command.forget()
        }
        // Where a command of its own brings it to zero power, the setpoint's register says nothing of that.
        if isFollowing, !settings.observes, let written = command.written,
            written.power != .zero || profile.zeroPower == nil
        {
            readBack.ask()
        }
        if isFollowing, !taken.reading.isRemote, !settings.observes {
            events.append(.remoteLost)
            standing.wasTakenOver = false
            keepSilent(now: now)
        }
    }

    /// The registers hold what this kind of device never shows: nothing is written to it.
    private mutating func refuseDevice(now: Instant) {
        if !standing.hasReportedDevice { events.append(.wrongDevice) }
        standing.hasReportedDevice = true
        standing.isIdentified = false
        keepSilent(now: now)
    }

    // MARK: Failures

    /// The last request failed.
    public mutating func failed(_ error: ModbusError, wasWrite: Bool, now: Instant) {
        let refusedBlock = error.refusesRegisters && purpose.isReading ? telemetry.nextBlock : nil
        telemetry.abandon()
        if wasWrite { command.forgetZeroPower() }
        let isLater =
            !error.isNoAnswer && !error.isRefusal && answers.mayPutOff(within: settings.deviceTimeout / 4, now: now)
        if !isLater { telemetry.postpone(until: now + settings.pollInterval) }
        if case .telemetry = purpose, !isLater { telemetry.miss() }
        if case .readBack = purpose { readBack.failed() }
        // Whether it was taken, or by which device it was refused, is not known for sure.
        if purpose.isPower { command.mayBePowered = true }
        if error.isNoAnswer || error == .notConnected || error == .writeForbidden {
            unanswered(now: now)
            return
        }
        answers.refusedOrPutOff(isLater: isLater, now: now)
        if isLater { return }
        if let refusedBlock, let smaller = requests.smallerPlan(refused: refusedBlock.count) {
            telemetry.use(smaller)
            telemetry.postpone(until: now)
            return
        }
        switch purpose {
        case .map: requests.map.take(nil, now: now)
        case .step(.identify, _): refuseDevice(now: now)
        case .setpoint, .zeroPower, .resume, .step: refused(now: now)
        case .heartbeat: heartbeat.isRefused = true
        case .telemetry, .readBack, .none: break
        }
    }

    /// No answer came. The device may take requests all the same: questions and orders alone could feed its timeout for
    /// ever, at what it was commanded last. Questions count while nothing else is sent: where its registers are, and
    /// what it is.
    private mutating func unanswered(now: Instant) {
        answers.unanswered += 1
        if case .map = purpose { requests.map.unanswered() }
        if command.mayBePowered || standing.wasTakenOver, isFinding || purpose.isIdentifying {
            answers.unansweredReads += 1
        }
        if purpose.isZeroPower, command.mayBePowered { answers.unansweredZeroPowers += 1 }
        if purpose.isPower { answers.unansweredPowers += 1 }
        if answers.unansweredReads >= 2 || answers.unansweredZeroPowers >= 2, profile.timeout != nil {
            keepSilent(now: now)
        } else if answers.unansweredPowers >= 2 {
            withdraw(now: now)
        }
    }

    private mutating func refused(now: Instant) {
        answers.refusals += 1
        switch phase {
        case .takingOver(let takeOver):
            if takeOver.mayFail { return nextStep() }
            if !standing.hasReportedRefusal { events.append(.takeOverRefused) }
            standing.hasReportedRefusal = true
            withdraw(now: now)
        case .withdrawing: keepSilent(now: now)
        case .finding, .following, .silent:
            guard answers.refusals >= 2 else { return }
            events.append(.setpointRefused)
            standing.wasTakenOver = false
            withdraw(now: now)
        }
    }

    /// A device that refuses one value may take another: zero power is tried before it is left alone, unless that was
    /// refused or stands.
    private mutating func withdraw(now: Instant) {
        standing.mayResumeAfterReconnect = false
        answers.unansweredPowers = 0
        if purpose.isZeroPower || command.isZeroPowerAcknowledged { keepSilent(now: now) } else { phase = .withdrawing }
    }

    private mutating func keepSilent(now: Instant) {
        // Longer than the device's own timeout.
        let until = now + settings.deviceTimeout + .milliseconds(500)
        readBack.isDue = false
        command.carriesCommand = false
        standing.mayResumeAfterReconnect = false
        answers.restart()
        // A new connection changes nothing for a device at zero power. Any other is left alone to the end.
        if !command.isZeroPowerAcknowledged { answers.silentUntil = until }
        phase = .silent(until: until)
    }
}
