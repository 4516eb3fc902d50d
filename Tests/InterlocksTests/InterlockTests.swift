import FrequencyResponse
import TestSupport
import Testing

@testable import Interlocks

@Suite("Interlocks")
struct InterlockTests {
    /// A machine with its contacts, as a person at the terminals moves them.
    struct Bench {
        var machine: InterlockMachine
        var now: Int64 = 0
        var tick: UInt64 = 0

        init(latched: Set<String> = [], settings: InterlockSettings = InterlockSite.settings) {
            machine = InterlockMachine(settings: settings, latched: latched, now: at(0))
            for contact in 0..<4 { set(contact, closed: true) }
            set(4, closed: false)
            set(5, closed: true)
            pass(30)
        }

        mutating func set(_ contact: Int, closed: Bool) {
            machine.see(
                contact: contact, isHigh: closed == InterlockSite.settings.contacts[contact].closedIsHigh, at: at(now))
            machine.decide(now: at(now))
        }

        mutating func pass(_ milliseconds: Int64) {
            for _ in 0..<milliseconds {
                now += 1
                machine.settle(now: at(now))
            }
        }

        mutating func request(_ isPermitted: Bool = true, withheld: UInt64 = 0, epoch: UInt64? = nil) {
            tick += 1
            machine.take(
                PermitRequest(
                    tick: tick, expires: at(now + 250), epoch: epoch ?? machine.epoch, isPermitted: isPermitted,
                    withheld: withheld,
                    allowsHeartbeat: true, isFault: false),
                now: at(now))
            // The contactor follows, its mirror contact with it.
            set(5, closed: !machine.permits[0])
        }

        mutating func press() {
            pass(600)
            set(4, closed: true)
            pass(30)
            set(4, closed: false)
            pass(30)
        }
    }

    @Test("no permit without a request, and none when a contact was not read yet")
    func nothingByItself() {
        var bench = Bench()
        #expect(bench.machine.permits == [false, false])
        bench.request()
        #expect(bench.machine.permits == [true, true])
        #expect(bench.machine.condition == .clear)
        var unread = InterlockMachine(settings: InterlockSite.settings, now: at(0))
        unread.take(
            PermitRequest(
                tick: 1, expires: at(250), epoch: 0, isPermitted: true, allowsHeartbeat: true, isFault: false),
            now: at(0))
        #expect(unread.permits == [false, false])
        #expect(unread.condition == .tripped)
    }

