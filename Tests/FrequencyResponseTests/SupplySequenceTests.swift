import Testing

@testable import FrequencyResponse

/// A depot whose chargers each have a permit of their own. A charger whose supply comes back starts for 30 s, then
/// charges with 7.4 kW by itself, until it is taken over 5 s later. The building takes 30 kW.
private struct StartingDepot {
    var site: TestSite
    /// When each charger got its supply; nil without.
    var suppliedAt: [Instant?]
    /// Chargers that never answer, from a time on. They go on for 4 s, and charge by themselves after that.
    var dead: [Int: Instant] = [:]
    /// Chargers whose own contact keeps their permit off.
    var stopped: Set<Int> = []
    /// When each charger lost its supply; its last reading stays for a second.
    private var lostAt: [Instant?]
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
        lostAt = suppliedAt
        site.standing = 0
        site.chargersReport = false
    }

    /// All permits go off, as when a contact opens.
    mutating func cut() {
        for index in suppliedAt.indices where suppliedAt[index] != nil { lose(index) }
        site.standing = 0
        mostAtOnce = 0
    }

    /// The relay drops the coils, and the outputs stay on.
    mutating func dropCoils() {
        for index in suppliedAt.indices where suppliedAt[index] != nil { lose(index) }
        mostAtOnce = 0
    }

    mutating func kill(_ chargers: Set<Int>) { for index in chargers { dead[index] = site.now } }

    private mutating func lose(_ index: Int) {
        suppliedAt[index] = nil
        lostAt[index] = site.now
    }

    /// What a charger does now.
    private func power(_ index: Int) -> Watts {
        guard let since = suppliedAt[index] else { return .zero }
        let elapsed = site.now.elapsed(since: since)
        if elapsed < .seconds(30) { return .zero }
        if let at = dead[index] {
            return site.now.elapsed(since: at) >= .seconds(4) ? Watts(7_400) : site.chargers[index].power ?? .zero
        }
        if elapsed < .seconds(35) { return Watts(7_400) }
        return site.setpoints[index].isZeroPower ? .zero : site.setpoints[index].power
    }

    mutating func run(seconds: Int, frequency: Double = 50.5) {
        for _ in 0..<(seconds * 20) {
            var sum = Watts.zero
            for index in suppliedAt.indices {
                let power = power(index)
                sum += power
                let isUp = suppliedAt[index].map { site.now.elapsed(since: $0) >= .seconds(35) } ?? false
                site.chargers[index].block = stopped.contains(index) ? .zeroPower : .none
                // The last reading stays as it is for a while, whatever has become of the charger.
                let quietSince = dead[index] ?? lostAt[index]
                if let quietSince, !isUp || dead[index] != nil {
                    if site.now.elapsed(since: quietSince) >= .seconds(1) {
                        site.chargers[index].control = .unreachable
                    }
                    continue
                }
                site.chargers[index].control = isUp ? .controlled : .unreachable
                site.chargers[index].power = isUp ? power : nil
                site.chargers[index].takenAt = site.now
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
            let isOn =
                request.isPermitted && request.withheld & (1 << UInt64(index)) == 0 && !stopped.contains(index)
            if isOn, suppliedAt[index] == nil {
                suppliedAt[index] = site.now
                closed += 1
                lostAt[index] = nil
            } else if !isOn, suppliedAt[index] != nil {
                lose(index)
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
        depot.kill([0, 4])
        depot.run(seconds: 1_500)
        #expect(depot.controlled == 8)
        #expect(depot.highest <= Watts(60_000), "\(depot.highest)")
    }

    @Test("all permits go off for a moment: the supplies come back one after another")
    func trip() {
        var depot = StartingDepot(chargers: 10, limit: 38_000)
        depot.run(seconds: 900)
        #expect(depot.controlled == 10)
        depot.cut()
        depot.run(seconds: 900)
        #expect(depot.mostAtOnce == 1 && depot.controlled == 10)
        #expect(depot.highest <= Watts(38_000), "\(depot.highest)")
    }

    @Test("a charger whose own contact is open gets no room, and the others keep theirs")
    func stopped() {
        var depot = StartingDepot(chargers: 10, limit: 60_000)
        depot.run(seconds: 600)
        depot.stopped = [3]
        depot.run(seconds: 60)
        for _ in 0..<20 {
            depot.run(seconds: 5)
            #expect(depot.site.sum > Watts(18_000), "\(depot.site.sum)")
        }
        depot.stopped = []
        depot.run(seconds: 120)
        #expect(depot.controlled == 10 && depot.highest <= Watts(60_000), "\(depot.highest)")
    }

    @Test("more chargers are lost at once than fit: they lose their supply before they charge by themselves")
    func shed() {
        var depot = StartingDepot(chargers: 10, limit: 60_000)
        depot.run(seconds: 600)
        depot.kill([1, 2, 3, 4, 5, 6, 7, 8])
        depot.run(seconds: 600)
        #expect(depot.suppliedAt.indices.filter { depot.suppliedAt[$0] == nil }.count >= 4)
        #expect(depot.controlled == 2 && depot.site.sum >= .zero)
        #expect(depot.highest <= Watts(60_000), "\(depot.highest)")
    }

    @Test("a slow charger that has to come down is waited for")
    func slow() {
        var depot = StartingDepot(chargers: 2, limit: 38_000)
        depot.stopped = [1]
        depot.run(seconds: 120)
        #expect(depot.site.sum > Watts(7_000))
        // It shows a lower power at once, and may still answer an older command until its dead time is over.
        depot.stopped = []
        let before = depot.site.now
        while depot.suppliedAt[1] == nil, depot.site.now.elapsed(since: before) < .seconds(120) {
            depot.run(seconds: 1)
        }
        let needed = depot.site.fleet[0].behaviour.longestDeadTime
        #expect(depot.site.now.elapsed(since: before) >= needed, "\(needed.seconds) s")
        #expect(depot.suppliedAt[1] != nil)
    }

    @Test("control stands still for longer than the relay holds: the supplies come back one after another")
    func relay() {
        var depot = StartingDepot(chargers: 10, limit: 38_000)
        depot.site.settings.permits?.relayTime = .milliseconds(500)
        depot.run(seconds: 900)
        depot.site.now = depot.site.now + .milliseconds(600)
        depot.dropCoils()
        depot.run(seconds: 900)
        #expect(depot.mostAtOnce == 1 && depot.controlled == 10)
        #expect(depot.highest <= Watts(38_000), "\(depot.highest)")
    }
}
