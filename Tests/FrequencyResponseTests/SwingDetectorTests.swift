import Foundation
import FrequencyResponse
import Testing

@Suite("The watch for a swing of the site's own")
struct SwingDetectorTests {
    /// Samples of a sine every 100 ms. `lag` is how far the own power follows the ideal support, in parts of a turn.
    private struct Feed {
        var detector = SwingDetector()
        var settings = SwingSettings(wait: .seconds(1), acts: true)
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var turn = 0.0
        var withheld = Watts.zero
        /// What the curves ask beside the swing.
        var offset = 0.0

        mutating func swing(
            _ seconds: Double, height: Double, period: Double = 4, lag: Double = 0.25, power: Double = 1
        ) {
            for _ in 0..<Int(seconds * 10) {
                now = now + .milliseconds(100)
                turn += 0.1 / period
                let deviation = height / 2 * sin(2 * .pi * turn)
                let support = -5_000 * power * sin(2 * .pi * (turn - lag))
                withheld = detector.withhold(
                    SwingDetector.Moment(
                        deviation: Hertz(deviation), support: Watts(support),
                        response: Watts(offset - 5_000 * sin(2 * .pi * turn)),
                        now: now), settings: settings)
            }
        }

        mutating func rest(_ seconds: Double) { swing(seconds, height: 0, power: 0) }
    }

    /// A swing, how long it lasts, and where the detector stands then.
    private static let swings: [(height: Double, period: Double, lag: Double, power: Double, found: Bool)] = [
        (0.5, 4, 0.25, 1, true),  // power a quarter of a turn late neither helps nor harms
        (0.5, 4, 0.5, 1, true),  // power that drives the swing on
        (0.5, 4, 0, 1, false),  // power that works against the swing
        (0.5, 4, 0.1, 1, false),  // the same, a little late
        (0.3, 4, 0.25, 1, false),  // below the least height
        (0.5, 12, 0.25, 1, false),  // slower than the site's own delay can make it
        (0.5, 4, 0.25, 0, false),  // the own power stands still
    ]

    @Test("a swing: it is found by height, period and the own power", arguments: swings.indices)
    func found(row: Int) {
        let (height, period, lag, power, found) = Self.swings[row]
        var feed = Feed()
        feed.swing(30, height: height, period: period, lag: lag, power: power)
        #expect((feed.detector.phase == .trying || feed.detector.phase == .notOwn) == found)
        #expect((feed.detector.evidence.period > .zero) == found)
    }

    @Test("a swing that goes on without the response is left alone for the lock time")
    func foreign() {
        var feed = Feed()
        feed.swing(12, height: 0.5)
        #expect(feed.detector.phase == .trying)
        #expect(feed.withheld != .zero)
        feed.swing(20, height: 0.5)
        #expect(feed.detector.phase == .notOwn)
        #expect(feed.withheld == .zero)
        feed.swing(feed.settings.lockTime.seconds - 30, height: 0.5)
        #expect(feed.detector.phase == .notOwn)
        feed.swing(60, height: 0.5)
        #expect(feed.detector.phase != .watching || feed.detector.swings == 0)
    }

    @Test("a swing that ends: the response is restored in steps, then twice as slowly")
    func own() {
        var feed = Feed()
        for round in 1...2 {
            feed.swing(12, height: 0.5)
            #expect(feed.detector.phase == .trying)
            feed.rest(20)
            #expect(feed.detector.phase == .damping)
            #expect(feed.detector.swings == Int32(round))
            let step = feed.settings.restoreTime.seconds * Double(round)
            #expect(feed.detector.share == .zero)
            for share in [0.125, 0.25, 0.5, 1] {
                feed.rest(step)
                #expect(feed.detector.share == Ratio(share))
            }
            #expect(feed.detector.phase == .watching)
        }
    }

