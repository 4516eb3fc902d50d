import FrequencyResponse
import Modbus
import SiteConfiguration
import TestSupport
import Testing

@testable import Devices

/// Drives the I/O-free driver against a small register file, with time in hand.
private struct Bench {
    static let library = try! ProfileLibrary(directory: TestData.profiles)

    var driver: ChargerDriver
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var registers: [UInt16: UInt16] = [526: 0, 537: 4, 538: 60]
    var trace: [Request] = []
    /// What the device does with the next requests instead of obeying.
    var faults: [ModbusError] = []
    /// The device forgets what is written here.
    var ignored: Set<UInt16> = []
    /// What can't be read, and how much at once.
    var unreadable: Set<UInt16> = []
    var blockMost: UInt16 = 125
    var refusesWrites = false
    var refusesReads = false
    /// When each request was sent, while that is asked for.
    private var stamps: [Instant]?

    init(observes: Bool = false) {
        guard case .charger(let profile) = Self.library["wallbox-quasar"] else { preconditionFailure("no profile") }
        driver = ChargerDriver(
            settings: ChargerLinkSettings(
                profile: profile, unit: 1, pollInterval: .milliseconds(500), responseTimeout: .milliseconds(500),
                deviceTimeout: .seconds(2), observes: observes), now: now)
        driver.connected(now: now)
    }

    /// Does what the driver wants until it waits, or for a number of requests.
    mutating func work(atMost count: Int = 50) {
        for _ in 0..<count {
            guard case .send(let request, _, _, _) = driver.next(now: now) else { return }
            now = now + .milliseconds(1)
            answer(request)
        }
    }

    /// Lets time pass, and tells when requests were sent.
    mutating func pass(_ milliseconds: Int64, stamping: Bool) -> [Instant] {
        stamps = []
        pass(milliseconds)
        defer { stamps = nil }
        return stamps ?? []
    }

    /// Lets time pass, waking the driver as often as it asks for.
    mutating func pass(_ milliseconds: Int64) {
        let end = now + .milliseconds(milliseconds)
        while now < end {
            work(atMost: 3)
            guard case .wait(let until) = driver.next(now: now) else { continue }
            now = max(now, min(end, max(until, now + .milliseconds(1))))
        }
        work()
    }

    private mutating func answer(_ request: Request) {
        trace.append(request)
        stamps?.append(now)
        if request.isWrite ? refusesWrites : refusesReads {
            driver.failed(.exception(.deviceFailure), wasWrite: request.isWrite, now: now)
            return
        }
        if !faults.isEmpty {
            driver.failed(faults.removeFirst(), wasWrite: request.isWrite, now: now)
            return
        }
        switch request {
        case .read(_, let address, let count)
        where count > blockMost || (address..<address + count).contains { unreadable.contains($0) }:
            driver.failed(.exception(.illegalAddress), wasWrite: false, now: now)
        case .read(_, let address, let count):
            var block = RegisterBlock(count: Int(count))
            for index in 0..<Int(count) { block[index] = registers[address + UInt16(index)] ?? 0 }
            driver.succeeded(block, now: now)
        case .writeOne(let address, let value):
            if !ignored.contains(address) { registers[address] = value }
            driver.succeeded(RegisterBlock(count: 0), now: now)
        case .write: preconditionFailure("a Quasar is written by function 6")
        }
    }

    mutating func lease(_ watts: Double, for milliseconds: Int64 = 250) {
        driver.take(
            Setpoint(isZeroPower: false, power: Watts(watts), expires: now + .milliseconds(milliseconds), tick: 1))
    }

    var writes: [(address: UInt16, value: Int16)] {
        trace.compactMap {
            if case .writeOne(let address, let value) = $0 { (address, Int16(bitPattern: value)) } else { nil }
        }
    }

    mutating func setpointsWritten() -> [Int16] {
        defer { trace.removeAll() }
        return writes.filter { $0.address == 260 }.map(\.value)
    }
}

@Suite("Charger driver")
struct ChargerDriverTests {
    @Test("the first write is zero power, then the take-over, then the timeout, which is read back")
    func takeOver() {
        var bench = Bench()
        bench.work()
        #expect(bench.writes.map(\.address) == [260, 81, 82, 83, 257, 88, 260])
        #expect(bench.writes.map(\.value) == [0, 1, 0, 1, 1, 2, 0])
        #expect(bench.trace.contains(.read(.holding, address: 88, count: 1)))
        #expect(bench.driver.status.control == .controlled)
        #expect(bench.registers[260] == 0)
        #expect(bench.driver.drainEvents() == [.takenOver])
    }

