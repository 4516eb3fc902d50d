import Devices
import FrequencyResponse
import Interlocks
import Testing

@testable import ControlLoop

@Suite("When chargers may have power")
struct PermitPolicyTests {
    private struct Bench {
        var policy = PermitPolicy(stopDeadline: .seconds(15), startTime: .seconds(180), pause: .seconds(10))
        var milliseconds: Int64 = 0

        mutating func pass(
            _ seconds: Double, tripped: Bool = false, stopping: Bool = false, trusted: Bool = true, controlled: Int = 1,
            heldOff: Bool = false, low: Bool = true
        ) {
            for _ in 0..<Int(seconds * 20) {
                milliseconds += 50
                policy.update(
                    PermitPolicy.Moment(
                        now: Instant(nanoseconds: milliseconds * 1_000_000), isTripped: tripped, isStopping: stopping,
                        isFrequencyTrusted: trusted, controlled: controlled, isHeldOff: heldOff, isPowerLow: low))
            }
        }
    }

    @Test(
        """
        chargers that are not under control yet are given power to start, for as long as they need, and again after a \
        pause
        """
    )
    func start() {
        var bench = Bench()
        bench.pass(0.1, controlled: 0)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
        bench.pass(179, controlled: 0)
        #expect(bench.policy.isPermitted)
        bench.pass(4, controlled: 0)
        #expect(!bench.policy.isPermitted && bench.policy.mustBeNeutral)
        bench.pass(11, controlled: 0)
        #expect(bench.policy.isPermitted)
    }

    @Test("the only meter lost: neutral after 2 s, and no power once the current is down")
    func meterLost() {
        var bench = Bench()
        bench.pass(10)
        bench.pass(1.9, trusted: false, low: false)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
        bench.pass(1, trusted: false, low: false)
        #expect(bench.policy.isPermitted && bench.policy.mustBeNeutral)
        bench.pass(0.1, trusted: false, low: true)
        #expect(!bench.policy.isPermitted)
        bench.pass(11, trusted: true, controlled: 0)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
    }

    @Test("all chargers lost: no power after 2 s, a pause, and power to start again")
    func chargersLost() {
        var bench = Bench()
        bench.pass(10)
        bench.pass(1.9, controlled: 0)
        #expect(bench.policy.isPermitted)
        bench.pass(0.3, controlled: 0)
        #expect(!bench.policy.isPermitted)
        bench.pass(9, controlled: 0)
        #expect(!bench.policy.isPermitted)
        bench.pass(2, controlled: 0)
        #expect(bench.policy.isPermitted)
        bench.pass(60, controlled: 0)
        bench.pass(300, controlled: 1)
        #expect(bench.policy.isPermitted)
    }

    @Test(
        "after a trip of any length chargers are given power to start, for as long as they need",
        arguments: [10.0, 170, 240, 3_600])
    func longTrip(seconds: Double) {
        var bench = Bench()
        bench.pass(5)
        bench.pass(seconds, tripped: true, controlled: 0)
        #expect(!bench.policy.isPermitted)
        bench.pass(11, controlled: 0)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
        bench.pass(150, controlled: 0)
        #expect(bench.policy.isPermitted)
        bench.pass(10, controlled: 1)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
    }

    @Test("an ordered stop and a trip wait for the current to fall, and not for ever", arguments: [true, false])
    func stop(isTrip: Bool) {
        var bench = Bench()
        bench.pass(10)
        bench.pass(14.9, tripped: isTrip, stopping: !isTrip, low: false)
        #expect(bench.policy.isPermitted)
        bench.pass(0.3, tripped: isTrip, stopping: !isTrip, low: false)
        #expect(!bench.policy.isPermitted)
        var quick = Bench()
        quick.pass(10)
        quick.pass(0.05, tripped: isTrip, stopping: !isTrip, low: true)
        #expect(!quick.policy.isPermitted)
    }

    @Test(
        """
        chargers that their own contacts hold without supply take nothing from the site, and are given time to start \
        once they are let go
        """
    )
    func heldOff() {
        var bench = Bench()
        bench.pass(10)
        bench.pass(600, controlled: 0, heldOff: true)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
        bench.pass(179, controlled: 0)
        #expect(bench.policy.isPermitted && !bench.policy.mustBeNeutral)
        bench.pass(4, controlled: 0)
        #expect(!bench.policy.isPermitted && bench.policy.mustBeNeutral)
    }

