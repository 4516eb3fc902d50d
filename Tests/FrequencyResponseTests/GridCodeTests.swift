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
            frequency: Hertz(frequency), voltageLowest: Ratio(low), voltageHighest: Ratio(high), now: at(seconds),
            settings: code.settings)
    }

    @Test("each rule trips at its time and not before, and not at its limit", arguments: edges)
    func rules(edge: Edge) {
        let settings = edge.code.settings
        let rule = settings.rules[edge.rule]
        // Just beyond this limit, where no faster rule of the same side lies.
        let beyond = rule.limit + (rule.isBelow ? -1e-6 : 1e-6)
        var watch = GridCodeWatch()
        Self.give(&watch, rule, value: beyond, at: 0, code: edge.code)
        if rule.time > .zero {
            Self.give(&watch, rule, value: beyond, at: rule.time.seconds - 0.001, code: edge.code)
            #expect(watch.state == .connected)
        }
        Self.give(&watch, rule, value: beyond, at: rule.time.seconds, code: edge.code)
        #expect(watch.isTripped)
        var edgeOnly = GridCodeWatch()
        for second in 0...1_000 { Self.give(&edgeOnly, rule, value: rule.limit, at: Double(second), code: edge.code) }
        // On the limit only a slower rule within it may act.
        if case .tripped(let which) = edgeOnly.state { #expect(Int(which) != edge.rule) }
        var interrupted = GridCodeWatch()
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
        var watch = GridCodeWatch()
        let rule = settings.rules[0]
        let beyond = rule.limit + (rule.isBelow ? -0.5 : 0.5)
        Self.give(&watch, rule, value: beyond, at: 0, code: code)
        Self.give(&watch, rule, value: beyond, at: rule.time.seconds, code: code)
        #expect(watch.isTripped)
        let delay = settings.enterDelay.seconds
        Self.give(&watch, nil, value: 0, at: 1_000, code: code)
        Self.give(&watch, nil, value: 0, at: 1_000 + delay - 0.01, code: code)
        #expect(watch.isTripped)
        // Out of the window for a moment: the delay begins anew.
        watch.update(
            frequency: settings.enterFrequency.highest + Hertz(0.01), voltageLowest: Ratio(1), voltageHighest: Ratio(1),
            now: Self.at(1_000 + delay - 0.005), settings: settings)
        Self.give(&watch, nil, value: 0, at: 2_000, code: code)
        Self.give(&watch, nil, value: 0, at: 2_000 + delay - 0.01, code: code)
        #expect(watch.isTripped && watch.share(now: Self.at(2_000 + delay), settings: settings) == 0)
        Self.give(&watch, nil, value: 0, at: 2_000 + delay, code: code)
        #expect(!watch.isTripped)
        let ramp = settings.enterRamp.seconds
        guard ramp > 0 else {
            #expect(watch.state == .connected)
            return
        }
        #expect(abs(watch.share(now: Self.at(2_000 + delay + ramp / 2), settings: settings) - 0.5) < 1e-6)
        Self.give(&watch, nil, value: 0, at: 2_000 + delay + ramp, code: code)
        #expect(watch.state == .connected && watch.share(now: Self.at(9_999), settings: settings) == 1)
    }

    @Test("data that are lost trip nothing, and do not count as the grid being back")
    func lostData() {
        let code = GridCode.g99
        var watch = GridCodeWatch()
        for second in 0..<100 {
            watch.update(
                frequency: nil, voltageLowest: nil, voltageHighest: nil, now: Self.at(Double(second)),
                settings: code.settings)
        }
        #expect(watch.state == .connected)
        let rule = code.settings.rules[0]
        Self.give(&watch, rule, value: 53, at: 200, code: code)
        Self.give(&watch, rule, value: 53, at: 201, code: code)
        for second in 0..<100 {
            watch.update(
                frequency: nil, voltageLowest: nil, voltageHighest: nil, now: Self.at(300 + Double(second)),
                settings: code.settings)
        }
        #expect(watch.isTripped)
    }

    // MARK: In the law

    private func site(_ code: GridCode = .g99) -> TestSite {
        var site = TestSite()
        site.settings.gridCode = code.settings
        site.settings.sensing.first.voltageLowest = code.settings.dipBelow
        site.settings.sensing.first.rideThrough = code.settings.rideThrough
        return site
    }

    @Test("a trip: neutral with the tick that completes its time, tripped until service is entered, then a ramp")
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
        #expect(ticks == 201 && site.allNeutral)
        for _ in 0..<(59 * 20) { outputs = site.tick(frequency: 49.5) }
        #expect(outputs.state == .tripped && site.allNeutral)
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

    @Test("an island: neutral at once, no fading answer, and back as soon as the contact closes")
    func island() {
        var site = site()
        for _ in 0..<20 { _ = site.tick(frequency: 49.5) }
        site.interlock = .withdrawn
        var outputs = site.tick(frequency: 49.5)
        #expect(outputs.state == .withdrawn && site.allNeutral && outputs.response == .zero)
        site.interlock = .clear
        outputs = site.tick(frequency: 49.5)
        #expect(outputs.state == .responding && site.sum < Watts(-5_000))
        site.interlock = .tripped
        outputs = site.tick(frequency: 49.5)
        #expect(outputs.state == .tripped && site.allNeutral)
    }
}
