import Devices
public import FrequencyResponse
import GPIO
import Realtime
import Synchronization

/// One tick as it went: what the law was given and what it answered.
public struct TickRecord: BitwiseCopyable, Sendable {
    /// What the law was given.
    public var inputs: TickInputs
    /// What the law answered.
    public var outputs: TickOutputs
    /// How long after its time the tick began; zero for one that a sample started.
    public var lateness: Interval
    /// Whole periods that were skipped before it.
    public var skipped: Int64
}

/// One charger's part of a tick.
public struct ChargerRecord: BitwiseCopyable, Sendable {
    /// The charger's newest state, with what its contacts allow it.
    public var inputs: ChargerInputs
    /// Its setpoint of this tick.
    public var setpoint: Setpoint
    /// How its user's target stands.
    public var departure: DepartureOutlook
    /// What bears on its setpoint.
    public var reasons: ShareReasons
}

/// The records of the control thread, for one reader. Each tick's chargers are pushed before the tick itself.
public final class TickRings: Sendable {
    /// The ticks.
    public let ticks: RecordRing<TickRecord?>
    /// The chargers of the ticks.
    public let chargers: RecordRing<ChargerRecord?>

    package init(chargerCount: Int) {
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
    /// The records of its ticks.
    public let rings: TickRings
    private let restored: RestoredSite?
    private let armed: Atomic<Bool>
    private let stopping = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)

    package init(
        settings: LawSettings, fleet: [ChargerSettings], period: Interval, mailboxes: Mailboxes, armed: Bool,
        restored: RestoredSite? = nil
    ) {
        self.settings = settings
        self.fleet = fleet
        self.period = period
        self.mailboxes = mailboxes
        self.armed = Atomic(armed)
        self.restored = restored
        rings = TickRings(chargerCount: fleet.count)
    }

    /// From the next tick on every setpoint is zero power.
    public func requestStop() { stopping.store(true, ordering: .releasing) }

    /// From the next tick on the site is armed, or not.
    public func arm(_ isArmed: Bool) { armed.store(isArmed, ordering: .releasing) }

    /// Ends the thread; the leases of its last tick run out.
    public func end() {
        ended.store(true, ordering: .releasing)
        mailboxes.sampleCame.raise()
    }

