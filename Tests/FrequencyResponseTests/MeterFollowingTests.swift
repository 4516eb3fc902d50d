import Testing

@testable import FrequencyResponse

@Suite("Meter that follows the chargers")
struct MeterFollowingTests {
    /// Moves of 6 kW to and fro, of which the meter shows a share each.
    private static func verdict(_ shares: [Double], move: Double = 6_000) -> MeterFollowing {
        var watch = MeterFollowingWatch()
        var chargers = 0.0
        var meter = 1_000.0
        var now = Instant(nanoseconds: 0)
        watch.update(chargers: Watts(chargers), meter: Watts(meter), now: now)
        for (index, share) in shares.enumerated() {
            let change = index % 2 == 0 ? move : -move
            chargers += change
            meter += change * share
            now = now + .seconds(20)
            watch.update(chargers: Watts(chargers), meter: Watts(meter), now: now)
        }
        return watch.verdict
    }

    @Test(
        "three moves in a row decide",
        arguments: [
            ([1.0, 1, 1, 1], MeterFollowing.follows), ([0, 0], .follows), ([0, 0, 0], .still),
            ([-1, -1, -1], .reversed),
            ([0, 0, 1, 0, 0], .follows), ([0, 0, 0, 1, 1], .still), ([0, 0, 0, 1, 1, 1], .follows),
            ([-1, -1, -1, 0, 1, 1], .still),
        ])
    func verdict(shares: [Double], expected: MeterFollowing) {
        #expect(Self.verdict(shares) == expected)
    }

    @Test("moves of less than 5 kW decide nothing")
    func small() {
        #expect(Self.verdict(Array(repeating: -1, count: 20), move: 4_900) == .follows)
    }

    /// A site of 20 kW chargers whose meter shows their power with a factor, beside a building of 2 kW of at most 12.
    private static func run(factor: Double) -> (TestSite, TickOutputs) {
        var site = TestSite(chargers: 1, limit: 20_000, capacity: 20_000)
        site.settings.limits = SiteLimits(importLimit: Watts(24_000), buildingMaximum: Watts(12_000))
        var outputs = site.tick(frequency: 50)
        for tick in 0..<2_000 {
            let power = site.setpoints[0].isZeroPower ? Watts.zero : site.setpoints[0].power
            site.chargers[0].power = power
            site.sitePower = power * factor + Watts(2_000)
            outputs = site.tick(frequency: tick / 200 % 2 == 0 ? 50.3 : 50)
        }
        return (site, outputs)
    }

    @Test(
        "a meter with the wrong sign: the building's extremes count",
        arguments: [(1.0, 22_000.0), (-1, 12_000), (0, 12_000)])
    func law(factor: Double, room: Double) {
        let (_, outputs) = Self.run(factor: factor)
        #expect(outputs.meterFollowing == (factor == 1 ? .follows : factor == 0 ? .still : .reversed))
        #expect(abs((outputs.siteBounds.highest ?? .zero).value - room) < 1_500, "\(outputs.siteBounds)")
    }
}
