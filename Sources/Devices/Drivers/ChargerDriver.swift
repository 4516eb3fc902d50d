public import FrequencyResponse
public import Modbus

/// Drives one charger: takes it over, writes and refreshes what its lease says, reads how it is. No I/O.
///
/// States: finding its registers; being taken over, step by step (first neutral, then a reading, the profile's
/// take-over writes, the device's timeout with its read-back, and neutral again); following its setpoint; being brought
/// to neutral after it has refused something else; and pausing. While it follows, the order is: neutral when the lease
/// has ended (and nothing else until the device has acknowledged it), a changed setpoint, a refresh, a reading and
/// after it the setpoint's register. Only a lease renewed by control keeps the writes going.
///
/// A device that will not be brought to neutral, by a refusal or two times without an answer, gets silence for longer
/// than its own timeout, since any traffic may feed that; only then is it tried again. One that is busy is asked again
/// for the same. A device that was not heard for
/// its timeout has fallen back by itself and is taken over from the start.
public struct ChargerDriver: Sendable {
    private enum Step: Equatable {
        case identify(Point)
        case read
        case neutral
        case command
        case write(FixedWrite)
        case setTimeout
        /// Reads the timeout back. A wrong value starts the whole take-over, or fails it when it was just written.
        case checkTimeout(isFresh: Bool)
    }

    private enum Phase {
        case mapping
        case script([Step], at: Int)
        case following
        /// It has refused what it was told, and may go on with what it was told before.
        case withdrawing
        case pausing(until: Instant)
    }

    /// The device has answered that it takes the request later.
    private struct Busy {
        var since: Instant?
        /// Before this it is not asked again.
        var until: Instant?
    }

    private static var busyPause: Interval { .milliseconds(50) }

    /// What the last action was for.
    private enum Purpose {
        case none, map, step, setpoint(Setpoint), neutral, resume, telemetry, readBack, heartbeat
    }

    private let settings: ChargerLinkSettings
    /// The profile, with requests as small as the device wants them.
    private var profile: ChargerProfile
    private var map: RegisterMap
    private var plan: ReadPlan?
    private var phase: Phase = .mapping
    private var purpose: Purpose = .none
    private var replies: [RegisterBlock] = []
    private var nextTelemetry: Instant
    private var reading: ChargerReading?
    private var readAt: Instant?
    /// When the first block of the reading under way was asked for.
    private var readingSince: Instant?
    private var answeredAt: Instant?
    private var askedAt: Instant
    private var refusals = 0
    private var exponent: Int?
    /// Survives an idle charger that shows no state of charge; forgotten when the vehicle leaves.
    private var stateOfCharge: Ratio?
    private var stateOfChargeAt: Instant?
    /// How long a state of charge is believed while power flows and no new one is shown, or while the device is out of
    /// reach.
    private static var stateOfChargeLimit: Interval { .seconds(10) }

    private var lease: Setpoint?
    private var written: (power: Watts, at: Instant)?
    /// The device has acknowledged neutral, and nothing else was sent since.
    private var isZeroPowerAcknowledged = false
    private var zeroPower: ZeroPowerAcknowledgement?
    /// The script has told it a power, for which the lease then has to stand.
    private var carriesCommand = false
    private var isConnected = false
    private var wasTakenOver = false
    /// What was reported once is not reported with every further attempt.
    private var hasReportedTimeout = false
    private var hasReportedRefusal = false
    private var hasReportedDevice = false
    private var unansweredReads = 0
    /// Neutrals in a row that nobody acknowledged while it may carry power, over all connections.
    private var unansweredZeroPowers = 0
    /// Powers in a row that nobody acknowledged.
    private var unansweredPowers = 0
    /// It was told a power, or may have been before the start, and has not acknowledged neutral since.
    private var mayBePowered = true
    /// Until when nothing is sent, whatever connects meanwhile.
    private var silentUntil: Instant?
    /// The device has shown what it is.
    private var isIdentified = false
    /// It was taken over to the end, and nothing has spoken against it since: a new connection is enough to go on.
    private var mayResumeAfterReconnect = false
    /// Setpoints count: nothing had to be stopped, or it was resumed since.
    private var isResumed = false
    private var missedReadings = 0
    /// Requests in a row without an answer on this connection.
    private var unheardInARow = 0
    /// The SunSpec model that the profile needs and the device does not have; nil where nothing is missing.
    public private(set) var missingModel: UInt16?
    private var busy = Busy()
    private var telemetry: TelemetryFilter
    private var readBack = ReadBack()
    private var heartbeat = Heartbeat()
    /// What has happened since the last call of `drainEvents`.
    public private(set) var events: [ChargerEvent] = []

