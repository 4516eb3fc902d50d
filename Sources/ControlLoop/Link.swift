public import Devices
public import FrequencyResponse
public import Modbus
import ModbusTransport
public import Realtime
import Synchronization

/// One connection with all the devices behind it.
public struct LinkPlan: Sendable {
    /// The address of its connection.
    public var endpoint: Endpoint
    /// Each with its index in the site file.
    public var meters: [(index: Int, settings: MeterLinkSettings)]
    /// The chargers behind it, by their index in the site file.
    public var chargers: [(index: Int, settings: ChargerLinkSettings)]
    /// False while observing: then no write can leave the process by this link.
    public var mayWrite: Bool

    package init(endpoint: Endpoint, mayWrite: Bool) {
        self.endpoint = endpoint
        self.mayWrite = mayWrite
        meters = []
        chargers = []
    }
}

/// What happened on a link, for the log.
public struct LinkEvent: BitwiseCopyable, Sendable {
    /// What can happen on a link.
    public enum Kind: BitwiseCopyable, Sendable {
        case connected
        /// Said once for a reason, then every minute with the number of attempts.
        case connectFailed(ModbusError, attempts: Int32)
        /// Said once; then not before the connection has answered again.
        case lost(ModbusError)
        /// The first answer after a loss or a failure to connect, with the number of connections that it took.
        case answersAgain(attempts: Int32)
        case charger(ChargerEvent)
        /// So many events of a kind were not reported in the last minute.
        case chargerOmitted(ChargerEvent, count: Int32)
        case meterReport(DeviceReport)
        /// The meter answers, for its phases too or not any more.
        case phases(areRead: Bool)
        case chargerReport(DeviceReport)
    }

    /// What happened.
    public var kind: Kind
    /// The index in the site file of the charger or the meter whose event it is.
    public var device: Int
    /// When it happened.
    public var at: Instant
}

/// A power for the baseline, from outside. Whoever asks for it has to go on asking: it ends by itself.
public struct BaselineRequest: BitwiseCopyable, Sendable {
    /// The power that is asked.
    public var power: Watts
    /// When the request ends by itself.
    public var expires: Instant

    package init(power: Watts, expires: Instant) {
        self.power = power
        self.expires = expires
    }
}

/// The boxes in which threads leave values for each other.
public final class Mailboxes: Sendable {
    /// One for each meter, in the order of the site file.
    public let samples: [LatestValueBox<MeterSample?>]
    /// The newest state of each charger, in the order of the site file.
    public let statuses: [LatestValueBox<ChargerInputs>]
    /// The newest setpoint of each charger.
    public let setpoints: [LatestValueBox<Setpoint?>]
    /// What the contacts' thread and control leave for each other.
    public let interlocks: InterlockMailboxes
    package let progress = LivenessCounters()
    /// What an energy management system asks of the baseline, for as long as it holds.
    public let baselineRequest: LatestValueBox<BaselineRequest?>
    /// What a person has said last of a meter, and the number of the last order that control has obeyed.
    package let meterOrder = LatestValueBox<MeterOrder?>(nil)
    let obeyedOrder = Atomic<UInt32>(0)
    /// 1 for each charger that a person has locked.
    let locks: [InterlockMailboxes.Counter]
    /// Calendar time, put there about once a second: reading the time zone may take a lock, which control must not.
    public let clock: LatestValueBox<WallClock>
    /// What has to survive a restart, when it has changed or is ten seconds old.
    package let savedState = LatestValueBox<TimedState?>(nil)
    /// The same of each charger; written before ``savedState``.
    package let savedChargers: [LatestValueBox<SavedCharger>]
    /// Wakes who saves it.
    package let stateCame = WakeEvent()
    /// Wakes control for a new sample.
    public let sampleCame = WakeEvent()
    /// Wakes all links for new setpoints.
    public let setpointsCame = WakeEvent()

    package init(chargerCount: Int, meterCount: Int) {
        interlocks = InterlockMailboxes(chargerCount: chargerCount)
        samples = (0..<meterCount).map { _ in LatestValueBox(nil) }
        baselineRequest = LatestValueBox(nil)
        clock = LatestValueBox(LiveClock.wall())
        statuses = (0..<chargerCount).map { _ in LatestValueBox(.unknown) }
        locks = (0..<chargerCount).map { _ in InterlockMailboxes.Counter() }
        setpoints = (0..<chargerCount).map { _ in LatestValueBox(nil) }
        savedChargers = (0..<chargerCount).map { _ in LatestValueBox(.blank) }
    }
}

