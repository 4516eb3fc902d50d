import FrequencyResponse
import Modbus
import Simulation
import SiteConfiguration
import TestSupport
import Testing

@testable import Devices

/// What went wrong with devices in other people's programs, each as a test. Others stand where they belong: late,
/// duplicate and foreign replies, half-open and single-client connections, stale samples and stops behind a back-off in
/// the fault matrix; a dead unit beside others in the shared connections; forbidden zeros and wrong registers with the
/// profiles; curves with the curves; values without units with the broken site files.
@Suite("Mistakes of others, with devices")
struct AntiPatternTests {
    private static func charger(_ name: String, _ change: (inout ChargerProfile) -> Void = { _ in }) -> ChargerProfile {
        guard case .charger(var profile) = profileLibrary[name] else { preconditionFailure("no profile \(name)") }
        change(&profile)
        return profile
    }

    /// A device of a profile that is simulated from it alone, and not by a model with habits of its own.
    static func device(_ profile: ChargerProfile, now: Instant = Instant(nanoseconds: 1_000_000_000_000))
        -> ProfileCharger
    {
        ProfileCharger(
            profile: profile, chargeLimit: min(profile.chargeMaximum, Watts(7_000)),
            dischargeLimit: min(profile.dischargeMaximum, Watts(7_000)),
            vehicle: Vehicle(battery: WattHours(400_000)), dynamics: .fast, now: now)
    }

    /// A driver that has a Quasar follow a power, under a lease for a time.
    private static func following(_ watts: Double, for time: Interval, pollInterval: Interval = .milliseconds(500))
        -> DriverPair
    {
        let profile = charger("wallbox-quasar")
        var pair = DriverPair(profile, device: device(profile), pollInterval: pollInterval)
        pair.pass(3)
        pair.lease = (Watts(watts), pair.now + time)
        pair.pass(3)
        #expect(pair.device.commanded == Watts(watts))
        return pair
    }

    @Test(
        "equal writes are not skipped: half an hour at one setpoint, and the device never falls back",
        arguments: [TimeoutFeed.writes, .anyTraffic])
    func equalWrites(feed: TimeoutFeed) throws {
        let profile = Self.charger("wallbox-quasar") { $0.timeout?.fedBy = feed }
        var pair = DriverPair(profile, device: Self.device(profile))
        pair.pass(3)
        pair.lease = (Watts(2_000), pair.now + .seconds(3_600))
        pair.pass(1_800)
        #expect((pair.device as? ProfileCharger)?.timeoutCount == 0)
        #expect(pair.device.commanded == Watts(2_000))
    }

    @Test("readings are not taken for a heartbeat: a device fed by writes alone falls back while it is only read")
    func readsFeedNothing() {
        let profile = Self.charger("wallbox-quasar") { $0.timeout?.fedBy = .writes }
        var device = Self.device(profile)
        var now = Instant(nanoseconds: 1_000_000_000_000)
        for fixed in profile.takeOver {
            _ = device.answer(profile.write(fixed.value, to: fixed.point, map: SunSpecMap(), exponent: nil)!)
        }
        _ = device.answer(profile.write(2, to: profile.timeout!.point, map: SunSpecMap(), exponent: nil)!)
        _ = device.answer(profile.write(setpoint: Watts(2_000), map: SunSpecMap(), exponent: nil)!)
        for _ in 0..<50 {
            now = now + .milliseconds(100)
            device.advance(to: now)
            _ = device.answer(.read(.holding, address: 526, count: 1))
        }
        #expect(device.timeoutCount == 1 && device.commanded == .zero)
    }

