import Devices
import FrequencyResponse
import Testing

@testable import ControlLoop

@Suite("Limited reports of a charger")
struct EventLimiterTests {
    @Test("events of a kind: three a minute are reported, the rest as one number")
    func limits() {
        var limiter = EventLimiter()
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var reported = 0
        var numbers: [Int32] = []
        // A charger that flaps twice a second for three minutes.
        for turn in 0..<360 {
            if limiter.admits(.remoteLost, now: now) { reported += 1 }
            if turn == 100 {
                let isReported = limiter.admits(.leaseEnded, now: now)
                #expect(isReported)
            }
            if let overdue = limiter.overdue(now: now) {
                #expect(overdue.event == .remoteLost)
                numbers.append(overdue.omitted)
            }
            now = now + .milliseconds(500)
        }
        // Each number begins a new minute, in which it counts as the first report.
        #expect(numbers.count == 2 && reported == 3 + 2 + 2, "\(reported), \(numbers)")
        #expect(Int32(reported) + numbers.reduce(0, +) >= 240)
    }

    @Test("number: reported although nothing follows; a quiet minute starts anew")
    func ends() {
        var limiter = EventLimiter()
        var now = Instant(nanoseconds: 1_000_000_000_000)
        for _ in 0..<5 { _ = limiter.admits(.setpointRefused, now: now) }
        let early = limiter.overdue(now: now + .seconds(59))
        #expect(early == nil)
        now = now + .seconds(61)
        let first = limiter.overdue(now: now)
        let second = limiter.overdue(now: now)
        #expect(first?.omitted == 2 && second == nil)
        now = now + .seconds(61)
        let reported = (0..<4).map { _ in limiter.admits(.setpointRefused, now: now) }
        #expect(reported == [true, true, true, false])
    }
}