/// The thread of one connection: asks the drivers of its devices what they want, does the most urgent, tells them what
/// came of it.
public final class Link: Sendable {
    private let plan: LinkPlan
    private let mailboxes: Mailboxes
    private let stopped = Atomic<Bool>(false)
    /// What has happened on the link, for one reader.
    public let events = RecordRing<LinkEvent>(
        capacity: 256, filler: LinkEvent(kind: .connected, device: 0, at: Instant(nanoseconds: 0)))

    package init(plan: LinkPlan, mailboxes: Mailboxes) {
        self.plan = plan
        self.mailboxes = mailboxes
    }

    /// The name.
    public var name: String { plan.endpoint.description }

    /// Ends the thread at its next turn.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        mailboxes.setpointsCame.raise()
    }

    /// The thread's body: runs until ``stop()``.
    public func run() {
        guard let client = ModbusClient(plan.endpoint, mayWrite: plan.mayWrite) else {
            preconditionFailure("a link was made for an endpoint that was never validated")
        }
        var turn = LinkTurn(plan: plan, mailboxes: mailboxes, events: events, client: client)
        while !stopped.load(ordering: .acquiring) { turn.run() }
        turn.close()
    }
}

/// The state of a link between its turns. Lives on the link's thread.
struct LinkTurn: ~Copyable {
    private static var connectTimeout: Interval { .milliseconds(500) }
    private static var backOffFirst: Interval { .milliseconds(250) }
    private static var backOffMost: Interval { .seconds(2) }
    private static var unansweredMost: Int { 3 }

    private let plan: LinkPlan
    private let mailboxes: Mailboxes
    private let events: RecordRing<LinkEvent>
    private var client: ModbusClient
    private var meters: [MeterDriver]
    private var chargers: [ChargerDriver]
    private var retryAt: Instant
    private var backOff = Self.backOffFirst
    private var unanswered = 0
    private var outage = Outage()
    /// The sample of each meter that its watch has seen last.
    private var notedSequence: [UInt32]
    /// One for each device, meters first.
    private var watches: [DeviceWatch]
    /// One for each charger.
    private var limiters: [EventLimiter]
    /// When each device last had its turn, meters first; the longest unserved goes first among equals.
    private var servedAt: [Instant]
    /// Before this no device may be asked: the line needs its silence, or a late reply may still come.
    private var quietUntil: Instant
    /// However long somebody babbles: zero power has to be tried.
    private var quietMost: Instant
    private static var babbleMost: Interval { .seconds(1) }
    /// Before this a device, meters first, may not be asked again.
    private var spacedUntil: [Instant]
    private let spacings: [Interval]
    /// The longest time for which a device of the connection refuses to be connected again.
    private let holdOff: Interval
    /// The longest that any device of the line has taken for an answer.
    private var longestDelay = Interval.zero
    /// Whether each charger is to be brought to zero power, so that the moment in which that begins is seen.
    private var isStopping: [Bool]
    private var jitter: UInt64
    /// Requests without an answer in a row, per charger, and until when one that does not answer is left alone for the
    /// sake of the others.
    private var failures: [Int]
    private var leftUntil: [Instant]
    private static var failuresMost: Int { 3 }
    private static var leaveMost: Interval { .seconds(30) }
    /// A device that has waited for so long is as urgent as a setpoint.
    private static var patience: Interval { .milliseconds(300) }

    init(plan: LinkPlan, mailboxes: Mailboxes, events: RecordRing<LinkEvent>, client: consuming ModbusClient) {
        let now = LiveClock.now()
        self.plan = plan
        self.mailboxes = mailboxes
        self.events = events
        self.client = client
        meters = plan.meters.map { MeterDriver(settings: $0.settings, now: now) }
        chargers = plan.chargers.map { ChargerDriver(settings: $0.settings, now: now) }
        retryAt = now
        notedSequence = Array(repeating: 0, count: plan.meters.count)
        limiters = Array(repeating: EventLimiter(), count: plan.chargers.count)
        watches = Array(repeating: DeviceWatch(now: now), count: plan.meters.count + plan.chargers.count)
        servedAt = Array(repeating: now, count: plan.meters.count + plan.chargers.count)
        failures = Array(repeating: 0, count: plan.chargers.count)
        leftUntil = Array(repeating: now, count: plan.chargers.count)
        quietUntil = now
        quietMost = now
        spacedUntil = servedAt
        spacings =
            plan.meters.map(\.settings.profile.reading.spacing) + plan.chargers.map(\.settings.profile.reading.spacing)
        holdOff =
            (plan.meters.map(\.settings.profile.reading.holdOff) + plan.chargers.map(\.settings.profile.reading.holdOff))
            .max() ?? .zero
        isStopping = Array(repeating: false, count: plan.chargers.count)
        jitter = UInt64(bitPattern: now.nanoseconds) | 1
    }

