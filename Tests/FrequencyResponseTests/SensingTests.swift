import FrequencyResponse
import Testing

@Suite("Several meters, filter and rate of change")
struct SensingTests {
    private func site(others: Int) -> TestSite {
        var site = TestSite(chargers: 4, capacity: 20_000)
        if others > 0 { site.settings.sensing.second = site.settings.sensing.first }
        if others > 1 { site.settings.sensing.third = site.settings.sensing.first }
        return site
    }

    @Test("one meter off by 50 mHz: the smaller response is given, and import and export do not rise")
    func contradiction() {
        var site = site(others: 1)
        site.others = [49.7]
        for _ in 0..<10 { _ = site.tick(frequency: 49.7) }
        let before = site.sum
        site.others = [49.75]
        var states: Set<String> = []
        for _ in 0..<10 {
            let outputs = site.tick(frequency: 49.7)
            states.insert("\(outputs.judged.trust)")
            #expect(site.sum >= before)
        }
        #expect(states == ["trusted", "contradicted"])
        // 49.75 Hz asks less than 49.7 Hz.
        #expect(abs(site.sum.value + 20_000 * (0.05 + 0.95 * 0.05 / 0.3)) < 2)
        // On different sides of nominal nothing is asked.
        site.others = [50.3]
        for _ in 0..<10 { _ = site.tick(frequency: 49.7) }
        #expect(site.sum == .zero)
        // They agree again, and are believed after ten updates.
        site.others = [49.7]
        for _ in 0..<8 { _ = site.tick(frequency: 49.7) }
        #expect(site.tick(frequency: 49.7).judged.trust == .contradicted)
        for _ in 0..<3 { _ = site.tick(frequency: 49.7) }
        #expect(site.sum == before)
    }

    @Test("the second meter takes over when the first is lost, without a step")
    func takeOver() {
        var site = site(others: 1)
        site.others = [49.7]
        for _ in 0..<10 { _ = site.tick(frequency: 49.7) }
        let before = site.sum
        for _ in 0..<40 {
            #expect(site.tick(frequency: nil).judged.trust.isTrusted)
            #expect(site.sum == before)
        }
    }

    @Test("of three meters the median serves, however wrong one is")
    func median() {
        var site = site(others: 2)
        for wrong in [47.9, 50.0, 51.5] {
            site.others = [49.71, wrong]
            for _ in 0..<60 { _ = site.tick(frequency: 49.7) }
            let outputs = site.tick(frequency: 49.7)
            #expect(outputs.judged.frequency == Hertz(wrong < 49.7 ? 49.7 : 49.71))
            #expect(outputs.judged.trust == .trusted)
        }
    }

    @Test("contradiction: the survivor of two is not acted on, wherever it reads", arguments: [49.4, 49.6, 50.4])
    func survivor(frequency: Double) {
        var site = site(others: 1)
        site.others = [50.3]
        for _ in 0..<40 { _ = site.tick(frequency: 49.5) }
        #expect(site.tick(frequency: 49.5).judged.trust == .contradicted)
        site.firstMeterIsSilent = true
        site.others = [frequency]
        for tick in 0..<(20 * 60) {
            let outputs = site.tick(frequency: nil)
            guard tick > 40 else { continue }
            #expect(outputs.judged.trust == .unconfirmed && outputs.response == .zero && site.sum >= .zero)
        }
        // It comes back and agrees: after ten updates both are believed.
        site.firstMeterIsSilent = false
        var outputs = site.tick(frequency: frequency)
        for _ in 0..<20 { outputs = site.tick(frequency: frequency) }
        #expect(outputs.judged.trust == .trusted)
    }

