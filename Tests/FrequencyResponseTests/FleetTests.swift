import FrequencyResponse
import Testing

@testable import FrequencyResponse

@Suite("Fleet")
struct FleetTests {
    // MARK: Readings

    @Test(
        "the age of a reading: fresh up to the limit, also when it was taken while the tick began",
        arguments: [
            (-3_600.0, false), (-1.001, false), (-1, true), (0, true), (0.999, true), (1, true), (1.001, false),
            (3_600, false),
        ])
    func readingAge(age: Double, isFresh: Bool) {
        var site = TestSite(chargers: 1)
        site.chargersReport = false
        site.fleet[0].readingAgeLimit = .seconds(1)
        site.chargers[0].takenAt = site.now + Interval(nanoseconds: Int64(age * -1e9))
        let outputs = site.tick(frequency: 49.5)
        #expect(outputs.chargersControlled == (isFresh ? 1 : 0))
    }

    // MARK: Sharing

    @Test("a small signal modulates one active car, and a large one all")
    func fewCars() {
        var site = TestSite(chargers: 8, capacity: 40_000)
        var active: Set<Int> = []
        for tick in 0..<200 {
            _ = site.tick(frequency: 49.9 + 0.01 * Double(tick % 5))
            let busy = site.setpoints.indices.filter { site.setpoints[$0].power != .zero }
            #expect(busy.count <= 1)
            active.formUnion(busy)
        }
        #expect(active.count == 1)
        _ = site.tick(frequency: 49.4)
        #expect(site.setpoints.allSatisfy { $0.power < .zero })
    }

    @Test("chargers do not come and go while the target moves to and fro")
    func noChatter() {
        var site = TestSite(chargers: 6, capacity: 40_000)
        _ = site.tick(frequency: 49.62)
        var starts = 0
        var last = site.setpoints.map { $0.power != .zero }
        for tick in 0..<400 {
            _ = site.tick(frequency: 49.62 + 0.01 * Double(tick % 7) / 7)
            let now = site.setpoints.map { $0.power != .zero }
            starts += zip(last, now).filter { !$0 && $1 }.count
            last = now
        }
        #expect(starts <= 1)
    }

    @Test("a car that worked on one side is left there while another can work on the other")
    func reversals() {
        var site = TestSite(chargers: 4, capacity: 20_000)
        var sides: [Int: Set<Int>] = [:]
        for tick in 0..<200 {
            _ = site.tick(frequency: tick % 20 < 10 ? 49.9 : 50.1)
            for (index, setpoint) in site.setpoints.enumerated() where setpoint.power != .zero {
                sides[index, default: []].insert(setpoint.power < .zero ? -1 : 1)
            }
        }
        #expect(sides.values.allSatisfy { $0.count == 1 })
        #expect(sides.count == 2)
    }

    @Test("batteries give by what they can keep up, so that a promise for the whole duration is kept by all together")
    func energyShared() {
        var site = TestSite(chargers: 4, limit: 10_000, capacity: 20_000)
        // Two almost empty, two full: 15 minutes of 20 kW are 5 kWh.
        for (index, charge) in [0.42, 0.43, 0.9, 0.9].enumerated() {
            site.chargers[index].stateOfCharge = Ratio(charge)
        }
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .seconds(3)
        var charges = [0.42, 0.43, 0.9, 0.9]
        for _ in 0..<900 {
            for index in charges.indices { site.chargers[index].stateOfCharge = Ratio(charges[index]) }
            let outputs = site.tick(frequency: 49.4)
            #expect(outputs.shortfall.magnitude <= Watts(0.5))
            for index in charges.indices { charges[index] += site.setpoints[index].power.value / 3_600 / 40_000 / 0.95 }
        }
        #expect(charges.allSatisfy { $0 > 0.4 })
        #expect(charges[2] < 0.9 && charges[0] < 0.42)
    }

