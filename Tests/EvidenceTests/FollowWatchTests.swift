import FrequencyResponse
import Testing

@testable import Evidence

@Suite("Whether a charger follows")
struct FollowWatchTests {
    private struct Bench {
        var watch = FollowWatch(
            ChargerSettings(
                chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000),
                behaviour: ChargerBehaviour(deadTime: .seconds(4), ramp: Watts(3_500)), vehicle: nil))
        var now = Instant(nanoseconds: 1_000_000_000_000)

        mutating func pass(_ seconds: Int, told: Double?, shown: Double?) -> [FollowWatch.Finding] {
            (0..<(seconds * 10)).compactMap { _ in
                now = now + .milliseconds(100)
                return watch.update(told: told.map { Watts($0) }, shown: shown.map { Watts($0) }, now: now)
            }
        }
    }

    @Test("a refused discharge is named once within its model's time, and so is its end")
    func refusal() throws {
        var bench = Bench()
        // 4 s, 3 kW at 3.5 kW/s, and 2 s.
        #expect(bench.pass(6, told: -3_000, shown: 0).isEmpty)
        let found = bench.pass(1, told: -3_000, shown: 0)
        #expect(found.count == 1)
        guard case .refusesDischarge(let told, let shown, _) = try #require(found.first) else {
            Issue.record("\(found)")
            return
        }
        #expect(told == Watts(-3_000) && shown == .zero)
        #expect(bench.pass(60, told: -3_000, shown: 0).isEmpty)
        #expect(bench.pass(5, told: -3_000, shown: -2_900) == [.followsAgain])
    }

    @Test("a charger that follows, however its setpoint moves, is let be; one that is beyond control is not judged")
    func quiet() {
        var bench = Bench()
        for power in [0.0, 2_000, -2_000, 500, 0] { #expect(bench.pass(20, told: power, shown: power * 0.9).isEmpty) }
        #expect(bench.pass(60, told: nil, shown: 5_000).isEmpty)
        #expect(bench.pass(60, told: 3_000, shown: nil).isEmpty)
        // A setpoint that turns every five seconds gives nobody the time to fail.
        for turn in 0..<20 { #expect(bench.pass(5, told: turn % 2 == 0 ? 4_000 : -4_000, shown: 0).isEmpty) }
    }

    @Test("charging less than told is not following, and no refusal to discharge")
    func weak() throws {
        var bench = Bench()
        let found = bench.pass(20, told: 4_000, shown: 1_000)
        guard case .notFollowing = try #require(found.first) else {
            Issue.record("\(found)")
            return
        }
        #expect(found.count == 1)
    }
}
