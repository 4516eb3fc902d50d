public import Devices
public import FrequencyResponse
import GPIO
import Interlocks
import Realtime
import Synchronization

/// One tick as it went: what the law was given and what it answered.
public struct TickRecord: BitwiseCopyable, Sendable {
    public var inputs: TickInputs
    public var outputs: TickOutputs
    /// How long after its time the tick began; zero for one that a sample started.
    public var lateness: Interval
    /// Whole periods that were skipped before it.
    public var skipped: Int64
}

/// One charger's part of a tick.
public struct ChargerRecord: BitwiseCopyable, Sendable {
    public var status: ChargerStatus
    public var setpoint: Setpoint
}

/// The records of the control thread, for one reader. Each tick's chargers are pushed before the tick itself.
public final class TickRings: Sendable {
    public let ticks: RecordRing<TickRecord?>
    public let chargers: RecordRing<ChargerRecord?>

    public init(chargerCount: Int) {
        ticks = RecordRing(capacity: 1_024, filler: nil)
        var capacity = 2
        while capacity < 1_024 * max(1, chargerCount) { capacity *= 2 }
        chargers = RecordRing(capacity: capacity, filler: nil)
    }
}

/// The control thread: a tick when a new sample comes, and at least one per period.
public final class ControlThread: Sendable {
    private let settings: LawSettings
    private let fleet: [ChargerSettings]
    private let period: Interval
    private let mailboxes: Mailboxes
    public let rings: TickRings
    private let armed: Bool
    private let permits: PermitPlan?
    private let stopping = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)

    /// With `permits` the site has contacts, and control tells their thread what it wants.
    public init(
        settings: LawSettings, fleet: [ChargerSettings], period: Interval, mailboxes: Mailboxes, armed: Bool,
        permits: PermitPlan? = nil
    ) {
        self.permits = permits
        self.settings = settings
        self.fleet = fleet
        self.period = period
        self.mailboxes = mailboxes
        self.armed = armed
        rings = TickRings(chargerCount: fleet.count)
    }

    /// From the next tick on every setpoint is neutral.
    public func requestStop() { stopping.store(true, ordering: .releasing) }

    /// Ends the thread; the leases of its last tick run out.
    public func end() {
        ended.store(true, ordering: .releasing)
        mailboxes.sampleCame.raise()
    }

    /// The thread's body.
    public func run() {
        var turn = ControlTurn(
            settings: settings, fleet: fleet, period: period, mailboxes: mailboxes, rings: rings, permits: permits)
        var deadline = LiveClock.now()
        while !ended.load(ordering: .acquiring) {
            let seen = mailboxes.sampleCame.count
            let isNew = turn.takeSamples()
            let now = LiveClock.now()
            guard isNew || now >= deadline else {
                mailboxes.sampleCame.wait(while: seen, until: deadline)
                continue
            }
            let lateness = now > deadline ? now.elapsed(since: deadline) : .zero
            turn.tick(
                now: now, lateness: lateness, armed: armed,
                stopping: stopping.load(ordering: .acquiring))
            deadline = now + period
        }
    }
}

/// What one tick does around the law: takes the newest news of the chargers, steps, publishes setpoints, wakes the
/// links, and records. It touches no device, takes no lock, and allocates nothing once it is made.
public struct ControlTurn: ~Copyable {
    private let fleet: [ChargerSettings]
    private let period: Interval
    private let mailboxes: Mailboxes
    private let rings: TickRings
    private let engine: Engine
    private var samples: [MeterSample?]
    private var statuses: [ChargerStatus]
    private var inputs: [ChargerInputs]
    /// What each charger's contacts had opened when the tick began.
    private var inhibits: [UInt32]
    private var blocks: [ChargerBlock]
    private var permitController: PermitController?
    private var stallDetector = GPIOStallDetector()

    public init(
        settings: LawSettings, fleet: [ChargerSettings], period: Interval, mailboxes: Mailboxes, rings: TickRings,
        permits: PermitPlan? = nil
    ) {
        let lease = settings.lease
        permitController = permits.map { PermitController($0, fleet: fleet, lease: lease) }
        blocks = Array(repeating: .none, count: fleet.count)
        inhibits = Array(repeating: 0, count: fleet.count)
        self.fleet = fleet
        self.period = period
        self.mailboxes = mailboxes
        self.rings = rings
        engine = Engine(settings: settings, chargerCount: fleet.count)
        samples = Array(repeating: nil, count: mailboxes.samples.count)
        statuses = Array(repeating: .unknown, count: fleet.count)
        inputs = Array(repeating: ChargerInputs(control: .unreachable), count: fleet.count)
    }

    /// The law with its chargers' storage. An object, so that a tick works where they stand: as values of the turn they
    /// are moved about.
    private final class Engine {
        private var law: ControlLaw
        private var memory: [ChargerMemory]
        private var turns: [ChargerTurn]
        private(set) var setpoints: [Setpoint]