    @Test("where minimum powers forbid a part, as many as can stand at it do, and what is missing is reported")
    func minimums() {
        var site = TestSite(chargers: 3, limit: 5_000, capacity: 9_000)
        for index in site.fleet.indices { site.fleet[index].dischargeMinimum = Watts(4_000) }
        for (share, expected) in [(0.3, [0]), (0.5, [4_500]), (0.95, [4_000, 4_550])] as [(Double, [Double])] {
            let frequency = 49.8 - 0.3 * (share - 0.05) / 0.95
            for _ in 0..<2 { _ = site.tick(frequency: frequency) }
            let outputs = site.tick(frequency: frequency)
            let given = site.setpoints.map { -$0.power.value }.filter { $0 > 0 }.sorted()
            let wanted = expected.filter { $0 > 0 }
            #expect(given.count == wanted.count, "\(share): \(given)")
            #expect(given.allSatisfy { $0 >= 4_000 })
            #expect(abs(outputs.shortfall.value - (9_000 * share - given.reduce(0, +))) < 1)
        }
    }

    // MARK: Chargers against their model

    @Test("what a charger fails to deliver moves to another at a limited rate, and comes back with it")
    func failing() {
        var site = TestSite(chargers: 2, limit: 10_000, capacity: 8_000)
        for index in 0..<2 {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .milliseconds(100), ramp: Watts(50_000))
        }
        var weak = true
        var shares: [Double] = []
        for tick in 0..<6_000 {
            if tick == 1_000 { weak = false }
            for index in 0..<2 {
                let told = site.setpoints[index].isZeroPower ? .zero : site.setpoints[index].power
                site.chargers[index].power = index == 0 && weak ? max(told, Watts(-1_000)) : told
            }
            _ = site.tick(frequency: 49.5)
            shares.append(-site.setpoints[0].power.value)
        }
        #expect(abs(shares[100] - 4_000) < 1_500)
        // 1 kW is what it gives; a tenth of its limit and 50 W are the tolerance of the judgement.
        #expect(shares[999] < 2_200)
        // 5 % of its limit per second down, a tenth of that back up.
        #expect(zip(shares[20..<900], shares[21..<901]).allSatisfy { $0 - $1 <= 10_000 * 0.05 * 0.05 + 1 })
        #expect(zip(shares[1_100..<5_900], shares[1_101..<5_901]).allSatisfy { $1 - $0 <= 10_000 * 0.005 * 0.05 + 1 })
        #expect(shares[5_999] > 2_500)
        #expect(site.memory[0].tracking.learned.discharge ?? Watts(10_000) > Watts(9_000))
    }

    @Test("offsets are trimmed off the sum, slowly")
    func offsets() {
        var site = TestSite(chargers: 2, limit: 10_000, capacity: 10_000)
        for index in 0..<2 {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .milliseconds(100), ramp: Watts(50_000))
        }
        var delivered: [Double] = []
        for _ in 0..<2_400 {
            for index in 0..<2 {
                let told = site.setpoints[index].isZeroPower ? .zero : site.setpoints[index].power
                site.chargers[index].power = told == .zero ? .zero : told + Watts(index == 0 ? 420 : -740)
            }
            let outputs = site.tick(frequency: 49.6)
            let flows = site.chargers.reduce(0) { $0 + ($1.power?.value ?? 0) }
            delivered.append(outputs.baseline.value - flows)
            #expect(outputs.correction.magnitude <= Watts(1_000))
        }
        let wanted = 10_000 * (0.05 + 0.95 * 0.2 / 0.3)
        #expect(abs(delivered[10] - wanted - 320) < 20)
        #expect(abs((delivered.last ?? 0) - wanted) < 5)
        #expect(zip(delivered[10...], delivered[11...]).allSatisfy { abs($0 - $1) <= 10_000 * 0.02 * 0.05 + 2 })
    }

    @Test("a fast charger stands in for a slow one until it follows")
    func cover() {
        var site = TestSite(chargers: 2, limit: 10_000, capacity: 10_000)
        site.fleet[0].behaviour = ChargerBehaviour(deadTime: .seconds(4), ramp: Watts(3_350))
        site.fleet[1].behaviour = ChargerBehaviour(deadTime: .milliseconds(100), ramp: Watts(50_000))
        var model = 0.0
        var history = [Double](repeating: 0, count: 80)
        var sums: [Double] = []
        for tick in 0..<400 {
            history.append(site.setpoints[0].isZeroPower ? 0 : site.setpoints[0].power.value)
            let aim = history.removeFirst()
            model = model < aim ? min(aim, model + 167.5) : max(aim, model - 167.5)
            site.chargers[0].power = Watts(model)
            site.chargers[1].power = site.setpoints[1].isZeroPower ? .zero : site.setpoints[1].power
            _ = site.tick(frequency: tick < 20 ? 50 : 49.6)
            sums.append(model + (site.chargers[1].power?.value ?? 0))
        }
        let wanted = -10_000 * (0.05 + 0.95 * 0.2 / 0.3)
        // Within a few ticks the sum is there, although one of the two needs seven seconds.
        #expect(
            sums[25...].allSatisfy { abs($0 - wanted) < 900 }, "\(sums[25...].max() ?? 0) \(sums[25...].min() ?? 0)")
        #expect(abs((sums.last ?? 0) - wanted) < 100)
        #expect(abs(site.setpoints[0].power.value - wanted / 2) < 100)
    }

    @Test("one charger goes down before another goes up, where the connection has no room for both")
    func handOver() {
        var site = TestSite(chargers: 2, limit: 7_000, capacity: 7_000)
        site.settings.limits = SiteLimits(importLimit: Watts(7_500))
        for index in 0..<2 { site.fleet[index].behaviour = ChargerBehaviour(deadTime: .seconds(2), ramp: Watts(3_500)) }
        // The second is full and then not, the first the other way round.
        site.chargers[1].stateOfCharge = Ratio(1)
        var powers = [0.0, 0.0]
        var history = [[Double](repeating: 0, count: 40), [Double](repeating: 0, count: 40)]
        var highest = 0.0
        var last = 0.0
        for tick in 0..<600 {
            if tick == 200 {
                site.chargers[0].stateOfCharge = Ratio(1)
                site.chargers[1].stateOfCharge = Ratio(0.5)
            }
            for index in 0..<2 {
                history[index].append(site.setpoints[index].isZeroPower ? 0 : site.setpoints[index].power.value)
                let aim = history[index].removeFirst()
                powers[index] = powers[index] < aim ? min(aim, powers[index] + 175) : max(aim, powers[index] - 175)
                site.chargers[index].power = Watts(powers[index])
            }
            highest = max(highest, powers[0] + powers[1])
            _ = site.tick(frequency: 50.5)
            last = powers[1]
        }
        #expect(highest <= 7_500)
        #expect(last == 7_000)
    }

    @Test("phase currents and unbalance hold, and other phases take what one can't")
    func phases() {
        var site = TestSite(chargers: 6, limit: 7_400, capacity: 40_000)
        for index in 0..<6 { site.fleet[index].phases = [.l1, .l1, .l1, .l2, .l3, .all][index] }
        site.settings.limits = SiteLimits(phaseCurrent: Amperes(63), unbalance: Watts(4_600))
        for frequency in [49.3, 50.7, 49.7, 50.3] {
            _ = site.tick(frequency: frequency)
            var sums = [0.0, 0, 0]
            for index in 0..<6 {
                let power = site.setpoints[index].power.value
                switch index {
                case 0...2: sums[0] += power
                case 3: sums[1] += power
                case 4: sums[2] += power
                default: for phase in 0..<3 { sums[phase] += power / 3 }
                }
            }
            #expect(sums.allSatisfy { abs($0) <= 63 * 230 + 1 })
            #expect((sums.max() ?? 0) - (sums.min() ?? 0) <= 4_602)
        }
    }

    // MARK: Drivers

    @Test("a state of charge that stands still while energy flows counts as unknown")
    func frozenCharge() {
        var site = TestSite(chargers: 1, limit: 10_000, capacity: 10_000)
        site.period = .seconds(10)
        site.settings.sensing.first.silenceLimit = .seconds(30)
        site.fleet[0].readingAgeLimit = .seconds(60)
        var discharged = 0.0
        for _ in 0..<200 {
            _ = site.tick(frequency: 49.3)
            discharged -= site.setpoints[0].power.value / 360
            site.chargers[0].power = site.setpoints[0].power
        }
        // 5 % of 40 kWh and a tick more; then it may charge only.
        #expect(discharged > 1_500 && discharged < 2_100)
        #expect(site.turns[0].reasons.contains(.frozenCharge))
        site.chargers[0].stateOfCharge = Ratio(0.55)
        _ = site.tick(frequency: 49.3)
        #expect(site.setpoints[0].power < .zero)
    }

    @Test("a whole percent of doubt keeps the floor")
    func coarseCharge() {
        var site = TestSite(chargers: 1)
        site.fleet[0].chargeStep = Ratio(0.01)
        site.chargers[0].stateOfCharge = Ratio(0.41)
        _ = site.tick(frequency: 49)
        #expect(site.setpoints[0].power == .zero)
        // A percent more without any energy is doubted; one that energy accounts for is not.
        site.chargers[0].power = Watts(7_400)
        for _ in 0..<1_300 { _ = site.tick(frequency: 50) }
        site.chargers[0].stateOfCharge = Ratio(0.425)
        _ = site.tick(frequency: 49)
        #expect(site.setpoints[0].power < .zero)
    }

    @Test("the energy of a day is a limit, and plugging in another car starts it anew")
    func throughput() {
        var site = TestSite(chargers: 1, limit: 10_000, capacity: 10_000)
        site.fleet[0].vehicle?.throughputLimit = WattHours(500)
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .seconds(3)
        var moved = 0.0
        for tick in 0..<400 {
            site.chargers[0].stateOfCharge = Ratio(0.9 - Double(tick) * 1e-6)
            site.chargers[0].power = site.setpoints[0].power
            _ = site.tick(frequency: 49.3)
            moved -= site.setpoints[0].power.value / 3_600
        }
        #expect(moved <= 505 && moved > 450)
        // The last of it is given over minutes, so that nothing ends with a step.
        #expect(site.setpoints[0].power > Watts(-300))
        site.chargers[0].control = .noVehicle
        _ = site.tick(frequency: 49.3)
        site.chargers[0].control = .controlled
        _ = site.tick(frequency: 49.3)
        #expect(site.setpoints[0].power < .zero)
    }

    @Test("a driver who takes no part is charged as planned, through any event")
    func optOut() {
        var site = TestSite(chargers: 2, limit: 7_400, capacity: 10_000)
        site.fleet[0].vehicle?.participates = false
        site.fleet[0].vehicle?.targetCharge = Ratio(0.9)
        site.settings.baselineRise = Watts(100_000)
        for _ in 0..<10 { _ = site.tick(frequency: 50) }
        #expect(site.setpoints[0].power == Watts(7_400))
        for frequency in [49.3, 50.6, 49.9] {
            _ = site.tick(frequency: frequency)
            #expect(site.setpoints[0].power == Watts(7_400), "\(frequency)")
        }
    }

    @Test("the step of a setpoint is the larger of the profile's and the device's", arguments: [1.0, 10, 100, 1_000])
    func deviceStep(step: Double) {
        var site = TestSite(chargers: 3, limit: 7_400, capacity: 15_000)
        for index in 0..<3 {
            site.fleet[index].resolution = Watts(10)
            site.chargers[index].setpointStep = Watts(step)
        }
        for frequency in stride(from: 49.5, to: 50.5, by: 0.013) {
            let outputs = site.tick(frequency: frequency)
            for setpoint in site.setpoints where !setpoint.isZeroPower {
                let steps = setpoint.power.value / max(10, step)
                #expect(abs(steps - steps.rounded()) < 1e-9)
            }
            // What rounding takes is a shortfall.
            #expect(
                abs(
                    (outputs.setpointSum - outputs.correction - outputs.baseline + outputs.response - outputs.shortfall)
                        .value)
                    < 1e-6)
        }
    }

    @Test("charging is spread until departure, and what departure needs is not offered")
    func departure() {
        func site(_ hours: Double, charge: Double = 0.6) -> TestSite {
            var site = TestSite(chargers: 1, limit: 10_000, capacity: 5_000)
            site.fleet[0].vehicle?.targetCharge = Ratio(0.8)
            site.settings.baselineRise = Watts(100_000)
            site.settings.offers.leavingPerHour = .zero
            site.chargers[0].stateOfCharge = Ratio(charge)
            site.chargers[0].needs = VehicleNeeds(departure: site.now + .seconds(Int64(hours * 3_600)))
            for _ in 0..<5 { _ = site.tick(frequency: 50) }
            return site
        }
        // 8 kWh are missing; at 90 % they take 8.9 kWh, over ten minutes less than the time there is.
        var relaxed = site(10)
        #expect(abs((relaxed.turns[0].plan.value) - 8_000 / 0.9 / (10 - 1.0 / 6)) < 5)
        #expect(relaxed.turns[0].departure.outlook == .onTime)
        #expect(relaxed.tick(frequency: 50).services[0].offerRaise == Watts(5_000))
        // Ten minutes before it must charge at its limit nothing is left to give; it answers all the same.
        var tight = site(0.95)
        let outputs = tight.tick(frequency: 50)
        #expect(outputs.services[0].offerRaise < Watts(500))
        #expect(tight.tick(frequency: 49.3).setpointSum <= Watts(5_000))
        let late = site(0.5)
        #expect(late.turns[0].departure.outlook == .tooLittleTime)
        let unknown = site(5, charge: .nan)
        #expect(unknown.turns[0].departure.outlook == .unknownCharge)
    }

    // MARK: Offers

    @Test("so many may leave that more do so only with the probability that the confidence leaves")
    func leaving() {
        // Computed by hand from the binomial tail.
        #expect(AvailabilityCount.mostLeaving(of: 1, each: 0.05, confidence: 0.999) == 1)
        #expect(AvailabilityCount.mostLeaving(of: 10, each: 0.05, confidence: 0.999) == 4)
        #expect(AvailabilityCount.mostLeaving(of: 10, each: 0, confidence: 0.999) == 0)
        #expect(AvailabilityCount.mostLeaving(of: 100, each: 0.05, confidence: 0.5) == 5)
        #expect(AvailabilityCount.mostLeaving(of: 0, each: 0.05, confidence: 0.999) == 0)
    }

    @Test("an offer is binding for its period, lowered when less is there, and left alone while it is called")
    func offers() {
        var site = TestSite(chargers: 4, limit: 10_000, capacity: 40_000)
        for index in site.fleet.indices {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .milliseconds(100), ramp: Watts(100_000))
        }
        site.settings.offers.leavingPerHour = .zero
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .seconds(3)
        for index in 0..<4 { site.chargers[index].stateOfCharge = Ratio(0.9) }
        #expect(site.tick(frequency: 50).services[0].offerRaise == Watts(40_000))
        site.chargers[0].control = .noVehicle
        _ = site.tick(frequency: 50)
        #expect(site.tick(frequency: 50).services[0].offerRaise == Watts(30_000))
        site.chargers[0].control = .controlled
        for _ in 0..<60 { #expect(site.tick(frequency: 50).services[0].offerRaise == Watts(30_000)) }
        // A driver comes and wants it all; the promise stands while it is called.
        _ = site.tick(frequency: 49.3)
        for index in 1..<3 {
            site.chargers[index].needs = VehicleNeeds(targetCharge: Ratio(1), departure: site.now + .seconds(600))
        }
        for _ in 0..<60 { #expect(site.tick(frequency: 49.3).services[0].offerRaise == Watts(30_000)) }
        for _ in 0..<3 { _ = site.tick(frequency: 50) }
        #expect(site.tick(frequency: 50).services[0].offerRaise < Watts(30_000))
    }

    @Test(
        "the reason for a small offer is told",
        arguments: [
            OfferLimit.noCharger, .power, .energy, .speed, .departures, .connection, .priority,
        ])
    func reasons(limit: OfferLimit) {
        var site = TestSite(chargers: 2, limit: 10_000, capacity: 30_000)
        for index in site.fleet.indices {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .milliseconds(100), ramp: Watts(100_000))
        }
        site.settings.offers.leavingPerHour = limit == .departures ? Ratio(0.5) : .zero
        for index in 0..<2 { site.chargers[index].stateOfCharge = Ratio(0.9) }
        switch limit {
        case .energy: for index in 0..<2 { site.chargers[index].stateOfCharge = Ratio(0.45) }
        case .noCharger:
            _ = site.tick(frequency: 50)
            for index in 0..<2 { site.chargers[index].control = .noVehicle }
            for _ in 0..<30 { _ = site.tick(frequency: 50) }
        case .speed:
            for index in 0..<2 {
                site.fleet[index].qualifiedShares[0].raise = QualifiedShare(
                    share: Ratio(0.3), shortcoming: .fullLate, start: .zero, full: .seconds(3))
            }
        case .connection: site.settings.limits.exportLimit = Watts(3_000)
        case .priority:
            site.settings.services.items[0].capacity = Watts(15_000)
            site.settings.services.append(site.settings.services[0])
        default: break
        }
        _ = site.tick(frequency: 50)
        let service = site.tick(frequency: 50).services[limit == .priority ? 1 : 0]
        #expect(service.raiseLimit == limit, "\(service)")
    }

    @Test("services stacked on one site answer together, each by its own part")
    func stacked() throws {
        var site = TestSite(chargers: 4, limit: 10_000, kind: .ceFCR, capacity: 10_000)
        var second = site.settings.services[0]
        let shape = try #require(ServiceKind.nordicFCRDUp.rules.shape)
        second.kind = .nordicFCRDUp
        second.curve = try shape.curve()
        second.direction = .low
        second.capacity = Watts(8_000)
        site.settings.services.append(second)
        let outputs = site.tick(frequency: 49.7)
        #expect(outputs.services[0].response == Watts(10_000))
        #expect(abs(outputs.services[1].response.value - 4_000) < 1e-6)
        #expect(abs(outputs.response.value - 14_000) < 1e-6)
        #expect(abs(site.sum.value + 14_000) <= 0.5)
    }

    @Test("what a reservoir lacks is restored by the baseline, ramped, and what is left answers the mean")
    func reservoir() throws {
        var site = TestSite(chargers: 4, limit: 10_000, kind: .nordicFCRN, capacity: 10_000)
        for index in site.fleet.indices {
            site.fleet[index].behaviour = ChargerBehaviour(deadTime: .milliseconds(100), ramp: Watts(100_000))
        }
        site.settings.services.items[0].energy = ServiceKind.nordicFCRN.rules.energy
        site.settings.offers.leavingPerHour = .zero
        site.period = .seconds(1)
        site.settings.sensing.first.silenceLimit = .seconds(3)
        var charge = [0.602, 0.602, 0.602, 0.602]
        var restores: [Double] = []
        var blends: [Double] = []
        for tick in 0..<12_000 {
            for index in 0..<4 {
                site.chargers[index].stateOfCharge = Ratio(charge[index])
                site.chargers[index].power = site.setpoints[index].power
            }
            // 32 kWh for three hours at 10 kW below 49.9 Hz, then back in the normal band.
            let outputs = site.tick(frequency: tick < 10 || tick >= 11_000 ? 50 : 49.895)
            restores.append(outputs.services[0].restore.value)
            blends.append(outputs.services[0].blend)
            for index in 0..<4 {
                let energy = site.setpoints[index].power.value / 3_600
                charge[index] += (energy > 0 ? energy * 0.95 : energy / 0.95) / 40_000
            }
        }
        #expect(charge.allSatisfy { $0 > 0.39 })
        #expect(restores[..<11_000].allSatisfy { $0 == 0 })
        #expect((restores.last ?? 0) > 0)
        #expect(zip(restores, restores.dropFirst()).allSatisfy { abs($0 - $1) <= 10_000 * 0.34 / 300 + 1e-6 })
        #expect(blends.contains { $0 > 0.5 })
        #expect(zip(blends, blends.dropFirst()).allSatisfy { abs($0 - $1) <= 1 / 300.0 + 1e-9 })
    }
}
