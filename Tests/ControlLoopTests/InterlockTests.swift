import FrequencyResponse
import GPIO
import Realtime
import Support
import Synchronization
import Testing

@testable import ControlLoop

/// Time in milliseconds from an arbitrary start.
private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000) }

@Suite("A contact that bounces")
struct ContactTests {
    enum Step: Sendable, CaseIterable {
        case open, closed, soon, late
    }

    /// Every state times every input, written down a second time: opening counts at once and once, closing after the whole time.
    @Test("every state answers every input")
    func table() {
        typealias Row = (history: [Step], input: Step, change: Contact.Change, isClosed: Bool)
        let rows: [Row] = [
            ([], .open, .opened, false), ([], .closed, .none, false), ([], .soon, .none, false), ([], .late, .none, false),
            ([.open], .open, .none, false), ([.open], .closed, .none, false), ([.open], .soon, .none, false),
            ([.open], .late, .none, false),
            ([.closed], .open, .opened, false), ([.closed], .closed, .none, false), ([.closed], .soon, .none, false),
            ([.closed], .late, .closed, true),
            ([.open, .closed], .open, .none, false), ([.open, .closed], .closed, .none, false), ([.open, .closed], .soon, .none, false),
            ([.open, .closed], .late, .closed, true),
            ([.closed, .late], .open, .opened, false), ([.closed, .late], .closed, .none, true), ([.closed, .late], .soon, .none, true),
            ([.closed, .late], .late, .none, true),
        ]
        for row in rows {
            var contact = Contact(debounce: .milliseconds(5))
            var time: Int64 = 0
            func give(_ step: Step) -> Contact.Change {
                switch step {
                case .open: return contact.see(closed: false, at: at(time))
                case .closed: return contact.see(closed: true, at: at(time))
                case .soon:
                    time += 4
                    return contact.settle(now: at(time))
                case .late:
                    time += 5
                    return contact.settle(now: at(time))
                }
            }
            for step in row.history { _ = give(step) }
            #expect(give(row.input) == row.change, "\(row)")
            #expect(contact.isClosed == row.isClosed, "\(row)")
        }
    }

    @Test(
        "bounces of 1 to 50 ms neither mask an opening nor tell of a second one, and closing counts from the last of them",
        arguments: 1...50)
    func bounce(width: Int64) {
        var contact = Contact(debounce: .milliseconds(60))
        _ = contact.see(closed: true, at: at(0))
        #expect(contact.settle(now: at(60)) == .closed)
        #expect(contact.see(closed: false, at: at(100)) == .opened)
        var time: Int64 = 100
        for _ in 0..<10 {
            time += width
            #expect(contact.see(closed: true, at: at(time)) == .none)
            time += width
            #expect(contact.settle(now: at(time)) == .none)
            #expect(contact.see(closed: false, at: at(time)) == .none)
        }
        time += width
        #expect(contact.see(closed: true, at: at(time)) == .none)
        #expect(contact.settle(now: at(time + 59)) == .none)
        #expect(contact.settle(now: at(time + 60)) == .closed)
    }
}

@Suite("Interlocks")
struct InterlockTests {
    // Contacts: 0 emergency stop (latches), 1 ordered stop, 2 grid relay, 3 door of charger 1, 4 reset, 5 mirror of the site's contactor.
    static let settings = InterlockSettings(
        contacts: [
            ContactSettings(
                name: "estop", role: .interlock(.stopNow, trips: nil, latches: true), closedIsHigh: false, debounce: .milliseconds(5)),
            ContactSettings(
                name: "stop", role: .interlock(.stop, trips: nil, latches: false), closedIsHigh: false, debounce: .milliseconds(5)),
            ContactSettings(name: "relay", role: .interlock(.withdraw, trips: nil, latches: false), closedIsHigh: true, debounce: .zero),
            ContactSettings(name: "door", role: .interlock(.stopNow, trips: [1], latches: false), closedIsHigh: false, debounce: .zero),
            ContactSettings(name: "reset", role: .reset, closedIsHigh: false, debounce: .milliseconds(20)),
            ContactSettings(name: "mirror", role: .feedback(permit: 0), closedIsHigh: false, debounce: .zero),
        ],
        permits: [PermitSettings(name: "permit", charger: nil), PermitSettings(name: "permits.b", charger: 1)], chargerCount: 2)

