import FrequencyResponse
import Testing

@Suite("Control law")
struct ControllerTests {
    @Test(
        "setpoints sum to baseline less response within half a register step",
        arguments: [49.2, 49.5, 49.7, 49.83, 49.9, 50.05, 50.3])
    func sum(frequency: Double) {
        var site = TestSite(chargers: 8, capacity: 40_000)
        let outputs = site.tick(frequency: frequency)
        #expect(outputs.state == (abs(outputs.response.value) > 400 ? .responding : .armed))
        #expect(abs((site.sum - (outputs.baseline - outputs.response)).value) <= 0.5 + 1e-9)
        #expect(outputs.shortfall.magnitude <= Watts(0.5 + 1e-9))
    }

    @Test("low frequency discharges, high frequency charges, and a crossing reverses at once")
    func reversal() {
        var site = TestSite()
        _ = site.tick(frequency: 49.6)
        #expect(site.sum < .zero)
        _ = site.tick(frequency: 50.4)
        #expect(site.sum > .zero)
        _ = site.tick(frequency: 50)
        #expect(site.sum == .zero)
    }

    @Test("every setpoint carries the end of its lease")
    func leases() {
        var site = TestSite()
        let now = site.now
        _ = site.tick(frequency: 49.6)
        for setpoint in site.setpoints { #expect(setpoint.expires == now + site.settings.lease) }
    }

    @Test("what is not armed, or stops, is at zero power")
    func inactive() {
        var site = TestSite()
        site.armed = false
        #expect(site.tick(frequency: 49.5).state == .standby)
        #expect(site.isAllAtZeroPower)
        site.armed = true
        _ = site.tick(frequency: 49.5)
        #expect(site.sum < .zero)
        site.stopping = true
        #expect(site.tick(frequency: 49.5).state == .stopping)
        #expect(site.isAllAtZeroPower)
    }

    @Test("no discharge below the driver's floor or with an unknown state of charge")
    func floor() {
        var site = TestSite(chargers: 3)
        site.chargers[0].stateOfCharge = Ratio(0.4)
        site.chargers[1].stateOfCharge = nil
        let outputs = site.tick(frequency: 49)
        #expect(site.setpoints[0].power == .zero)
        #expect(site.setpoints[1].power >= .zero)
        #expect(site.setpoints[2].power == Watts(-7_400))
        #expect(outputs.shortfall == Watts(20_000 - 7_400))
    }

    @Test("an idle charger that hides its state of charge is woken, and then no more")
    func wake() {
        var site = TestSite(chargers: 1)
        site.fleet[0].wakePower = Watts(1)
        site.chargers[0].stateOfCharge = nil
        _ = site.tick(frequency: 50)
        #expect(site.setpoints[0].power == Watts(1))
        site.chargers[0].stateOfCharge = Ratio(0.6)
        _ = site.tick(frequency: 50)
        #expect(site.setpoints[0].power == .zero)
    }

    @Test("a full battery takes nothing more")
    func full() {
        var site = TestSite(chargers: 2)
        site.chargers[0].stateOfCharge = Ratio(1)
        _ = site.tick(frequency: 50.5)
        #expect(site.setpoints[0].power == .zero)
        #expect(site.setpoints[1].power == Watts(7_400))
    }

    @Test("a charger beyond control gets zero power, and others take its share")
    func unreachable() {
        var site = TestSite(chargers: 3, capacity: 12_000)
        for link in [ChargerControl.unreachable, .notControlled, .noVehicle, .faulted] {
            site.chargers[0].control = link
            _ = site.tick(frequency: 49)
            #expect(site.setpoints[0].isZeroPower)
            #expect(site.sum == Watts(-12_000))
        }
    }

    @Test("a charger beyond control counts its full charging against the import limit")
    func worstCase() {
        var site = TestSite(chargers: 3, capacity: 20_000)
        site.settings.limits = SiteLimits(importLimit: Watts(15_000), exportLimit: Watts(15_000))
        _ = site.tick(frequency: 50.5)
        #expect(site.sum == Watts(15_000))
        site.chargers[0].control = .unreachable
        _ = site.tick(frequency: 50.5)
        #expect(site.sum == Watts(15_000 - 7_400))
    }

    @Test("a lost charger's discharge counts against the export limit until its own timeout")
    func worstExport() {
        var site = TestSite(chargers: 2, capacity: 20_000)
        for index in site.fleet.indices {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .zero, ramp: Watts(1e9))
        }
        site.settings.limits = SiteLimits(exportLimit: Watts(10_000))
        for index in site.chargers.indices { site.chargers[index].power = Watts(-5_000) }
        _ = site.tick(frequency: 49)
        #expect(site.sum == Watts(-10_000))
        site.chargers[0].control = .unreachable
        _ = site.tick(frequency: 49)
        #expect(site.setpoints[1].power == Watts(-5_000))
        site.chargers[0].power = .zero
        for _ in 0..<45 { _ = site.tick(frequency: 49) }
        #expect(site.setpoints[1].power == Watts(-7_400))
    }