        init(settings: LawSettings, chargerCount: Int) {
            law = ControlLaw(settings: settings)
            memory = Array(repeating: ChargerMemory(), count: chargerCount)
            turns = Array(repeating: ChargerTurn(), count: chargerCount)
            setpoints = Array(repeating: .zeroPower(until: Instant(nanoseconds: 0), tick: 0), count: chargerCount)
        }

        func step(_ tick: TickInputs, fleet: [ChargerSettings], inputs: [ChargerInputs]) -> TickOutputs {
            law.step(tick, fleet: fleet, chargers: inputs, memory: &memory, turns: &turns, setpoints: &setpoints)
        }
    }

    /// What is asked of the baseline, while it holds.
    private func baselineRequest(_ now: Instant) -> Watts? {
        guard let request = mailboxes.baselineRequest.latest().value, now < request.expires else { return nil }
        return request.power
    }

    /// Takes the newest sample of every meter; false when none is new.
    public mutating func takeSamples() -> Bool {
        var isNew = false
        for index in samples.indices {
            let newest = mailboxes.samples[index].latest()
            samples[index] = newest.value
            isNew = isNew || newest.isNew
        }
        return isNew
    }

    /// One tick at `now` with the samples taken last, which may be those of the tick before.
    public mutating func tick(now: Instant, lateness: Interval, armed: Bool, stopping: Bool) {
        // In this order: a contact that opens while the tick runs has then raised a number that the tick did not see.
        let epoch = mailboxes.interlocks.epoch.load(ordering: .acquiring)
        for index in fleet.indices {
            inhibits[index] = mailboxes.interlocks.inhibits[index].value.load(ordering: .acquiring)
        }
        for index in fleet.indices {
            statuses[index] = mailboxes.statuses[index].latest().value
            inputs[index] = statuses[index].inputs
            blocks[index] =
                ChargerBlock(rawValue: UInt8(mailboxes.interlocks.blocks[index].value.load(ordering: .acquiring)))
                ?? .neutral
            let isHeld = blocks[index] != .none || permitController?.withholds(index) ?? false
            if isHeld, inputs[index].control == .controlled { inputs[index].control = .notControlled }
        }
        var condition =
            InterlockCondition(rawValue: mailboxes.interlocks.condition.load(ordering: .acquiring)) ?? .tripped
        if permitController != nil,
            stallDetector.isHung(turns: mailboxes.progress.lineTurns.load(ordering: .relaxed), now: now)
        {
            condition = .tripped
        }
        let isArmed = armed && !mailboxes.interlocks.isDisarmed.load(ordering: .relaxed)
        let given = TickInputs(
            now: now, sample: newest(0)?.sample, secondSample: newest(1)?.sample, thirdSample: newest(2)?.sample,
            sitePower: newest(0)?.sitePower, baselineRequest: baselineRequest(now),
            clock: mailboxes.clock.latest().value,
            armRequested: isArmed, stopRequested: stopping,
            interlock: permitController.map { $0.mustBeNeutral && condition == .clear ? .withdrawn : condition }
                ?? condition)
        let outputs = engine.step(given, fleet: fleet, inputs: inputs)
        for index in fleet.indices {
            mailboxes.setpoints[index].publish(CommandedSetpoint(engine.setpoints[index], inhibit: inhibits[index]))
        }
        mailboxes.setpointsCame.raise()
        if let wish = permitController?.wish(
            outputs, told: engine.setpoints, statuses, blocks: blocks, isTripped: condition == .tripped, epoch: epoch,
            now: now)
        {
            mailboxes.interlocks.permitRequest.publish(wish)
            mailboxes.interlocks.bell.ring()
        }
        if isGood(outputs) { mailboxes.progress.goodTicks.wrappingAdd(1, ordering: .relaxed) }
        record(
            TickRecord(
                inputs: given, outputs: outputs, lateness: lateness, skipped: lateness.nanoseconds / period.nanoseconds)
        )
    }

    /// A tick that keeps the program alive: fresh data and somebody who follows, or a state that is meant to be safe.
    private func isGood(_ outputs: TickOutputs) -> Bool {
        outputs.judged.trust.isTrusted && outputs.chargersControlled > 0 || !outputs.state.isActive
            || outputs.state == .withdrawn && outputs.response == .zero
    }

    private func newest(_ index: Int) -> MeterSample? { index < samples.count ? samples[index] : nil }

    private func record(_ tick: TickRecord) {
        guard rings.ticks.room > 0, rings.chargers.room >= fleet.count else {
            rings.ticks.countDrop()
            return
        }
        for index in fleet.indices {
            rings.chargers.push(ChargerRecord(status: statuses[index], setpoint: engine.setpoints[index]))
        }
        rings.ticks.push(tick)
    }
}
