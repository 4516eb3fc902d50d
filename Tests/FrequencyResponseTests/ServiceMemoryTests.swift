import FrequencyResponse
import SiteConfiguration
import Testing

/// What is given ends with trust; what is remembered ends by the service's own rules.
@Suite("What services remember while frequency is not known")
struct ServiceMemoryTests {
    /// A way to lose frequency for some ticks.
    enum Loss: CaseIterable { case dip, gap, silence }

    private static func lose(_ site: inout TestSite, _ loss: Loss, frequency: Double) -> TickOutputs {
        switch loss {
        case .dip: site.tick(frequency: frequency, voltage: 60)
        case .gap: site.tick(frequency: nil)
        case .silence: site.tick()
        }
    }

    private static func site(_ kind: ServiceKind) -> TestSite {
        var site = TestSite(kind: kind)
        site.settings.sensing.first.rideThroughLow = .milliseconds(250)
        return site
    }

    /// Services with a trigger or a hold, and a frequency that starts them.
    static let kinds: [(ServiceKind, Double)] = (0..<ServiceKind.count).compactMap { number in
        guard let kind = ServiceKind(rawValue: UInt8(number)) else { return nil }
        let sells = kind.rules.direction
        switch kind.rules.method {
        case .continuous, .signal: return nil
        case .held: return (kind, sells.answersLow ? 49.3 : 50.7)
        case .triggered(let trigger):
            return (kind, trigger.trigger.value + (trigger.trigger < trigger.release ? -0.1 : 0.1))
        }
    }

    @Test(
        "a hold or trigger goes on after a loss; meanwhile it is a shortfall",
        arguments: kinds, Loss.allCases)
    func goesOn(kind: (ServiceKind, Double), loss: Loss) {
        let nominal = kind.0.rules.nominalFrequency ?? Hertz(50)
        var site = Self.site(kind.0)
        site.settings.sensing.first.nominalFrequency = nominal
        site.settings.sensing.first.plausibleLowest = nominal * 0.9
        site.settings.sensing.first.plausibleHighest = nominal * 1.1
        for _ in 0..<20 { _ = site.tick(frequency: nominal.value) }
        for _ in 0..<20 { _ = site.tick(frequency: kind.1) }
        let before = site.tick(frequency: kind.1).response
        #expect(before.magnitude > Watts(1_000))
        // Frequency comes back to a value that ends nothing at once.
        let between = (kind.1 + nominal.value) / 2
        var outputs = Self.lose(&site, loss, frequency: kind.1)
        for _ in 0..<59 { outputs = Self.lose(&site, loss, frequency: kind.1) }
        #expect(outputs.response == .zero)
        #expect(abs((outputs.shortfall - before).value) < 1, "\(outputs.shortfall) of \(before)")
        #expect(outputs.withheld.power == outputs.shortfall)
        for _ in 0..<3 { outputs = site.tick(frequency: between) }
        #expect(abs((outputs.response - before).value) < 1 && outputs.withheld.power == .zero)
    }

