import FrequencyResponse
import SiteConfiguration
import Testing

@Suite("Grid codes: dip, trip, data lost, island")
struct GridCodeTests {
    struct Edge: Sendable, CustomTestStringConvertible {
        var code: GridCode
        var rule: Int
        var testDescription: String { "\(code.rawValue), rule \(rule + 1)" }
    }

    static let edges = GridCode.allCases.flatMap { code in
        (0..<code.settings.ruleCount).map { Edge(code: code, rule: $0) }
    }

    private static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: 1_000_000_000_000 + Int64((seconds * 1e9).rounded()))
    }

    /// Gives a watch one moment of a grid that is nominal but for one value.
    private static func give(
        _ watch: inout GridCodeWatch, _ rule: TripRule?, value: Double, at seconds: Double, code: GridCode
    ) {
        var frequency = code.nominalFrequency.value
        var low = 1.0
        var high = 1.0
        if let rule {
            switch (rule.quantity, rule.isBelow) {
            case (.frequency, _): frequency = value
            case (.voltage, true): low = value
            case (.voltage, false): high = value
            }
        }
        watch.update(
            frequency: Hertz(frequency), voltage: .known(lowest: Volts(low), highest: Volts(high)),
            nominalVoltage: Volts(1), now: at(seconds), settings: code.settings)
    }

    @Test("each rule trips at its time and not before, and not at its limit", arguments: edges)
    func rules(edge: Edge) {
        let settings = edge.code.settings
        let rule = settings.rules[edge.rule]
        // Just beyond this limit, where no faster rule of the same side lies.
        let beyond = rule.limit + (rule.isBelow ? -1e-6 : 1e-6)
        var watch = GridCodeWatch(isInService: true)
        Self.give(&watch, rule, value: beyond, at: 0, code: edge.code)
        if rule.time > .zero {
            Self.give(&watch, rule, value: beyond, at: rule.time.seconds - 0.001, code: edge.code)
            #expect(watch.state == .connected)
        }
        Self.give(&watch, rule, value: beyond, at: rule.time.seconds, code: edge.code)
        #expect(watch.isOutOfService)
        var edgeOnly = GridCodeWatch(isInService: true)
        for second in 0...1_000 { Self.give(&edgeOnly, rule, value: rule.limit, at: Double(second), code: edge.code) }
        // On the limit only a slower rule within it may act.
        if case .outOfService(.rule(let which)) = edgeOnly.state { #expect(Int(which) != edge.rule) }
        var interrupted = GridCodeWatch(isInService: true)
        for round in 0..<20 where rule.time > .zero {
            let begin = Double(round) * (rule.time.seconds + 1)
            Self.give(&interrupted, rule, value: beyond, at: begin, code: edge.code)
            Self.give(&interrupted, rule, value: beyond, at: begin + rule.time.seconds * 0.9, code: edge.code)
            Self.give(&interrupted, nil, value: 0, at: begin + rule.time.seconds * 0.95, code: edge.code)
        }
        #expect(interrupted.state == .connected)
    }

    @Test(
        """
        service is entered after the whole delay in the window, then over the ramp, and from the start when the window \
        is left
        """,
        arguments: GridCode.allCases)
    func enter(code: GridCode) {
        let settings = code.settings
        var watch = GridCodeWatch(isInService: true)
        let rule = settings.rules[0]
        let beyond = rule.limit + (rule.isBelow ? -0.5 : 0.5)
        Self.give(&watch, rule, value: beyond, at: 0, code: code)
        Self.give(&watch, rule, value: beyond, at: rule.time.seconds, code: code)
        #expect(watch.isOutOfService)
        let delay = settings.enterDelay.seconds
        Self.give(&watch, nil, value: 0, at: 1_000, code: code)
        Self.give(&watch, nil, value: 0, at: 1_000 + delay - 0.01, code: code)
        #expect(watch.isOutOfService)
        // Out of the window for a moment: the delay begins anew.
        watch.update(
            frequency: settings.enterFrequency.highest + Hertz(0.01),
            voltage: .known(lowest: Volts(1), highest: Volts(1)), nominalVoltage: Volts(1),
            now: Self.at(1_000 + delay - 0.005), settings: settings)
        Self.give(&watch, nil, value: 0, at: 2_000, code: code)
        Self.give(&watch, nil, value: 0, at: 2_000 + delay - 0.01, code: code)
        #expect(watch.isOutOfService && watch.share(settings) == 0)
        Self.give(&watch, nil, value: 0, at: 2_000 + delay, code: code)
        #expect(!watch.isOutOfService)
        let ramp = settings.enterRamp.seconds
        guard ramp > 0 else {
            #expect(watch.state == .connected)
            return
        }
        Self.give(&watch, nil, value: 0, at: 2_000 + delay + ramp / 2, code: code)
        #expect(abs(watch.share(settings) - 0.5) < 1e-6)
        Self.give(&watch, nil, value: 0, at: 2_000 + delay + ramp, code: code)
        #expect(watch.state == .connected && watch.share(settings) == 1)
    }

    private static func giveUnknown(_ watch: inout GridCodeWatch, at seconds: Double, code: GridCode) {
        watch.update(
            frequency: nil, voltage: .unknown, nominalVoltage: Volts(1), now: at(seconds), settings: code.settings)
    }

    @Test("unknown voltage: trips no rule, ends service after 60 s, lets none begin")
    func unknownVoltage() {
        let code = GridCode.g99
        var watch = GridCodeWatch(isInService: true)
        Self.give(&watch, nil, value: 0, at: 0, code: code)
        for second in 1...60 {
            Self.giveUnknown(&watch, at: Double(second), code: code)
            #expect(watch.state == .connected)
        }
        Self.giveUnknown(&watch, at: 61, code: code)
        #expect(watch.state == .outOfService(.unwitnessed))
        for second in 62..<200 { Self.giveUnknown(&watch, at: Double(second), code: code) }
        #expect(watch.state == .outOfService(.unwitnessed))
        Self.give(&watch, nil, value: 0, at: 200, code: code)
        #expect(watch.state == .waiting(.unwitnessed))
    }

    @Test("unknown voltage: the times of broken rules and of the wait stand still", arguments: edges)
    func stoppedTimers(edge: Edge) {
        let rule = edge.code.settings.rules[edge.rule]
        guard rule.time > .milliseconds(200) else { return }
        let beyond = rule.limit + (rule.isBelow ? -1e-6 : 1e-6)
        let half = rule.time.seconds / 2
        var watch = GridCodeWatch(isInService: true)
        Self.give(&watch, rule, value: beyond, at: 0, code: edge.code)
        Self.give(&watch, rule, value: beyond, at: half, code: edge.code)
        for second in 0..<30 { Self.giveUnknown(&watch, at: half + Double(second), code: edge.code) }
        Self.give(&watch, rule, value: beyond, at: half + 30, code: edge.code)
        #expect(watch.state == .connected)
        Self.give(&watch, rule, value: beyond, at: 30 + 2 * half - 0.001, code: edge.code)
        #expect(watch.state == .connected)
        Self.give(&watch, rule, value: beyond, at: 30.001 + 2 * half, code: edge.code)
        #expect(watch.isOutOfService)
    }

    @Test("a start is out of service until the window has lasted for the delay", arguments: GridCode.allCases)
    func start(code: GridCode) {
        var watch = GridCodeWatch()
        #expect(watch.isOutOfService && watch.awaitsFirstEntry)
        let delay = code.settings.enterDelay.seconds
        Self.give(&watch, nil, value: 0, at: 0, code: code)
        Self.give(&watch, nil, value: 0, at: delay / 2, code: code)
        // Unknown for 10 s: the wait stands still.
        for second in 0..<10 { Self.giveUnknown(&watch, at: delay / 2 + Double(second), code: code) }
        Self.give(&watch, nil, value: 0, at: delay / 2 + 10, code: code)
        Self.give(&watch, nil, value: 0, at: delay + 9.99, code: code)
        #expect(watch.state == .waiting(.start) && watch.awaitsFirstEntry)
        Self.give(&watch, nil, value: 0, at: delay + 10, code: code)
        #expect(!watch.isOutOfService && !watch.awaitsFirstEntry)
    }

    // MARK: In the law

    private func site(_ code: GridCode = .g99) -> TestSite {
        var site = TestSite()
        site.settings.gridCode = code.settings
        site.settings.sensing.first.voltageLowest = code.settings.dip.limit
        site.settings.sensing.first.voltageHighest = code.settings.swell.limit
        site.settings.sensing.first.rideThroughLow = code.settings.dip.rideThrough
        site.settings.sensing.first.rideThroughHigh = code.settings.swell.rideThrough
        return site
    }

    @Test("dead bus: 0 V trips after the rule's time; service begins after the delay", arguments: [0, 60, 320])
    func deadBus(voltage: Double) {
        var site = site()
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        var outputs = site.tick(frequency: 49.5, voltage: voltage)
        var ticks = 1
        while outputs.state != .tripped, ticks < 1_200 {
            #expect(site.sum >= .zero)
            outputs = site.tick(frequency: 49.5, voltage: voltage)
            ticks += 1
        }
        // 80 % for 2.5 s, or 119 % for 0.5 s.
        #expect(ticks == (voltage < 230 ? 51 : 11))
        for _ in 0..<(20 * 20) {
            outputs = site.tick(frequency: 49.5)
            #expect(outputs.state == .tripped && site.isAllAtZeroPower)
        }
        for _ in 0..<5 { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.state == .responding && site.sum < Watts(-5_000))
    }

    @Test("swell: no discharge at 110 to 120 % under IEEE 1547, at once afterwards")
    func swell() {
        var site = site(.ieee1547)
        site.settings.gridCode?.enterFrequency = (Hertz(49.5), Hertz(50.1))
        site.settings.gridCode?.removeRules()
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        #expect(site.sum < Watts(-5_000))
        for _ in 0..<200 {
            _ = site.tick(frequency: 49.5, voltage: 230 * 1.15)
            #expect(site.sum >= .zero)
        }
        _ = site.tick(frequency: 49.5)
        #expect(site.sum < Watts(-5_000))
    }

    @Test("no service while the only meter of voltage is silent")
    func noWitness() {
        var site = site()
        site.startsInService = false
        site.settings.sensing.second = site.settings.sensing.first
        site.settings.sensing.first.measuresVoltage = false
        for _ in 0..<(20 * 100) {
            let outputs = site.tick(frequency: 49.5)
            #expect(site.sum >= .zero && outputs.gridCode == .outOfService(.start))
        }
        // It answers: the window counts from now.
        site.others = [49.5]
        var outputs = site.tick(frequency: 49.5)
        for _ in 0..<(20 * 19) { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.gridCode == .waiting(.start))
        for _ in 0..<(20 * 3) { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.state == .responding && site.sum < Watts(-5_000))
    }

    @Test("three meters: one without its voltage neither blocks the site nor trips it")
    func blownTap() {
        var site = site()
        site.settings.sensing.second = site.settings.sensing.first
        site.settings.sensing.third = site.settings.sensing.first
        site.others = [49.5, 49.5]
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        var outputs = site.tick(frequency: 49.5, voltage: 0)
        for _ in 0..<100 { outputs = site.tick(frequency: 49.5, voltage: 0) }
        #expect(outputs.state == .responding && site.sum < Watts(-5_000))
    }

    @Test("a dead meter's last verdict on voltage does not outlive its answers")
    func deadMeterVerdict() {
        var site = site()
        site.settings.sensing.second = site.settings.sensing.first
        site.others = [49.5]
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        // The first meter sees 60 V once, then nothing more; the second goes on.
        var outputs = site.tick(frequency: 49.5, voltage: 60)
        #expect(outputs.judged.trust == .voltageOutside)
        site.firstMeterIsSilent = true
        for _ in 0..<20 { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.judged.trust == .trusted && outputs.state == .responding)
    }

    @Test("a trip: zero power with the tick that completes its time, tripped until service is entered, then a ramp")
    func trip() {
        var site = site(.asnzs4777)
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        #expect(site.sum < Watts(-5_000))
        // 180 V for 10 s.
        var outputs = site.tick(frequency: 49.5, voltage: 175)
        var ticks = 1
        while outputs.state != .tripped, ticks < 400 {
            outputs = site.tick(frequency: 49.5, voltage: 175)
            ticks += 1
        }
        #expect(ticks == 201 && site.isAllAtZeroPower)
        for _ in 0..<(59 * 20) { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.state == .tripped && site.isAllAtZeroPower)
        for _ in 0..<(2 * 20) { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.state == .responding)
        // One sixth of the ramp.
        for _ in 0..<(58 * 20) { outputs = site.tick(frequency: 49.5) }
        #expect(site.sum < Watts(-4_000) && site.sum > Watts(-5_200), "\(site.sum)")
        for _ in 0..<(330 * 20) { outputs = site.tick(frequency: 49.5) }
        #expect(site.sum < Watts(-19_000))
    }

    @Test(
        """
        a dip: discharge ends with the sample that shows it; back within the ride-through time it is answered with the \
        first good sample, later with the third
        """
    )
    func dip() {
        for (length, samples) in [(4, 1), (5, 1), (6, 3), (40, 3)] {
            var site = site()
            for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
            for _ in 0..<length {
                _ = site.tick(frequency: 49.5, voltage: 60)
                #expect(site.sum >= .zero)
            }
            for number in 1...3 {
                let outputs = site.tick(frequency: 49.5)
                #expect(
                    (outputs.judged.trust == .trusted) == (number >= samples),
                    "dip of \(length) samples, good sample \(number)")
            }
            #expect(site.sum < Watts(-5_000))
        }
    }

    @Test("data lost: back with the third good sample, at any frequency of the window, with no delay")
    func dataLost() {
        var site = site()
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        for _ in 0..<200 { _ = site.tick() }
        #expect(site.sum >= .zero)
        for number in 1...3 {
            let outputs = site.tick(frequency: 48.2)
            #expect(outputs.judged.trust.isTrusted == (number == 3))
        }
        #expect(site.sum < Watts(-5_000))
    }

    @Test("an island: zero power at once, no fading answer, and back as soon as the contact closes")
    func island() {
        var site = site()
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        site.interlock = .blocked
        var outputs = site.tick(frequency: 49.5)
        #expect(outputs.state == .blocked && site.isAllAtZeroPower && outputs.response == .zero)
        site.interlock = .clear
        outputs = site.tick(frequency: 49.5)
        #expect(outputs.state == .responding && site.sum < Watts(-5_000))
        site.interlock = .tripped
        outputs = site.tick(frequency: 49.5)
        #expect(outputs.state == .tripped && site.isAllAtZeroPower)
    }
}