    @Test("the building's measured load counts, and its declared extreme when it is not known")
    func building() {
        var site = TestSite(chargers: 4, capacity: 29_600)
        site.settings.limits = SiteLimits(importLimit: Watts(20_000), buildingMaximum: Watts(12_000))
        _ = site.tick(frequency: 50.5)
        #expect(site.sum == Watts(8_000))
        // The chargers stand where they were told, and the meter shows 5 kW beside them.
        for index in site.chargers.indices { site.chargers[index].power = site.setpoints[index].power }
        site.sitePower = Watts(13_000)
        _ = site.tick(frequency: 50.5)
        #expect(site.sum == Watts(15_000))
    }

    @Test("with telemetry half a second old the import limit holds and nothing oscillates")
    func buildingClosedLoop() {
        var site = TestSite(chargers: 2, limit: 10_000, capacity: 15_000)
        site.settings.limits = SiteLimits(importLimit: Watts(20_000), buildingMaximum: Watts(12_000))
        // The meter shows power 400 ms late.
        site.settings.meterDelay = .milliseconds(400)
        var shown = Array(repeating: 10_000.0, count: 8)
        let building = 10_000.0
        var actual = [0.0, 0.0]
        var highest = 0.0
        var sums: [Double] = []
        for tick in 0..<600 {
            // Chargers that follow within 200 ms; the meter is fresh, the chargers' own readings come twice a second.
            for index in 0..<2 {
                let wanted = site.setpoints[index].isZeroPower ? 0 : site.setpoints[index].power.value
                actual[index] += max(-2_500, min(2_500, wanted - actual[index]))
                if tick % 10 == 0 { site.chargers[index].power = Watts(actual[index]) }
            }
            let power = building + actual[0] + actual[1]
            highest = max(highest, power)
            shown.append(power)
            site.sitePower = Watts(shown.removeFirst())
            _ = site.tick(frequency: 50.5)
            sums.append(site.sum.value)
        }
        #expect(highest <= 20_000 + 1)
        #expect(Set(sums.suffix(300)).count == 1, "the last 15 s saw \(Set(sums.suffix(300)).count) different sums")
        #expect(sums.last == 10_000)
    }

    @Test("a lost charger is not taken for one that still draws what it last showed")
    func lostChargerIsNoLoad() {
        var site = TestSite(chargers: 2, limit: 7_000, capacity: 14_000)
        site.settings.limits = SiteLimits(importLimit: Watts(24_000), buildingMaximum: Watts(12_000))
        site.chargers[0].power = Watts(6_000)
        site.chargers[1].power = Watts(6_000)
        site.sitePower = Watts(22_000)
        for _ in 0..<10 { _ = site.tick(frequency: 50.5) }
        site.chargers[0].control = .unreachable
        site.sitePower = Watts(16_000)
        for _ in 0..<400 { _ = site.tick(frequency: 50.5) }
        // 24 kW less the building's 12 kW at most, less the 7 kW that the lost one may draw any moment.
        #expect(site.sum <= Watts(5_000))
    }

    @Test("what the meter shows beyond a limit is taken off at once")
    func overload() {
        var site = TestSite(chargers: 2, limit: 10_000, capacity: 15_000)
        site.settings.limits = SiteLimits(importLimit: Watts(20_000))
        site.sitePower = .zero
        _ = site.tick(frequency: 50.5)
        #expect(site.sum == Watts(15_000))
        site.sitePower = Watts(24_000)
        _ = site.tick(frequency: 50.5)
        #expect(site.sum <= Watts(11_000))
    }

