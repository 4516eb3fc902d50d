public import Devices
public import FrequencyResponse
public import Modbus

/// How one meter is read.
public struct MeterLinkSettings: Sendable {
    public var profile: MeterProfile
    public var unit: UInt8
    public var pollInterval: Interval
    public var responseTimeout: Interval
    /// Whether registers that stand still count as frozen; to be switched off for benches.
    public var judgesFrozen: Bool

    public init(
        profile: MeterProfile, unit: UInt8, pollInterval: Interval, responseTimeout: Interval, judgesFrozen: Bool = true
    ) {
        self.judgesFrozen = judgesFrozen
        self.profile = profile
        self.unit = unit
        self.pollInterval = pollInterval
        self.responseTimeout = responseTimeout
    }
}

/// What a device wants from its link next, most urgent first.
public enum Urgency: Int, Comparable, Sendable {
    /// A lease has ended: neutral, before anything else.
    case safety
    case setpoint
    case frequency
    case routine

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What a device's driver asks of its link.
public enum DriverAction: Sendable {
    case send(Request, unit: UInt8, urgency: Urgency, timeout: Interval)
    case wait(until: Instant)
}

/// The newest news of a meter.
public struct MeterSample: BitwiseCopyable, Sendable {
    public var sample: FrequencySample
    public var sitePower: SitePower?

    public init(sample: FrequencySample, sitePower: SitePower?) {
        self.sample = sample
        self.sitePower = sitePower
    }
}

/// Decides what to read from a meter and when. No I/O: the link asks it for the next action and tells it what came of it.
public struct MeterDriver: Sendable {
    private let settings: MeterLinkSettings
    private var map = DeviceMap()
    private var plan: ReadPlan?
    private var replies: [RegisterBlock] = []
    private var startedAt: Instant?
    private var nextPoll: Instant
    private var sequence: UInt32 = 0

    public init(settings: MeterLinkSettings, now: Instant) {
        self.settings = settings
        nextPoll = now
        map = DeviceMap(isSunSpec: settings.profile.reading.isSunSpec)
    }

    public mutating func connected(now: Instant) {
        map = DeviceMap(isSunSpec: settings.profile.reading.isSunSpec)
        plan = nil
        abandon(now: now)
    }

    public mutating func next(now: Instant) -> DriverAction {
        if now < nextPoll, replies.isEmpty { return .wait(until: nextPoll) }
        switch map.next(now: now) {
        case .request(let request): return send(request)
        case .wait(let until): return .wait(until: until)
        case .known(let known):
            guard let plan = plan ?? makePlan(known, now: now) else { return .wait(until: map.retry(now: now)) }
            let block = plan.blocks[replies.count]
            return send(.read(plan.table, address: block.address, count: block.count))
        }
    }

    private func send(_ request: Request) -> DriverAction {
        .send(request, unit: settings.unit, urgency: .frequency, timeout: settings.responseTimeout)
    }

    private mutating func makePlan(_ known: SunSpecMap, now: Instant) -> ReadPlan? {
        plan = try? ReadPlan(settings.profile.points, rules: settings.profile.reading, map: known)
        return plan
    }

    /// Takes a reply to the last action; answers with a sample once all of its blocks are there.
    public mutating func succeeded(_ block: RegisterBlock, sentAt: Instant, now: Instant) -> MeterSample? {
        guard let plan else {
            map.take(block, now: now)
            return nil
        }
        if replies.isEmpty { startedAt = sentAt }
        replies.append(block)
        guard replies.count == plan.blocks.count else { return nil }
        let takenAt = startedAt ?? sentAt
        let reading = settings.profile.reading(from: replies, plan: plan)
        sequence &+= 1
        let fingerprint = fingerprint()
        replies.removeAll(keepingCapacity: true)
        schedule(after: takenAt, now: now)
        return MeterSample(
            sample: FrequencySample(
                frequency: reading.frequency, voltageLowest: reading.voltageLowest,
                voltageHighest: reading.voltageHighest, takenAt: takenAt, sequence: sequence, fingerprint: fingerprint),
            sitePower: reading.power.map { SitePower(power: $0, takenAt: takenAt) })
    }

    /// FNV-1a over all registers of the reading; nil where frequency is the only thing that the meter measures.
    private func fingerprint() -> UInt64? {
        guard settings.judgesFrozen, settings.profile.points.count > 1 else { return nil }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for reply in replies {
            for index in 0..<reply.count { hash = (hash ^ UInt64(reply[index])) &* 0x0000_0100_0000_01B3 }
        }
        return hash
    }

    public mutating func failed(_ error: ModbusError, now: Instant) {
        if plan == nil, case .exception = error { map.take(nil, now: now) }
        abandon(now: now)
        nextPoll = now + settings.pollInterval
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

/// What is known of where a device's registers are.
struct DeviceMap: Sendable {
    enum Next {
        case request(Request)
        case wait(until: Instant)
        case known(SunSpecMap)
    }

    private enum State {
        case walking(SunSpecWalk)
        case known(SunSpecMap)
        case failed(until: Instant)
    }

    private var state: State
    private static var pause: Interval { .seconds(2) }

    init(isSunSpec: Bool = false) {
        state = isSunSpec ? .walking(SunSpecWalk()) : .known(SunSpecMap())
    }

    var known: SunSpecMap? {
        if case .known(let map) = state { map } else { nil }
    }

    mutating func next(now: Instant) -> Next {
        switch state {
        case .known(let map): return .known(map)
        case .failed(let until):
            guard now >= until else { return .wait(until: until) }
            state = .walking(SunSpecWalk())
            return next(now: now)
        case .walking(let walk):
            guard case .read(let address, let count) = walk.next else { return .wait(until: retry(now: now)) }
            return .request(.read(.holding, address: address, count: count))
        }
    }

    mutating func take(_ block: RegisterBlock?, now: Instant) {
        guard case .walking(var walk) = state else { return }
        walk.take(block)
        switch walk.next {
        case .read: state = .walking(walk)
        case .found(let map): state = .known(map)
        case .failed: _ = retry(now: now)
        }
    }

    /// Gives the search up for a while; answers when it starts again.
    mutating func retry(now: Instant) -> Instant {
        let until = now + Self.pause
        state = .failed(until: until)
        return until
    }
}
