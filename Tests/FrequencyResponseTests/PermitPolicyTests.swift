import TestSupport
import Testing

@testable import FrequencyResponse

@Suite("When chargers may have power")
struct PermitPolicyTests {
    private struct Bench {
        var policy = PermitPolicy()
        let rules = PermitRules(stopDeadline: .seconds(15), startTime: .seconds(180), pause: .seconds(10))
        var milliseconds: Int64 = 0

        mutating func pass(
            _ seconds: Double, tripped: Bool = false, stopping: Bool = false, stray: Bool = false, controlled: Int = 1,
            blocked: Bool = false, low: Bool = true
        ) {
            for _ in 0..<Int(seconds * 20) {
                milliseconds += 50
                policy.update(
                    PermitPolicy.Moment(
                        now: Instant(nanoseconds: milliseconds * 1_000_000), isTripped: tripped, isStopping: stopping,
                        controlled: controlled, isEveryChargerBlocked: blocked, hasStray: stray, isPowerLow: low),
                    rules: rules)
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
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
        bench.pass(179, controlled: 0)
        #expect(bench.policy.isPermitted)
        bench.pass(4, controlled: 0)
        #expect(!bench.policy.isPermitted && bench.policy.requiresZeroPower)
        bench.pass(11, controlled: 0)
        #expect(bench.policy.isPermitted)
    }

    @Test("a charger that can't be brought to zero power: no power once the current is down, and a pause")
    func stray() {
        var bench = Bench()
        bench.pass(10)
        bench.pass(1.9, stray: true, low: false)
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
        bench.pass(1, stray: true, low: false)
        #expect(bench.policy.isPermitted && bench.policy.requiresZeroPower)
        bench.pass(0.1, stray: true, low: true)
        #expect(!bench.policy.isPermitted)
        bench.pass(11, controlled: 0)
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
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
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
        bench.pass(150, controlled: 0)
        #expect(bench.policy.isPermitted)
        bench.pass(10, controlled: 1)
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
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

    @Test("a pause of the supply that a restart found goes on: the permit stays off until it is over")
    func restoredPause() {
        let rules = PermitRules(stopDeadline: .seconds(15))
        var policy = PermitPolicy(pausedUntil: at(7_000))
        var firstOn: Int64?
        for time in stride(from: Int64(0), through: 9_000, by: 50) {
            policy.update(
                PermitPolicy.Moment(
                    now: at(time), isTripped: false, isStopping: false, controlled: 0, isPowerLow: true), rules: rules)
            if policy.isPermitted, firstOn == nil { firstOn = time }
            #expect(policy.requiresZeroPower == (time < 7_000), "\(time)")
        }
        #expect(firstOn == 7_000)
    }

    @Test(
        """
        chargers that their own contacts hold without supply take nothing from the site, and are given time to start \
        once they are let go
        """
    )
    func blocked() {
        var bench = Bench()
        bench.pass(10)
        bench.pass(600, controlled: 0, blocked: true)
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
        bench.pass(179, controlled: 0)
        #expect(bench.policy.isPermitted && !bench.policy.requiresZeroPower)
        bench.pass(4, controlled: 0)
        #expect(!bench.policy.isPermitted && bench.policy.requiresZeroPower)
    }

    @Test(
        """
        an ordered stop of one charger waits for its current to fall, and not for ever; the supply comes back when the \
        contact closes
        """
    )
    func orderedStopOfOne() {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
        var stop = OrderedStop()
        stop.update(isOrdered: false, isPowerLow: true, deadline: .seconds(15), now: at(0))
        #expect(!stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: false, deadline: .seconds(15), now: at(1_000))
        stop.update(isOrdered: true, isPowerLow: false, deadline: .seconds(15), now: at(15_999))
        #expect(!stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: false, deadline: .seconds(15), now: at(16_000))
        #expect(stop.isWithheld)
        stop.update(isOrdered: false, isPowerLow: false, deadline: .seconds(15), now: at(16_050))
        #expect(!stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: true, deadline: .seconds(15), now: at(16_100))
        #expect(stop.isWithheld)
        stop.update(isOrdered: true, isPowerLow: false, deadline: .seconds(15), now: at(16_150))
        #expect(stop.isWithheld, "nothing but the contact gives it back")
    }

    private static let cutoffRule = SupplyCutoff.Rule(limit: .seconds(2), pause: .seconds(10))

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
        enum Step { case zeroPower, inHand, told, lost, lostForLong, pause }
        let new: [Step] = []
        let idle: [Step] = [.zeroPower, .pause]
        let driven = idle + [.told, .inHand]
        let outOfHand = driven + [.lost]
        let withheld = outOfHand + [.lostForLong]
        let rows: [(history: [Step], input: Step, isWithheld: Bool)] = [
            // What was before the start is not known.
            (new, .zeroPower, true), (new, .inHand, true), (new, .told, true), (new, .lost, true),
            (new, .lostForLong, true),
            (new, .pause, true),
            (idle, .zeroPower, false), (idle, .inHand, false), (idle, .told, false), (idle, .lost, false),
            (idle, .lostForLong, false),
            (idle, .pause, false),
            (driven, .zeroPower, false), (driven, .inHand, false), (driven, .told, false), (driven, .lost, false),
            (driven, .lostForLong, false), (driven, .pause, false),
            (outOfHand, .zeroPower, false), (outOfHand, .inHand, false), (outOfHand, .told, false),
            (outOfHand, .lost, false),
            (outOfHand, .lostForLong, true), (outOfHand, .pause, true),
            (withheld, .zeroPower, true), (withheld, .inHand, true), (withheld, .told, true), (withheld, .lost, true),
            (withheld, .lostForLong, true), (withheld, .pause, false),
            // Told, and lost before anything of it was seen.
            (idle + [.told], .lostForLong, true),
            // What brings it back in time begins the time anew, and zero power is no power to lose.
            (outOfHand + [.inHand, .lost], .lost, false), (outOfHand + [.zeroPower, .lost], .lostForLong, false),
            // It has started anew, and was told nothing; what it is told in the pause counts after it.
            (withheld + [.pause, .lost], .lostForLong, false), (withheld + [.told, .pause, .lost], .lostForLong, true),
        ]
        for row in rows {
            var watch = SupplyCutoff()
            var seconds: Int64 = 0
            for (number, step) in (row.history + [row.input]).enumerated() {
                seconds += step == .lostForLong ? 2 : step == .pause ? 10 : 1
                let tick = UInt64(number + 1)
                if step == .told { watch.noteCommand(tick) }
                watch.update(
                    isControlled: step == .inHand, zeroPowerTick: step == .zeroPower ? tick : nil,
                    rule: Self.cutoffRule,
                    now: Instant(nanoseconds: seconds * 1_000_000_000))
            }
            #expect(watch.isWithheld == row.isWithheld, "\(row)")
        }
    }

    @Test("an acknowledgement from before a power was told is none of zero power after it")
    func oldZeroPower() {
        func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
        var watch = SupplyCutoff()
        watch.update(isControlled: true, zeroPowerTick: 1, rule: Self.cutoffRule, now: at(0))
        watch.update(isControlled: true, zeroPowerTick: 1, rule: Self.cutoffRule, now: at(10))
        #expect(!watch.isWithheld)
        watch.noteCommand(7)
        watch.update(isControlled: false, zeroPowerTick: 6, rule: Self.cutoffRule, now: at(11))
        watch.update(isControlled: false, zeroPowerTick: 6, rule: Self.cutoffRule, now: at(13))
        #expect(watch.isWithheld)
    }

    @Test("lines that are not looked at for half a second trip the site")
    func stalled() {
        func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
        var watch = GPIOStallDetector()
        #expect(!watch.isHung(turns: 1, now: at(0)) && !watch.isHung(turns: 1, now: at(500)))
        #expect(watch.isHung(turns: 1, now: at(501)) && !watch.isHung(turns: 2, now: at(502)))
    }

    /// Ticks of the permits alone, for chargers that answer as the test says.
    private struct ControlBench {
        var control = PermitControl()
        let fleet: [ChargerSettings]
        var chargers: [ChargerInputs]
        var memory: [ChargerMemory]
        var setpoints: [Setpoint]
        private var step: Int64 = 0
        /// The permits that are on, as the last request asks for them.
        private var standing: UInt64 = 0

        init(permits: [OwnPermit?]) {
            fleet = permits.map {
                ChargerSettings(
                    chargeLimit: Watts(7_000), dischargeLimit: Watts(7_000), readingAgeLimit: .seconds(1), permit: $0)
            }
            chargers = permits.map { _ in ChargerInputs(control: .controlled) }
            memory = permits.map { _ in ChargerMemory() }
            setpoints = permits.map { _ in .zeroPower(until: Instant(nanoseconds: 0), tick: 0) }
        }

        var now: Instant { Instant(nanoseconds: 1_000_000_000 + step * 50_000_000) }
        /// The time of the next tick since the first, in milliseconds.
        var time: Int64 { step * 50 }

        /// One tick in which every charger is commanded this power; zero is zero power.
        mutating func tick(
            commanding power: Double, condition: InterlockCondition = .clear, isBlocked: Bool = false,
            isFrequencyTrusted: Bool = true
        ) -> PermitRequest {
            for index in setpoints.indices {
                setpoints[index] = Setpoint(
                    isZeroPower: power == 0, power: Watts(power), expires: now + .milliseconds(250), tick: UInt64(step))
            }
            let moment = PermitControl.Moment(
                now: now, tick: UInt64(step), expires: now + .milliseconds(250), epoch: 0, condition: condition,
                isStopping: false, isBlocked: isBlocked, isFrequencyTrusted: isFrequencyTrusted,
                standing: standing,
                room: SupplySequence.Room(
                    importing: nil, exporting: nil, taken: .zero,
                    phases: PhaseLimits(nil, unbalance: nil, others: FleetSurvey.Uncontrolled()),
                    loads: PhaseLimits.Loads()))
            step += 1
            let (fleet, chargers) = (fleet, chargers)
            var (memory, setpoints) = (memory, setpoints)
            defer { self.memory = memory }
            let setpointSpan = setpoints.mutableSpan
            var memorySpan = memory.mutableSpan
            let request = control.request(
                moment, rules: PermitRules(stopDeadline: .seconds(15)), fleet: fleet.span, chargers: chargers.span,
                memory: &memorySpan, setpoints: setpointSpan)
            standing = request.isPermitted ? ~request.withheld : 0
            return request
        }
    }

    @Test(
        """
        the permit of the charger that is lost with power is withheld, and no other; a link that hangs is a loss
        """,
        arguments: [true, false])
    func withheld(isSilent: Bool) {
        var bench = ControlBench(permits: [
            OwnPermit(number: 1, lossLimit: .seconds(2)), OwnPermit(number: 2, lossLimit: nil),
        ])
        /// Time of the first tick, in milliseconds, at which the mask changed, and to what.
        var changes: [(Int64, UInt64)] = []
        for _ in 0..<500 {
            let time = bench.time
            // Both are lost after 15 s: the link reports it, or their last reading stays as it is.
            let isLost = time >= 15_000
            for index in bench.chargers.indices {
                bench.chargers[index].power = Watts(3_000)
                if !isLost { bench.chargers[index].takenAt = bench.now }
                if isLost, !isSilent { bench.chargers[index].control = .unreachable }
            }
            let request = bench.tick(commanding: isLost ? 0 : 3_000)
            if changes.last?.1 != request.withheld { changes.append((time, request.withheld)) }
        }
        // Both wait until no power can flow any more.
        #expect(changes.map(\.1).prefix(4) == [0b110, 0b010, 0, 0b010])
        guard changes.count >= 4 else { return }
        #expect(changes[1].0 == 1_000)
        #expect(changes[2].0 == 10_000, "the pause before its first supply")
        // At once, or once its last reading is 1 s old; then the 2 s.
        #expect(changes[3].0 == (isSilent ? 18_000 : 17_000))
    }

    @Test("an old last reading: counts as out of reach, and the supply comes back")
    func lastReadingStays() {
        var bench = ControlBench(permits: [nil])
        var last: PermitRequest?
        for _ in 0..<600 {
            let time = bench.time
            // As a serial bus leaves it whose charger has lost its supply in the middle of a charge.
            bench.chargers[0].control = time < 1_000 ? .controlled : .notControlled
            if time <= 1_000 { bench.chargers[0].takenAt = bench.now }
            bench.chargers[0].power = Watts(3_000)
            last = bench.tick(
                commanding: 0, condition: (1_000..<5_000).contains(time) ? .tripped : .clear)
        }
        #expect(last?.allowsHeartbeat == true && last?.isPermitted == true)
    }

    @Test("bays without a vehicle are under control: no supply is cut for them")
    func emptyBays() {
        var bench = ControlBench(permits: [nil, nil])
        for step in 0..<600 {
            for index in bench.chargers.indices {
                bench.chargers[index] = ChargerInputs(
                    control: .noVehicle, takenAt: bench.now, power: .zero,
                    zeroPower: ZeroPowerAcknowledgement(tick: UInt64(step), since: bench.now))
            }
            let request = bench.tick(commanding: 0, isBlocked: true)
            if !request.isPermitted || request.isFault || !request.allowsHeartbeat || bench.control.requiresZeroPower {
                Issue.record("\(step): \(request)")
                return
            }
        }
    }
}
