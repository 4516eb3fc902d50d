import FrequencyResponse
import Realtime
import Synchronization
import Testing

@testable import ControlLoop

/// The two lock-free types, with real threads; run under the thread sanitizer too.
@Suite("Hand-over between threads", .timeLimit(.minutes(15)))
struct HandOverTests {
    private struct Pair: BitwiseCopyable, Sendable {
        var first: Int
        var copies: (Int, Int, Int, Int, Int, Int, Int)
        init(_ value: Int) {
            first = value
            copies = (value, value, value, value, value, value, value)
        }
        var isWhole: Bool {
            copies.0 == first && copies.1 == first && copies.2 == first && copies.3 == first && copies.4 == first
                && copies.5 == first && copies.6 == first
        }
    }

    @Test("200,000 published values: none torn, none older than the one before, the last one arrives")
    func box() {
        let box = LatestValueBox(Pair(0))
        let last = 200_000
        let thread = RealtimeThread(name: "writer") { for value in 1...last { box.publish(Pair(value)) } }
        var newest = 0
        var torn = 0
        var backwards = 0
        while newest < last {
            let (value, isNew) = box.latest()
            if !value.isWhole { torn += 1 }
            if value.first < newest || (isNew && value.first == newest && newest != 0) { backwards += 1 }
            newest = value.first
        }
        #expect(thread.join())
        #expect(torn == 0)
        #expect(backwards == 0)
    }

    @Test("20,000 records arrive in order, and those that found no room are counted")
    func ring() {
        let ring = RecordRing(capacity: 64, filler: 0)
        let thread = RealtimeThread(name: "writer") { for value in 1...20_000 { ring.push(value) } }
        var taken = 0
        var last = 0
        var disordered = 0
        while taken + ring.dropCount < 20_000 {
            guard let value = ring.pop() else { continue }
            taken += 1
            if value <= last { disordered += 1 }
            last = value
        }
        #expect(thread.join())
        while ring.pop() != nil { taken += 1 }
        #expect(disordered == 0)
        #expect(taken + ring.dropCount == 20_000)
        #expect(taken > 0)
    }

    @Test("a full ring drops the new record and keeps the old ones")
    func full() {
        let ring = RecordRing(capacity: 4, filler: 0)
        for value in 1...6 { ring.push(value) }
        #expect(ring.dropCount == 2)
        #expect((0..<5).map { _ in ring.pop() } == [1, 2, 3, 4, nil])
    }

    @Test("raising an event between looking and waiting ends the wait at once")
    func event() {
        let event = WakeEvent()
        let seen = event.count
        event.raise()
        // Would last an hour if the raise were lost; the suite's time limit would then end it.
        event.wait(while: seen, until: LiveClock.now() + .seconds(3_600))
        #expect(event.count != seen)
    }
}