    @Test(
        """
        an emergency stop takes every permit with its first edge, latches, and comes back only by the button with the \
        contact closed, then by a second press
        """
    )
    func emergencyStop() {
        var bench = Bench()
        bench.request()
        _ = bench.machine.drainEvents()
        bench.set(0, closed: false)
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.inhibits == [1, 1])
        #expect(bench.machine.condition == .tripped)
        #expect(
            bench.machine.drainEvents() == [.opened(contact: 0), .latched(contact: 0), .permitOff(0), .permitOff(1)])
        bench.set(5, closed: true)
        bench.pass(600)
        bench.press()
        #expect(bench.machine.drainEvents().contains(.resetRefused(contact: 0)))
        bench.set(0, closed: true)
        bench.pass(50)
        bench.request()
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.condition == .tripped && bench.machine.latches == ["estop"])
        bench.press()
        #expect(bench.machine.condition == .clear && bench.machine.isDisarmed && bench.machine.latches == ["not armed"])
        bench.request()
        #expect(bench.machine.permits == [true, true])
        bench.press()
        #expect(!bench.machine.isDisarmed && bench.machine.latches.isEmpty)
    }

    @Test("a latch is kept over a restart, and so is that nobody has armed since")
    func restart() {
        var bench = Bench(latched: ["estop"])
        bench.request()
        #expect(bench.machine.permits == [false, false] && bench.machine.condition == .tripped)
        bench.press()
        var again = Bench(latched: bench.machine.latches)
        #expect(again.machine.isDisarmed)
        again.request()
        #expect(again.machine.condition == .clear)
        again.press()
        #expect(!again.machine.isDisarmed)
    }

    @Test("a button that was held or bridged before the start resets nothing")
    func bridgedButton() {
        var machine = InterlockMachine(settings: InterlockSite.settings, latched: ["estop"], now: at(0))
        for contact in 0..<4 {
            machine.see(contact: contact, isHigh: InterlockSite.settings.contacts[contact].closedIsHigh, at: at(0))
        }
        machine.see(contact: 4, isHigh: false, at: at(0))
        machine.see(contact: 5, isHigh: false, at: at(0))
        for time in 1...2_000 { machine.settle(now: at(Int64(time))) }
        #expect(machine.latches == ["estop"])
        machine.see(contact: 4, isHigh: true, at: at(2_001))
        machine.see(contact: 4, isHigh: false, at: at(2_100))
        for time in 2_101...2_200 { machine.settle(now: at(Int64(time))) }
        #expect(machine.latches == ["not armed"])
    }

    @Test("a bridged button that could not be read for a moment resets nothing, until it has been read open")
    func lostButton() {
        var bench = Bench()
        // Bridged while all is well.
        bench.set(4, closed: true)
        bench.pass(1_000)
        bench.set(0, closed: false)
        bench.pass(10)
        bench.set(0, closed: true)
        bench.pass(10)
        #expect(bench.machine.latches == ["estop"])
        for _ in 0..<3 {
            bench.machine.lose(contact: 4, at: at(bench.now))
            bench.pass(10)
            bench.set(4, closed: true)
            bench.pass(1_000)
        }
        #expect(bench.machine.latches == ["estop"])
        bench.set(4, closed: false)
        bench.pass(100)
        bench.set(4, closed: true)
        bench.pass(100)
        #expect(bench.machine.latches == ["not armed"])
    }

    @Test("an ordered stop leaves the permit to control, and holds it off once it is off")
    func orderedStop() {
        var bench = Bench()
        bench.request()
        bench.set(1, closed: false)
        #expect(
            bench.machine.permits == [true, true] && bench.machine.condition == .tripped
                && bench.machine.inhibits == [1, 1])
        bench.request(false)
        #expect(bench.machine.permits == [false, false])
        bench.request()
        #expect(bench.machine.permits == [false, false])
        bench.set(1, closed: true)
        bench.pass(10)
        bench.request()
        #expect(bench.machine.permits == [true, true] && bench.machine.condition == .clear)
    }

    @Test(
        """
        an ordered stop of one charger: its permit alone goes when control withholds it, and comes back after the \
        contact has closed
        """
    )
    func orderedStopOfOne() {
        var settings = InterlockSite.settings
        settings.contacts[3].role = .interlock(.stop, trips: [1], latches: false)
        var bench = Bench(settings: settings)
        bench.request()
        bench.set(3, closed: false)
        #expect(
            bench.machine.permits == [true, true] && bench.machine.inhibits == [0, 1]
                && bench.machine.condition == .clear)
        #expect(bench.machine.block(charger: 1) == .orderedStop && bench.machine.block(charger: 0) == .none)
        bench.request(withheld: 0b10)
        #expect(bench.machine.permits == [true, false])
        bench.request()
        #expect(bench.machine.permits == [true, false], "a request turns nothing on while the contact is open")
        bench.set(3, closed: true)
        bench.pass(10)
        bench.request()
        #expect(bench.machine.permits == [true, true] && bench.machine.block(charger: 1) == .none)
    }

    @Test("an island blocks the site and leaves the permits; a door takes the permit of its charger alone")
    func scopes() {
        var bench = Bench()
        bench.request()
        bench.set(2, closed: false)
        #expect(
            bench.machine.permits == [true, true] && bench.machine.condition == .blocked
                && bench.machine.inhibits == [1, 1])
        bench.set(2, closed: true)
        bench.pass(1)
        bench.set(3, closed: false)
        #expect(
            bench.machine.permits == [true, false] && bench.machine.condition == .clear
                && bench.machine.inhibits == [1, 2])
        #expect(bench.machine.block(charger: 1) == .zeroPower && bench.machine.block(charger: 0) == .none)
    }

    @Test("a request made before an opening turns nothing on after it")
    func oldWish() {
        var bench = Bench()
        bench.request()
        bench.set(3, closed: false)
        bench.set(3, closed: true)
        bench.pass(1)
        bench.request(epoch: 0)
        #expect(bench.machine.permits == [true, false])
        bench.request()
        #expect(bench.machine.permits == [true, true])
    }

    @Test("when control dies or hangs, the permits go with the last request")
    func wishExpires() {
        var bench = Bench()
        bench.request()
        bench.pass(750)
        #expect(bench.machine.permits == [true, true])
        bench.pass(1)
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.drainEvents().contains(.requestExpired))
    }

    @Test("a contactor that does not say that it is off is welded: tripped and latched, whoever closes it")
    func welded() {
        var bench = Bench()
        bench.request()
        bench.request(false)
        // The mirror says “on” although the permit is off.
        bench.set(5, closed: false)
        bench.pass(499)
        #expect(bench.machine.condition == .clear)
        bench.pass(1)
        #expect(bench.machine.condition == .tripped && bench.machine.latches == ["welded permit"])
        bench.request()
        #expect(!bench.machine.permits[0])
        bench.set(5, closed: false)
        bench.press()
        #expect(bench.machine.drainEvents().contains(.resetRefused(contact: 5)))
        bench.set(5, closed: true)
        bench.pass(5)
        bench.press()
        #expect(bench.machine.condition == .clear)
    }

    @Test(
        """
        a contactor that falls although its permit is on trips and latches: it must not come back when whatever opened \
        the chain closes
        """
    )
    func dropped() {
        var bench = Bench()
        for _ in 0..<20 {
            bench.request()
            bench.pass(50)
        }
        #expect(bench.machine.permits[0] && bench.machine.condition == .clear)
        bench.set(5, closed: true)
        bench.pass(10)
        #expect(
            !bench.machine.permits[0] && bench.machine.condition == .tripped
                && bench.machine.latches == ["dropped permit"])
        #expect(bench.machine.drainEvents().contains(.dropped(permit: 0)))
        bench.press()
        #expect(bench.machine.condition == .clear && bench.machine.isDisarmed)
    }

    @Test("one push that bounces resets and does not arm")
    func bouncingButton() {
        var bench = Bench(latched: ["estop"])
        for _ in 0..<3 {
            bench.set(4, closed: true)
            bench.pass(30)
            bench.set(4, closed: false)
            bench.pass(10)
        }
        #expect(bench.machine.latches == ["not armed"])
    }

    @Test("a stall between an edge and its answer welds nothing: the mirror contact's time counts from the driving")
    func lateDriving() {
        var bench = Bench()
        bench.request()
        bench.machine.see(contact: 3, isHigh: true, at: at(bench.now))
        bench.now += 5_000
        bench.machine.decide(now: at(bench.now))
        bench.machine.settle(now: at(bench.now + 1))
        #expect(!bench.machine.isWelded)
    }

    @Test("a contactor that does not come on is told once, and trips nothing")
    func staysOff() {
        var bench = Bench()
        bench.request()
        bench.set(5, closed: true)
        for _ in 0..<30 {
            bench.pass(50)
            bench.request()
            bench.set(5, closed: true)
        }
        #expect(bench.machine.drainEvents().filter { $0 == .contactorStaysOff(permit: 0) }.count == 1)
        #expect(bench.machine.condition == .clear && bench.machine.permits[0])
    }

    @Test("a contact that can't be read counts as open")
    func unreadable() {
        var bench = Bench()
        bench.request()
        bench.machine.lose(contact: 0, at: at(bench.now))
        bench.machine.decide(now: at(bench.now))
        #expect(bench.machine.permits == [false, false])
        #expect(bench.machine.drainEvents().contains(.unreadable(contact: 0)))
    }

    @Test(
        """
        a million random moments: no permit ever against an open contact, a latch, a weld, or without a request that knew \
        of the last opening
        """
    )
    func invariants() {
        var seed: UInt64 = 7
        func random(_ count: UInt64) -> Int {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Int(seed % count)
        }
        var bench = Bench()
        // What a person would note beside it.
        var closedFor = [Int64](repeating: 100, count: 6)
        var isClosed = [true, true, true, true, false, true]
        var knownEpoch: UInt64 = 0
        var requests = false
        var requestedAt: Int64 = -10_000
        var openedEpoch = [UInt64](repeating: 0, count: 6)
        var wasOn = [false, false]
        for _ in 0..<1_000_000 {
            switch random(12) {
            case 0...3:
                let contact = random(6)
                let closed = random(4) > 0
                let epoch = bench.machine.epoch
                bench.machine.see(
                    contact: contact, isHigh: closed == InterlockSite.settings.contacts[contact].closedIsHigh,
                    at: at(bench.now))
                bench.machine.decide(now: at(bench.now))
                if closed != isClosed[contact] { closedFor[contact] = 0 }
                if bench.machine.epoch != epoch { openedEpoch[contact] = bench.machine.epoch }
                isClosed[contact] = closed
            case 4...7:
                requests = random(5) > 0
                knownEpoch = random(4) == 0 ? bench.machine.epoch &- min(1, bench.machine.epoch) : bench.machine.epoch
                requestedAt = bench.now
                bench.machine.take(
                    PermitRequest(
                        tick: 1, expires: at(bench.now + 250), epoch: knownEpoch, isPermitted: requests,
                        allowsHeartbeat: true,
                        isFault: false),
                    now: at(bench.now))
            default:
                let time = Int64(random(40))
                bench.now += time
                for contact in 0..<6 where isClosed[contact] { closedFor[contact] += time }
                bench.machine.settle(now: at(bench.now))
            }
            let machine = bench.machine
            defer { wasOn = machine.permits }
            for permit in 0..<2 where machine.permits[permit] && !wasOn[permit] {
                // Turned on by this step: only by a request that knew of every opening of its contacts, which have
                // stood closed for their time.
                for contact in permit == 0 ? [0, 1] : [0, 1, 3] {
                    if knownEpoch < openedEpoch[contact] {
                        Issue.record("permit \(permit) came on by a request that did not know"); return
                    }
                    if closedFor[contact] < InterlockSite.settings.contacts[contact].debounce.nanoseconds / 1_000_000 {
                        Issue.record(
                            """
                            permit \(permit) came on while \(InterlockSite.settings.contacts[contact].name) had not come to rest
                            """
                        )
                        return
                    }
                }
            }
            for permit in 0..<2 where machine.permits[permit] {
                guard requests, bench.now <= requestedAt + 750 else {
                    Issue.record("permit \(permit) is on without a request")
                    return
                }
                let forbidding = permit == 0 ? [0] : [0, 3]
                for contact in forbidding
                where !isClosed[contact] || machine.latches.contains(InterlockSite.settings.contacts[contact].name) {
                    Issue.record(
                        "permit \(permit) is on although \(InterlockSite.settings.contacts[contact].name) is open or latched"
                    )
                    return
                }
                if machine.latches.contains(permit == 0 ? "welded permit" : "welded permits.b") {
                    Issue.record("a welded permit is on")
                    return
                }
            }
            if !isClosed[0], machine.condition != .tripped { Issue.record("open, and not tripped"); return }
            if !isClosed[2], machine.condition == .clear { Issue.record("an island, and not blocked"); return }
            _ = bench.machine.drainEvents()
        }
    }
}