    mutating func close() { client.reset() }

    /// One turn: at most one request, or one wait.
    mutating func run() {
        let seen = mailboxes.setpointsCame.count
        let now = LiveClock.now()
        takeSetpoints(now: now)
        guard client.isConnected else {
            reconnect(seen: seen, now: now)
            return
        }
        guard now >= quietUntil else {
            keepQuiet(seen: seen, now: now)
            return
        }
        switch mostUrgent(now: now) {
        case .nothing(let until): mailboxes.setpointsCame.wait(while: seen, until: until)
        case .meter(let index, let request, let unit, let timeout):
            servedAt[index] = now
            read(meter: index, request, unit: unit, timeout: timeout)
        case .charger(let index, let request, let unit, let timeout):
            servedAt[meters.count + index] = now
            drive(charger: index, request, unit: unit, timeout: timeout)
        }
    }

    /// Hands the newest setpoints on. When one ends, no back-off is waited for: zero power is tried at once, and
    /// then as patiently as anything else.
    private mutating func takeSetpoints(now: Instant) {
        for index in chargers.indices {
            let number = plan.chargers[index].index
            guard var setpoint = mailboxes.setpoints[number].latest().value else { continue }
            // A contact has opened since the tick that made it.
            if mailboxes.interlocks.inhibits[number].value.load(ordering: .acquiring) != setpoint.inhibit {
                setpoint = .zeroPower(until: setpoint.expires, tick: setpoint.tick)
            }
            chargers[index].take(setpoint)
            let stops = setpoint.isZeroPower || now >= setpoint.expires
            if stops, !isStopping[index] {
                leftUntil[index] = now
                retryAt = min(retryAt, now)
            }
            isStopping[index] = stops
        }
    }

    /// Waits out the silence of a serial line. What comes in it answers a request that was given up: it tells how slow
    /// its device can be, and is no data.
    private mutating func keepQuiet(seen: UInt32, now: Instant) {
        mailboxes.setpointsCame.wait(while: seen, until: min(quietUntil, now + .milliseconds(20)))
        if plan.endpoint.line != nil, client.discard() > 0 {
            quietUntil = min(quietMost, LiveClock.now() + longestDelay / 4 + gap)
        }
    }

    /// The silence that a serial line needs between two frames.
    private var gap: Interval { plan.endpoint.line.map { Interval(nanoseconds: $0.gap) } ?? .zero }

    private enum Choice {
        case nothing(until: Instant)
        case meter(Int, Request, unit: UInt8, timeout: Interval)
        case charger(Int, Request, unit: UInt8, timeout: Interval)
    }

    private mutating func mostUrgent(now: Instant) -> Choice {
        var earliest = now + .seconds(1)
        var best: (urgency: Urgency, since: Instant, choice: Choice)?
        func consider(_ urgency: Urgency, device: Int, _ choice: Choice) {
            let since = servedAt[device]
            let hasWaited = now.elapsed(since: since) > Self.patience
            let effective = hasWaited ? min(urgency, Urgency.setpoint) : urgency
            if best.map({ (effective.rawValue, since.nanoseconds) < ($0.urgency.rawValue, $0.since.nanoseconds) })
                ?? true
            {
                best = (effective, since, choice)
            }
        }
        for index in meters.indices {
            guard now >= spacedUntil[index] else {
                earliest = min(earliest, spacedUntil[index])
                continue
            }
            switch meters[index].next(now: now) {
            case .wait(let until): earliest = min(earliest, until)
            case .send(let request, let unit, let urgency, let timeout):
                consider(urgency, device: index, .meter(index, request, unit: unit, timeout: timeout))
            }
        }
        for index in chargers.indices {
            let free = max(leftUntil[index], spacedUntil[meters.count + index])
            guard now >= free else {
                earliest = min(earliest, free)
                continue
            }
            switch chargers[index].next(now: now) {
            case .wait(let until): earliest = min(earliest, until)
            case .send(let request, let unit, let urgency, let timeout):
                consider(
                    urgency, device: meters.count + index, .charger(index, request, unit: unit, timeout: timeout))
            }
            report(chargers[index].drainEvents(), charger: index, now: now)
        }
        return best?.choice ?? .nothing(until: earliest)
    }