    /// A machine with its contacts, as a person at the terminals moves them.
    struct Bench {
        var machine: InterlockMachine
        var now: Int64 = 0
        var tick: UInt64 = 0

        init(latched: Set<String> = [], settings: InterlockSettings = InterlockTests.settings) {
            machine = InterlockMachine(settings: settings, latched: latched, now: at(0))
            for contact in 0..<4 { set(contact, closed: true) }
            set(4, closed: false)
            set(5, closed: true)
            pass(30)
        }

        mutating func set(_ contact: Int, closed: Bool) {
            machine.see(contact: contact, isHigh: closed == InterlockTests.settings.contacts[contact].closedIsHigh, at: at(now))
            machine.decide(now: at(now))
        }

        mutating func pass(_ milliseconds: Int64) {
            for _ in 0..<milliseconds {
                now += 1
                machine.settle(now: at(now))
            }
        }

        mutating func wish(_ isPermitted: Bool = true, withheld: UInt64 = 0, epoch: UInt64? = nil) {
            tick += 1
            machine.take(
                PermitWish(
                    tick: tick, expires: at(now + 250), epoch: epoch ?? machine.epoch, isPermitted: isPermitted, withheld: withheld,
                    isHealthy: true, isFault: false),
                now: at(now))
            // The contactor follows, its mirror contact with it.
            set(5, closed: !machine.permits[0])
        }

        mutating func press() {
            pass(600)
            set(4, closed: true)
            pass(30)
            set(4, closed: false)
            pass(30)
        }
    }

    @Test("no permit without a wish, and none when a contact was not read yet")
    func nothingByItself() {
        var bench = Bench()
        #expect(bench.machine.permits == [false, false])
        bench.wish()
        #expect(bench.machine.permits == [true, true])
        #expect(bench.machine.condition == .clear)
        var unread = InterlockMachine(settings: Self.settings, now: at(0))
        unread.take(PermitWish(tick: 1, expires: at(250), epoch: 0, isPermitted: true, isHealthy: true, isFault: false), now: at(0))
        #expect(unread.permits == [false, false])
        #expect(unread.condition == .tripped)
    }

