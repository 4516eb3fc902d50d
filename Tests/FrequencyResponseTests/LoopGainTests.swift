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

    @Test("a grid of known size: parts together within the limit, blocks apart")
    func parts() throws {
        var first = TestSite(kind: .gbDynamicContainment, capacity: 10_000).settings.services[0]
        first.capacity = Watts(10_000)
        var stack = ServiceStack(first)
        stack.append(TestSite(kind: .ceFCR, capacity: 10_000).settings.services[0])
        var block = TestSite(kind: .nordicFFR, capacity: 10_000).settings.services[0]
        block.method = .triggered(
            TriggerSettings(
                trigger: Hertz(49.7), power: Ratio(1), hold: .seconds(30), release: Hertz(49.8), releaseTime: .zero,
                recoveryRamp: 0.2))
        stack.append(block)
        let smallest = try #require(
            LoopGain.smallestGrid(first, delay: .seconds(1), nominal: Hertz(50), inertia: .seconds(3)))
        func shares(_ power: Watts) -> InlineArray<6, Ratio> {
            LoopGain.shares(
                stack, delay: .seconds(1), nominal: Hertz(50), grid: GridSize(power: power, inertia: .seconds(3)))
        }
        let small = shares(smallest * 0.5)
        #expect(abs(small[0].value - 0.5) < 1e-9 && small[1] == .zero)
        #expect(abs(small[2].value - min(1, smallest.value * 0.005 / 10_000)) < 1e-9)
        let middle = shares(smallest * 1.5)
        #expect(middle[0] == Ratio(1) && middle[1] > .zero && middle[1] < Ratio(1))
        let large = shares(smallest * 1_000)
        #expect(large[0] == Ratio(1) && large[1] == Ratio(1) && large[2] == Ratio(1))
    }

    @Test("a part of the capacity responds, is offered, and the rest is withheld", arguments: [0.25, 0])
    func part(share: Double) {
        var site = TestSite(chargers: 4, kind: .gbDynamicContainment, capacity: 20_000)
        site.settings.services.items[0].gridShare = Ratio(share)
        for _ in 0..<30 { _ = site.tick(frequency: 50) }
        let outputs = site.tick(frequency: 49.5)
        #expect(abs(outputs.response.value - 20_000 * share) < 1e-6)
        #expect(abs(outputs.withheld.power.value - 20_000 * (1 - share)) < 1e-6)
        #expect(outputs.withheld.cause == .gridSize)
        #expect(abs((outputs.shortfall - outputs.withheld.power).value) <= 8)
        #expect(outputs.services[0].offerRaise <= Watts(20_000 * share))
        #expect(outputs.services[0].raiseLimit == .gridSize || share == 0)
    }

    @Test("a charger that is too slow for the grid charges as planned and does not respond")
    func tooSlow() {
        var site = TestSite(chargers: 2, kind: .gbDynamicContainment, capacity: 10_000)
        site.fleet[0].responds = false
        for index in site.fleet.indices { site.fleet[index].vehicle?.targetCharge = Ratio(0.9) }
        for _ in 0..<200 { _ = site.tick(frequency: 50) }
        let before = site.setpoints[0].power
        _ = site.tick(frequency: 49.5)
        #expect(site.setpoints[0].power >= .zero && site.setpoints[0].power <= before)
        #expect(site.setpoints[1].power < .zero)
        #expect(site.turns[0].reasons.contains(.tooSlow))
    }
}
