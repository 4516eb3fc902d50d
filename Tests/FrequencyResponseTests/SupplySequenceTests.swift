import Testing

@testable import FrequencyResponse

/// A depot whose chargers each have a permit of their own. A charger whose supply comes back starts for 30 s, then
/// charges with 7.4 kW by itself, until it is taken over 5 s later. The building takes 30 kW.
private struct StartingDepot {
    var site: TestSite
    /// When each charger got its supply; nil without.
    var suppliedAt: [Instant?]
    /// Chargers that never answer. They charge by themselves for ever once they have their supply.
    var dead: Set<Int> = []
    var highest = Watts.zero
    /// The highest number of permits that closed in one tick.
    var mostAtOnce = 0
    private var log: [Int] = []

    init(chargers: Int, limit: Double) {
        site = TestSite(chargers: chargers, capacity: 20_000)
        site.settings.limits = SiteLimits(importLimit: Watts(limit), buildingMaximum: Watts(30_000))
        site.settings.permits = PermitRules(stopDeadline: .seconds(15))
        for index in 0..<chargers {
            site.fleet[index].ownImport = Watts(7_400)
            site.fleet[index].permit = OwnPermit(number: UInt8(index), lossLimit: nil)
        }
        suppliedAt = Array(repeating: nil, count: chargers)
        site.standing = 0
    }

    /// What a charger does now.
    private func power(_ index: Int) -> Watts {
        guard let since = suppliedAt[index] else { return .zero }
        let elapsed = site.now.elapsed(since: since)
        if elapsed < .seconds(30) { return .zero }
        if dead.contains(index) || elapsed < .seconds(35) { return Watts(7_400) }
        return site.setpoints[index].isZeroPower ? .zero : site.setpoints[index].power
    }

    mutating func run(seconds: Int, frequency: Double = 50.5) {
        for _ in 0..<(seconds * 20) {
            var sum = Watts.zero
            for index in suppliedAt.indices {
                let power = power(index)
                sum += power
                let isUp = suppliedAt[index].map { site.now.elapsed(since: $0) >= .seconds(35) } ?? false
                site.chargers[index].control = isUp && !dead.contains(index) ? .controlled : .unreachable
                site.chargers[index].power = isUp && !dead.contains(index) ? power : nil
            }
            highest = max(highest, sum + Watts(30_000))
            let outputs = site.tick(frequency: frequency)
            obey(outputs.permitRequest)
        }
    }

    /// The outputs follow the request at once.
    private mutating func obey(_ request: PermitRequest?) {
        guard let request else { return }
        var closed = 0
        for index in suppliedAt.indices {
            let isOn = request.isPermitted && request.withheld & (1 << UInt64(index)) == 0
            if isOn, suppliedAt[index] == nil {
                suppliedAt[index] = site.now
                closed += 1
            } else if !isOn {
                suppliedAt[index] = nil
            }
            site.standing = isOn ? site.standing | 1 << UInt64(index) : site.standing & ~(1 << UInt64(index))
        }
        mostAtOnce = max(mostAtOnce, closed)
    }

    var controlled: Int { site.chargers.count { $0.control == .controlled } }
}

@Suite("Supplies that come back one after another")
struct SupplySequenceTests {
    @Test("chargers that fit together start together")
    func together() {
        var depot = StartingDepot(chargers: 8, limit: 30_000 + 8 * 7_400)
        depot.run(seconds: 40)
        #expect(depot.mostAtOnce == 8 && depot.controlled == 8)
        #expect(depot.highest <= Watts(30_000 + 8 * 7_400))
    }

    @Test("chargers that do not fit together start one after another, within the limit", arguments: [38_000.0, 60_000])
    func oneByOne(limit: Double) {
        var depot = StartingDepot(chargers: 10, limit: limit)
        depot.run(seconds: 600)
        #expect(depot.controlled == 10)
        #expect(depot.highest <= Watts(limit), "\(depot.highest)")
        // Those under control use the room that is left.
        #expect(depot.site.sum > min(Watts(20_000), Watts(limit - 30_000)) * 0.9)
    }

    @Test("a charger that never answers keeps its part of the limit, and the others start all the same")
    func dead() {
        var depot = StartingDepot(chargers: 10, limit: 60_000)
        depot.dead = [0, 4]
        depot.run(seconds: 900)
        #expect(depot.controlled == 8)
        #expect(depot.highest <= Watts(60_000), "\(depot.highest)")
    }

    @Test("a contact opens and closes: all supplies that went away come back one after another")
    func trip() {
        var depot = StartingDepot(chargers: 10, limit: 38_000)
        depot.run(seconds: 600)
        depot.site.standing = 0
        depot.suppliedAt = Array(repeating: nil, count: 10)
        depot.mostAtOnce = 0
        depot.run(seconds: 600)
        #expect(depot.mostAtOnce == 1 && depot.controlled == 10)
        #expect(depot.highest <= Watts(38_000), "\(depot.highest)")
    }

    @Test("more chargers are lost than fit into the limit: those lose their supply, the others go on")
    func shed() {
        var depot = StartingDepot(chargers: 10, limit: 60_000)
        depot.run(seconds: 600)
        depot.dead = [1, 2, 3, 4, 5, 6]
        // What they draw themselves is not known meanwhile: all of it counts.
        depot.run(seconds: 120)
        #expect(depot.suppliedAt.indices.filter { depot.suppliedAt[$0] == nil }.count >= 2)
        #expect(depot.controlled == 4)
        depot.highest = .zero
        depot.run(seconds: 120)
        #expect(depot.highest <= Watts(60_000), "\(depot.highest)")
    }
}