    @Test(
        "an emergency stop takes every permit with its first edge, latches, and comes back only by the button with the contact closed, then by a second press"
    )
    func emergencyStop() {
        var bench = Bench()
        bench.wish()
        _ = bench.machine.drainEvents()
        bench.set(0, closed: false)
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.inhibits == [1, 1])
        #expect(bench.machine.condition == .tripped)
        #expect(bench.machine.drainEvents() == [.opened(contact: 0), .latched(contact: 0), .permitOff(0), .permitOff(1)])
        bench.set(5, closed: true)
        bench.pass(600)
        bench.press()
        #expect(bench.machine.drainEvents().contains(.resetRefused(contact: 0)))
        bench.set(0, closed: true)
        bench.pass(50)
        bench.wish()
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.condition == .tripped && bench.machine.latches == ["estop"])
        bench.press()
        #expect(bench.machine.condition == .clear && bench.machine.isDisarmed && bench.machine.latches == ["not armed"])
        bench.wish()
        #expect(bench.machine.permits == [true, true])
        bench.press()
        #expect(!bench.machine.isDisarmed && bench.machine.latches.isEmpty)
    }

    @Test("a latch is kept over a restart, and so is that nobody has armed since")
    func restart() {
        var bench = Bench(latched: ["estop"])
        bench.wish()
        #expect(bench.machine.permits == [false, false] && bench.machine.condition == .tripped)
        bench.press()
        var again = Bench(latched: bench.machine.latches)
        #expect(again.machine.isDisarmed)
        again.wish()
        #expect(again.machine.condition == .clear)
        again.press()
        #expect(!again.machine.isDisarmed)
    }

    @Test("a button that was held or bridged before the start resets nothing")
    func bridgedButton() {
        var machine = InterlockMachine(settings: Self.settings, latched: ["estop"], now: at(0))
        for contact in 0..<4 { machine.see(contact: contact, isHigh: Self.settings.contacts[contact].closedIsHigh, at: at(0)) }
        machine.see(contact: 4, isHigh: false, at: at(0))
        machine.see(contact: 5, isHigh: false, at: at(0))
        for time in 1...2_000 { machine.settle(now: at(Int64(time))) }
        #expect(machine.latches == ["estop"])
        machine.see(contact: 4, isHigh: true, at: at(2_001))
        machine.see(contact: 4, isHigh: false, at: at(2_100))
        for time in 2_101...2_200 { machine.settle(now: at(Int64(time))) }
        #expect(machine.latches == ["not armed"])
    }

    @Test("an ordered stop leaves the permit to control, and holds it off once it is off")
    func orderedStop() {
        var bench = Bench()
        bench.wish()
        bench.set(1, closed: false)
        #expect(bench.machine.permits == [true, true] && bench.machine.condition == .tripped && bench.machine.inhibits == [1, 1])
        bench.wish(false)
        #expect(bench.machine.permits == [false, false])
        bench.wish()
        #expect(bench.machine.permits == [false, false])
        bench.set(1, closed: true)
        bench.pass(10)
        bench.wish()
        #expect(bench.machine.permits == [true, true] && bench.machine.condition == .clear)
    }

    @Test("an ordered stop of one charger: its permit alone goes when control withholds it, and comes back after the contact has closed")
    func orderedStopOfOne() {
        var settings = Self.settings
        settings.contacts[3].role = .interlock(.stop, trips: [1], latches: false)
        var bench = Bench(settings: settings)
        bench.wish()
        bench.set(3, closed: false)
        #expect(bench.machine.permits == [true, true] && bench.machine.inhibits == [0, 1] && bench.machine.condition == .clear)
        #expect(bench.machine.block(charger: 1) == .ordered && bench.machine.block(charger: 0) == .none)
        bench.wish(withheld: 0b10)
        #expect(bench.machine.permits == [true, false])
        bench.wish()
        #expect(bench.machine.permits == [true, false], "a wish turns nothing on while the contact is open")
        bench.set(3, closed: true)
        bench.pass(10)
        bench.wish()
        #expect(bench.machine.permits == [true, true] && bench.machine.block(charger: 1) == .none)
    }

    @Test("an island withdraws and leaves the permits; a door takes the permit of its charger alone")
    func scopes() {
        var bench = Bench()
        bench.wish()
        bench.set(2, closed: false)
        #expect(bench.machine.permits == [true, true] && bench.machine.condition == .withdrawn && bench.machine.inhibits == [1, 1])
        bench.set(2, closed: true)
        bench.pass(1)
        bench.set(3, closed: false)
        #expect(bench.machine.permits == [true, false] && bench.machine.condition == .clear && bench.machine.inhibits == [1, 2])
        #expect(bench.machine.block(charger: 1) == .neutral && bench.machine.block(charger: 0) == .none)
    }

    @Test("a wish made before an opening turns nothing on after it")
    func oldWish() {
        var bench = Bench()
        bench.wish()
        bench.set(3, closed: false)
        bench.set(3, closed: true)
        bench.pass(1)
        bench.wish(epoch: 0)
        #expect(bench.machine.permits == [true, false])
        bench.wish()
        #expect(bench.machine.permits == [true, true])
    }

    @Test("when control dies or hangs, the permits go with the last wish")
    func wishExpires() {
        var bench = Bench()
        bench.wish()
        bench.pass(750)
        #expect(bench.machine.permits == [true, true])
        bench.pass(1)
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.drainEvents().contains(.wishExpired))
    }

    @Test("a contactor that does not say that it is off is welded: tripped and latched, whoever closes it")
    func welded() {
        var bench = Bench()
        bench.wish()
        bench.wish(false)
        // The mirror says “on” although the permit is off.
        bench.set(5, closed: false)
        bench.pass(499)
        #expect(bench.machine.condition == .clear)
        bench.pass(1)
        #expect(bench.machine.condition == .tripped && bench.machine.latches == ["welded permit"])
        bench.wish()
        #expect(!bench.machine.permits[0])
        bench.set(5, closed: false)
        bench.press()
        #expect(bench.machine.drainEvents().contains(.resetRefused(contact: 5)))
        bench.set(5, closed: true)
        bench.pass(5)
        bench.press()
        #expect(bench.machine.condition == .clear)
    }

    @Test("a contactor that falls although its permit is on trips and latches: it must not come back when whatever opened the chain closes")
    func dropped() {
        var bench = Bench()
        for _ in 0..<20 {
            bench.wish()
            bench.pass(50)
        }
        #expect(bench.machine.permits[0] && bench.machine.condition == .clear)
        bench.set(5, closed: true)
        bench.pass(10)
        #expect(!bench.machine.permits[0] && bench.machine.condition == .tripped && bench.machine.latches == ["dropped permit"])
        #expect(bench.machine.drainEvents().contains(.dropped(permit: 0)))
        bench.press()
        #expect(bench.machine.condition == .clear && bench.machine.isDisarmed)
    }

    @Test("one push that bounces resets and does not arm")
    func bouncingButton() {
        var bench = Bench(latched: ["estop"])
        for _ in 0..<3 {
            bench.set(4, closed: true)
            bench.pass(30)
            bench.set(4, closed: false)
            bench.pass(10)
        }
        #expect(bench.machine.latches == ["not armed"])
    }

    @Test("a stall between an edge and its answer welds nothing: the mirror contact's time counts from the driving")
    func lateDriving() {
        var bench = Bench()
        bench.wish()
        bench.machine.see(contact: 3, isHigh: true, at: at(bench.now))
        bench.now += 5_000
        bench.machine.decide(now: at(bench.now))
        bench.machine.settle(now: at(bench.now + 1))
        #expect(!bench.machine.isWelded)
    }

    @Test("a contactor that does not come on is told once, and trips nothing")
    func staysOff() {
        var bench = Bench()
        bench.wish()
        bench.set(5, closed: true)
        for _ in 0..<30 {
            bench.pass(50)
            bench.wish()
            bench.set(5, closed: true)
        }
        #expect(bench.machine.drainEvents().filter { $0 == .contactorStaysOff(permit: 0) }.count == 1)
        #expect(bench.machine.condition == .clear && bench.machine.permits[0])
    }

    @Test("a contact that can't be read counts as open")
    func unreadable() {
        var bench = Bench()
        bench.wish()
        bench.machine.lose(contact: 0, at: at(bench.now))
        bench.machine.decide(now: at(bench.now))
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.drainEvents().contains(.unreadable(contact: 0)))
    }

    @Test(
        "a million random moments: no permit ever against an open contact, a latch, a weld, or without a wish that knew of the last opening"
    )
    func invariants() {
        var seed: UInt64 = 7
        func random(_ count: UInt64) -> Int {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Int(seed % count)
        }
        var bench = Bench()
        // What a person would note beside it.
        var closedFor = [Int64](repeating: 100, count: 6)
        var isClosed = [true, true, true, true, false, true]
        var knownEpoch: UInt64 = 0
        var wishes = false
        var wishedAt: Int64 = -10_000
        var openedEpoch = [UInt64](repeating: 0, count: 6)
        var wasOn = [false, false]
        for _ in 0..<1_000_000 {
            switch random(12) {
            case 0...3:
                let contact = random(6)
                let closed = random(4) > 0
                let epoch = bench.machine.epoch
                bench.machine.see(contact: contact, isHigh: closed == Self.settings.contacts[contact].closedIsHigh, at: at(bench.now))
                bench.machine.decide(now: at(bench.now))
                if closed != isClosed[contact] { closedFor[contact] = 0 }
                if bench.machine.epoch != epoch { openedEpoch[contact] = bench.machine.epoch }
                isClosed[contact] = closed
            case 4...7:
                wishes = random(5) > 0
                knownEpoch = random(4) == 0 ? bench.machine.epoch &- min(1, bench.machine.epoch) : bench.machine.epoch
                wishedAt = bench.now
                bench.machine.take(
                    PermitWish(
                        tick: 1, expires: at(bench.now + 250), epoch: knownEpoch, isPermitted: wishes, isHealthy: true, isFault: false),
                    now: at(bench.now))
            default:
                let time = Int64(random(40))
                bench.now += time
                for contact in 0..<6 where isClosed[contact] { closedFor[contact] += time }
                bench.machine.settle(now: at(bench.now))
            }
            let machine = bench.machine
            defer { wasOn = machine.permits }
            for permit in 0..<2 where machine.permits[permit] && !wasOn[permit] {
                // Turned on by this step: only by a wish that knew of every opening of its contacts, which have stood closed for their time.
                for contact in permit == 0 ? [0, 1] : [0, 1, 3] {
                    if knownEpoch < openedEpoch[contact] { Issue.record("permit \(permit) came on by a wish that did not know"); return }
                    if closedFor[contact] < Self.settings.contacts[contact].debounce.nanoseconds / 1_000_000 {
                        Issue.record("permit \(permit) came on while \(Self.settings.contacts[contact].name) had not come to rest")
                        return
                    }
                }
            }
            for permit in 0..<2 where machine.permits[permit] {
                guard wishes, bench.now <= wishedAt + 750 else {
                    Issue.record("permit \(permit) is on without a wish")
                    return
                }
                let forbidding = permit == 0 ? [0] : [0, 3]
                for contact in forbidding where !isClosed[contact] || machine.latches.contains(Self.settings.contacts[contact].name) {
                    Issue.record("permit \(permit) is on although \(Self.settings.contacts[contact].name) is open or latched")
                    return
                }
                if machine.latches.contains(permit == 0 ? "welded permit" : "welded permits.b") {
                    Issue.record("a welded permit is on")
                    return
                }
            }
            if !isClosed[0], machine.condition != .tripped { Issue.record("open, and not tripped"); return }
            if !isClosed[2], machine.condition == .clear { Issue.record("an island, and not withdrawn"); return }
            _ = bench.machine.drainEvents()
        }
    }
}