    @Test(
        """
        an ordered stop of one charger waits for its current to fall, and not for ever; the supply comes back when the \
        contact closes
        """
    )
    func orderedStopOfOne() {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
        var stop = OrderedStop(deadline: .seconds(15))
        stop.update(isOrdered: false, isPowerLow: true, now: at(0))
        #expect(!stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: false, now: at(1_000))
        stop.update(isOrdered: true, isPowerLow: false, now: at(15_999))
        #expect(!stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: false, now: at(16_000))
        #expect(stop.isWithheld)
        stop.update(isOrdered: false, isPowerLow: false, now: at(16_050))
        #expect(!stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: true, now: at(16_100))
        #expect(stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: false, now: at(16_150))
        #expect(stop.isWithheld, "nothing but the contact gives it back")
    }

    /// Every state times every input: what is done to the watch before, then the input, and whether the supply is
    /// withheld after it.
    @Test(
        """
        a charger that can't fall back loses its supply when it was out of hand with power for too long, and gets it \
        again after a pause
        """
    )
    func supplyWatch() {
        /// A second each; `told` and `lostForLong` are out of hand, `inHand` was told before.
        enum Step { case neutral, inHand, told, lost, lostForLong, pause }
        let new: [Step] = []
        let idle: [Step] = [.neutral, .pause]
        let driven = idle + [.told, .inHand]
        let outOfHand = driven + [.lost]
        let withheld = outOfHand + [.lostForLong]
        let rows: [(history: [Step], input: Step, isWithheld: Bool)] = [
            // What was before the start is not known.
            (new, .neutral, true), (new, .inHand, true), (new, .told, true), (new, .lost, true),
            (new, .lostForLong, true),
            (new, .pause, true),
            (idle, .neutral, false), (idle, .inHand, false), (idle, .told, false), (idle, .lost, false),
            (idle, .lostForLong, false),
            (idle, .pause, false),
            (driven, .neutral, false), (driven, .inHand, false), (driven, .told, false), (driven, .lost, false),
            (driven, .lostForLong, false), (driven, .pause, false),
            (outOfHand, .neutral, false), (outOfHand, .inHand, false), (outOfHand, .told, false),
            (outOfHand, .lost, false),
            (outOfHand, .lostForLong, true), (outOfHand, .pause, true),
            (withheld, .neutral, true), (withheld, .inHand, true), (withheld, .told, true), (withheld, .lost, true),
            (withheld, .lostForLong, true), (withheld, .pause, false),
            // Told, and lost before anything of it was seen.
            (idle + [.told], .lostForLong, true),
            // What brings it back in time begins the time anew, and neutral is no power to lose.
            (outOfHand + [.inHand, .lost], .lost, false), (outOfHand + [.neutral, .lost], .lostForLong, false),
            // It has started anew, and was told nothing; what it is told in the pause counts after it.
            (withheld + [.pause, .lost], .lostForLong, false), (withheld + [.told, .pause, .lost], .lostForLong, true),
        ]
        for row in rows {
            var watch = SupplyCutoff(patience: .seconds(2), pause: .seconds(10))
            var seconds: Int64 = 0
            for (number, step) in (row.history + [row.input]).enumerated() {
                seconds += step == .lostForLong ? 2 : step == .pause ? 10 : 1
                let tick = UInt64(number + 1)
                if step == .told { watch.tell(tick) }
                watch.update(
                    isInHand: step == .inHand, zeroPowerTick: step == .neutral ? tick : nil,
                    now: Instant(nanoseconds: seconds * 1_000_000_000))
            }
            #expect(watch.isWithheld == row.isWithheld, "\(row)")
        }
    }

    @Test("an acknowledgement from before a power was told is none of neutral after it")
    func oldNeutral() {
        func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
        var watch = SupplyCutoff(patience: .seconds(2), pause: .seconds(10))
        watch.update(isInHand: true, zeroPowerTick: 1, now: at(0))
        watch.update(isInHand: true, zeroPowerTick: 1, now: at(10))
        #expect(!watch.isWithheld)
        watch.tell(7)
        watch.update(isInHand: false, zeroPowerTick: 6, now: at(11))
        watch.update(isInHand: false, zeroPowerTick: 6, now: at(13))
        #expect(watch.isWithheld)
    }

