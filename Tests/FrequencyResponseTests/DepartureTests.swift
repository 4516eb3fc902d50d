import Foundation
import FrequencyResponse
import SiteConfiguration
import Testing

@Suite("Departures: time zones, late vehicles, and a clock that is not synchronised")
struct DepartureTests {
    // MARK: Time zones

    @Test(
        "departures: last and next agree with the calendar in every hour of a year",
        arguments: ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Nairobi", "UTC"])
    func calendar(name: String) throws {
        let zone = try #require(SiteTimeZone(name))
        var calendar = Foundation.Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: name))
        // From 2026-01-01, with minutes that fall on, before and after each change.
        for hour in stride(from: 0, to: 366 * 24, by: 5) {
            let seconds = 1_767_225_600 + hour * 3_600 + hour % 7 * 420
            let utc = Int64(seconds) * 1_000_000_000
            let clock = WallClock(nanosecondsUTC: utc, local: zone.offsets(around: utc), isTrusted: true)
            let now = Date(timeIntervalSince1970: Double(seconds))
            let (wantedHour, wantedMinute) = [(7, 30), (23, 59), (0, 0), (4, 15)][hour % 4]
            let times = clock.around(.seconds(Int64(wantedHour * 3_600 + wantedMinute * 60)))
            let components = DateComponents(hour: wantedHour, minute: wantedMinute, second: 0)
            let next = try #require(calendar.nextDate(after: now, matching: components, matchingPolicy: .strict))
            #expect(times.ahead.seconds == next.timeIntervalSince(now), "\(now)")
            let last = try #require(
                calendar.nextDate(
                    after: now.addingTimeInterval(1), matching: components, matchingPolicy: .strict,
                    direction: .backward))
            #expect(times.ago.seconds == now.timeIntervalSince(last), "\(now)")
        }
    }

    @Test("departures: a skipped time is the change, a repeated one the first")
    func changes() throws {
        let zone = try #require(SiteTimeZone("Europe/London"))
        func ahead(_ utc: Int64, _ timeOfDay: Int64) -> Double {
            let now = utc * 1_000_000_000
            return WallClock(nanosecondsUTC: now, local: zone.offsets(around: now), isTrusted: true)
                .around(.seconds(timeOfDay)).ahead.seconds
        }
        // 2026-03-29 01:00 UTC: 01:00 becomes 02:00. At midnight 01:30 is one hour ahead, and 02:30 one and a half.
        #expect(ahead(1_774_742_400, 5_400) == 3_600)
        #expect(ahead(1_774_742_400, 9_000) == 5_400)
        // 2026-10-25 01:00 UTC: 02:00 becomes 01:00. At 23:30 UTC, which is 00:30, the first 01:30 is one hour ahead.
        #expect(ahead(1_792_884_600, 5_400) == 3_600)
        // Between the two it is the next day's: 25 hours less what has passed.
        #expect(ahead(1_792_884_600 + 3_600, 5_400) == 25 * 3_600)
    }

    @Test("time zone: a name that is none is refused")
    func names() {
        #expect(SiteTimeZone("Europe/Londn") == nil && SiteTimeZone("GMT+1") == nil && SiteTimeZone("") == nil)
    }

    // MARK: Late vehicles

    /// 2026-01-12 07:29:00 UTC, a minute before the departure.
    private static let beforeDeparture: Int64 = 1_768_202_940

    private func site(charge: Double, offset: Int64 = 0) -> TestSite {
        var site = TestSite(chargers: 1, limit: 10_000, capacity: 10_000)
        site.settings.offers = OfferSettings(confidence: Ratio(0.5), leavingPerHour: .zero)
        site.fleet[0].vehicle?.targetCharge = Ratio(0.8)
        site.fleet[0].vehicle?.departure = .seconds(7 * 3_600 + 1_800)
        site.chargers[0].stateOfCharge = Ratio(charge)
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .milliseconds(1_500)
        set(&site, seconds: Self.beforeDeparture + offset)
        return site
    }

    private func set(_ site: inout TestSite, seconds: Int64, trusted: Bool = true) {
        site.clock = WallClock(nanosecondsUTC: seconds * 1_000_000_000, offsetFromUTC: 0, isTrusted: trusted)
    }

    /// Ticks of one second with the clock going on.
    private func run(_ site: inout TestSite, seconds: Int, frequency: Double) -> TickOutputs {
        var outputs = site.tick(frequency: frequency)
        for _ in 1..<seconds {
            site.clock.nanosecondsUTC += 1_000_000_000
            outputs = site.tick(frequency: frequency)
        }
        site.clock.nanosecondsUTC += 1_000_000_000
        return outputs
    }

    @Test("late: kept at the target, raise not offered, charging and lowering go on")
    func late() {
        var site = site(charge: 0.84)
        // Ready and a minute before departure: what lies above the target may go out, nothing that lasts.
        _ = run(&site, seconds: 60, frequency: 50)
        #expect(site.turns[0].departure.outlook != .late)
        var outputs = run(&site, seconds: 5, frequency: 50)
        #expect(site.turns[0].departure.outlook == .late)
        #expect(outputs.services[0].offerRaise == .zero && outputs.services[0].offerLower > Watts(5_000))
        site.chargers[0].stateOfCharge = Ratio(0.79)
        for _ in 0..<100 {
            outputs = run(&site, seconds: 1, frequency: 49.4)
            #expect(site.sum >= .zero)
        }
        outputs = run(&site, seconds: 2_000, frequency: 50)
        #expect(outputs.baseline > Watts(1_000))
        site.chargers[0].stateOfCharge = Ratio(0.85)
        // Two hours after the departure the next one counts, a day ahead.
        outputs = run(&site, seconds: 7_200, frequency: 50)
        #expect(site.turns[0].departure.outlook == .onTime)
    }

    @Test("late: ends when the vehicle is unplugged, and one that comes later is not late")
    func unplugged() {
        var site = site(charge: 0.84)
        _ = run(&site, seconds: 65, frequency: 50)
        #expect(site.turns[0].departure.outlook == .late)
        site.chargers[0].control = .noVehicle
        _ = run(&site, seconds: 10, frequency: 50)
        site.chargers[0].control = .controlled
        let outputs = run(&site, seconds: 2_000, frequency: 50)
        #expect(site.turns[0].departure.outlook == .onTime && outputs.services[0].offerRaise > Watts(1_000))
    }

    @Test(
        "late: a vehicle that is there at the start counts as late within the grace time",
        arguments: [60, 7_100, 7_300])
    func atStart(offset: Int64) {
        var site = site(charge: 0.84, offset: offset)
        _ = run(&site, seconds: 2, frequency: 50)
        #expect((site.turns[0].departure.outlook == .late) == (offset < 7_200))
    }

    @Test("late: what may go out above the target is not shown as available")
    func notAvailable() {
        var site = site(charge: 0.95, offset: 120)
        let outputs = run(&site, seconds: 5, frequency: 50)
        #expect(site.turns[0].departure.outlook == .late && outputs.availableRaise == .zero)
        #expect(outputs.availableLower > .zero)
    }

    @Test("a departure that has passed without a next one: every vehicle charges on")
    func overdue() {
        var site = TestSite(chargers: 6, limit: 10_000, capacity: 10_000)
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .milliseconds(1_500)
        for index in 0..<6 {
            site.fleet[index].vehicle?.targetCharge = Ratio(0.8)
            site.fleet[index].vehicle?.grace = .seconds(10)
            site.chargers[index].stateOfCharge = Ratio(0.5)
            site.chargers[index].needs = VehicleNeeds(departure: site.now + .seconds(5))
        }
        for _ in 0..<1_200 { _ = run(&site, seconds: 1, frequency: 50) }
        #expect(site.turns.allSatisfy { $0.departure.outlook == .unknownDeparture && $0.plan > .zero })
    }

    @Test("late: an instructed departure that has passed, with and without a next one")
    func instructed() {
        for hasNext in [true, false] {
            var site = site(charge: 0.84, offset: 4 * 3_600)
            if !hasNext { site.fleet[0].vehicle?.departure = nil }
            site.chargers[0].needs = VehicleNeeds(departure: site.now + .seconds(30))
            _ = run(&site, seconds: 29, frequency: 50)
            #expect(site.turns[0].departure.outlook == .onTime)
            _ = run(&site, seconds: 10, frequency: 50)
            #expect(site.turns[0].departure.outlook == .late)
            _ = run(&site, seconds: 7_200, frequency: 50)
            #expect(site.turns[0].departure.outlook == (hasNext ? .onTime : .unknownDeparture))
        }
    }

    // MARK: A clock that is not synchronised

    @Test("unknown departure: kept at the target, charged slowly, starts spread")
    func unknown() {
        var site = TestSite(chargers: 8, limit: 10_000, capacity: 40_000)
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .milliseconds(1_500)
        for index in 0..<8 {
            site.fleet[index].vehicle?.targetCharge = Ratio(0.8)
            site.fleet[index].vehicle?.departure = .seconds(7 * 3_600 + 1_800)
            site.chargers[index].stateOfCharge = Ratio(0.5)
        }
        site.settings.recoveryWait = .zero
        set(&site, seconds: Self.beforeDeparture, trusted: false)
        var starts: Set<Int> = []
        for second in 0..<900 {
            _ = run(&site, seconds: 1, frequency: 50)
            let planned = site.turns.filter { $0.plan > .zero }.count
            if planned > starts.count { starts.insert(second) }
        }
        #expect(starts.count >= 7, "\(starts)")
        #expect(site.turns.allSatisfy { $0.departure.outlook == .unknownDeparture && $0.plan > .zero })
        // 40 kWh × 80 % / 90 % in eight hours.
        #expect(site.turns.allSatisfy { abs($0.plan.value - 40_000 * 0.8 / 0.9 / 8) < 1 })
        for _ in 0..<60 {
            _ = run(&site, seconds: 1, frequency: 49.3)
            #expect(site.sum >= .zero)
        }
        // The clock is synchronised again: the departure is known.
        set(&site, seconds: Self.beforeDeparture + 3_600 * 12)
        _ = run(&site, seconds: 2, frequency: 50)
        #expect(site.turns.allSatisfy { $0.departure.outlook == .onTime })
    }
}