/// Lines in memory, with what was done to them in order.
private final class FakeLines: SiteLines, Sendable {
    struct State {
        var levels: [Bool]
        var edges: [[LineEdge]]
        var isGone: Set<Int> = []
        /// Outputs that can't be driven any more.
        var isStuck: Set<Int> = []
        var outputs: [Int: Bool] = [:]
        var log: [String] = []
        var count = 0
    }
    let state: Locked<State>
    let bell: LineBell

    init(levels: [Bool], bell: LineBell) {
        state = Locked(State(levels: levels, edges: levels.map { _ in [] }))
        self.bell = bell
    }

    func wait(nanoseconds: Int64) -> UInt64 {
        // As the bank does: a ring, an edge, or the time.
        let end = LiveClock.now() + Interval(nanoseconds: min(nanoseconds, 2_000_000))
        while true {
            let ready = state.withLock { state in
                state.edges.indices.reduce(UInt64(0)) { $0 | (state.edges[$1].isEmpty && !state.isGone.contains($1) ? 0 : 1 << UInt64($1)) }
            }
            if ready != 0 || LiveClock.now() >= end { return ready }
        }
    }

    func nextEdge(input: Int) throws(LineRefusal) -> LineEdge? {
        let result = state.withLock { state -> Result<LineEdge?, LineRefusal> in
            if state.isGone.contains(input) { return .failure(.failed(errno: 19)) }
            return .success(state.edges[input].isEmpty ? nil : state.edges[input].removeFirst())
        }
        return try result.get()
    }

