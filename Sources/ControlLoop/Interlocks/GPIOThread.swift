import FrequencyResponse
import GPIO
public import Interlocks
import Realtime
import Synchronization

/// Which output is what, by its place in the bank of lines.
public struct OutputPlan: Sendable {
    /// One for each permit of the settings.
    public var permits: [Int]
    /// The place of the lamp; nil for none.
    public var lamp: Int?
    /// The place of the heartbeat; nil for none.
    public var heartbeat: Int?
    /// Outputs whose "on" is a low level.
    public var inverted: Set<Int>

    package init(permits: [Int] = [], lamp: Int? = nil, heartbeat: Int? = nil, inverted: Set<Int> = []) {
        self.permits = permits
        self.lamp = lamp
        self.heartbeat = heartbeat
        self.inverted = inverted
    }
}

/// The only thread that reads contacts and drives outputs. An opened contact acts from here, without waiting for a
/// tick: permit off, no setpoint counts any more, links woken.
public final class GPIOThread: Sendable {
    private let settings: InterlockSettings
    private let outputs: OutputPlan
    private let lines: any SiteLines & Sendable
    private let mailboxes: Mailboxes
    /// What was latched before.
    public let latched: Set<String>
    private let ended = Atomic<Bool>(false)
    /// What has happened at the contacts, for one reader.
    public let events = RecordRing<InterlockEvent>(capacity: 256, filler: .reset)
    /// Grows whenever what has to be kept over a restart changes.
    private let latchBox: LatchBox
    private let lost = Atomic<Bool>(false)

    /// Asks for the lines. Throws when one can't be had.
    public init(_ plan: GPIOPlan, mailboxes: Mailboxes) throws {
        settings = plan.settings
        outputs = plan.outputs
        lines = try plan.open(mailboxes.interlocks.bell)
        self.mailboxes = mailboxes
        latched = plan.latched
        latchBox = LatchBox(latched)
    }

    /// What has to be kept, when it has changed since the last call. One reader.
    public func changedLatches() -> Set<String>? { latchBox.take() }

    /// No contact could be read for 2 s: only asking for the lines anew can help.
    public var isLost: Bool { lost.load(ordering: .acquiring) }

    /// Nothing comes from here any more.
    public var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// Ends the thread with all permits off.
    public func end() {
        ended.store(true, ordering: .releasing)
        mailboxes.interlocks.bell.ring()
    }

    /// The thread's body.
    public func run() {
        var turn = GPIOTurn(
            settings: settings, outputs: outputs, lines: lines, mailboxes: mailboxes, latched: latched, events: events)
        turn.start()
        var saved = latched
        while !ended.load(ordering: .acquiring) {
            turn.run()
            mailboxes.progress.lineTurns.wrappingAdd(1, ordering: .relaxed)
            // Latches are rare: the lock is taken for a change alone.
            if turn.latches != saved {
                saved = turn.latches
                latchBox.put(saved)
                mailboxes.stateCame.raise()
            }
            if turn.isLost { lost.store(true, ordering: .releasing) }
        }
        turn.finish()
        mailboxes.stateCame.raise()
    }
}

/// Carries the latches to who saves them. Control never touches it.
private final class LatchBox: Sendable {
    private struct State {
        var latches: Set<String>
        var isNew = false
    }
    private let state: Mutex<State>

    init(_ latches: Set<String>) { state = Mutex(State(latches: latches)) }

    func put(_ latches: Set<String>) { state.withLock { $0 = State(latches: latches, isNew: true) } }

    func take() -> Set<String>? {
        state.withLock {
            guard $0.isNew else { return nil }
            $0.isNew = false
            return $0.latches
        }
    }
}

/// The state of the lines' thread between its turns.
struct GPIOTurn {
    private let settings: InterlockSettings
    private let outputs: OutputPlan
    private let lines: any SiteLines
    private let mailboxes: Mailboxes
    private let events: RecordRing<InterlockEvent>
    private var machine: InterlockMachine
    private var driven: [Int: Bool] = [:]
    private var undrivable: Set<Int> = []
    private var isBeatHigh = false
    private var polledAt: Instant?
    private var beatAt: Instant?
    private var firstRequestAt: Instant?
    private var hasToldStopped = false
    private var requestsFault = false
    /// Since when no contact can be read.
    private var blindSince: Instant?
    private static var heartPatience: Interval { .seconds(1) }
    private static var blindMost: Interval { .seconds(2) }
    /// Lost edges are found within this time at the latest.
    private static var pollInterval: Interval { .milliseconds(50) }

    init(
        settings: InterlockSettings, outputs: OutputPlan, lines: any SiteLines, mailboxes: Mailboxes,
        latched: Set<String>,
        events: RecordRing<InterlockEvent>
    ) {
        self.settings = settings
        self.outputs = outputs
        self.lines = lines
        self.mailboxes = mailboxes
        self.events = events
        machine = InterlockMachine(settings: settings, latched: latched, now: LiveClock.now())
    }

