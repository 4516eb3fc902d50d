import Foundation
import FrequencyResponse
import TestSupport
import Testing

@Suite("Triggered response")
struct TriggeredResponseTests {
    /// 49.85 Hz, 10 min, back above 49.9 Hz for 60 s, then away at 20 % per minute.
    private static let settings = TriggerSettings(
        trigger: Hertz(49.85), power: Ratio(1), hold: .seconds(600), release: Hertz(49.9), releaseTime: .seconds(60),
        recoveryRamp: 0.2 / 60, readiness: .zero)

    /// One sample a second.
    private struct Feed {
        var response = TriggeredResponse()
        var settings = TriggeredResponseTests.settings
        var now = Instant(nanoseconds: 1_000_000_000_000)

        mutating func second(_ frequency: Double) -> Double {
            now = now + .seconds(1)
            return response.update(
                Hertz(frequency), nominal: Hertz(50), settings: settings, now: now, elapsed: .seconds(1)
            ).value
        }

        mutating func seconds(_ count: Int, at frequency: Double) -> [Double] {
            (0..<count).map { _ in second(frequency) }
        }
    }

    @Test("it starts at the trigger and not a millihertz before")
    func trigger() {
        var feed = Feed()
        #expect(feed.second(49.851) == 0)
        #expect(feed.second(49.85) == 1)
    }

    @Test("the hold's end alone does not end it: the grid must have been back for the release time")
    func holdAlone() {
        var feed = Feed()
        _ = feed.second(49.6)
        #expect(feed.seconds(1_200, at: 49.88).allSatisfy { $0 == 1 })
        #expect(feed.seconds(60, at: 49.95).allSatisfy { $0 == 1 })
        // One look below the release starts its time anew.
        _ = feed.second(49.89)
        #expect(feed.seconds(60, at: 49.95).allSatisfy { $0 == 1 })
        let after = feed.seconds(400, at: 49.95)
        #expect(abs(after[60] - 0.8) < 0.02)
        #expect(after.last == 0)
        #expect(zip(after, after.dropFirst()).allSatisfy { $1 <= $0 })
    }

    @Test("a grid that is back at once is still given the hold")
    func wholeHold() {
        var feed = Feed()
        _ = feed.second(49.6)
        #expect(feed.seconds(600, at: 50).allSatisfy { $0 == 1 })
        _ = feed.seconds(1, at: 50)
        #expect(feed.second(50) < 1)
        #expect(feed.response.isRecovering)
    }

    @Test("a new excursion in mid-recovery starts it again at once, with a hold of its own")
    func rearmed() {
        var feed = Feed()
        _ = feed.second(49.6)
        _ = feed.seconds(720, at: 50)
        #expect(feed.response.isRecovering)
        #expect(feed.second(49.8) == 1)
        #expect(feed.seconds(600, at: 50).allSatisfy { $0 == 1 })
    }

    @Test("when frequency crosses to the other side the response ends at once")
    func crossing() {
        var feed = Feed()
        #expect(feed.second(49.3) == 1)
        let mirrored = 100 - feed.settings.release.value
        #expect(feed.second(mirrored) == 1)
        #expect(feed.second(mirrored + 0.001) == 0)
    }

    @Test("after a crossing: it starts again only after its release time")
    func readiness() {
        var feed = Feed()
        _ = feed.second(49.3)
        #expect(feed.second(50.3) == 0)
        let release = Int(feed.settings.releaseTime.seconds)
        #expect(feed.seconds(release - 2, at: 50.3).allSatisfy { $0 == 0 })
        #expect(feed.second(49.3) == 0, "not ready yet")
        #expect(feed.seconds(release + 1, at: 50).allSatisfy { $0 == 0 })
        #expect(feed.second(49.3) == 1)
    }

    @Test("after a crossing: a release that was served counts, whatever follows")
    func servedRelease() {
        var feed = Feed()
        feed.settings.readiness = .seconds(100)
        feed.settings.releaseTime = .seconds(10)
        _ = feed.second(49.3)
        #expect(feed.second(50.3) == 0)
        #expect(feed.seconds(90, at: 50).allSatisfy { $0 == 0 })
        // Below the release and above the trigger, until the readiness time is over.
        #expect(feed.seconds(20, at: 49.87).allSatisfy { $0 == 0 })
        #expect(feed.second(49.8) == 1)
    }