    func isHigh(input: Int) throws(LineRefusal) -> Bool {
        try state.withLock { state -> Result<Bool, LineRefusal> in
            state.isGone.contains(input) ? .failure(.failed(errno: 19)) : .success(state.levels[input])
        }.get()
    }

    func drive(output: Int, high: Bool) throws(LineRefusal) {
        let isStuck = state.withLock { state -> Bool in
            if state.isStuck.contains(output) { return true }
            state.outputs[output] = high
            state.log.append("\(output) \(high ? "high" : "low")")
            return false
        }
        if isStuck { throw .failed(errno: 19) }
    }

    func move(_ input: Int, high: Bool, withEdge: Bool = true) {
        state.withLock {
            $0.levels[input] = high
            if withEdge { $0.edges[input].append(LineEdge(input: input, isHigh: high, at: LiveClock.now().nanoseconds)) }
        }
    }
}

@Suite("The lines' own turn")
struct LineTurnTests {
    private struct Bench {
        let exchange = Exchange(chargerCount: 2, meterCount: 1)
        let lines: FakeLines
        let events = RecordRing<InterlockEvent>(capacity: 256, filler: .reset)
        var turn: LineTurn
        var tick: UInt64 = 0

        init(latched: Set<String> = []) {
            lines = FakeLines(levels: [false, false, true, false, true, false], bell: exchange.interlocks.bell)
            turn = LineTurn(
                settings: InterlockTests.settings, outputs: OutputPlan(permits: [0, 1], lamp: 2, heartbeat: 3), lines: lines,
                exchange: exchange, latched: latched, events: events)
            turn.start()
            for _ in 0..<10 { turn.run() }
        }