    @Test(
        """
        the heartbeat hangs on the control loop: without a renewed lease only zero power leaves, and then nothing \
        feeds the device
        """
    )
    func stalledCore() {
        var pair = Self.following(2_000, for: .seconds(100))
        // The last lease holds a quarter of a second on.
        pair.lease = nil
        pair.writes = []
        pair.pass(5)
        let zeroPower = Request.writeOne(address: 260, value: 0)
        let stalled = pair.writes.drop { $0 != zeroPower }
        #expect(!stalled.isEmpty && stalled.allSatisfy { $0 == zeroPower }, "\(pair.writes)")
        #expect(pair.writes.count - stalled.count <= 1)
    }

    @Test("a refused write is not taken for done: it is tried again, told, and the charger is not under control")
    func refusedWrite() {
        var pair = Self.following(2_000, for: .seconds(1_000))
        var refusing = pair.device as! ProfileCharger
        refusing.refusesWrites = true
        pair.device = refusing
        pair.lease = (Watts(3_000), pair.now + .seconds(1_000))
        pair.writes = []
        _ = pair.driver.drainEvents()
        pair.pass(1)
        #expect(pair.exceptions >= 2)
        #expect(pair.driver.drainEvents().contains(.setpointRefused))
        #expect(pair.driver.status.control != .controlled)
        #expect(pair.driver.status.zeroPower?.tick == nil)
        refusing = pair.device as! ProfileCharger
        refusing.refusesWrites = false
        pair.device = refusing
        pair.pass(8)
        #expect(pair.driver.status.control == .controlled && pair.device.commanded == Watts(3_000))
    }

    @Test(
        """
        a device that refuses a new setpoint and would take zero power is brought to it, and is not left at the \
        power before
        """
    )
    func refusedPowerAlone() {
        var pair = Self.following(5_000, for: .seconds(1_000))
        pair.meddle = { request in
            guard case .writeOne(address: 260, let value) = request, value != 0 else { return nil }
            return .exception(.illegalValue)
        }
        pair.lease = (Watts(2_000), pair.now + .seconds(1_000))
        pair.writes = []
        _ = pair.driver.drainEvents()
        pair.pass(0.3)
        #expect(pair.driver.drainEvents().contains(.setpointRefused))
        #expect(pair.device.commanded == .zero, "\(pair.writes)")
        #expect(pair.driver.status.control != .controlled)
        // It is taken again after its silence.
        pair.meddle = nil
        pair.pass(8)
        #expect(pair.driver.status.control == .controlled && pair.device.commanded == Watts(2_000))
    }

    @Test(
        """
        a device that answers questions and no zero power gets silence for longer than its timeout, over all its \
        connections
        """
    )
    func unansweredZeroPower() {
        var pair = Self.following(5_000, for: .seconds(10))
        // Any frame feeds its timeout, and its writes hang.
        pair.losesConnection = true
        pair.meddle = { $0.isWrite ? .silence : nil }
        pair.lease = (Watts(5_000), pair.now)
        let begun = pair.now
        pair.sent = []
        pair.pass(20)
        let gaps = zip(pair.sent, pair.sent.dropFirst()).map { $1.elapsed(since: $0) }
        let first = zip(pair.sent, gaps).first { $0.1 >= .milliseconds(2_500) }
        #expect(first.map { $0.0.elapsed(since: begun) <= .seconds(2) } == true, "\(gaps.max() ?? .zero)")
        // It fell back in the first silence.
        #expect(pair.device.commanded == .zero)
        pair.meddle = nil
        pair.lease = (Watts(2_000), pair.now + .seconds(100))
        pair.pass(8)
        #expect(pair.driver.status.control == .controlled && pair.device.commanded == Watts(2_000))
    }

    @Test("a lease that ends just after a reconnection waits for no reading and no read-back")
    func leaseEndsInScript() {
        var pair = Self.following(5_000, for: .seconds(10))
        pair.driver.disconnected()
        pair.driver.connected(now: pair.now)
        guard case .send(.writeOne(address: 260, value: 5_000), _, .safety, _) = pair.driver.next(now: pair.now) else {
            Issue.record("the lease's power does not come first")
            return
        }
        pair.driver.succeeded(RegisterBlock(count: 0), now: pair.now)
        pair.driver.take(.zeroPower(until: pair.now + .milliseconds(250), tick: 9))
        guard case .send(.writeOne(address: 260, value: 0), _, .safety, _) = pair.driver.next(now: pair.now) else {
            Issue.record("zero power does not come next")
            return
        }
    }

