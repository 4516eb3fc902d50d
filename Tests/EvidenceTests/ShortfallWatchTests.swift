import Testing

@testable import Evidence
@testable import FrequencyResponse

@Suite("What is said of a missing response")
struct ShortfallWatchTests {
    private struct Bench {
        var watch = ShortfallWatch(capacity: Watts(10_000))
        var now = Instant(nanoseconds: 1_000_000_000_000)

        mutating func pass(
            _ seconds: Int, shortfall: Double = 0, undelivered: Double = 0, by charger: Int32 = -1,
            withheld: Double = 0
        ) -> [ShortfallWatch.Finding] {
            var outputs = TickOutputs.none
            outputs.withheld.add(Watts(withheld), .gridSize)
            outputs.state = .responding
            outputs.response = Watts(2_570)
            outputs.shortfall = Watts(shortfall)
            outputs.undelivered = Watts(undelivered)
            outputs.undeliveredBy = charger
            return (0..<(seconds * 20)).compactMap { _ in
                now = now + .milliseconds(50)
                return watch.update(outputs, now: now)
            }
        }
    }

    @Test("a setpoint not followed: the missing power, by charger, again as it changes")
    func undelivered() throws {
        var bench = Bench()
        var found = bench.pass(3, undelivered: 2_570, by: 1)
        #expect(found.count == 1)
        #expect(
            try #require(found.first).sentence(names: ["a", "b"], limits: "")
                == "2.57 kW of 2.57 kW are missing upwards; b does not follow its setpoint")
        // The law asks less of it: the sum stays, and nothing new is said.
        found = bench.pass(20, shortfall: 900, undelivered: 1_670, by: 1)
        #expect(found.isEmpty)
        found = bench.pass(12, shortfall: 900, undelivered: 300, by: 0)
        #expect(found.count == 1)
        #expect(
            try #require(found.first).sentence(names: ["a", "b"], limits: "b: full")
                .hasSuffix("0.30 kW of it since a does not follow its setpoint; the rest: b: full"))
        #expect(bench.pass(1) == [.wholeAgain])
    }

    @Test("what is withheld hides no charger that does not deliver, whatever the signs")
    func withheld() {
        var bench = Bench()
        #expect(bench.pass(3, shortfall: 2_000, withheld: 2_000) == [.withheld(Watts(2_000), .gridSize)])
        for sign in [1.0, -1] {
            bench = Bench()
            let found = bench.pass(3, shortfall: 2_000, undelivered: 2_000 * sign, by: 1, withheld: 2_000)
            #expect(
                found == [
                    .missing(
                        Watts(2_000 * sign), of: Watts(2_570), undelivered: Watts(2_000 * sign), charger: 1)
                ])
        }
    }

    @Test("a missing part: each charger with its limit, by the side")
    func limits() {
        let chargers = [
            BindingLimits.Charger(name: "a", control: .controlled, reasons: .atFloor),
            BindingLimits.Charger(name: "b", control: .controlled, reasons: .full),
            BindingLimits.Charger(name: "c", control: .controlled, reasons: .atFloor),
            BindingLimits.Charger(name: "d", control: .unreachable, reasons: .none),
        ]
        #expect(
            BindingLimits.text(chargers, upwards: true)
                == "a, c: the vehicle is at its minimum charge; b: at its own power limit; d: unreachable")
        #expect(
            BindingLimits.text(chargers, upwards: false)
                == "a, c: at its own power limit; b: the vehicle is full; d: unreachable")
    }

    @Test("a missing part within the tolerance, or for a moment, is not said")
    func quiet() {
        var bench = Bench()
        #expect(bench.pass(60, shortfall: 150, undelivered: 40).isEmpty)
        #expect(bench.pass(1, shortfall: 5_000).isEmpty)
        #expect(bench.pass(1).isEmpty)
    }
}