    public init(settings: ChargerLinkSettings, now: Instant) {
        self.settings = settings
        profile = settings.profile
        telemetry = TelemetryFilter(most: max(settings.profile.chargeMaximum, settings.profile.dischargeMaximum))
        map = RegisterMap(isSunSpec: profile.reading.isSunSpec)
        nextTelemetry = now
        askedAt = now
    }

    // MARK: What the link tells

    /// Takes the newest setpoint that control has published.
    public mutating func take(_ setpoint: Setpoint) { lease = setpoint }

    /// A connection stands. A charger that was taken over before goes on with what its lease says.
    public mutating func connected(now: Instant) {
        isConnected = true
        missedReadings = 0
        unheardInARow = 0
        replies.removeAll(keepingCapacity: true)
        // Another vehicle may have come while nobody looked.
        if let readAt, now.elapsed(since: readAt) > Self.stateOfChargeLimit { stateOfCharge = nil }
        // Who was away for longer than its timeout may be another device at the same address.
        if plan == nil || settings.observes || hasFallenBack(now: now) {
            startOver()
        } else {
            phase = .script(
                mayResumeAfterReconnect ? [.command, .checkTimeout(isFresh: false), .read] : takeOver, at: 0)
        }
        if let silentUntil, now < silentUntil { phase = .pausing(until: silentUntil) }
    }

    /// From the very beginning: what it is, where its registers are, and the take-over.
    private mutating func startOver() {
        isIdentified = false
        mayResumeAfterReconnect = false
        carriesCommand = false
        replies.removeAll(keepingCapacity: true)
        map.restart()
        plan = nil
        phase = .mapping
        readBack = ReadBack()
        heartbeat = Heartbeat()
    }

    /// The connection was lost.
    public mutating func disconnected() {
        isConnected = false
        forgetZeroPower()
        replies.removeAll(keepingCapacity: true)
        readBack.isDue = false
        purpose = .none
    }