    @Test("without a lease nothing but zero power is ever written")
    func noLease() {
        var bench = Bench()
        bench.pass(10_000)
        #expect(bench.setpointsWritten().allSatisfy { $0 == 0 })
    }

    @Test("a setpoint is written at once, refreshed while its lease is renewed, and zero power when it ends")
    func lease() {
        var bench = Bench()
        bench.work()
        _ = bench.setpointsWritten()
        bench.lease(-5_000)
        // The profile spaces writes by 50 ms, and the zero power of the take-over was just written.
        bench.pass(50)
        #expect(bench.setpointsWritten() == [-5_000])
        for _ in 0..<40 {
            bench.lease(-5_000)
            bench.pass(50)
        }
        let refreshes = bench.setpointsWritten()
        #expect(refreshes.count == 4 && refreshes.allSatisfy { $0 == -5_000 })
        bench.pass(1_000)
        let last = bench.setpointsWritten()
        #expect(last.filter { $0 == 0 }.count == 1 && last.last == 0)
        #expect(bench.driver.drainEvents().contains(.leaseEnded))
    }

    @Test("until zero power is acknowledged after a lease, nothing else is sent")
    func silence() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000)
        bench.pass(60)
        bench.trace.removeAll()
        bench.faults = Array(repeating: .exception(.busy), count: 2)
        bench.pass(260)
        #expect(bench.trace == [.writeOne(address: 260, value: 0), .writeOne(address: 260, value: 0)])
    }

    @Test("exceptions: what each code makes of the next write", arguments: UInt8(1)...12)
    func exceptions(code: UInt8) {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000, for: 60_000)
        bench.pass(60)
        _ = bench.setpointsWritten()
        bench.lease(-4_000, for: 60_000)
        bench.faults = Array(repeating: .exception(ExceptionCode(rawValue: code)), count: 2)
        bench.pass(200)
        let written = bench.setpointsWritten()
        switch ExceptionCode(rawValue: code).meaning {
        case .later:
            // The same write again until it is taken, and nothing lost.
            #expect(written == [-4_000, -4_000, -4_000])
            #expect(bench.registers[260] == UInt16(bitPattern: -4_000) && bench.driver.status.control == .controlled)
        case .refused, .unreachable:
            // Twice: then zero power.
            #expect(written == [-4_000, -4_000, 0])
        }
    }

    @Test(
        "a refused block: read in smaller parts, with a hole in it or with a limit of its own", arguments: [4, 10, 125])
    func smallerBlocks(most: UInt16) {
        var bench = Bench()
        bench.blockMost = most
        if most == 125 { bench.unreadable = [530] }
        bench.pass(1_000)
        #expect(bench.driver.status.control == .controlled && bench.driver.status.stateOfCharge == Ratio(0.6))
    }

    @Test("busy for a quarter of the timeout counts as refused: zero power is written")
    func busyForLong() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000, for: 60_000)
        bench.pass(60)
        bench.lease(-4_000, for: 60_000)
        bench.trace.removeAll()
        bench.faults = Array(repeating: .exception(.busy), count: 14)
        bench.pass(900)
        #expect(bench.setpointsWritten().contains(0))
    }

    @Test("a gateway answers for a device that is gone: the device is not heard")
    func gatewayAnswers() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000, for: 60_000)
        bench.pass(60)
        bench.faults = Array(repeating: .exception(.gatewayNoAnswer), count: 100)
        bench.pass(3_000)
        #expect(bench.driver.status.control == .unreachable)
        // It may still carry power: it is taken over from the start when it comes back.
        bench.faults = []
        bench.trace.removeAll()
        bench.pass(4_000)
        #expect(bench.writes.first?.value == 0 && bench.driver.status.control == .controlled)
    }

    @Test("a device that refuses zero power gets silence for longer than its own timeout, reads included")
    func refusedZeroPower() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000)
        bench.pass(60)
        bench.refusesWrites = true
        bench.pass(300)
        bench.trace.removeAll()
        let stamps = bench.pass(20_000, stamping: true)
        #expect(stamps.count > 4)
        // Between two bursts nothing at all is sent for more than the 2 s after which the device falls back by itself.
        let gaps = zip(stamps, stamps.dropFirst()).map { $1.nanoseconds - $0.nanoseconds }
        let long = gaps.filter { $0 > 2_000_000_000 }.count
        #expect(long >= 6, "\(long) silences in 20 s")
        #expect(gaps.allSatisfy { $0 < 100_000_000 || $0 > 2_000_000_000 })
    }

    @Test("readings that fail while writes are answered end the control, and their age is told")
    func failingReadings() {
        var bench = Bench()
        bench.work()
        bench.refusesReads = true
        let before = bench.now
        for _ in 0..<30 {
            bench.lease(-3_000)
            bench.pass(50)
        }
        #expect(bench.driver.status.control == .unreachable)
        #expect((bench.driver.status.takenAt ?? bench.now) <= before)
    }

    @Test("a setpoint that changes with every tick leaves room for readings")
    func busy() {
        var bench = Bench()
        bench.work()
        for tick in 0..<60 {
            bench.lease(-3_000 - Double(tick))
            // Slow enough that a newer setpoint always waits when a write is done.
            for _ in 0..<2 {
                bench.work(atMost: 1)
                bench.now = bench.now + .milliseconds(26)
            }
            let age = bench.now.elapsed(since: bench.driver.status.takenAt ?? Instant(nanoseconds: 0))
            #expect(age < .seconds(1))
        }
    }

    @Test("after a silence beyond its timeout a device is taken over from the start, since it has idled by itself")
    func fallenBack() {
        var bench = Bench()
        bench.work()
        bench.now = bench.now + .seconds(10)
        bench.trace.removeAll()
        bench.work()
        #expect(bench.writes.map(\.address).contains(257))
        bench.driver.disconnected()
        bench.now = bench.now + .seconds(10)
        bench.trace.removeAll()
        bench.driver.connected(now: bench.now)
        bench.work()
        #expect(bench.writes.map(\.address) == [260, 81, 82, 83, 257, 88, 260])
    }

    @Test("a state of charge is forgotten when power flows and none is shown, and when nobody looked for long")
    func oldStateOfCharge() {
        var bench = Bench()
        bench.work()
        bench.registers[538] = 0
        bench.registers[526] = UInt16(bitPattern: -5_000)
        bench.pass(9_000)
        #expect(bench.driver.status.stateOfCharge == Ratio(0.6))
        bench.pass(3_000)
        #expect(bench.driver.status.stateOfCharge == nil)

        var other = Bench()
        other.work()
        other.driver.disconnected()
        other.now = other.now + .seconds(60)
        other.registers[538] = 0
        other.driver.connected(now: other.now)
        other.work()
        #expect(other.driver.status.control == .controlled)
        #expect(other.driver.status.stateOfCharge == nil)
    }

    @Test("the tick of an acknowledged zero power is told, and forgotten with the next power")
    func zeroPowerTick() {
        var bench = Bench()
        bench.work()
        bench.driver.take(.zeroPower(until: bench.now + .seconds(5), tick: 77))
        bench.pass(600)
        #expect(bench.driver.status.zeroPower?.tick == 77)
        bench.lease(-5_000)
        bench.pass(60)
        #expect(bench.driver.status.zeroPower?.tick == nil)
    }

    @Test("a charger that was taken over by its app is not commanded, and then taken over again")
    func remoteLost() {
        var bench = Bench()
        bench.work()
        bench.registers[81] = 0
        bench.lease(-3_000, for: 60_000)
        bench.pass(600)
        #expect(bench.driver.status.control == .notControlled)
        _ = bench.setpointsWritten()
        bench.pass(1_000)
        #expect(bench.setpointsWritten().isEmpty)
        bench.pass(2_000)
        #expect(bench.driver.status.control == .controlled)
    }

    @Test(
        """
        a setpoint that is acknowledged and not kept is found by reading it back, told once, and told again after it \
        was kept
        """
    )
    func setpointNotKept() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000, for: 600_000)
        bench.pass(3_000)
        #expect(bench.trace.contains(.read(.holding, address: 260, count: 1)))
        #expect(bench.driver.drainEvents() == [.takenOver])
        // Another master has its own mind, and writes after us.
        bench.ignored = [260]
        bench.registers[260] = 3_000
        bench.pass(5_000)
        #expect(bench.driver.drainEvents() == [.setpointNotKept])
        bench.ignored = []
        bench.pass(3_000)
        bench.ignored = [260]
        bench.registers[260] = 3_000
        bench.pass(5_000)
        #expect(bench.driver.drainEvents() == [.setpointNotKept])
        #expect(bench.driver.status.control == .controlled)
    }

    @Test("a device that can't show its setpoint is not asked for it again, and is no worse for it")
    func setpointNotReadable() {
        var bench = Bench()
        bench.unreadable = [260]
        bench.work()
        bench.lease(-5_000, for: 600_000)
        bench.pass(20_000)
        let asked = bench.trace.filter { $0 == .read(.holding, address: 260, count: 1) }.count
        #expect(asked == 2)
        #expect(bench.driver.drainEvents() == [.takenOver])
        #expect(bench.driver.status.control == .controlled)
    }

    @Test("a device that does not keep its timeout is never commanded")
    func timeoutNotKept() {
        var bench = Bench()
        bench.ignored = [88]
        bench.lease(-3_000, for: 600_000)
        bench.pass(10_000)
        #expect(bench.driver.status.control == .notControlled)
        #expect(bench.setpointsWritten().allSatisfy { $0 == 0 })
        #expect(bench.driver.drainEvents().contains(.timeoutNotKept))
    }

    @Test("after a reconnect the first write is zero power when the lease is over, and the timeout is read back")
    func reconnect() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000)
        bench.work()
        bench.driver.disconnected()
        #expect(bench.driver.status.control == .unreachable)
        bench.now = bench.now + .seconds(1)
        bench.trace.removeAll()
        bench.driver.connected(now: bench.now)
        bench.work()
        #expect(bench.trace.first == .writeOne(address: 260, value: 0))
        #expect(bench.trace.contains(.read(.holding, address: 88, count: 1)))
        #expect(bench.driver.status.control == .controlled)
    }

    @Test("after a reconnect within the lease the first write is the setpoint")
    func reconnectInLease() {
        var bench = Bench()
        bench.work()
        bench.lease(-5_000, for: 5_000)
        bench.work()
        bench.driver.disconnected()
        bench.trace.removeAll()
        bench.driver.connected(now: bench.now)
        bench.work()
        #expect(bench.setpointsWritten().first == -5_000)
    }

    @Test("a device that forgot its timeout while it was away is taken over from the start")
    func rebooted() {
        var bench = Bench()
        bench.work()
        bench.driver.disconnected()
        bench.registers[88] = 0
        bench.registers[81] = 0
        bench.trace.removeAll()
        bench.driver.connected(now: bench.now)
        bench.work()
        #expect(bench.registers[88] == 2)
        #expect(bench.registers[81] == 1)
        #expect(bench.driver.status.control == .controlled)
    }

    @Test("the state of charge survives an idle charger, and not a vehicle that leaves")
    func stateOfCharge() {
        var bench = Bench()
        bench.work()
        #expect(bench.driver.status.stateOfCharge == Ratio(0.6))
        bench.registers[538] = 0
        bench.pass(600)
        #expect(bench.driver.status.stateOfCharge == Ratio(0.6))
        bench.registers[537] = 0
        bench.pass(600)
        #expect(bench.driver.status.stateOfCharge == nil)
        #expect(bench.driver.status.control == .noVehicle)
    }

    @Test("two missed answers make a charger unreachable, one good one brings it back")
    func unanswered() {
        var bench = Bench()
        bench.work()
        bench.faults = [.timedOut, .timedOut]
        bench.pass(1_100)
        #expect(bench.faults.isEmpty)
        bench.faults = [.timedOut, .timedOut]
        var wasUnreachable = false
        for _ in 0..<30 {
            bench.pass(50)
            wasUnreachable = wasUnreachable || bench.driver.status.control == .unreachable
        }
        #expect(wasUnreachable)
        bench.pass(1_000)
        #expect(bench.driver.status.control == .controlled)
    }

    @Test("observing plans no write, whatever lease it is given")
    func observing() {
        var bench = Bench(observes: true)
        bench.lease(-5_000, for: 60_000)
        bench.pass(20_000)
        #expect(bench.writes.isEmpty)
        #expect(bench.trace.count > 20)
    }
}
