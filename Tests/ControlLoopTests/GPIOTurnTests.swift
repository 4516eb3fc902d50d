import FrequencyResponse
import Interlocks
import Realtime
import Synchronization
import TestSupport
import Testing

@testable import ControlLoop

@Suite("The lines' own turn")
struct GPIOTurnTests {
    private struct Bench {
        let mailboxes = Mailboxes(chargerCount: 2, meterCount: 1)
        let lines: FakeLines
        let events = RecordRing<InterlockEvent>(capacity: 256, filler: .reset)
        var turn: GPIOTurn
        var tick: UInt64 = 0

        init(latched: Set<String> = []) {
            lines = FakeLines(levels: [false, false, true, false, true, false], bell: mailboxes.interlocks.bell)
            turn = GPIOTurn(
                settings: InterlockSite.settings, outputs: OutputPlan(permits: [0, 1], lamp: 2, heartbeat: 3),
                lines: lines,
                mailboxes: mailboxes, latched: latched, events: events)
            turn.start()
            for _ in 0..<10 { turn.run() }
        }

        mutating func request(healthy: Bool = true) {
            tick += 1
            mailboxes.interlocks.permitRequest.publish(
                PermitRequest(
                    tick: tick, expires: LiveClock.now() + .seconds(5),
                    epoch: mailboxes.interlocks.epoch.load(ordering: .acquiring),
                    isPermitted: true, allowsHeartbeat: healthy, isFault: false))
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
        bench.request()
        #expect(bench.lines.state.withLock { $0.outputs[0] == true && $0.outputs[1] == true })
        let before = bench.mailboxes.interlocks.inhibits[0].value.load(ordering: .acquiring)
        let woken = bench.mailboxes.setpointsCame.count
        bench.lines.move(0, high: true)
        bench.turn.run()
        #expect(bench.lines.state.withLock { $0.outputs[0] == false && $0.outputs[1] == false })
        #expect(bench.mailboxes.interlocks.inhibits.allSatisfy { $0.value.load(ordering: .acquiring) == before + 1 })
        #expect(bench.mailboxes.interlocks.condition.load(ordering: .acquiring) == InterlockCondition.tripped.rawValue)
        #expect(bench.mailboxes.setpointsCame.count != woken)
        #expect(bench.turn.latches == ["estop"])
    }

    @Test("an opening too short for any poll is caught by its edges, and one whose edge never came by the poll")
    func lostEdge() {
        var bench = Bench()
        bench.request()
        bench.lines.move(0, high: true)
        bench.lines.move(0, high: false)
        bench.turn.run()
        #expect(bench.turn.latches == ["estop"])
        var other = Bench()
        other.request()
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
        bench.request()
        bench.lines.state.withLock { $0.isGone = Set(0..<6) }
        for _ in 0..<50 { bench.turn.run() }
        #expect(bench.lines.state.withLock { $0.outputs[0] == false })
        #expect(bench.mailboxes.interlocks.condition.load(ordering: .acquiring) == InterlockCondition.tripped.rawValue)
        #expect(bench.drained().filter { $0 == .unreadable(contact: 0) }.count == 1)
    }

    @Test("the heart beats once with every healthy tick, and never without one")
    func heartbeat() {
        var bench = Bench()
        func beats() -> Int { bench.lines.state.withLock { $0.log.filter { $0.hasPrefix("3 ") }.count } }
        for _ in 0..<10 { bench.request() }
        #expect(beats() == 10)
        for _ in 0..<100 { bench.turn.run() }
        #expect(beats() == 10)
        for _ in 0..<10 { bench.request(healthy: false) }
        #expect(beats() == 10)
    }

    @Test("a heart that never begins to beat is told, once, and so is its first beat")
    func heartNeverBegan() {
        var bench = Bench()
        var told: [InterlockEvent] = []
        let end = LiveClock.now() + .seconds(20)
        while !told.contains(.heartStopped), LiveClock.now() < end {
            bench.request(healthy: false)
            told += bench.drained()
        }
        #expect(told.contains(.heartStopped) && !told.contains(.heartBeats))
        bench.request(healthy: false)
        bench.request()
        #expect(bench.drained().filter { $0 == .heartStopped || $0 == .heartBeats } == [.heartBeats])
    }

    @Test("the heart stands still while a permit can't be taken away, and that is told")
    func undrivable() {
        var bench = Bench()
        for _ in 0..<5 { bench.request() }
        bench.lines.state.withLock { $0.isStuck = [1] }
        bench.lines.move(3, high: true)
        bench.turn.run()
        func beats() -> Int { bench.lines.state.withLock { $0.log.filter { $0.hasPrefix("3 ") }.count } }
        let before = beats()
        for _ in 0..<10 { bench.request() }
        #expect(beats() == before)
        #expect(bench.drained().contains(.undrivable(output: 1)))
        #expect(bench.lines.state.withLock { $0.outputs[2] == true })
    }

    @Test("the lamp comes on with the opening, and waits for no request")
    func lamp() {
        var bench = Bench()
        bench.request()
        #expect(bench.lines.state.withLock { $0.outputs[2] == false })
        bench.lines.move(0, high: true)
        bench.turn.run()
        #expect(bench.lines.state.withLock { $0.outputs[2] == true })
    }

    @Test("when no contact can be read for 2 s the lines are given up, so that the program starts anew and asks again")
    func linesLost() {
        var bench = Bench()
        bench.request()
        bench.lines.state.withLock { $0.isGone = Set(0..<6) }
        let end = LiveClock.now() + .seconds(5)
        while !bench.turn.isLost, LiveClock.now() < end { bench.turn.run() }
        #expect(bench.turn.isLost)
    }

    @Test("at its end all permits are off")
    func finish() {
        var bench = Bench()
        bench.request()
        bench.turn.finish()
        #expect(
            bench.lines.state.withLock { $0.outputs[0] == false && $0.outputs[1] == false && $0.outputs[2] == false })
    }
}