    /// What has happened since the last call.
    public mutating func drainEvents() -> [ChargerEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// What control is told of this charger.
    public var status: ChargerInputs {
        var inputs = ChargerInputs(control: link)
        inputs.takenAt = readAt
        inputs.power = reading?.power
        inputs.stateOfCharge = stateOfCharge
        inputs.offeredCharge = reading?.offeredCharge
        inputs.offeredDischarge = reading?.offeredDischarge
        inputs.zeroPower = zeroPower
        inputs.setpointStep = profile.setpoint.step(exponent: exponent).map { Watts($0) }
        return inputs
    }

    private var link: ChargerControl {
        guard isConnected, missedReadings < 2, unheardInARow < 2, let reading else { return .unreachable }
        switch reading.state {
        case .faulted: return .faulted
        case .noVehicle: return isFollowing ? .noVehicle : .notControlled
        case .busy, .notControlled: return .notControlled
        case .ready, .charging, .discharging:
            return isFollowing && (reading.isRemote || settings.observes) ? .controlled : .notControlled
        }
    }

    private var isFollowing: Bool {
        switch phase {
        case .following: true
        // A charger that comes back with its connection is believed once its timeout has been read back.
        case .mapping, .script, .withdrawing, .pausing: false
        }
    }

    // MARK: What the link asks

    /// What to do now: a request, or to wait.
    public mutating func next(now: Instant) -> DriverAction {
        askedAt = now
        if let until = busy.until, now < until { return .wait(until: until) }
        switch phase {
        case .mapping: return findRegisters(now: now)
        case .pausing(let until):
            if now >= until {
                // Whoever was silent for so long may be another device.
                if plan == nil || hasFallenBack(now: now) { startOver() } else { phase = .script(takeOver, at: 0) }
                return next(now: now)
            }
            // Reading goes on only where it can't keep a device at what it was told.
            return isZeroPowerAcknowledged ? readOrWait(now: now, until: until) : .wait(until: until)
        case .script(let steps, let index):
            if carriesCommand, livePower(now: now) == nil { return commandZeroPower(now: now) }
            return perform(steps[index], now: now)
        case .following: return follow(now: now)
        case .withdrawing:
            if hasFallenBack(now: now) {
                startOver()
                return next(now: now)
            }
            return commandZeroPower(now: now)
        }
    }

    private mutating func findRegisters(now: Instant) -> DriverAction {
        switch map.next(now: now) {
        case .request(let request):
            purpose = .map
            return send(request, .routine)
        case .wait(let until): return .wait(until: until)
        case .known(let known):
            do {
                plan = try ReadPlan(profile.telemetry + exponentPoint, rules: profile.reading, map: known)
                missingModel = nil
            } catch {
                if missingModel == nil { events.append(.missingModel) }
                missingModel = error.model
                return .wait(until: map.retry(now: now))
            }
            if settings.observes {
                phase = .following
            } else {
                phase = .script(takeOver, at: 0)
            }
            return next(now: now)
        }
    }

    private var exponentPoint: [Point] {
        if case .exponent(let location) = profile.setpoint.scale { [Point(location, .s16)] } else { [] }
    }

    /// A device that has not shown what it is is never written to.
    private var takeOver: [Step] {
        (isIdentified ? [] : profile.identity.map { .identify($0) }) + [.neutral, .read]
            + profile.takeOver.map { .write($0) }
            + (profile.timeout == nil ? [] : [.setTimeout, .checkTimeout(isFresh: true)]) + [.neutral, .read]
    }

    private mutating func perform(_ step: Step, now: Instant) -> DriverAction {
        purpose = .step
        let known = map.known ?? SunSpecMap()
        switch step {
        case .identify(let point):
            guard let address = point.location.address(in: known) else { return advance(now: now) }
            return send(
                .read(profile.reading.table, address: address, count: UInt16(point.type.registerCount)), .routine)
        case .read: return readBlock()
        case .neutral:
            return write(profile.write(setpoint: .zero, map: known, exponent: exponent), .safety, now: now)
        case .command:
            // One that goes unheard may have been taken all the same.
            carriesCommand = livePower(now: now) != nil
            return write(
                profile.write(setpoint: livePower(now: now) ?? .zero, map: known, exponent: exponent), .safety, now: now
            )
        case .write(let fixed):
            return write(profile.write(fixed.value, to: fixed.point, map: known, exponent: nil), .routine, now: now)
        case .setTimeout:
            guard let timeout = profile.timeout else { return advance(now: now) }
            return write(
                profile.write(settings.deviceTimeout.seconds, to: timeout.point, map: known, exponent: nil), .routine,
                now: now)
        case .checkTimeout:
            guard let timeout = profile.timeout, let address = timeout.point.location.address(in: known) else {
                return advance(now: now)
            }
            // What can be written is a holding register, whatever the device's values are read from.
            return send(.read(.holding, address: address, count: UInt16(timeout.point.type.registerCount)), .routine)
        }
    }

    private mutating func follow(now: Instant) -> DriverAction {
        if settings.observes { return readOrWait(now: now, until: now + .seconds(1)) }
        if hasFallenBack(now: now) {
            // Another device may have come to the same address.
            startOver()
            return next(now: now)
        }
        let live = lease.flatMap { now < $0.expires ? $0 : nil }
        guard let live else {
            if !isZeroPowerAcknowledged { return commandZeroPower(now: now) }
            return readOrWait(now: now, until: now + .seconds(1))
        }
        // A neutral that was ordered is as urgent as one by the end of a lease.
        if live.isZeroPower, !isZeroPowerAcknowledged {
            replies.removeAll(keepingCapacity: true)
            purpose = .setpoint(live)
            return write(
                profile.write(setpoint: .zero, map: map.known ?? SunSpecMap(), exponent: exponent), .safety, now: now)
        }
        // Only a lease that lives keeps the heart beating.
        if heartbeat.isDue(now: now), let request = heartbeatWrite {
            purpose = .heartbeat
            return send(request, .routine)
        }
        let power = live.isZeroPower ? Watts.zero : live.power
        if let resume = profile.resume, !isResumed, power != .zero, (written?.power ?? .zero) != .zero {
            purpose = .resume
            return write(
                profile.write(resume.value, to: resume.point, map: map.known ?? SunSpecMap(), exponent: nil), .setpoint,
                now: now)
        }
        if let written {
            let changed = written.power != power
            let due = written.at + (changed ? profile.writeSpacing : settings.refreshInterval)
            if now < due { return readOrWait(now: now, until: min(due, live.expires)) }
            // A setpoint that changes with every tick must not keep the charger from being looked at.
            if changed, now > nextTelemetry + .milliseconds(150) || !replies.isEmpty || readBack.isDue {
                return readOrWait(now: now, until: live.expires)
            }
            purpose = .setpoint(live)
            return write(
                profile.write(setpoint: power, map: map.known ?? SunSpecMap(), exponent: exponent),
                .setpoint, now: now)
        }
        purpose = .setpoint(live)
        return write(
            profile.write(setpoint: power, map: map.known ?? SunSpecMap(), exponent: exponent), .setpoint, now: now)
    }

    /// The power that a living lease allows; nil for neutral.
    private func livePower(now: Instant) -> Watts? {
        lease.flatMap { now < $0.expires && !$0.isZeroPower ? $0.power : nil }
    }

    private mutating func commandZeroPower(now: Instant) -> DriverAction {
        purpose = .neutral
        replies.removeAll(keepingCapacity: true)
        return write(
            profile.write(setpoint: .zero, map: map.known ?? SunSpecMap(), exponent: exponent), .safety, now: now)
    }

    private mutating func readOrWait(now: Instant, until: Instant) -> DriverAction {
        if readBack.isDue, let address = profile.setpoint.location.address(in: map.known ?? SunSpecMap()) {
            purpose = .readBack
            // What can be written is a holding register, whatever the device's values are read from.
            return send(.read(.holding, address: address, count: UInt16(profile.setpoint.type.registerCount)), .routine)
        }
        guard plan != nil else { return .wait(until: until) }
        guard now >= nextTelemetry || !replies.isEmpty else { return .wait(until: min(until, nextTelemetry)) }
        purpose = .telemetry
        return readBlock()
    }

    /// Whether the device has heard nothing for so long that its own timeout has run out.
    private func hasFallenBack(now: Instant) -> Bool {
        answeredAt.map { now.elapsed(since: $0) >= settings.deviceTimeout } ?? false
    }

    private mutating func forgetZeroPower() {
        isZeroPowerAcknowledged = false
        zeroPower = nil
    }

    /// The next beat; nil where the profile or the device has no place for it.
    private var heartbeatWrite: Request? {
        guard let point = profile.heartbeat else { return nil }
        return profile.write(Double(heartbeat.count), to: point, map: map.known ?? SunSpecMap(), exponent: nil)
    }

    private mutating func readBlock() -> DriverAction {
        if replies.isEmpty { readingSince = askedAt }
        guard let plan else { preconditionFailure("a charger was read before its registers were found") }
        let block = plan.blocks[replies.count]
        return send(.read(plan.table, address: block.address, count: block.count), .routine)
    }

    private func send(_ request: Request, _ urgency: Urgency) -> DriverAction {
        .send(request, unit: settings.unit, urgency: urgency, timeout: settings.responseTimeout)
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

    private mutating func advance(now: Instant) -> DriverAction {
        nextStep()
        return next(now: now)
    }

    private mutating func nextStep() {
        guard case .script(let steps, let index) = phase else { return }
        guard index + 1 == steps.count else {
            phase = .script(steps, at: index + 1)
            return
        }
        phase = .following
        mayResumeAfterReconnect = true
        carriesCommand = false
        refusals = 0
        if !wasTakenOver { events.append(.takenOver) }
        hasReportedTimeout = false
        hasReportedRefusal = false
        wasTakenOver = true
    }

    // MARK: What came of it

    /// The last request was answered.
    public mutating func succeeded(_ block: RegisterBlock, now: Instant) {
        answeredAt = now
        unheardInARow = 0
        busy = Busy()
        unansweredReads = 0
        switch purpose {
        case .none: break
        case .map: map.take(block, now: now)
        case .telemetry: take(block, now: now)
        case .neutral:
            refusals = 0
            noteWritten(.zero, now: now)
            if case .withdrawing = phase {
                pause(now: now)
            } else if lease != nil {
                events.append(.leaseEnded)
            }
        case .setpoint(let setpoint):
            refusals = 0
            noteWritten(setpoint.isZeroPower ? .zero : setpoint.power, now: now)
            if setpoint.isZeroPower {
                // The first of a run: renewed with every refresh it could stay ahead of every reading.
                zeroPower = ZeroPowerAcknowledgement(tick: setpoint.tick, since: zeroPower?.since ?? now)
            }
        case .resume:
            refusals = 0
            isResumed = true
        case .readBack:
            let held = profile.setpoint.decode((0..<block.count).map { block[$0] }, exponent: exponent)
            if readBack.judge(held: held, written: written?.power.value, step: profile.resolution.value) {
                events.append(.setpointNotKept)
            }
        case .heartbeat: heartbeat.beat(now: now)
        case .step: stepSucceeded(block, now: now)
        }
    }

    private mutating func noteWritten(_ power: Watts, now: Instant) {
        written = (power, now)
        unansweredZeroPowers = 0
        unansweredPowers = 0
        silentUntil = nil
        mayBePowered = power != .zero
        if power == .zero {
            isZeroPowerAcknowledged = true
            carriesCommand = false
            isResumed = false
        } else {
            forgetZeroPower()
        }
    }

    private mutating func stepSucceeded(_ block: RegisterBlock, now: Instant) {
        guard case .script(let steps, let index) = phase else { return }
        switch steps[index] {
        case .identify(let point):
            guard point.decode((0..<block.count).map { block[$0] }) != nil else { return refuseDevice(now: now) }
            if case .identify = steps[min(index + 1, steps.count - 1)] {} else { isIdentified = true }
        case .read:
            take(block, now: now)
            if !replies.isEmpty { return }
        case .neutral: noteWritten(.zero, now: now)
        case .command:
            // What was written is decided again by the lease at the next turn; until then it counts as not neutral.
            mayBePowered = carriesCommand
            unansweredZeroPowers = 0
            unansweredPowers = 0
            written = nil
            forgetZeroPower()
        case .write, .setTimeout: break
        case .checkTimeout(let isFresh):
            let seconds = profile.timeout?.point.decode((0..<block.count).map { block[$0] })
            if seconds != settings.deviceTimeout.seconds {
                if isFresh {
                    if !hasReportedTimeout { events.append(.timeoutNotKept) }
                    hasReportedTimeout = true
                    pause(now: now)
                } else {
                    mayResumeAfterReconnect = false
                    phase = .script(takeOver, at: 0)
                }
                return
            }
        }
        nextStep()
    }

    private mutating func take(_ block: RegisterBlock, now: Instant) {
        guard let plan else { return }
        replies.append(block)
        guard replies.count == plan.blocks.count else { return }
        let (newest, isSaid) = telemetry.take(profile.reading(from: replies, plan: plan), now: now)
        if isSaid { events.append(.readingBridged) }
        if case .exponent(let location) = profile.setpoint.scale {
            noteExponent(plan.exponent(at: location, in: replies))
        }
        replies.removeAll(keepingCapacity: true)
        nextTelemetry = now + settings.pollInterval
        reading = newest
        readAt = readingSince ?? now
        missedReadings = 0
        noteStateOfCharge(newest, now: now)
        // Where a command of its own brings it to no power, the setpoint's register says nothing of that.
        if isFollowing, !settings.observes, let written, written.power != .zero || profile.neutral == nil {
            readBack.ask()
        }
        if case .following = phase, !newest.isRemote, !settings.observes {
            events.append(.remoteLost)
            wasTakenOver = false
            pause(now: now)
        }
    }

    /// A device whose scale factor changes reads the setpoint that stands as another power: it is written anew at once.
    private mutating func noteExponent(_ newExponent: Int?) {
        defer { exponent = newExponent }
        guard exponent != nil, newExponent != exponent else { return }
        events.append(.scaleChanged)
        written = nil
        forgetZeroPower()
    }

    /// The registers hold what this kind of device never shows: nothing is written to it.
    private mutating func refuseDevice(now: Instant) {
        if !hasReportedDevice { events.append(.wrongDevice) }
        hasReportedDevice = true
        isIdentified = false
        pause(now: now)
    }

    private mutating func noteStateOfCharge(_ newest: ChargerReading, now: Instant) {
        if let shown = newest.stateOfCharge {
            stateOfCharge = shown
            stateOfChargeAt = now
        } else if newest.power.map({ $0.magnitude <= profile.wakePower + Watts(100) }) ?? false {
            // Idle: nothing has changed that it could show.
            stateOfChargeAt = now
        }
        let isOld = stateOfChargeAt.map { now.elapsed(since: $0) > Self.stateOfChargeLimit } ?? true
        if newest.state == .noVehicle || isOld { stateOfCharge = nil }
    }

    /// The last request failed.
    public mutating func failed(_ error: ModbusError, wasWrite: Bool, now: Instant) {
        let refusedBlock = error.refusesRegisters && isReading ? plan?.blocks[replies.count] : nil
        replies.removeAll(keepingCapacity: true)
        if wasWrite { forgetZeroPower() }
        let isLater = !error.isNoAnswer && !error.isRefusal && isLaterAllowed(now: now)
        if !isLater { nextTelemetry = now + settings.pollInterval }
        if case .telemetry = purpose, !isLater { missedReadings += 1 }
        if case .readBack = purpose { readBack.failed() }
        // Whether it was heard, or by whom it was refused, is not known for sure.
        if wasPower { mayBePowered = true }
        if error.isNoAnswer || error == .notConnected || error == .writeForbidden {
            unheard(now: now)
            return
        }
        answeredAt = now
        unheardInARow = 0
        if isLater {
            busy.until = now + Self.busyPause
            return
        }
        busy.until = nil
        if let refusedBlock, profile.reading.shrink(refused: Int(refusedBlock.count)), let known = map.known,
            let smaller = try? ReadPlan(profile.telemetry + exponentPoint, rules: profile.reading, map: known)
        {
            plan = smaller
            nextTelemetry = now
            return
        }
        switch purpose {
        case .map: map.take(nil, now: now)
        case .step where isIdentifying: refuseDevice(now: now)
        case .setpoint, .neutral, .resume, .step: refused(now: now)
        case .heartbeat: heartbeat.isRefused = true
        case .telemetry, .readBack, .none: break
        }
    }

    /// Whether a device that says "later" is asked again in the same way: within a quarter of its timeout. What it
    /// refuses for longer it refuses.
    private mutating func isLaterAllowed(now: Instant) -> Bool {
        let since = busy.since ?? now
        busy.since = since
        return now.elapsed(since: since) <= settings.deviceTimeout / 4
    }

    /// No answer came. It may hear although it is not heard: questions and orders alone could feed its timeout for
    /// ever, at what it was told last.
    private mutating func unheard(now: Instant) {
        unheardInARow += 1
        if case .map = purpose { map.unanswered() }
        if mayBePowered || wasTakenOver, isFindingOut { unansweredReads += 1 }
        if wasZeroPower, mayBePowered { unansweredZeroPowers += 1 }
        if wasPower { unansweredPowers += 1 }
        if unansweredReads >= 2 || unansweredZeroPowers >= 2, profile.timeout != nil {
            pause(now: now)
        } else if unansweredPowers >= 2 {
            withdraw(now: now)
        }
    }

    /// What was sent last was to bring it to neutral.
    private var wasZeroPower: Bool {
        switch purpose {
        case .neutral: true
        case .setpoint(let setpoint): setpoint.isZeroPower
        case .step: step == .neutral || step == .command && !carriesCommand
        case .none, .map, .resume, .telemetry, .readBack, .heartbeat: false
        }
    }

    /// What was sent last was to let it carry power.
    private var wasPower: Bool {
        switch purpose {
        case .setpoint(let setpoint): !setpoint.isZeroPower
        case .resume: true
        case .step: step == .command && carriesCommand
        case .none, .map, .neutral, .telemetry, .readBack, .heartbeat: false
        }
    }

    /// The step of the script under way.
    private var step: Step? { if case .script(let steps, let index) = phase { steps[index] } else { nil } }

    /// It is asked where its registers are, or what it is, and nothing was written to it meanwhile.
    private var isFindingOut: Bool {
        if case .mapping = phase { return true }
        return isIdentifying
    }

    /// The last request was for a block of the readings.
    private var isReading: Bool {
        switch purpose {
        case .telemetry: true
        case .step: step == .read
        case .none, .map, .setpoint, .neutral, .resume, .readBack, .heartbeat: false
        }
    }

    private var isIdentifying: Bool {
        if case .identify = step { true } else { false }
    }

    private mutating func refused(now: Instant) {
        refusals += 1
        if case .script(let steps, let index) = phase {
            // Many devices refuse a setpoint before they are under remote control: the first neutral may fail.
            if steps[index] == .neutral, !steps[..<index].contains(.neutral) {
                nextStep()
            } else {
                if !hasReportedRefusal { events.append(.takeOverRefused) }
                hasReportedRefusal = true
                withdraw(now: now)
            }
        } else if case .withdrawing = phase {
            pause(now: now)
        } else if refusals >= 2 {
            events.append(.setpointRefused)
            wasTakenOver = false
            withdraw(now: now)
        }
    }

    /// What refuses one value may take another: neutral is tried before it is left alone, unless that was refused or
    /// stands.
    private mutating func withdraw(now: Instant) {
        mayResumeAfterReconnect = false
        unansweredPowers = 0
        if wasZeroPower || isZeroPowerAcknowledged { pause(now: now) } else { phase = .withdrawing }
    }

    /// Longer than the device's own timeout.
    private var silence: Interval { settings.deviceTimeout + .milliseconds(500) }

    private mutating func pause(now: Instant) {
        readBack.isDue = false
        carriesCommand = false
        mayResumeAfterReconnect = false
        unansweredReads = 0
        unansweredZeroPowers = 0
        // Whoever stands at neutral is told nothing by a new connection; any other gets its silence.
        if !isZeroPowerAcknowledged { silentUntil = now + silence }
        phase = .pausing(until: now + silence)
    }
}