    @Test("half a reading from before a silence is not joined with another half from after it")
    func halfReading() {
        let profile = Self.charger("sunspec-der")
        var pair = DriverPair(profile)
        pair.pass(5)
        #expect(pair.driver.status.control == .controlled)
        // Until the first of several blocks has come.
        var first: UInt16?
        while first == nil {
            pair.now = pair.now + .milliseconds(10)
            pair.device.advance(to: pair.now)
            guard case .send(let request, _, _, _) = pair.driver.next(now: pair.now) else { continue }
            guard case .registers(let block) = pair.device.answer(request) else {
                pair.driver.succeeded(RegisterBlock(count: 0), now: pair.now)
                continue
            }
            pair.driver.succeeded(block, now: pair.now)
            if case .read(_, let address, let count) = request, count > 4 { first = address }
        }
        // The program stands still for longer than the device's timeout. Then all of it is read anew.
        pair.now = pair.now + .seconds(5)
        let read = Locked<[UInt16]>([])
        pair.meddle = { request in
            if case .read(_, let address, let count) = request, count > 4 { read.withLock { $0.append(address) } }
            return nil
        }
        pair.pass(3)
        let addresses = read.withLock { $0 }
        #expect(Set(addresses).count > 1, "it is read in one block, which shows nothing")
        // What lies behind the first block is asked for only after the first.
        #expect(addresses.first == first, "\(addresses), and \(first ?? 0) before the silence")
    }

    @Test("nothing is written to what can only be read: every written SunSpec point is one of those that can be")
    func readOnlyViews() {
        for case .charger(let profile) in profileLibrary.profiles {
            let written =
                profile.takeOver.map(\.point) + [profile.setpoint]
                + [profile.timeout?.point, profile.zeroPower?.point].compactMap { $0 }
            for point in written {
                guard case .model(let model, let offset) = point.location else { continue }
                let table = SunSpecModels[model]
                let found = table?.points.first { $0.offset == Int(offset) }
                #expect(found?.isWritable == true, "\(profile.name): model \(model) offset \(offset)")
            }
        }
    }

    @Test("a charger that can't discharge is told nothing instead, and never to charge")
    func wrongDirection() {
        let profile = Self.charger("evtec-delta")
        var pair = DriverPair(profile)
        pair.pass(5)
        pair.lease = (Watts(-3_000), pair.now + .seconds(10))
        pair.pass(10)
        #expect(pair.device.power == .zero && pair.device.commanded == .zero)
    }

    @Test(
        "a change of sign in one step is followed, both ways",
        arguments: ["wallbox-quasar", "sunspec-der", "evtec-bidipro", "fermata-fe20"])
    func signChange(name: String) {
        var pair = DriverPair(Self.charger(name))
        pair.pass(6)
        for power in [-5_000.0, 5_000, -5_000] {
            pair.lease = (Watts(power), pair.now + .seconds(100))
            pair.pass(6)
            #expect(abs(pair.device.power.value - power) < 60, "\(pair.device.power)")
        }
    }

    @Test(
        "firmware that moved its registers is no crash and no charger: it is not under control, and nothing is driven")
    func movedRegisters() {
        struct Moved: SimulatedCharger {
            var power: Watts { .zero }
            var vehicle: Vehicle { Vehicle() }
            var commanded: Watts { .zero }
            mutating func hear() {}
            mutating func returnSupply() {}
            mutating func advance(to now: Instant) {}
            mutating func answer(_ request: Request) -> Answer {
                request.isWrite ? .written : .exception(.illegalAddress)
            }
        }
        for name in ["wallbox-quasar", "ambibox-home", "sunspec-der", "sigenergy-evdc"] {
            var pair = DriverPair(Self.charger(name), device: Moved())
            pair.pass(10)
            pair.lease = (Watts(3_000), pair.now + .seconds(10))
            pair.pass(10)
            #expect(pair.driver.status.control != .controlled, "\(name)")
            #expect(pair.driver.status.power == nil, "\(name)")
        }
    }