        mutating func wish(healthy: Bool = true) {
            tick += 1
            exchange.interlocks.wish.publish(
                PermitWish(
                    tick: tick, expires: LiveClock.now() + .seconds(5), epoch: exchange.interlocks.epoch.load(ordering: .acquiring),
                    isPermitted: true, isHealthy: healthy, isFault: false))
            turn.run()
            lines.move(5, high: turn.isOn(0))
        }

        mutating func drained() -> [InterlockEvent] {
            var all: [InterlockEvent] = []
            while let event = events.pop() { all.append(event) }
            return all
        }
    }

    @Test("an edge alone, without a tick, takes the permits, forbids the setpoints and wakes the links")
    func edge() {
        var bench = Bench()
        bench.wish()
        #expect(bench.lines.state.withLock { $0.outputs[0] == true && $0.outputs[1] == true })
        let before = bench.exchange.interlocks.inhibits[0].value.load(ordering: .acquiring)
        let woken = bench.exchange.setpointsCame.count
        bench.lines.move(0, high: true)
        bench.turn.run()
        #expect(bench.lines.state.withLock { $0.outputs[0] == false && $0.outputs[1] == false })
        #expect(bench.exchange.interlocks.inhibits.allSatisfy { $0.value.load(ordering: .acquiring) == before + 1 })
        #expect(bench.exchange.interlocks.condition.load(ordering: .acquiring) == InterlockCondition.tripped.rawValue)
        #expect(bench.exchange.setpointsCame.count != woken)
        #expect(bench.turn.latches == ["estop"])
    }

    @Test("an opening too short for any poll is caught by its edges, and one whose edge never came by the poll")
    func lostEdge() {
        var bench = Bench()
        bench.wish()
        bench.lines.move(0, high: true)
        bench.lines.move(0, high: false)
        bench.turn.run()
        #expect(bench.turn.latches == ["estop"])
        var other = Bench()
        other.wish()
        _ = other.drained()
        other.lines.move(1, high: true, withEdge: false)
        let end = LiveClock.now() + .seconds(1)
        var seen: [InterlockEvent] = []
        while LiveClock.now() < end, !seen.contains(.edgeLost(contact: 1)) {
            other.turn.run()
            seen += other.drained()
        }
        #expect(seen.contains(.edgeLost(contact: 1)) && seen.contains(.opened(contact: 1)))
    }

