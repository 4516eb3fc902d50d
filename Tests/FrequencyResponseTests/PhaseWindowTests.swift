import FrequencyResponse
import Testing

/// The room on each phase of a connection of 32 A (7,360 W at 230 V), beside a building whose phases are measured.
@Suite("Phases that are measured")
struct PhaseWindowTests {
    /// Two single-phase chargers on L1 and L2, and a building that may take up to 7 kW on any phase.
    private static func site() -> TestSite {
        var site = TestSite(chargers: 2, limit: 7_360, capacity: 7_360)
        for index in 0..<2 { site.fleet[index].phases = [.l1, .l2][index] }
        site.settings.limits = SiteLimits(
            buildingMaximum: Watts(9_000), phaseCurrent: Amperes(32), buildingPhaseMaximum: Watts(7_000),
            buildingPhaseMinimum: Watts(-2_000))
        return site
    }

    /// What a meter shows beside chargers at zero power.
    private static func measure(_ powers: [Double], reactive: [Double] = [0, 0, 0]) -> PhaseMeasurement {
        var measured = PhaseMeasurement(currents: [.zero, .zero, .zero], powers: [.zero, .zero, .zero])
        for phase in 0..<3 {
            let apparent = (powers[phase] * powers[phase] + reactive[phase] * reactive[phase]).squareRoot()
            measured.currents[phase] = Amperes(apparent / 230)
            measured.powers[phase] = Watts(powers[phase])
        }
        return measured
    }

    /// The bounds of the phases after a second of quiet frequency with chargers that stand at zero power.
    private static func bounds(_ site: inout TestSite, phases: PhaseMeasurement?) -> [PowerBounds] {
        site.sitePower = .zero
        site.phases = phases
        for index in site.chargers.indices { site.chargers[index].power = .zero }
        var outputs = site.tick(frequency: 50)
        for _ in 0..<20 { outputs = site.tick(frequency: 50) }
        return (0..<3).map { outputs.phaseBounds[$0] }
    }

    @Test("without measured phases the extremes of the building count on every phase")
    func extremes() {
        var site = Self.site()
        let bounds = Self.bounds(&site, phases: nil)
        for phase in bounds {
            #expect(phase.highest == Watts(360))
            #expect(phase.lowest == Watts(-5_360))
        }
    }

    @Test(
        "measured phase: a higher load takes room away, a lower one gives none",
        arguments: [
            (building: 1_000.0, charge: 360.0, discharge: 5_360.0), (7_300, 60, 5_360), (-1_500, 360, 5_360),
            (-5_000, 360, 2_360),
        ])
    func measured(building: Double, charge: Double, discharge: Double) {
        var site = Self.site()
        let bounds = Self.bounds(&site, phases: Self.measure([building, 2_000, 0]))
        #expect(abs((bounds[0].highest ?? .zero).value - charge) < 1, "\(bounds[0])")
        #expect(abs((bounds[0].lowest ?? .zero).value + discharge) < 1, "\(bounds[0])")
        #expect(abs((bounds[1].highest ?? .zero).value - 360) < 1, "\(bounds[1])")
    }

    @Test("a phase that the building alone overloads: nothing is added, and the extremes count elsewhere")
    func overloaded() {
        var site = Self.site()
        let bounds = Self.bounds(&site, phases: Self.measure([8_000, 2_000, 0]))
        #expect(site.tick(frequency: 50).doubtsPhases)
        #expect(bounds[0].highest == Watts.zero && bounds[0].lowest == Watts(-5_360), "\(bounds[0])")
        #expect(bounds[1].highest == Watts(360), "\(bounds[1])")
    }

    @Test("reactive current takes its part of the limit on both sides")
    func reactive() {
        var site = Self.site()
        site.settings.limits.buildingPhaseMaximum = .zero
        site.settings.limits.buildingPhaseMinimum = .zero
        let bounds = Self.bounds(&site, phases: Self.measure([0, 0, 0], reactive: [4_416, 0, 0]))
        // 19.2 A of 32 A are reactive: 25.6 A are left.
        #expect(abs((bounds[0].highest ?? .zero).value - 5_888) < 1)
        #expect(abs((bounds[0].lowest ?? .zero).value + 5_888) < 1)
        #expect(abs((bounds[1].highest ?? .zero).value - 7_360) < 1)
    }

    @Test("a measurement that is no longer fresh gives way to the extremes")
    func stale() {
        var site = Self.site()
        #expect(abs((Self.bounds(&site, phases: Self.measure([7_300, 0, 0]))[0].highest ?? .zero).value - 60) < 1)
        site.sitePower = nil
        var outputs = site.tick(frequency: 50)
        for _ in 0..<20 { outputs = site.tick(frequency: 50) }
        #expect(outputs.phaseBounds[0].highest == Watts(360))
    }