    @Test("a dip of 0.2 s: a service with a response time goes on where it was", arguments: [0.2, 5, 10])
    func lag(responseTime: Double) {
        var site = Self.site(.gbDynamicContainment)
        var settings = site.settings.services[0]
        settings.responseTime = Interval(nanoseconds: Int64(responseTime * 1e9))
        site.settings.services = ServiceStack(settings)
        for _ in 0..<600 { _ = site.tick(frequency: 49.7) }
        let before = site.tick(frequency: 49.7).response
        for _ in 0..<4 { #expect(site.tick(frequency: 49.7, voltage: 60).response == .zero) }
        let after = site.tick(frequency: 49.7).response
        #expect(abs((after - before).value) < before.value * 0.01)
        // Less is asked afterwards: never more than that at once.
        for _ in 0..<4 { _ = site.tick(frequency: 49.7, voltage: 60) }
        let less = site.tick(frequency: 49.95).response
        #expect(less.value <= 20_000 * 0.034)
        // The other side is asked: it starts from nothing.
        for _ in 0..<4 { _ = site.tick(frequency: 49.7, voltage: 60) }
        #expect(site.tick(frequency: 50.3).response <= .zero)
    }

    @Test("a trigger with a fixed time: ends by it while frequency is unknown")
    func fixedTime() {
        var site = Self.site(.nordicFFR)
        for _ in 0..<20 { _ = site.tick(frequency: 50) }
        for _ in 0..<20 { _ = site.tick(frequency: 49.6) }
        for _ in 0..<(20 * 40) { _ = site.tick() }
        let outputs = site.tick(frequency: 49.75)
        for _ in 0..<3 { _ = site.tick(frequency: 49.75) }
        #expect(outputs.withheld.power == .zero && site.tick(frequency: 49.75).response == .zero)
    }

    @Test("contradiction: a trigger ends by its time, and at once beyond nominal")
    func contradictedTrigger() {
        for (frequencies, isOtherSide) in [((49.75, 49.7), false), ((50.1, 50.15), true)] {
            var site = Self.site(.nordicFFR)
            site.settings.sensing.second = site.settings.sensing.first
            site.others = [50]
            for _ in 0..<20 { _ = site.tick(frequency: 50) }
            site.others = [49.6]
            for _ in 0..<20 { _ = site.tick(frequency: 49.6) }
            #expect(site.tick(frequency: 49.6).response == Watts(20_000))
            site.others = [frequencies.1]
            var outputs = site.tick(frequency: frequencies.0)
            for _ in 0..<10 { outputs = site.tick(frequency: frequencies.0) }
            #expect(outputs.judged.trust == .contradicted)
            #expect(outputs.response == (isOtherSide ? .zero : Watts(20_000)))
            // 30 s of hold and the ramp.
            for _ in 0..<(20 * 45) { outputs = site.tick(frequency: frequencies.0) }
            #expect(outputs.judged.trust == .contradicted && outputs.response == .zero)
        }
    }

    @Test("a trigger at its own release: what is withheld has its sign", arguments: [true, false])
    func sign(isLow: Bool) {
        var site = Self.site(.nordicFFR)
        var settings = site.settings.services[0]
        let edge = isLow ? 49.85 : 50.15
        settings.method = .triggered(
            TriggerSettings(
                trigger: Hertz(edge), power: Ratio(1), hold: .seconds(60), release: Hertz(edge),
                releaseTime: .seconds(60),
                recoveryRamp: 0.2))
        settings.direction = .both
        site.settings.services = ServiceStack(settings)
        for _ in 0..<20 { _ = site.tick(frequency: 50) }
        for _ in 0..<20 { _ = site.tick(frequency: isLow ? 49.8 : 50.2) }
        var outputs = site.tick()
        for _ in 0..<60 { outputs = site.tick() }
        #expect(outputs.withheld.power == Watts(isLow ? 20_000 : -20_000))
    }

    @Test("a gap, a fast change or a contradiction makes no spike of an excursion")
    func noSpike() {
        var site = Self.site(.nordicFFR)
        site.settings.sensing.rateLimit = Hertz(2)
        for _ in 0..<20 { _ = site.tick(frequency: 50) }
        _ = site.tick(frequency: 49.6)
        for frequency in stride(from: 49.4, to: 48.4, by: -0.2) { _ = site.tick(frequency: frequency) }
        for _ in 0..<30 { _ = site.tick(frequency: 48.6) }
        for _ in 0..<20 { _ = site.tick(frequency: 49.75) }
        #expect(site.tick(frequency: 49.75).response == Watts(20_000))
    }

    @Test("a single jump that is not confirmed starts no hold and no trigger", arguments: kinds)
    func spike(kind: (ServiceKind, Double)) {
        let nominal = kind.0.rules.nominalFrequency ?? Hertz(50)
        var site = Self.site(kind.0)
        site.settings.sensing.first.nominalFrequency = nominal
        site.settings.sensing.first.plausibleLowest = nominal * 0.9
        site.settings.sensing.first.plausibleHighest = nominal * 1.1
        for _ in 0..<20 { _ = site.tick(frequency: nominal.value) }
        let spike = nominal + (Hertz(kind.1) - nominal) * (Hertz(0.4) / (Hertz(kind.1) - nominal).magnitude)
        #expect(site.tick(frequency: spike.value).response.magnitude > Watts(100))
        _ = site.tick()
        #expect(site.tick(frequency: nominal.value).response == .zero)
        // Two samples are no spike.
        _ = site.tick(frequency: spike.value)
        _ = site.tick(frequency: spike.value)
        #expect(site.tick(frequency: nominal.value).response.magnitude > Watts(100))
    }
}