    @Test(
        """
        a charger that refuses or is faulted counts for the export limit with what it was told, until its own timeout \
        has passed
        """,
        arguments: [ChargerControl.notControlled, .faulted])
    func refusingCountsWorst(link: ChargerControl) {
        var site = TestSite(chargers: 4, capacity: 20_000)
        for index in site.fleet.indices {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .zero, ramp: Watts(1e9))
        }
        site.settings.limits = SiteLimits(importLimit: Watts(50_000), exportLimit: Watts(12_000))
        for _ in 0..<40 { _ = site.tick(frequency: 49.5) }
        let told = site.setpoints[0].power.value
        #expect(told < -2_500)
        // It shows nothing yet: its dead time is not over.
        site.chargers[0].control = link
        site.chargers[0].power = .zero
        let begun = site.now
        while site.now.elapsed(since: begun) < .milliseconds(1_900) {
            _ = site.tick(frequency: 49.5)
            if site.sum.value + told < -12_000.5 {
                Issue.record("\(site.sum) and \(told) W beyond 12 kW")
                return
            }
        }
        for _ in 0..<100 { _ = site.tick(frequency: 49.5) }
        #expect(site.sum.value < -11_900)
    }

    @Test("a charger whose readings grow old is unreachable, whatever else it says")
    func oldReadings() {
        var site = TestSite()
        _ = site.tick(frequency: 49)
        #expect(site.sum < .zero)
        site.chargersReport = false
        for _ in 0..<25 { _ = site.tick(frequency: 49) }
        #expect(site.isAllAtZeroPower)
    }

    @Test("while frequency is not trusted, chargers that come back do not raise the export")
    func noRiseWhileUntrusted() {
        var site = TestSite(chargers: 4, capacity: 20_000)
        for index in 1..<4 { site.chargers[index].control = .unreachable }
        _ = site.tick(frequency: 49)
        #expect(site.sum == Watts(-7_400))
        for _ in 0..<12 { _ = site.tick() }
        for index in 1..<4 { site.chargers[index].control = .controlled }
        for _ in 0..<20 {
            _ = site.tick()
            #expect(site.sum >= Watts(-7_400))
        }
    }

    @Test("once the meter is silent, import and export fall and never rise")
    func silence() {
        var site = TestSite()
        _ = site.tick(frequency: 49.6)
        var last = site.sum.magnitude
        var states: Set<String> = []
        for _ in 0..<60 {
            let outputs = site.tick()
            #expect(site.sum.magnitude <= last)
            last = site.sum.magnitude
            states.insert("\(outputs.state)")
        }
        #expect(last == .zero)
        #expect(states.contains("blocked"))
    }

    @Test("within 2 s of the last sample nothing is discharged")
    func silenceTime() {
        var site = TestSite()
        _ = site.tick(frequency: 49.5)
        for _ in 0..<40 { _ = site.tick() }
        #expect(site.sum == .zero)
    }

    @Test("on a dead bus discharge ends with the sample that shows it")
    func deadBus() {
        var site = TestSite()
        _ = site.tick(frequency: 49)
        #expect(site.sum < .zero)
        let outputs = site.tick(frequency: 47.4, voltage: 4)
        #expect(outputs.response == .zero)
        #expect(site.sum == .zero)
        #expect(outputs.state == .blocked)
    }

    @Test("after an event charging comes back only after the recovery wait, and slowly")
    func recovery() {
        var site = TestSite(chargers: 1, capacity: 7_000)
        site.settings.recoveryWait = .seconds(10)
        site.settings.baselineRise = Watts(100)
        site.fleet[0].vehicle?.targetCharge = Ratio(0.8)
        var outputs = site.tick(frequency: 50)
        for _ in 0..<2_000 { outputs = site.tick(frequency: 50) }
        #expect(outputs.baseline == Watts(7_400))
        // The meter falls silent for 3 s: charging may go on, and may not rise.
        for _ in 0..<60 { outputs = site.tick() }
        #expect(outputs.baseline <= Watts(7_400))
        outputs = site.tick(frequency: 49.4)
        outputs = site.tick(frequency: 49.4)
        outputs = site.tick(frequency: 49.4)
        #expect(outputs.response == Watts(7_000))
        for _ in 0..<20 { outputs = site.tick(frequency: 50) }
        #expect(outputs.setpointSum <= Watts(7_400))
    }

    @Test("the droop's baseline is frozen while frequency is outside the deadband")
    func frozen() {
        var site = TestSite(chargers: 1, limit: 10_000, kind: .droop, capacity: 10_000)
        site.fleet[0].vehicle?.targetCharge = Ratio(0.8)
        site.settings.baselineRise = Watts(1_000)
        for _ in 0..<40 { _ = site.tick(frequency: 50) }
        let before = site.tick(frequency: 50).baseline
        #expect(before > .zero)
        for _ in 0..<100 { #expect(site.tick(frequency: 49.5).baseline == before) }
    }

    @Test("equal inputs give bit-equal outputs")
    func deterministic() {
        var first = TestSite(chargers: 5)
        var second = TestSite(chargers: 5)
        var seed: UInt64 = 42
        for _ in 0..<2_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            let frequency = 49 + Double(seed >> 44) / 1_048_576 * 2
            let a = first.tick(frequency: frequency)
            let b = second.tick(frequency: frequency)
            #expect(a.response.value.bitPattern == b.response.value.bitPattern)
            let left = first.setpoints.map(\.power.value.bitPattern)
            let right = second.setpoints.map(\.power.value.bitPattern)
            #expect(left == right)
        }
    }

    @Test("invariants hold over random fleets, frequencies and faults", arguments: 0..<40)
    func invariants(seed: Int) {
        var state = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        var site = TestSite(chargers: 1 + random(10), capacity: 5_000 + Double(random(60_000)))
        site.settings.limits = SiteLimits(
            importLimit: Watts(Double(random(60_000))), exportLimit: Watts(Double(random(60_000))))
        for index in site.fleet.indices {
            site.fleet[index].chargeMinimum = Watts(Double(random(3) * 700))
            site.fleet[index].dischargeMinimum = Watts(Double(random(3) * 700))
            site.fleet[index].resolution = Watts([1, 10, 100][random(3)])
            site.fleet[index].dischargeLimit = random(4) == 0 ? .zero : Watts(7_400)
        }
        for tick in 0..<400 {
            if random(20) == 0 {
                let index = random(site.chargers.count)
                site.chargers[index].control =
                    [.controlled, .controlled, .unreachable, .faulted, .noVehicle][random(5)]
                site.chargers[index].stateOfCharge = random(5) == 0 ? nil : Ratio(Double(random(101)) / 100)
            }
            let outputs: TickOutputs
            switch random(12) {
            case 0: outputs = site.tick()
            case 1: outputs = site.tick(frequency: nil)
            case 2: outputs = site.tick(frequency: 50, voltage: 20)
            default: outputs = site.tick(frequency: 48.5 + Double(random(3_000)) / 1_000)
            }
            check(site, outputs, "seed \(seed), tick \(tick)")
        }
    }

    private func check(_ site: TestSite, _ outputs: TickOutputs, _ place: String) {
        var hasCharge = false
        var hasDischarge = false
        for (index, setpoint) in site.setpoints.enumerated() {
            let settings = site.fleet[index]
            let inputs = site.chargers[index]
            #expect(setpoint.power <= settings.chargeLimit && setpoint.power >= -settings.dischargeLimit, "\(place)")
            if inputs.control != .controlled { #expect(setpoint.isZeroPower, "\(place)") }
            if setpoint.power < .zero {
                hasDischarge = true
                #expect((inputs.stateOfCharge ?? .zero) > Ratio(0.4), "below the floor, \(place)")
                #expect(setpoint.power <= -settings.dischargeMinimum, "\(place)")
            }
            if setpoint.power > .zero {
                hasCharge = true
                #expect(setpoint.power >= settings.chargeMinimum, "\(place)")
            }
            let steps = setpoint.power.value / settings.resolution.value
            #expect(steps == steps.rounded(), "\(place)")
        }
        #expect(!(hasCharge && hasDischarge), "one charger works against another, \(place)")
        #expect(outputs.setpointSum == site.sum, "\(place)")
        #expect(outputs.shortfall == site.sum - (outputs.baseline - outputs.response), "\(place)")
        if let limit = site.settings.limits.importLimit { #expect(site.sum <= limit, "\(place)") }
        if let limit = site.settings.limits.exportLimit { #expect(-site.sum <= limit, "\(place)") }
        if outputs.judged.trust == .voltageOutside { #expect(!hasDischarge, "\(place)") }
    }

    /// A site with the droop of IEEE 1547, and a vehicle that charges to 80 %.
    private static func droopSite() -> TestSite {
        var site = TestSite(chargers: 1, limit: 7_400, capacity: 7_400)
        site.settings.services.items[0].kind = .droop
        site.settings.services.items[0].baselineRule = .frozen
        site.settings.services.items[0].responseTime = .seconds(5)
        site.settings.recoveryWait = .seconds(1)
        site.fleet[0].vehicle?.targetCharge = Ratio(0.8)
        site.period = .milliseconds(100)
        for _ in 0..<300 { _ = site.tick(frequency: 50) }
        return site
    }

    @Test("droop: the rating limits the power, not the change", arguments: [-3.0, -2, -1, -0.5, 0.5, 1, 2, 3])
    func droopRating(deviation: Double) {
        for before in [-10_000.0, -3_000, 0, 4_000, 10_000] {
            var site = TestSite(chargers: 2, limit: 10_000, kind: .droop, capacity: 10_000)
            for index in 0..<2 { site.fleet[index].behaviour = ChargerBehaviour(deadTime: .zero, ramp: Watts(1e9)) }
            site.settings.baselineRise = Watts(1e9)
            site.settings.recoveryWait = .zero
            site.settings.sensing.first.plausibleLowest = Hertz(45)
            site.baselineRequest = Watts(before)
            for _ in 0..<20 { _ = site.tick(frequency: 50) }
            // By steps that no meter takes for a jump.
            var frequency = 50.0
            while abs(frequency - 50 - deviation) > 1e-9 {
                frequency += max(-0.5, min(0.5, 50 + deviation - frequency))
                _ = site.tick(frequency: frequency)
            }
            let outputs = site.tick(frequency: frequency)
            // 5 % of 50 Hz beyond 36 mHz is the whole rating.
            let droop = (abs(deviation) - 0.036) / 2.5 * 10_000 * (deviation < 0 ? 1 : -1)
            let power = max(-10_000, min(10_000, outputs.baseline.value - droop))
            #expect(abs(outputs.baseline.value - outputs.response.value - power) < 1, "\(before) at \(deviation)")
        }
    }

    @Test(
        "offset: dead time under a square wave is none, and no more than the target is asked",
        arguments: [40, 100, 160, 200, 300, 600], [1_000.0, 10_000, 1e6])
    func squareWave(halfPeriod: Int, ramp: Double) {
        for low in [49.4, 50.05] {
            var site = TestSite(chargers: 4, limit: 10_000, capacity: 40_000)
            for index in 0..<4 {
                site.fleet[index].behaviour = ChargerBehaviour(deadTime: .seconds(8), ramp: Watts(ramp))
            }
            var history = [[Double]](repeating: [0, 0, 0, 0], count: 160)
            var powers = [0.0, 0, 0, 0]
            var most = 0.0
            for tick in 0..<(20 * 300) {
                let delayed = history.removeFirst()
                for index in 0..<4 {
                    let step = ramp * 0.05
                    powers[index] += max(-step, min(step, delayed[index] - powers[index]))
                    site.chargers[index].power = Watts(powers[index])
                }
                let outputs = site.tick(frequency: tick / halfPeriod % 2 == 0 ? low : 50.6)
                history.append(site.setpoints.map { $0.isZeroPower ? 0 : $0.power.value })
                most = max(most, outputs.correction.magnitude.value)
            }
            #expect(most < 400, "\(most)")
        }
    }

    @Test("a lag that decays: ends, and the baseline follows the plan again")
    func decayedLag() {
        var site = Self.droopSite()
        for _ in 0..<30 { _ = site.tick(frequency: 49.5) }
        var outputs = site.tick(frequency: 50)
        #expect(outputs.response > .zero && outputs.baselineHold == .frozen)
        for _ in 0..<600 { outputs = site.tick(frequency: 50) }
        #expect(outputs.response == .zero && outputs.baselineHold != .frozen)
        site.chargers[0].stateOfCharge = Ratio(0.9)
        for _ in 0..<600 { outputs = site.tick(frequency: 50) }
        #expect(outputs.baseline == .zero, "the vehicle has its target")
    }

    @Test("a frozen baseline: falls to what the plan can still take, and does not rise")
    func frozenBaselineFalls() {
        var site = Self.droopSite()
        var outputs = site.tick(frequency: 49.9)
        let frozen = outputs.baseline
        #expect(frozen > .zero)
        for _ in 0..<100 {
            outputs = site.tick(frequency: 49.9)
            #expect(outputs.baselineHold == .frozen && outputs.baseline <= frozen)
        }
        site.chargers[0].stateOfCharge = Ratio(0.9)
        for _ in 0..<600 { outputs = site.tick(frequency: 49.9) }
        #expect(outputs.baselineHold == .frozen && outputs.baseline == .zero)
        site.chargers[0].stateOfCharge = Ratio(0.5)
        for _ in 0..<600 { outputs = site.tick(frequency: 49.9) }
        #expect(outputs.baseline == .zero, "a frozen baseline does not rise")
    }
}