    @Test("chargers' own power is no load of the building")
    func ownPower() {
        var site = Self.site()
        site.settings.limits.buildingPhaseMaximum = .zero
        _ = Self.bounds(&site, phases: Self.measure([1_000, 1_000, 0]))
        var outputs = site.tick(frequency: 50)
        for _ in 0..<200 {
            outputs = site.tick(frequency: 50.5)
            let powers = site.setpoints.map { $0.isZeroPower ? 0 : $0.power.value }
            for index in 0..<2 { site.chargers[index].power = Watts(powers[index]) }
            site.phases = Self.measure([1_000 + powers[0], 1_000 + powers[1], 0])
            site.sitePower = Watts(2_000 + powers[0] + powers[1])
        }
        #expect(outputs.setpointSum > Watts(7_000))
        #expect(abs((outputs.phaseBounds[0].highest ?? .zero).value - 6_360) < 1, "\(outputs.phaseBounds[0])")
    }

    /// How the meter is wired to what flows: the phase and the direction that each of its three inputs shows.
    struct Wiring: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var shown: [(phase: Int, sign: Double)]
    }

    @Test(
        "wrong wiring of the meter: no phase is beyond its current",
        arguments: [
            Wiring(testDescription: "L1 reversed", shown: [(0, -1), (1, 1), (2, 1)]),
            Wiring(testDescription: "L1 open", shown: [(0, 0), (1, 1), (2, 1)]),
            Wiring(testDescription: "all open", shown: [(0, 0), (1, 0), (2, 0)]),
            Wiring(testDescription: "all reversed", shown: [(0, -1), (1, -1), (2, -1)]),
            Wiring(testDescription: "L1 and L2 exchanged", shown: [(1, 1), (0, 1), (2, 1)]),
            Wiring(testDescription: "turned by one phase", shown: [(1, 1), (2, 1), (0, 1)]),
        ], [49.5, 50.5])
    func wiring(wiring: Wiring, frequency: Double) {
        // Whatever the building draws within its extremes.
        for building in [[5_000.0, 500, 0], [500, 5_000, -1_500], [-1_500, 500, 6_900]] {
            var site = Self.site()
            site.settings.limits.importLimit = nil
            var beyond = 0
            for tick in 0..<1_200 {
                var flows = building
                for index in 0..<2 {
                    let power = site.setpoints[index].isZeroPower ? 0 : site.setpoints[index].power.value
                    site.chargers[index].power = Watts(power)
                    flows[index] += power
                }
                // A meter that reads twice a second, of what flows at that moment.
                if tick % 10 == 0 {
                    site.phases = Self.measure(wiring.shown.map { flows[$0.phase] * $0.sign })
                    site.sitePower = Watts(flows.reduce(0, +))
                }
                if flows.contains(where: { abs($0) > 7_360 + 30 }) { beyond += 1 }
                _ = site.tick(frequency: tick < 40 ? 50 : frequency)
            }
            #expect(beyond == 0, "\(building): \(beyond) ticks of 50 ms")
        }
    }

    @Test("a charger that a phase holds back names the phase")
    func reason() {
        var site = Self.site()
        _ = Self.bounds(&site, phases: nil)
        for _ in 0..<20 { _ = site.tick(frequency: 50.5) }
        for turn in site.turns {
            #expect(turn.share.magnitude < Watts(400) && turn.reasons.contains(.phase), "\(turn.reasons)")
        }
    }

    @Test("a phase beyond its current takes charging off the chargers on that phase alone")
    func relief() {
        var site = Self.site()
        site.settings.limits.buildingPhaseMaximum = .zero
        _ = Self.bounds(&site, phases: nil)
        for _ in 0..<100 {
            _ = site.tick(frequency: 50.5)
            for index in 0..<2 { site.chargers[index].power = site.setpoints[index].power }
        }
        let before = site.setpoints.map(\.power)
        #expect(before[0] > Watts(3_000) && before[1] > Watts(3_000))
        // A load of 5 kW starts on L1, which its declared maximum says can't be. Charger 1 shows no steady power.
        site.chargers[0].power = nil
        site.sitePower = before[0] + before[1] + Watts(5_000)
        site.phases = Self.measure([before[0].value + 5_000, before[1].value, 0])
        var outputs = site.tick(frequency: 50.5)
        for _ in 0..<10 { outputs = site.tick(frequency: 50.5) }
        let excess = before[0] + Watts(5_000) - Watts(7_360)
        #expect(abs((outputs.phaseBounds[0].highest ?? .zero).value - (before[0] - excess).value) < 2)
        #expect(site.setpoints[0].power <= before[0] - excess + Watts(1))
        #expect(site.setpoints[1].power >= before[1])
    }

    @Test("a sleeping vehicle is woken only where its phase has room", arguments: [(7_000.0, false), (6_000, true)])
    func wake(building: Double, isWoken: Bool) {
        var site = Self.site()
        site.settings.limits.buildingPhaseMaximum = Watts(building)
        site.fleet[0].wakePower = Watts(1_000)
        site.chargers[0].stateOfCharge = nil
        for _ in 0..<20 { _ = site.tick(frequency: 50) }
        #expect(site.setpoints[0].power == (isWoken ? Watts(1_000) : .zero))
    }
}
