import FrequencyResponse
import TestSupport
import Testing

@Suite("Locked chargers")
struct LockTests {
    @Test("a locked charger has zero power, the others carry its part, and it comes back when it is unlocked")
    func setpoint() {
        var site = TestSite()
        for _ in 0..<20 { _ = site.tick(frequency: 49.6) }
        let whole = site.sum
        #expect(site.setpoints.allSatisfy { $0.power < .zero })
        site.chargers[0].isLocked = true
        for _ in 0..<40 { _ = site.tick(frequency: 49.6) }
        #expect(site.setpoints[0].isZeroPower)
        #expect(abs(site.sum.value - whole.value) < 1)
        #expect(site.turns[0].reasons.contains(.locked) && !site.turns[1].reasons.contains(.locked))
        site.chargers[0].isLocked = false
        for _ in 0..<40 { _ = site.tick(frequency: 49.6) }
        #expect(!site.setpoints[0].isZeroPower && site.setpoints[0].power < .zero)
    }

    @Test("a lock is an ordered stop, whatever the charger's contacts allow")
    func allowance() {
        for block in [ChargerBlock.none, .zeroPower, .orderedStop] {
            var charger = ChargerInputs(control: .controlled, block: block)
            #expect(charger.allowance == block)
            charger.isLocked = true
            #expect(charger.allowance == .orderedStop)
        }
    }

    @Test("all chargers locked: the site waits, and nothing is offered")
    func all() {
        var site = TestSite()
        for _ in 0..<20 { _ = site.tick(frequency: 50) }
        for index in site.chargers.indices { site.chargers[index].isLocked = true }
        var outputs = site.tick(frequency: 49.6)
        for _ in 0..<40 { outputs = site.tick(frequency: 49.6) }
        #expect(site.setpoints.allSatisfy { $0.isZeroPower })
        #expect(outputs.availableRaise == .zero && outputs.availableLower == .zero)
    }
}