    var latches: Set<String> { machine.latches }

    /// No contact could be read for a while.
    private(set) var isLost = false

    func isOn(_ permit: Int) -> Bool { machine.permits[permit] }

    mutating func start() {
        poll(LiveClock.now(), isFirst: true)
        act(LiveClock.now())
    }

    mutating func run() {
        let before = LiveClock.now()
        let until = min(
            machine.due(after: before) ?? before + Self.pollInterval, (polledAt ?? before) + Self.pollInterval)
        let ready = lines.wait(nanoseconds: max(.zero, until.elapsed(since: min(before, until))).nanoseconds)
        if ready != 0 { takeEdges(of: ready) }
        let newest = mailboxes.interlocks.permitRequest.latest()
        let now = LiveClock.now()
        if let request = newest.value, newest.isNew {
            // Looked at after the request was made: only then may it turn anything on.
            poll(now, isFirst: false)
            machine.take(request, now: now)
            requestsFault = request.isFault
            if request.allowsHeartbeat { beat(now) }
            tellOfHeart(now)
        } else if now >= (polledAt ?? now) + Self.pollInterval {
            poll(now, isFirst: false)
        }
        machine.settle(now: now)
        act(now)
    }

    /// All off; the heart stands still.
    mutating func finish() {
        for output in outputs.permits { drive(output, false) }
        lamp(false)
    }

    /// What each edge asks for is done before the next contact is looked at.
    private mutating func takeEdges(of ready: UInt64) {
        for input in settings.contacts.indices where ready & (1 << UInt64(input)) != 0 {
            do {
                // What is left of a storm is taken at the next turn.
                for _ in 0..<64 {
                    guard let edge = try lines.nextEdge(input: input) else { break }
                    let at = Instant(nanoseconds: edge.at)
                    let before = machine.epoch
                    machine.see(contact: input, isHigh: edge.isHigh, at: at)
                    // Before anything else is looked at.
                    if machine.epoch != before { drivePermits(LiveClock.now()) }
                }
            } catch {
                machine.lose(contact: input, at: LiveClock.now())
            }
            act(LiveClock.now())
        }
    }

    private mutating func poll(_ now: Instant, isFirst: Bool) {
        polledAt = now
        var readable = 0
        for input in settings.contacts.indices {
            do {
                // What waits first: an edge that came between is no lost one, and the level has the last word.
                for _ in 0..<64 {
                    guard let edge = try lines.nextEdge(input: input) else { break }
                    machine.see(contact: input, isHigh: edge.isHigh, at: Instant(nanoseconds: edge.at))
                }
                machine.see(contact: input, isHigh: try lines.isHigh(input: input), at: now, byPoll: !isFirst)
                readable += 1
            } catch {
                machine.lose(contact: input, at: now)
            }
        }
        blindSince = readable > 0 || settings.contacts.isEmpty ? nil : blindSince ?? now
        if !isLost, let blindSince, now.elapsed(since: blindSince) > Self.blindMost {
            isLost = true
            events.push(.linesLost)
        }
    }

    /// Brings outputs and mailboxes to what the machine says: permits first, then what forbids setpoints, then the
    /// links are woken.
    private mutating func act(_ now: Instant) {
        drivePermits(now)
        if mailboxes.interlocks.publish(machine) { mailboxes.setpointsCame.raise() }
        lamp(requestsFault || machine.isFault || !undrivable.isEmpty)
        for event in machine.drainEvents() { events.push(event) }
    }

    private mutating func drivePermits(_ now: Instant) {
        machine.decide(now: now)
        for permit in outputs.permits.indices { drive(outputs.permits[permit], machine.permits[permit]) }
    }

    /// Not while a contactor is welded or a permit can't be taken away: then the relay that the heart feeds is what is
    /// left.
    private mutating func beat(_ now: Instant) {
        guard let heartbeat = outputs.heartbeat, !machine.isWelded, undrivable.isDisjoint(with: outputs.permits) else {
            return
        }
        beatAt = now
        isBeatHigh.toggle()
        drive(heartbeat, isBeatHigh)
    }

    private mutating func tellOfHeart(_ now: Instant) {
        guard outputs.heartbeat != nil else { return }
        let last = beatAt ?? firstRequestAt ?? now
        firstRequestAt = firstRequestAt ?? now
        let beats = now.elapsed(since: last) <= Self.heartPatience
        if beats == hasToldStopped { events.push(beats ? .heartBeats : .heartStopped) }
        hasToldStopped = !beats
    }

    private mutating func lamp(_ isOn: Bool) {
        guard let lamp = outputs.lamp else { return }
        drive(lamp, isOn)
    }

    private mutating func drive(_ output: Int, _ isOn: Bool) {
        guard driven[output] != isOn else { return }
        do {
            try lines.drive(output: output, high: isOn != outputs.inverted.contains(output))
            driven[output] = isOn
            undrivable.remove(output)
        } catch {
            if undrivable.insert(output).inserted { events.push(.undrivable(output: output)) }
        }
    }
}