    @Test("a chip that goes while the program runs is a tripped site, told once")
    func chipGone() {
        var bench = Bench()
        bench.wish()
        bench.lines.state.withLock { $0.isGone = Set(0..<6) }
        for _ in 0..<50 { bench.turn.run() }
        #expect(bench.lines.state.withLock { $0.outputs[0] == false })
        #expect(bench.exchange.interlocks.condition.load(ordering: .acquiring) == InterlockCondition.tripped.rawValue)
        #expect(bench.drained().filter { $0 == .unreadable(contact: 0) }.count == 1)
    }

    @Test("the heart beats once with every healthy tick, and never without one")
    func heartbeat() {
        var bench = Bench()
        func beats() -> Int { bench.lines.state.withLock { $0.log.filter { $0.hasPrefix("3 ") }.count } }
        for _ in 0..<10 { bench.wish() }
        #expect(beats() == 10)
        for _ in 0..<100 { bench.turn.run() }
        #expect(beats() == 10)
        for _ in 0..<10 { bench.wish(healthy: false) }
        #expect(beats() == 10)
    }

    @Test("a heart that never begins to beat is told, once, and so is its first beat")
    func heartNeverBegan() {
        var bench = Bench()
        var told: [InterlockEvent] = []
        let end = LiveClock.now() + .seconds(20)
        while !told.contains(.heartStopped), LiveClock.now() < end {
            bench.wish(healthy: false)
            told += bench.drained()
        }
        #expect(told.contains(.heartStopped) && !told.contains(.heartBeats))
        bench.wish(healthy: false)
        bench.wish()
        #expect(bench.drained().filter { $0 == .heartStopped || $0 == .heartBeats } == [.heartBeats])
    }

    @Test("the heart stands still while a permit can't be taken away, and that is told")
    func undrivable() {
        var bench = Bench()
        for _ in 0..<5 { bench.wish() }
        bench.lines.state.withLock { $0.isStuck = [1] }
        bench.lines.move(3, high: true)
        bench.turn.run()
        func beats() -> Int { bench.lines.state.withLock { $0.log.filter { $0.hasPrefix("3 ") }.count } }
        let before = beats()
        for _ in 0..<10 { bench.wish() }
        #expect(beats() == before)
        #expect(bench.drained().contains(.undrivable(output: 1)))
        #expect(bench.lines.state.withLock { $0.outputs[2] == true })
    }

    @Test("the lamp comes on with the opening, and waits for no wish")
    func lamp() {
        var bench = Bench()
        bench.wish()
        #expect(bench.lines.state.withLock { $0.outputs[2] == false })
        bench.lines.move(0, high: true)
        bench.turn.run()
        #expect(bench.lines.state.withLock { $0.outputs[2] == true })
    }

    @Test("when no contact can be read for 2 s the lines are given up, so that the program starts anew and asks again")
    func linesLost() {
        var bench = Bench()
        bench.wish()
        bench.lines.state.withLock { $0.isGone = Set(0..<6) }
        let end = LiveClock.now() + .seconds(5)
        while !bench.turn.isLost, LiveClock.now() < end { bench.turn.run() }
        #expect(bench.turn.isLost)
    }

    @Test("lines that are not looked at for half a second trip the site")
    func hung() {
        var watch = LinesWatch()
        #expect(!watch.isHung(turns: 1, now: at(0)) && !watch.isHung(turns: 1, now: at(500)))
        #expect(watch.isHung(turns: 1, now: at(501)) && !watch.isHung(turns: 2, now: at(502)))
    }

    @Test("at its end all permits are off")
    func finish() {
        var bench = Bench()
        bench.wish()
        bench.turn.finish()
        #expect(bench.lines.state.withLock { $0.outputs[0] == false && $0.outputs[1] == false && $0.outputs[2] == false })
    }
}