    /// The thread's body.
    public func run() {
        var turn = ControlTurn(
            settings: settings, fleet: fleet, period: period, mailboxes: mailboxes, rings: rings, restored: restored)
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
                now: now, lateness: lateness, armed: armed.load(ordering: .acquiring),
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
    private var inputs: [ChargerInputs]
    private var saving = StatePublisher()

    package init(
        settings: LawSettings, fleet: [ChargerSettings], period: Interval, mailboxes: Mailboxes, rings: TickRings,
        restored: RestoredSite? = nil
    ) {
        self.fleet = fleet
        self.period = period
        self.mailboxes = mailboxes
        self.rings = rings
        engine = Engine(
            settings: settings, chargerCount: fleet.count, restored: restored, now: LiveClock.now(),
            clock: mailboxes.clock.latest().value)
        samples = Array(repeating: nil, count: mailboxes.samples.count)
        inputs = Array(repeating: .unknown, count: fleet.count)
    }

    /// The law with its chargers' storage. An object, so that a tick works where they stand: as values of the turn they
    /// are moved about.
    private final class Engine {
        private var law: ControlLaw
        private var memory: [ChargerMemory]
        private var turns: [ChargerTurn]
        private(set) var setpoints: [Setpoint]

        init(
            settings: LawSettings, chargerCount: Int, restored: RestoredSite?, now: Instant, clock: WallClock
        ) {
            law = ControlLaw(settings: settings, restoring: restored?.law, now: now, clock: clock)
            memory = (0..<chargerCount).map { index in
                restored?.memory(index, now: now, clock: clock) ?? ChargerMemory()
            }
            turns = Array(repeating: ChargerTurn(), count: chargerCount)
            setpoints = Array(repeating: .zeroPower(until: Instant(nanoseconds: 0), tick: 0), count: chargerCount)
        }

        func outlook(_ index: Int) -> DepartureOutlook { turns[index].departure.outlook }
        func reasons(_ index: Int) -> ShareReasons { turns[index].reasons }

        func step(_ tick: TickInputs, fleet: [ChargerSettings], inputs: [ChargerInputs]) -> TickOutputs {
            law.step(tick, fleet: fleet, chargers: inputs, memory: &memory, turns: &turns, setpoints: &setpoints)
        }

        var stamp: UInt64 { law.stamp }

        /// Publishes what has to survive a restart, the chargers first.
        func save(_ now: Instant, clock: WallClock, to mailboxes: Mailboxes) {
            for index in memory.indices { mailboxes.savedChargers[index].publish(memory[index].saved(now: now)) }
            mailboxes.savedState.publish(TimedState(state: law.saved(now: now, clock: clock), at: now))
            mailboxes.stateCame.raise()
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
        let interlocks = takeInterlocks()
        let given = TickInputs(
            now: now, sample: newest(0)?.sample, secondSample: newest(1)?.sample, thirdSample: newest(2)?.sample,
            sitePower: newest(0)?.sitePower, baselineRequest: baselineRequest(now),
            clock: mailboxes.clock.latest().value, armRequested: armed, stopRequested: stopping,
            interlocks: interlocks, meterOrder: mailboxes.meterOrder.latest().value)
        let outputs = engine.step(given, fleet: fleet, inputs: inputs)
        for index in fleet.indices { mailboxes.setpoints[index].publish(engine.setpoints[index]) }
        mailboxes.setpointsCame.raise()
        if let request = outputs.permitRequest {
            mailboxes.interlocks.permitRequest.publish(request)
            mailboxes.interlocks.bell.ring()
        }
        mailboxes.obeyedOrder.store(outputs.meterOrder, ordering: .releasing)
        if saving.isDue(stamp: engine.stamp, now: now) { engine.save(now, clock: given.clock, to: mailboxes) }
        if outputs.isHealthy { mailboxes.progress.goodTicks.wrappingAdd(1, ordering: .relaxed) }
        record(
            TickRecord(
                inputs: given, outputs: outputs, lateness: lateness, skipped: lateness.nanoseconds / period.nanoseconds)
        )
    }

    /// Takes the contacts' state, and the newest state of every charger with what its contacts allow it.
    private mutating func takeInterlocks() -> InterlockInputs {
        let shared = mailboxes.interlocks
        // In this order: a contact that opens while the tick runs has then raised a number that the tick did not see.
        let epoch = shared.epoch.load(ordering: .acquiring)
        for index in fleet.indices {
            let inhibit = shared.inhibits[index].value.load(ordering: .acquiring)
            inputs[index] = mailboxes.statuses[index].latest().value
            inputs[index].inhibit = inhibit
            inputs[index].isLocked = mailboxes.locks[index].value.load(ordering: .acquiring) != 0
            inputs[index].block =
                ChargerBlock(rawValue: UInt8(shared.blocks[index].value.load(ordering: .acquiring))) ?? .zeroPower
        }
        return InterlockInputs(
            condition: InterlockCondition(rawValue: shared.condition.load(ordering: .acquiring)) ?? .tripped,
            isDisarmed: shared.isDisarmed.load(ordering: .relaxed), epoch: epoch,
            turns: mailboxes.progress.lineTurns.load(ordering: .relaxed),
            standing: shared.standingPermits.load(ordering: .acquiring))
    }

    private func newest(_ index: Int) -> MeterSample? { index < samples.count ? samples[index] : nil }

    private func record(_ tick: TickRecord) {
        guard rings.ticks.room > 0, rings.chargers.room >= fleet.count else {
            rings.ticks.countDrop()
            return
        }
        for index in fleet.indices {
            rings.chargers.push(
                ChargerRecord(
                    inputs: inputs[index], setpoint: engine.setpoints[index],
                    departure: engine.outlook(index), reasons: engine.reasons(index)))
        }
        rings.ticks.push(tick)
    }
}
