import Devices
import FrequencyResponse
import Interlocks
import Realtime
import Synchronization
import Testing

@testable import Commissioning
@testable import ControlLoop

@Suite("Permits while a person commissions")
struct CommissioningPermitsTests {
    private struct Bench {
        let mailboxes = Mailboxes(chargerCount: 2, meterCount: 1)
        var permits: CommissioningPermits
        var now = LiveClock.now()
        var tick: UInt64 = 10
        var status = ChargerInputs(control: .controlled)

        init() {
            permits = CommissioningPermits(
                [
                    PermitSettings(name: "permit", charger: nil), PermitSettings(name: "a", charger: 0),
                    PermitSettings(name: "b", charger: 1),
                ], rules: PermitRules(stopDeadline: .seconds(15)), mailboxes: mailboxes)
            permits.take(0, ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000)))
        }

        /// Some seconds with a reading of this power, or with none.
        mutating func pass(_ seconds: Double, power: Double?, isAtZeroPower: Bool = true) -> PermitRequest {
            for _ in 0..<Int(seconds * 10) {
                now = now + .milliseconds(100)
                tick += 1
                mailboxes.progress.lineTurns.wrappingAdd(1, ordering: .relaxed)
                if let power {
                    status.control = .controlled
                    status.power = Watts(power)
                    status.takenAt = now
                    status.zeroPower =
                        isAtZeroPower
                        ? ZeroPowerAcknowledgement(tick: tick, since: status.zeroPower?.since ?? now) : nil
                } else {
                    status = .unknown
                }
                _ = permits.renew(status, tick: tick, now: now)
            }
            return mailboxes.interlocks.permitRequest.latest().value!
        }

        mutating func tell() {
            tick += 1
            permits.tell(tick)
        }

        func set(_ condition: InterlockCondition) {
            mailboxes.interlocks.condition.store(condition.rawValue, ordering: .releasing)
        }
    }

    @Test("the supply of the charger that is spoken to comes on, and of no other that has its own")
    func oneSupply() {
        var bench = Bench()
        let request = bench.pass(1, power: nil)
        #expect(request.isPermitted && request.withheld == 0b100 && request.allowsHeartbeat)
    }

    @Test("a charger that takes long to answer keeps its supply, also when it is taken again")
    func slow() {
        var bench = Bench()
        #expect(bench.pass(60, power: nil).isPermitted)
        #expect(bench.pass(5, power: 0).isPermitted)
        bench.permits.take(0, ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000)))
        #expect(bench.pass(60, power: nil).isPermitted)
    }

    @Test(
        "an ordered stop takes the supply when the power is low, and not because the charger is not seen for a moment")
    func underLoad() {
        var bench = Bench()
        _ = bench.pass(2, power: 0)
        bench.tell()
        _ = bench.pass(2, power: 3_000, isAtZeroPower: false)
        bench.set(.tripped)
        // Zero power is acknowledged, and the power has not fallen yet.
        #expect(bench.pass(1, power: 3_000).isPermitted)
        bench.permits.take(0, ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000)))
        #expect(bench.pass(2, power: nil).isPermitted)
        #expect(!bench.pass(1, power: 0).isPermitted)
    }

    @Test("a contact that blocks leaves the supply on")
    func blocked() {
        var bench = Bench()
        _ = bench.pass(2, power: 0)
        bench.set(.blocked)
        #expect(bench.pass(5, power: 0).isPermitted)
        #expect(bench.permits.hold(bench.now) == .zeroPower)
    }

    @Test(
        """
        the heart beats while the charger is in hand, is left alone, or carries nothing; not while it is lost with \
        power
        """
    )
    func heart() {
        var bench = Bench()
        _ = bench.pass(2, power: 0)
        bench.tell()
        #expect(bench.pass(2, power: 3_000, isAtZeroPower: false).allowsHeartbeat)
        bench.permits.isLeftAlone = true
        #expect(bench.pass(5, power: nil).allowsHeartbeat)
        bench.permits.isLeftAlone = false
        #expect(!bench.pass(1, power: nil).allowsHeartbeat)
        bench.permits.noteFallenBack()
        bench.permits.take(0, ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000)))
        #expect(bench.pass(5, power: nil).allowsHeartbeat)
    }
}
