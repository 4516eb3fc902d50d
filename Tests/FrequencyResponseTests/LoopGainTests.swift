import FrequencyResponse
import Testing

@Suite("How large a grid has to be for a fleet")
struct LoopGainTests {
    /// A meter 0.25 s late that is read every 100 ms, a tick of 50 ms, and a ramp to full power in 1.5 s.
    private static let path = ReactionPath(
        averaging: .milliseconds(50), update: .milliseconds(200), poll: .milliseconds(100), tick: .milliseconds(50))

    /// The largest share of a grid with an inertia of 3 s, in percent, by dead time; published planning figures, twice
    /// the limit.
    private static let shares: [(ServiceKind, [(dead: Double, percent: Double)])] = [
        (.gbDynamicContainment, [(0.2, 2.1), (1, 1.1), (4, 0.40)]),
        (.gbDynamicModeration, [(0.2, 0.71), (1, 0.37), (4, 0.13)]),
        (.nordicFCRN, [(0.2, 0.67), (1, 0.35), (4, 0.13)]),
    ]

    @Test("the smallest grid: agrees with the planning figures of each service", arguments: shares.indices)
    func figures(row: Int) throws {
        let (kind, shares) = Self.shares[row]
        let site = TestSite(kind: kind, capacity: 10_000)
        for (dead, percent) in shares {
            let behaviour = ChargerBehaviour(
                deadTime: Interval(nanoseconds: Int64(dead * 1e9)), ramp: Watts(10_000 / 1.5))
            let delay = LoopGain.delay(to: behaviour, rating: Watts(10_000), path: Self.path)
            #expect(abs(delay.seconds - dead - 0.7) < 1e-9)
            let smallest = try #require(
                LoopGain.smallestGrid(
                    site.settings.services[0], delay: delay, nominal: Hertz(50), inertia: .seconds(3)))
            let share = 2 * 10_000 / smallest.value * 100
            #expect(abs(share - percent) < percent * 0.05, "\(dead) s: \(share) % of \(percent) %")
        }
    }

    @Test("the smallest grid: grows with capacity and lag, and a trigger has none")
    func properties() throws {
        var service = TestSite(kind: .gbDynamicContainment, capacity: 10_000).settings.services[0]
        func grid() throws -> Double {
            try #require(
                LoopGain.smallestGrid(service, delay: .seconds(1), nominal: Hertz(50), inertia: .seconds(3))
            ).value
        }
        let plain = try grid()
        service.capacity = Watts(20_000)
        #expect(abs(try grid() - 2 * plain) < 1e-6)
        service.responseTime = .milliseconds(2_303)
        #expect(try grid() > 3.9 * plain)
        let trigger = TestSite(kind: .nordicFFR).settings.services[0]
        #expect(LoopGain.smallestGrid(trigger, delay: .seconds(1), nominal: Hertz(50), inertia: .seconds(3)) == nil)
    }
}