    @Test(
        """
        another device at the same address, on a connection that lives on, is asked what it is before anything is \
        written to it
        """
    )
    func swappedDevice() {
        struct Stranger: SimulatedCharger {
            var power: Watts { .zero }
            var vehicle: Vehicle { Vehicle() }
            var commanded: Watts { .zero }
            var isSilent = true
            mutating func hear() {}
            mutating func returnSupply() {}
            mutating func advance(to now: Instant) {}
            mutating func answer(_ request: Request) -> Answer {
                if isSilent { return .silence }
                guard case .read(_, _, let count) = request else { return .written }
                var block = RegisterBlock(count: Int(count))
                for index in 0..<Int(count) { block[index] = 0x1234 }
                return .registers(block)
            }
        }
        let profile = Self.charger("wallbox-quasar")
        for (hasPower, losesConnection) in [(false, false), (false, true), (true, false), (true, true)] {
            var pair = DriverPair(profile, device: Self.device(profile))
            pair.pass(5)
            if hasPower {
                // A connection that came back under load, and the power that it carried.
                pair.lease = (Watts(5_000), pair.now + .seconds(3))
                pair.pass(1)
                pair.driver.disconnected()
                pair.driver.connected(now: pair.now)
                pair.pass(1)
                #expect(pair.device.commanded == Watts(5_000))
            }
            pair.losesConnection = losesConnection
            pair.device = Stranger()
            pair.pass(8)
            pair.device = Stranger(isSilent: false)
            pair.writes = []
            pair.pass(20)
            #expect(
                pair.writes.isEmpty, "with power \(hasPower), loses its connection \(losesConnection): \(pair.writes)")
            #expect(pair.driver.status.control != .controlled)
        }
    }

    @Test("a device that answers half of the questions what it is, on connections that break, is written nothing")
    func halfIdentified() {
        let profile = Self.charger("wallbox-quasar")
        var pair = DriverPair(profile, device: Self.device(profile))
        pair.pass(5)
        #expect(pair.driver.status.control == .controlled)
        // It is away for longer than its timeout; then what answers knows register 81 and costs the connection at the
        // next.
        pair.meddle = { _ in .silence }
        pair.pass(5)
        pair.writes = []
        let before = pair.now
        while pair.now.elapsed(since: before) < .seconds(20) {
            pair.now = pair.now + .milliseconds(10)
            guard case .send(let request, _, _, _) = pair.driver.next(now: pair.now) else { continue }
            if request.isWrite { pair.writes.append(request) }
            if case .read(_, address: 81, _) = request, case .registers(let block) = pair.device.answer(request) {
                pair.driver.succeeded(block, now: pair.now)
            } else {
                pair.driver.failed(.connectionFailed(code: 104), wasWrite: request.isWrite, now: pair.now)
                pair.driver.disconnected()
                pair.now = pair.now + .milliseconds(250)
                pair.driver.connected(now: pair.now)
            }
        }
        #expect(pair.writes.isEmpty, "\(pair.writes)")
    }

    @Test("the silence of a device that refuses zero power outlasts what its neighbours do to the connection")
    func refusedZeroPowerOnBrokenConnection() {
        var pair = Self.following(5_000, for: .seconds(4))
        pair.meddle = { $0.isWrite ? .exception(.deviceFailure) : nil }
        pair.pass(2)
        pair.sent = []
        for _ in 0..<40 {
            pair.pass(0.25)
            pair.driver.disconnected()
            pair.driver.connected(now: pair.now)
        }
        let gaps = zip(pair.sent, pair.sent.dropFirst()).map { $1.elapsed(since: $0) }
        #expect(gaps.contains { $0 > .seconds(2) }, "\(gaps.max() ?? .zero)")
        #expect(pair.device.commanded == .zero)
    }

    @Test(
        """
        a device that answers readings and no new power is brought to zero power or left alone, and does not keep the \
        power before
        """
    )
    func unheardPower() {
        var pair = Self.following(5_000, for: .seconds(1_000), pollInterval: .milliseconds(200))
        // A serial line has no connection to lose, and there is time for a reading between two attempts.
        pair.patience = .milliseconds(500)
        pair.meddle = { $0.isWrite ? .silence : nil }
        pair.lease = (Watts(-5_000), pair.now + .seconds(1_000))
        pair.pass(8)
        #expect(pair.device.commanded == .zero)
        #expect(pair.driver.status.control != .controlled)
    }

    @Test("a device that stands at zero power and misses two refreshes is followed again with its first answer")
    func hiccupAtZeroPower() {
        let profile = Self.charger("wallbox-quasar")
        var pair = DriverPair(profile, device: Self.device(profile))
        pair.ordersZeroPower = true
        pair.pass(6)
        pair.losesConnection = true
        pair.meddle = { $0.isWrite ? .silence : nil }
        pair.writes = []
        for _ in 0..<500 where pair.writes.count < 2 { pair.pass(0.01) }
        #expect(pair.writes.count == 2)
        pair.meddle = nil
        pair.pass(1)
        #expect(pair.driver.status.control == .controlled)
    }

    @Test(
        """
        a device that hears and is not heard gets silence longer than its own timeout, not questions that would feed \
        it for ever
        """
    )
    func oneWay() {
        var pair = Self.following(2_000, for: .seconds(100))
        pair.isMuted = true
        pair.pass(3)
        // From here on it is told nothing of its own: only that it may fall back.
        pair.sent = []
        pair.pass(20)
        let gaps = zip(pair.sent, pair.sent.dropFirst()).map { $1.elapsed(since: $0) }
        #expect(gaps.count { $0 > .seconds(2) } >= 5, "\(gaps.map(\.seconds))")
        #expect(pair.device.commanded == .zero)
        pair.isMuted = false
        pair.pass(10)
        #expect(pair.driver.status.control == .controlled)
    }

    @Test("an ordered zero power is as urgent as one by the end of a lease, in the middle of a reading as well")
    func orderedZeroPower() {
        let profile = Self.charger("sunspec-der")
        var pair = DriverPair(profile)
        pair.pass(5)
        pair.lease = (Watts(2_000), pair.now + .seconds(100))
        pair.pass(3)
        pair.driver.take(.zeroPower(until: pair.now + .seconds(1), tick: 9))
        guard case .send(let request, _, let urgency, _) = pair.driver.next(now: pair.now) else {
            Issue.record("nothing is sent")
            return
        }
        #expect(request.isWrite && urgency == .safety)
        pair.driver.succeeded(RegisterBlock(count: 0), now: pair.now)
        #expect(pair.driver.status.zeroPower?.tick == 9)
    }

    @Test("two sites in one process are independent: what one driver remembers is not another's")
    func noSharedState() {
        let profile = Self.charger("wallbox-quasar")
        var first = DriverPair(profile, device: Self.device(profile))
        var second = DriverPair(profile, device: Self.device(profile))
        first.pass(3)
        second.pass(3)
        first.lease = (Watts(2_000), first.now + .seconds(10))
        second.lease = (Watts(-1_000), second.now + .seconds(10))
        first.pass(5)
        second.pass(5)
        #expect(first.device.commanded == Watts(2_000) && second.device.commanded == Watts(-1_000))
    }
}