    @Test(
        """
        control withholds the permit of the charger that is lost with power, and of no other; a link that hangs is a \
        loss
        """,
        arguments: [true, false])
    func desk(isSilent: Bool) {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000) }
        var fleet = [ChargerSettings](
            repeating: ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000)), count: 2)
        for index in fleet.indices { fleet[index].readingAgeLimit = .seconds(1) }
        let plan = PermitPlan(
            permits: [
                PermitSettings(name: "permit", charger: nil),
                PermitSettings(name: "a", charger: 0, takenAfter: .seconds(2)),
                PermitSettings(name: "b", charger: 1),
            ], stopDeadline: .seconds(15))
        var desk = PermitController(plan, fleet: fleet, lease: .milliseconds(250))
        /// Time of the first tick, in milliseconds, at which the mask changed, and to what.
        var changes: [(Int64, UInt64)] = []
        for step in 0..<500 {
            let time = Int64(step) * 50
            var inputs = ChargerInputs(control: .controlled)
            inputs.power = Watts(3_000)
            // Both are lost after 15 s: with a word of it, or with their last word standing.
            let isLost = time >= 15_000
            inputs.takenAt = isLost ? at(14_950) : at(time)
            if isLost, !isSilent { inputs.control = .unreachable }
            let status = ChargerStatus(inputs: inputs)
            var outputs = TickOutputs.none
            outputs.tick = UInt64(step)
            outputs.chargersControlled = 2
            let told = Setpoint(
                isZeroPower: isLost, power: isLost ? .zero : Watts(3_000), expires: at(time + 250), tick: UInt64(step))
            let wish = desk.wish(
                outputs, told: [told, told], [status, status], blocks: [.none, .none], isTripped: false, epoch: 0,
                now: at(time))
            if changes.last?.1 != wish.withheld { changes.append((time, wish.withheld)) }
        }
        #expect(changes.map(\.1) == [0b010, 0, 0b010])
        #expect(changes[1].0 == 10_000, "the pause before its first supply")
        // At once, or once its last word is 1 s old; then the 2 s.
        #expect(changes[2].0 == (isSilent ? 18_000 : 17_000))
    }

    @Test(
        "a charger without supply whose last word stands is out of reach: the heart beats, and it gets its supply again"
    )
    func lastWordStands() {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000) }
        let fleet = [ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000))]
        var desk = PermitController(
            PermitPlan(permits: [PermitSettings(name: "permit", charger: nil)], stopDeadline: .seconds(15)),
            fleet: fleet,
            lease: .milliseconds(250))
        var last: PermitRequest?
        for step in 0..<600 {
            let time = Int64(step) * 50
            // As a serial line leaves it whose charger has lost its supply in the middle of a charge.
            var inputs = ChargerInputs(control: time < 1_000 ? .controlled : .notControlled)
            inputs.takenAt = at(min(time, 1_000))
            inputs.power = Watts(3_000)
            var outputs = TickOutputs.none
            outputs.tick = UInt64(step)
            outputs.judged.trust = .trusted
            outputs.chargersControlled = time < 1_000 ? 1 : 0
            let neutral = Setpoint.zeroPower(until: at(time + 250), tick: UInt64(step))
            last = desk.wish(
                outputs, told: [neutral], [ChargerStatus(inputs: inputs)], blocks: [.none],
                isTripped: (1_000..<5_000).contains(time),
                epoch: 0,
                now: at(time))
        }
        #expect(last?.isHealthy == true && last?.isPermitted == true)
    }

    @Test("bays without a vehicle are in hand: no supply is taken for them")
    func emptyBays() {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000) }
        let fleet = [ChargerSettings](
            repeating: ChargerSettings(chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000)), count: 2)
        var desk = PermitController(
            PermitPlan(permits: [PermitSettings(name: "permit", charger: nil)], stopDeadline: .seconds(15)),
            fleet: fleet,
            lease: .milliseconds(250))
        for step in 0..<600 {
            let now = at(Int64(step) * 50)
            var inputs = ChargerInputs(control: .noVehicle)
            inputs.takenAt = now
            inputs.power = .zero
            let status = ChargerStatus(inputs: inputs, zeroPowerTick: UInt64(step), zeroPowerAt: now)
            var outputs = TickOutputs.none
            outputs.tick = UInt64(step)
            outputs.judged.trust = .trusted
            outputs.state = .withdrawn
            let neutral = Setpoint.zeroPower(until: now + .milliseconds(250), tick: UInt64(step))
            let wish = desk.wish(
                outputs, told: [neutral, neutral], [status, status], blocks: [.none, .none], isTripped: false, epoch: 0,
                now: now)
            if !wish.isPermitted || wish.isFault || !wish.isHealthy || desk.mustBeNeutral {
                Issue.record("\(step): \(wish)")
                return
            }
        }
    }
}