    private mutating func read(meter index: Int, _ request: Request, unit: UInt8, timeout: Interval) {
        let sentAt = LiveClock.now()
        do {
            let block = try perform(request, device: index, unit: unit, sentAt: sentAt, timeout: timeout)
            noteAnswer()
            if let sample = meters[index].succeeded(block, sentAt: sentAt, now: LiveClock.now()) {
                mailboxes.samples[plan.meters[index].index].publish(sample)
                mailboxes.sampleCame.raise()
                // The power of a slow reading comes with the sample of before.
                if sample.sample.sequence != notedSequence[index] {
                    notedSequence[index] = sample.sample.sequence
                    note(obstacle(sample.sample.frequency, meter: index), device: index)
                }
            } else if let model = meters[index].missingModel {
                note(.missingModel(model), device: index)
            }
        } catch {
            meters[index].failed(error, now: LiveClock.now())
            note(.failed(shown(error), RequestPlace(request)), device: index)
            judge(error, wasWrite: false)
        }
        if let areRead = meters[index].takePhaseReport() {
            events.push(
                LinkEvent(kind: .phases(areRead: areRead), device: plan.meters[index].index, at: LiveClock.now()))
        }
    }

    private func obstacle(_ frequency: Hertz?, meter index: Int) -> DeviceObstacle? {
        guard let frequency else { return .noValue }
        return plan.meters[index].settings.profile.canShow(frequency) ? nil : .implausible(frequency)
    }

    /// What came instead of the reply says more than that none came.
    private func shown(_ error: ModbusError) -> ModbusError {
        if error == .timedOut, let fault = client.strangeReply { return .badReply(fault) }
        return error
    }

    /// Notes that a device could be used (nil) or what stood in the way, and says so when it is time.
    private mutating func note(_ obstacle: DeviceObstacle?, device: Int) {
        let now = LiveClock.now()
        let report: DeviceReport?
        if let obstacle {
            watches[device].note(obstacle)
            report = watches[device].report(now: now)
        } else {
            report = watches[device].used(now: now)
        }
        guard let report else { return }
        let isMeter = device < meters.count
        events.push(
            LinkEvent(
                kind: isMeter ? .meterReport(report) : .chargerReport(report),
                device: isMeter ? plan.meters[device].index : plan.chargers[device - meters.count].index, at: now))
    }

    private mutating func drive(charger index: Int, _ request: Request, unit: UInt8, timeout: Interval) {
        let sentAt = LiveClock.now()
        do {
            let block = try perform(request, device: meters.count + index, unit: unit, sentAt: sentAt, timeout: timeout)
            noteAnswer()
            note(failed: false, charger: index)
            let before = chargers[index].status.takenAt
            chargers[index].succeeded(block, now: LiveClock.now())
            if let model = chargers[index].missingModel {
                note(.missingModel(model), device: meters.count + index)
            } else if chargers[index].status.takenAt != before {
                note(nil, device: meters.count + index)
            }
        } catch {
            chargers[index].failed(error, wasWrite: request.isWrite, now: LiveClock.now())
            note(.failed(shown(error), RequestPlace(request)), device: meters.count + index)
            note(failed: error.isNoAnswer, charger: index)
            judge(error, wasWrite: request.isWrite)
        }
        publishStatus(index)
        report(chargers[index].drainEvents(), charger: index, now: LiveClock.now())
    }

    /// Where several devices share the connection, a charger that has not answered three times, or on which a gateway
    /// has hung up as often, is left alone for longer and longer: each time holds up the others, or costs them the
    /// connection. By then its own timeout has run out.
    private mutating func note(failed: Bool, charger: Int) {
        failures[charger] = failed ? failures[charger] + 1 : 0
        let beyond = failures[charger] - Self.failuresMost
        guard beyond >= 0, servedAt.count > 1 else { return }
        leftUntil[charger] = LiveClock.now() + min(Self.leaveMost, Interval.seconds(1) * Int64(1 << min(beyond, 5)))
    }