    @Test("after a crossing: the readiness time counts, and what is missed is a shortfall", arguments: [true, false])
    func readinessTime(isLow: Bool) {
        var site = TestSite(chargers: 4, capacity: 20_000)
        site.settings.services.items[0].kind = .step
        site.settings.services.items[0].baselineRule = .frozen
        site.settings.services.items[0].method = .triggered(
            TriggerSettings(
                trigger: Hertz(isLow ? 49.85 : 50.15), power: Ratio(1), hold: .seconds(30),
                release: Hertz(isLow ? 49.9 : 50.1), releaseTime: .seconds(2), recoveryRamp: 1,
                readiness: TriggerSettings.reserveReadiness))
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .seconds(2)
        let (met, crossed) = isLow ? (49.8, 50.2) : (50.2, 49.8)
        func seconds(_ count: Int, at frequency: Double) -> TickOutputs {
            for _ in 1..<count { _ = site.tick(frequency: frequency) }
            return site.tick(frequency: frequency)
        }
        _ = seconds(10, at: 50)
        let asked = Watts(isLow ? 20_000 : -20_000)
        #expect(seconds(1, at: met).response == asked)
        #expect(seconds(1, at: crossed).response == .zero)
        _ = seconds(600, at: 50)
        let missed = seconds(1, at: met)
        #expect(missed.response == .zero && missed.withheld.power == asked && missed.withheld.cause == .notReady)
        #expect(missed.shortfall == asked)
        let between = seconds(200, at: 50)
        #expect(between.withheld.power == .zero && between.shortfall == .zero)
        _ = seconds(100, at: 50)
        #expect(seconds(1, at: met).response == asked, "the readiness time of 15 min is over")
    }

    @Test("a trigger above nominal answers a high frequency")
    func high() {
        var feed = Feed()
        feed.settings.trigger = Hertz(50.2)
        feed.settings.release = Hertz(50.1)
        #expect(feed.second(50.1) == 0)
        #expect(feed.second(50.2) == -1)
        #expect(feed.seconds(700, at: 50.15).allSatisfy { $0 == -1 })
    }

    @Test("the law never charges because a timer ended, and a lost meter ends the response within the ladder's time")
    func law() {
        var site = TestSite(chargers: 4, capacity: 20_000)
        site.settings.services.items[0].kind = .step
        site.settings.services.items[0].method = .triggered(Self.settings)
        site.settings.services.items[0].baselineRule = .frozen
        site.settings.services.items[0].rebound = ReboundSettings(edge: Hertz(0.1), time: .seconds(60), ramp: 0.2 / 60)
        site.settings.recoveryWait = .seconds(60)
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .seconds(2)
        for index in site.fleet.indices { site.fleet[index].vehicle?.targetCharge = Ratio(0.9) }
        site.settings.baselineRise = Watts(200)
        for _ in 0..<30 { _ = site.tick(frequency: 50) }
        let before = site.sum
        #expect(before > .zero)
        _ = site.tick(frequency: 49.7)
        #expect(site.sum < .zero)
        // 15 minutes of a weak grid: 10 minutes are long over, and nobody charges.
        for _ in 0..<900 {
            _ = site.tick(frequency: 49.87)
            #expect(site.sum < .zero)
        }
        // It recovers; import comes back no faster than the ramp of the response and never beyond what it was before
        // the wait is over.
        var last = site.sum
        for _ in 0..<120 {
            let outputs = site.tick(frequency: 50)
            #expect(site.sum - last <= Watts(20_000 * 0.2 / 60 + 2))
            #expect(outputs.baseline <= before)
            last = site.sum
        }
        _ = site.tick(frequency: 49.7)
        for _ in 0..<6 { _ = site.tick() }
        #expect(site.sum >= .zero)
    }

    /// The separation of 25 August 2018: frequency in New South Wales fell below 49.85 Hz twelve times in 17 minutes. A
    /// timer of ten minutes would have ended at 13:21:41, inside one of these excursions.
    @Test(
        "on the recording of 25 August 2018 it outlasts the timer",
        .enabled(if: TestData.hasOutside, "\(TestData.outsideMissing)"))
    func newSouthWales() throws {
        let text = try String(
            contentsOfFile: TestData.recording("nsw-2018-08-25/nsw_frequency_1s.csv"), encoding: .utf8)
        var feed = Feed()
        var shares: [String: Double] = [:]
        for line in text.split(whereSeparator: \.isNewline).dropFirst() {
            let cells = line.split(separator: ",")
            shares[String(cells[0].suffix(8))] = feed.second(Double(cells[1])!)
        }
        #expect(shares["13:11:40"] == 0)
        #expect(shares["13:11:41"] == 1)
        // Above 50.1 Hz, the mirrored release, it would push the wrong way.
        #expect(shares["13:15:54"] == 1)
        #expect(shares["13:15:55"] == 0)
        #expect(shares["13:21:42"] == 1)
        // Back above 49.9 Hz for a minute at 13:23:22 only. It ramps away until 50.1 Hz is crossed at 13:23:50.
        #expect(shares["13:23:21"] == 1)
        #expect((shares["13:23:49"] ?? 0) > 0.9)
        #expect(shares["13:23:50"] == 0)
        #expect(shares["13:28:10"] == 0)
        #expect(shares["13:28:11"] == 1)
        #expect(shares["13:38:11"] == 1)
        #expect((shares["13:39:00"] ?? 1) < 0.9)
    }
}
