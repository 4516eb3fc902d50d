import FrequencyResponse
import SiteConfiguration
import TestSupport
import Testing

@Suite("Contradictions of meters, and what a person says of them")
struct ContradictionTests {
    /// Two meters of one kind; the second 0.8 Hz above the first for long enough.
    private static func contradicted() -> TestSite {
        var site = TestSite()
        site.settings.sensing.second = site.settings.sensing.first
        site.others = [50]
        for _ in 0..<20 { _ = site.tick(frequency: 50) }
        site.others = [50.3]
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        return site
    }

    private static func run(_ site: inout TestSite, ticks: Int = 10, frequency: Double? = 49.5) -> TickOutputs {
        var outputs = site.tick(frequency: frequency)
        for _ in 1..<ticks { outputs = site.tick(frequency: frequency) }
        return outputs
    }

    @Test("the pair, the difference and the time are shown")
    func shown() throws {
        var site = Self.contradicted()
        let outputs = Self.run(&site, ticks: 100)
        let contradiction = try #require(outputs.contradiction)
        #expect(contradiction.meters == (0, 1) && contradiction.preferred == nil)
        #expect(abs(contradiction.difference.value - 0.8) < 1e-9)
        #expect(contradiction.lasted > .seconds(5) && contradiction.lasted < .seconds(6))
    }

    @Test("a person trusts one of the two: it serves, and the other one alone does not", arguments: [UInt8(0), 1])
    func trust(meter: UInt8) {
        var site = Self.contradicted()
        #expect(site.tick(frequency: 49.5).judged.trust == .contradicted)
        site.meterOrder = MeterOrder(number: 1, meter: meter, isTrusted: true)
        let outputs = Self.run(&site)
        #expect(outputs.judged.trust == .trusted && outputs.meterOrder == 1)
        #expect(outputs.judged.frequency == Hertz(meter == 0 ? 49.5 : 50.3))
        #expect(outputs.contradiction?.preferred == meter)
        // The trusted one is lost.
        if meter == 0 {
            site.firstMeterIsSilent = true
            let lost = Self.run(&site, ticks: 60, frequency: nil)
            #expect(lost.judged.trust == .unconfirmed && lost.response == .zero)
            site.firstMeterIsSilent = false
        }
        // Ten updates in agreement end it, and the next one prefers neither.
        site.others = [49.5]
        #expect(Self.run(&site, ticks: 30).contradiction == nil)
        site.others = [50.3]
        #expect(Self.run(&site, ticks: 20).judged.trust == .contradicted)
    }

    @Test(
        "a person distrusts one of the two: the other one serves until it is trusted again", arguments: [UInt8(0), 1])
    func distrust(meter: UInt8) {
        var site = Self.contradicted()
        site.meterOrder = MeterOrder(number: 4, meter: meter, isTrusted: false)
        var outputs = Self.run(&site)
        #expect(outputs.judged.trust == .trusted && outputs.contradiction == nil)
        #expect(outputs.judged.frequency == Hertz(meter == 0 ? 50.3 : 49.5))
        site.meterOrder = MeterOrder(number: 5, meter: meter, isTrusted: true)
        outputs = Self.run(&site, ticks: 20)
        #expect(outputs.judged.trust == .contradicted && outputs.contradiction != nil)
    }

    @Test("the only meter distrusted: no response, and charging by plan after the wait")
    func onlyMeter() {
        var site = TestSite()
        _ = Self.run(&site, ticks: 20, frequency: 49.6)
        #expect(site.sum < .zero)
        site.meterOrder = MeterOrder(number: 1, meter: 0, isTrusted: false)
        let outputs = Self.run(&site, ticks: 40, frequency: 49.6)
        #expect(outputs.judged.trust == .distrusted && outputs.response == .zero && site.sum >= .zero)
        let later = Self.run(&site, ticks: 20 * 62, frequency: 49.6)
        #expect(later.lostMeterCharging == .byPlan && later.availableRaise >= .zero && site.sum >= .zero)
        site.meterOrder = MeterOrder(number: 2, meter: 0, isTrusted: true)
        #expect(Self.run(&site, ticks: 20, frequency: 49.6).judged.trust == .trusted)
    }

    @Test("by precedence one meter serves, and alone the other does not")
    func precedence() {
        for (ranks, served) in [([UInt8(1), 2], 49.5), ([2, 1], 50.3)] {
            var site = TestSite()
            site.settings.sensing.second = site.settings.sensing.first
            for (index, rank) in ranks.enumerated() { site.settings.sensing.precedence.ranks[index] = rank }
            site.others = [50]
            _ = Self.run(&site, ticks: 20, frequency: 50)
            site.others = [50.3]
            let outputs = Self.run(&site, ticks: 20)
            #expect(outputs.judged.trust == .trusted && outputs.judged.frequency == Hertz(served))
            #expect(outputs.contradiction != nil)
            guard served == 49.5 else { continue }
            site.firstMeterIsSilent = true
            #expect(Self.run(&site, ticks: 60, frequency: nil).judged.trust == .unconfirmed)
        }
    }

    @Test("an order counts once, and one on a meter that there is not changes nothing")
    func orders() {
        var site = Self.contradicted()
        site.meterOrder = MeterOrder(number: 1, meter: 7, isTrusted: false)
        #expect(Self.run(&site).judged.trust == .contradicted)
        site.meterOrder = MeterOrder(number: 2, meter: 0, isTrusted: true)
        _ = Self.run(&site)
        site.others = [49.5]
        _ = Self.run(&site, ticks: 30)
        site.others = [50.3]
        // The order is still in the inputs.
        #expect(Self.run(&site, ticks: 20).judged.trust == .contradicted)
    }
}