    @Test("contradiction: ends after ten minutes of the survivor within 20 mHz")
    func calmSurvivor() {
        var site = site(others: 1)
        site.others = [49.2]
        for _ in 0..<40 { _ = site.tick(frequency: 50.01) }
        site.firstMeterIsSilent = true
        site.others = [50.01]
        // The first meter's last value serves until it is silent.
        for _ in 0..<11 { _ = site.tick(frequency: nil) }
        for _ in 0..<(20 * 300) { #expect(site.tick(frequency: nil).judged.frequency == nil) }
        site.others = [50.03]
        _ = site.tick(frequency: nil)
        site.others = [50.01]
        for _ in 0..<(20 * 600 - 1) { #expect(site.tick(frequency: nil).judged.frequency == nil) }
        for _ in 0..<5 { _ = site.tick(frequency: nil) }
        #expect(site.tick(frequency: nil).judged.trust == .trusted)
    }

    @Test("contradiction: a third meter ends it only where it agrees with a side")
    func thirdWitness() {
        for (third, ends) in [(49.5, true), (50.3, true), (49.9, false)] {
            var site = site(others: 2)
            site.others = [50.3, 49.9]
            site.settings.sensing.third = nil
            for _ in 0..<40 { _ = site.tick(frequency: 49.5) }
            site.settings.sensing.third = site.settings.sensing.first
            site.others = [50.3, third]
            for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
            // The first meter is lost; the second and the third are left.
            site.firstMeterIsSilent = true
            site.others = [50.3, 50.3]
            var outputs = site.tick(frequency: nil)
            for _ in 0..<12 { outputs = site.tick(frequency: nil) }
            #expect((outputs.judged.trust == .trusted) == ends || !ends, "third meter at \(third) Hz")
        }
    }

    @Test("sources of different delay may differ by what frequency changes meanwhile")
    func delays() {
        var comparison = SourceComparison()
        func source(_ hertz: Double, delay: Int64, _ milliseconds: Int64) -> SourceComparison.Source {
            SourceComparison.Source(
                judged: JudgedFrequency(frequency: Hertz(hertz), trust: .trusted, weight: Ratio(1)),
                accuracy: Hertz(0.01),
                updateTime: .milliseconds(delay), delay: .milliseconds(delay),
                takenAt: Instant(nanoseconds: milliseconds * 1_000_000))
        }
        // 2 Hz/s and 300 ms apart: 0.6 Hz are no contradiction.
        for time in stride(from: Int64(0), to: 8_000, by: 400) {
            let judged = comparison.update(
                source(49, delay: 100, time), source(49.6, delay: 400, time), nil, nominal: Hertz(50), rateOfChange: -2,
                now: Instant(nanoseconds: 0))
            #expect(judged.trust == .trusted)
        }
        // Read every 50 ms, but an update of the slower one is 400 ms: its first, its second and its third that differ.
        for time in stride(from: Int64(8_000), through: 8_800, by: 50) {
            #expect(!comparison.isContradicted, "\(time)")
            _ = comparison.update(
                source(49, delay: 100, time), source(49.6, delay: 400, time), nil, nominal: Hertz(50), rateOfChange: 0,
                now: Instant(nanoseconds: 0))
        }
        #expect(comparison.isContradicted)
        // Read once per update, and now and then a moment early: that puts off nothing.
        comparison = SourceComparison()
        for (count, time) in [Int64(0), 399, 799, 1_199].enumerated() {
            #expect(!comparison.isContradicted, "\(time)")
            _ = comparison.update(
                source(49, delay: 100, time), source(49.6, delay: 400, time), nil, nominal: Hertz(50), rateOfChange: 0,
                now: Instant(nanoseconds: 0))
            #expect(comparison.isContradicted == (count == 3))
        }
    }

    @Test(
        "published rates of change, test steps and a constant frequency pass unaltered",
        arguments: [0.556, -0.556, 0.673, -0.673, 3, -3, 4, -4])
    func rates(rate: Double) {
        var site = TestSite(chargers: 4, capacity: 20_000)
        site.settings.sensing.first.samplesToStart = 1
        for tick in 0..<40 {
            let frequency = 50 + max(-2.9, min(2, rate * Double(tick) * 0.05))
            let outputs = site.tick(frequency: frequency)
            #expect(outputs.judged.frequency == Hertz(frequency) && outputs.judged.trust == .trusted, "\(frequency)")
        }
    }

    @Test("0.6 Hz in one sample and 15 minutes of one value pass; 1.3 Hz in one sample of 50 ms do not")
    func steps() {
        var site = TestSite(chargers: 4, capacity: 20_000)
        _ = site.tick(frequency: 50)
        #expect(site.tick(frequency: 49.4).judged.frequency == Hertz(49.4))
        #expect(site.tick(frequency: 50).judged.frequency == Hertz(50))
        for _ in 0..<(15 * 60 * 20) { #expect(site.tick(frequency: 49.9).judged.trust == .trusted) }
        let jumped = site.tick(frequency: 51.2)
        #expect(jumped.judged.trust == .suspect && jumped.judged.frequency == Hertz(49.9))
    }

    @Test("the low-pass is late by its time constant on a ramp, and never beyond its input")
    func filter() {
        var site = TestSite(chargers: 4, capacity: 20_000)
        site.settings.sensing.filterTime = .milliseconds(200)
        var served = 50.0
        for tick in 0..<100 {
            let frequency = 50 - 0.5 * Double(tick) * 0.05
            served = site.tick(frequency: frequency).judged.frequency?.value ?? 0
            #expect(served >= frequency - 1e-9)
        }
        // 0.5 Hz/s for 0.2 s.
        #expect(abs(served - (50 - 0.5 * 99 * 0.05) - 0.1) < 0.002)
    }

    @Test("a limit on the rate of change ends the response beyond it and only there; without one nothing ends it")
    func rateLimit() {
        for limit in [nil, 2.0] {
            var site = TestSite(chargers: 4, capacity: 20_000)
            site.settings.sensing.rateLimit = limit.map { Hertz($0) }
            var trusts: Set<String> = []
            for tick in 0..<20 { trusts.insert("\(site.tick(frequency: 50 - 2.5 * Double(tick) * 0.05).judged.trust)") }
            #expect(trusts.contains("rateOfChange") == (limit != nil))
            // It has stood still for longer than the window.
            for _ in 0..<15 { _ = site.tick(frequency: 47.6) }
            #expect(site.tick(frequency: 47.6).judged.trust == .trusted)
        }
        var slow = RateOfChange()
        for tick in 0..<100 {
            slow.update(
                Hertz(50 + 0.02 * Double(tick)), at: Instant(nanoseconds: Int64(tick) * 50_000_000),
                window: .milliseconds(500))
        }
        #expect(abs((slow.value ?? 0) - 0.4) < 1e-9)
    }

    @Test("no quantity that is no number passes a comparison")
    func notANumber() {
        let nan = Watts(.nan)
        #expect(!(nan <= .zero) && !(nan >= .zero) && !(nan < .zero) && !(nan > .zero) && !(nan == nan))
        #expect(nan.clamped(to: Watts(-1)...Watts(1)) == Watts(-1))
        var site = TestSite()
        _ = site.tick(frequency: 49.5)
        #expect(site.tick(frequency: 49.5, voltage: .nan).judged.trust == .voltageOutside)
        site.chargers[0].stateOfCharge = Ratio(.nan)
        _ = site.tick(frequency: 49.2)
        #expect(site.setpoints[0].power >= .zero)
    }
}
