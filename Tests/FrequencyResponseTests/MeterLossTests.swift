import SiteConfiguration
import Testing

@testable import FrequencyResponse

/// A site of two chargers whose vehicles plan to charge with 5 kW each by a departure in four hours.
@Suite("Only meter lost")
struct MeterLossTests {
    private static func site(_ rule: MeterLossRule, permits: Bool = false) -> TestSite {
        var site = TestSite(chargers: 2)
        site.period = .milliseconds(200)
        site.settings.onMeterLost = rule
        site.settings.limits = SiteLimits(importLimit: Watts(30_000), buildingMaximum: Watts(22_000))
        site.clock = WallClock(nanosecondsUTC: 1_800_000_000_000_000_000, offsetFromUTC: 0, isTrusted: true)
        for index in 0..<2 {
            site.fleet[index].vehicle = VehicleSettings(
                battery: WattHours(60_000), minimumCharge: Ratio(0.4), targetCharge: Ratio(0.9))
            site.chargers[index].stateOfCharge = Ratio(0.5)
        }
        if permits { site.settings.permits = PermitRules(stopDeadline: .seconds(15)) }
        return site
    }

    /// Seconds of a site whose chargers follow at once. A frequency of nil is a silent meter.
    private static func run(_ site: inout TestSite, seconds: Int, frequency: Double?) -> TickOutputs {
        var outputs = TickOutputs.none
        for _ in 0..<(seconds * 5) {
            for index in site.chargers.indices {
                let power = site.setpoints[index].isZeroPower ? Watts.zero : site.setpoints[index].power
                site.chargers[index].power = power
                site.chargers[index].zeroPower =
                    power == .zero ? ZeroPowerAcknowledgement(tick: outputs.tick, since: site.now) : nil
            }
            site.sitePower = frequency == nil ? nil : site.sum + Watts(2_000)
            outputs = frequency.map { site.tick(frequency: $0) } ?? site.tick()
        }
        return outputs
    }

    @Test(
        "an hour without a meter: charging goes on, holds or stops by the rule, within the building's extremes",
        arguments: [(MeterLossRule.charge, 8_000.0), (.hold, 2_000), (.stop, 0)])
    func hour(rule: MeterLossRule, expected: Double) {
        var site = Self.site(rule)
        // Low frequency keeps charging down to where the meter is lost.
        _ = Self.run(&site, seconds: 120, frequency: 50)
        let before = site.sum
        #expect(before > Watts(2_000))
        var outputs = Self.run(&site, seconds: 3, frequency: nil)
        #expect(outputs.state == .blocked && site.sum <= before)
        outputs = Self.run(&site, seconds: 50, frequency: nil)
        #expect(site.sum <= before, "it does not rise within the recovery wait")
        outputs = Self.run(&site, seconds: 3_600, frequency: nil)
        switch rule {
        case .charge: #expect(abs(site.sum.value - min(8_000, outputs.planned.value)) < 200, "\(site.sum)")
        case .hold: #expect(site.sum > .zero && site.sum <= before)
        case .stop: #expect(site.sum == .zero)
        }
        #expect(outputs.services[0].offerRaise == .zero && outputs.services[0].offerLower == .zero)
        #expect(site.setpoints.allSatisfy { $0.power >= .zero })
    }

    @Test("charging without a meter rises by at most a tenth of the plans a minute")
    func rise() {
        var site = Self.site(.charge)
        _ = Self.run(&site, seconds: 5, frequency: 49.5)
        var highest = site.sum
        for minute in 0..<15 {
            let outputs = Self.run(&site, seconds: 60, frequency: nil)
            #expect(site.sum <= max(.zero, highest) + outputs.planned * 0.1 + Watts(50), "minute \(minute)")
            highest = max(highest, site.sum)
        }
        #expect(site.sum > Watts(5_000))
    }

    @Test("a start without a meter: charging begins after the recovery wait, and a meter that comes is answered")
    func start() {
        var site = Self.site(.charge)
        var outputs = Self.run(&site, seconds: 50, frequency: nil)
        #expect(outputs.state == .starting && site.sum == .zero)
        outputs = Self.run(&site, seconds: 1_200, frequency: nil)
        #expect(outputs.state == .blocked && site.sum > Watts(5_000))
        outputs = Self.run(&site, seconds: 10, frequency: 49.5)
        #expect(outputs.state == .responding && site.sum < Watts(-10_000))
    }

    @Test("a site with a grid code: no discharge out of service, and charging goes on")
    func gridCode() {
        var site = Self.site(.charge)
        site.settings.gridCode = GridCode.g99.settings
        _ = Self.run(&site, seconds: 120, frequency: 50)
        let outputs = Self.run(&site, seconds: 1_200, frequency: nil)
        #expect(outputs.gridCode == .outOfService(.unwitnessed))
        #expect(site.sum > Watts(5_000) && site.setpoints.allSatisfy { $0.power >= .zero })
    }

    @Test("permits stay closed while chargers can be brought to zero power, and the heartbeat goes on")
    func permits() throws {
        var site = Self.site(.charge, permits: true)
        _ = Self.run(&site, seconds: 10, frequency: 50)
        for _ in 0..<600 {
            let request = try #require(Self.run(&site, seconds: 1, frequency: nil).permitRequest)
            #expect(request.isPermitted && request.allowsHeartbeat)
        }
        #expect(site.sum > Watts(3_000))
    }

    @Test(
        "a charger that discharges without a frequency loses its own permit, or the site's", arguments: [true, false])
    func strays(hasOwn: Bool) throws {
        var site = Self.site(.charge, permits: true)
        if hasOwn { site.fleet[1].permit = OwnPermit(number: 3, lossLimit: nil) }
        _ = Self.run(&site, seconds: 10, frequency: 49.5)
        var wasPermitted = true
        var withheld: UInt64 = 0
        for _ in 0..<200 {
            site.chargers[0].power = site.setpoints[0].isZeroPower ? .zero : site.setpoints[0].power
            site.chargers[1].power = Watts(-5_000)
            let request = try #require(site.tick().permitRequest)
            wasPermitted = wasPermitted && request.isPermitted
            withheld |= request.withheld
        }
        #expect(wasPermitted == hasOwn)
        #expect(withheld == (hasOwn ? 0b1000 : 0))
    }

    @Test("a meter that measures power and no frequency: the building's extremes count all the same")
    func noFrequency() {
        var site = Self.site(.charge)
        _ = Self.run(&site, seconds: 120, frequency: 50)
        for _ in 0..<(1_800 * 5) {
            for index in 0..<2 { site.chargers[index].power = site.setpoints[index].power }
            site.sitePower = site.sum + Watts(2_000)
            _ = site.tick(frequency: nil)
        }
        #expect(site.sum > Watts(5_000) && site.sum <= Watts(8_000), "\(site.sum)")
    }
}