    @Test("the mean response stays while its swinging part is withdrawn")
    func mean() {
        var feed = Feed()
        feed.swing(12, height: 0.5)
        #expect(feed.detector.phase == .trying)
        let given = -feed.withheld.value - 5_000 * sin(2 * .pi * feed.turn)
        #expect(abs(given) < 500, "of a swing around nominal the mean is none: \(given) W")
    }

    @Test("where it only reports, the response stays whole, and the end is seen")
    func reports() {
        var feed = Feed()
        feed.settings.acts = false
        feed.swing(12, height: 0.5)
        #expect(feed.detector.phase == .noticed)
        #expect(feed.withheld == .zero && feed.detector.share == Ratio(1))
        feed.rest(10)
        #expect(feed.detector.phase == .watching)
    }

    @Test("a gap of the meter forgets what was seen, and a ring-down is no swing")
    func forgets() {
        var feed = Feed()
        feed.swing(5, height: 0.5)
        feed.now = feed.now + .seconds(6)
        feed.swing(4, height: 0.5)
        #expect(feed.detector.phase == .watching)
        feed.rest(10)
        for height in [1.0, 0.8, 0.64, 0.5, 0.4] { feed.swing(2, height: height) }
        #expect(feed.detector.phase == .watching)
    }

    @Test("while frequency is not trusted, what is given stays within what fades", arguments: [3_000.0, -3_000])
    func untrusted(mean: Double) {
        var feed = Feed()
        feed.offset = mean
        feed.swing(12, height: 0.5)
        #expect(feed.detector.phase == .trying)
        func given(_ response: Double, isTrusted: Bool) -> Double {
            let moment = SwingDetector.Moment(
                deviation: nil, support: .zero, response: Watts(response), now: feed.now, isTrusted: isTrusted)
            return response - feed.detector.withhold(moment, settings: feed.settings).value
        }
        #expect(abs(given(0, isTrusted: true) - mean) < 1_000)
        #expect(given(0, isTrusted: false) == 0)
        #expect(given(mean / 10, isTrusted: false) == mean / 10)
        #expect(given(-mean, isTrusted: false) == 0)
    }

    @Test("a trial that is not seen to its end shows nothing: the response is whole again")
    func gapInTrial() {
        var feed = Feed()
        feed.swing(12, height: 0.5)
        #expect(feed.detector.phase == .trying)
        feed.now = feed.now + .seconds(6)
        feed.swing(0.1, height: 0.5)
        #expect(feed.detector.phase == .watching && feed.detector.share == Ratio(1) && feed.detector.swings == 0)
    }

    @Test("a slow swing of another cause is never taken for the site's own", arguments: [5.0, 6, 7, 7.6])
    func slowForeign(period: Double) {
        var feed = Feed()
        feed.swing(200, height: 0.5, period: period)
        #expect(feed.detector.phase == .notOwn)
        #expect(feed.detector.swings == 0)
    }

    @Test("a site that does not respond watches nothing")
    func unarmed() {
        var site = TestSite(chargers: 1, kind: .gbDynamicContainment, capacity: 5_000)
        site.settings.swing = SwingSettings(wait: .seconds(1), acts: true)
        func swing() -> [SwingDetector.Phase] {
            (0..<600).map { number in
                let turn = Double(number) / 80
                site.chargers[0].power = Watts(1_000 * cos(2 * .pi * turn))
                return site.tick(frequency: 50 + 0.3 * sin(2 * .pi * turn)).swing.phase
            }
        }
        #expect(swing().contains(.trying), "armed, it tries")
        site.armed = false
        _ = site.tick(frequency: 50)
        #expect(swing().dropFirst().allSatisfy { $0 == .watching })
    }

    @Test("without settings nothing is watched")
    func off() {
        var detector = SwingDetector()
        let moment = SwingDetector.Moment(
            deviation: Hertz(1), support: Watts(1), response: Watts(1), now: Instant(nanoseconds: 1))
        #expect(detector.withhold(moment, settings: nil) == .zero)
        #expect(detector.phase == .watching)
    }
}