    private mutating func perform(
        _ request: Request, device: Int, unit: UInt8, sentAt: Instant, timeout: Interval
    ) throws(ModbusError) -> RegisterBlock {
        var rest = spacings[device]
        defer {
            let now = LiveClock.now()
            quietUntil = max(quietUntil, now + gap)
            spacedUntil[device] = now + rest
        }
        do {
            let block = try client.perform(
                request, unit: unit, deadline: (sentAt + timeout).nanoseconds, now: { LiveClock.now().nanoseconds })
            longestDelay = max(longestDelay, LiveClock.now().elapsed(since: sentAt))
            return block
        } catch {
            // What it still says to this must not pass for its answer to the next. Others are told apart by their unit.
            if error.isNoAnswer, plan.endpoint.line != nil { rest = max(rest, timeout) }
            throw error
        }
    }

    /// An unanswered write, three unanswered requests or a broken socket cost a TCP connection: an old value must never
    /// arrive late. RTU in TCP is given up after any timeout, since its replies bear no number. A serial line has
    /// nothing to reset: it is kept silent for as long as an answer may take, and cleared; the device itself is left
    /// alone for its timeout once more.
    private mutating func judge(_ error: ModbusError, wasWrite: Bool) {
        switch (error, plan.endpoint) {
        case (.exception, _), (.writeForbidden, _): unanswered = 0
        case (.timedOut, .serial), (.badReply, .serial):
            unanswered += 1
            let now = LiveClock.now()
            quietUntil = now + max(longestDelay, .milliseconds(50)) + gap
            quietMost = max(quietUntil, now + Self.babbleMost)
        case (.timedOut, .rtuOverTCP): lose(error)
        case (.timedOut, .tcp):
            unanswered += 1
            if wasWrite || unanswered >= Self.unansweredMost { lose(error) }
        case (.connectionFailed, _), (.nameNotResolved, _), (.badReply, _), (.notConnected, _): lose(error)
        }
    }

    /// The state of a connection follows from its answers: one that connects and never answers is as good as none.
    private mutating func noteAnswer() {
        unanswered = 0
        backOff = Self.backOffFirst
        guard let attempts = outage.answered() else { return }
        events.push(LinkEvent(kind: .answersAgain(attempts: attempts), device: 0, at: LiveClock.now()))
    }

    private mutating func lose(_ error: ModbusError) {
        client.reset()
        unanswered = 0
        let now = LiveClock.now()
        retryAt = now + max(jittered(backOff), holdOff)
        backOff = min(backOff + backOff, Self.backOffMost)
        if outage.lost() { events.push(LinkEvent(kind: .lost(error), device: 0, at: now)) }
        for index in chargers.indices {
            chargers[index].disconnected()
            publishStatus(index)
        }
    }

    /// Up to a quarter less or more, so that many links which lost one gateway do not all come back to it at once.
    private mutating func jittered(_ time: Interval) -> Interval {
        // xorshift64.
        jitter ^= jitter << 13
        jitter ^= jitter >> 7
        jitter ^= jitter << 17
        return time * Int64(768 + jitter % 512) / 1_024
    }

    private mutating func reconnect(seen: UInt32, now: Instant) {
        if now < retryAt {
            mailboxes.setpointsCame.wait(while: seen, until: retryAt)
            return
        }
        do {
            try client.connect(timeout: Self.connectTimeout.nanoseconds)
        } catch {
            let now = LiveClock.now()
            if let attempts = outage.failed(error, now: now) {
                events.push(LinkEvent(kind: .connectFailed(error, attempts: attempts), device: 0, at: now))
            }
            retryAt = now + max(jittered(backOff), holdOff)
            backOff = min(backOff + backOff, Self.backOffMost)
            return
        }
        let now = LiveClock.now()
        let delays =
            plan.meters.map(\.settings.profile.reading.connectDelay)
            + plan.chargers.map(\.settings.profile.reading.connectDelay)
        for index in delays.indices { spacedUntil[index] = now + delays[index] }
        if outage.connected() { events.push(LinkEvent(kind: .connected, device: 0, at: now)) }
        for index in meters.indices { meters[index].connected(now: now) }
        for index in chargers.indices { chargers[index].connected(now: now) }
    }

    private func publishStatus(_ index: Int) {
        mailboxes.statuses[plan.chargers[index].index].publish(chargers[index].status)
    }

    private mutating func report(_ happened: [ChargerEvent], charger index: Int, now: Instant) {
        let device = plan.chargers[index].index
        for event in happened where limiters[index].admits(event, now: now) {
            events.push(LinkEvent(kind: .charger(event), device: device, at: now))
        }
        if let (event, count) = limiters[index].overdue(now: now) {
            events.push(LinkEvent(kind: .chargerOmitted(event, count: count), device: device, at: now))
        }
    }
}
