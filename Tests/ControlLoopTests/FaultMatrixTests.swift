import Devices
import Foundation
import FrequencyResponse
import Modbus
import ModbusTransport
import Realtime
import SiteConfiguration
import Synchronization
import TestSupport
import Testing

@testable import ControlLoop

private let library = try! ProfileLibrary(directory: TestData.profiles)

/// A whole link, thread and all, against a device that lies.
@Suite("Faults on real sockets and pseudo-terminals", .serialized, .timeLimit(.minutes(10)))
struct FaultMatrixTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var transport: LyingTransport
        var fault: DeviceFault
        var testDescription: String { "\(fault) over \(transport)" }
    }

    /// Every fault times every transport; a serial line can't be closed, reset or left half open by its far end.
    static let cases: [Case] = LyingTransport.allCases.flatMap { transport in
        DeviceFault.allCases.filter { fault in
            fault != .none && !(transport == .serial && [.close, .reset, .halfOpen].contains(fault))
        }.map { Case(transport: transport, fault: $0) }
    }

    static func endpoint(of device: LyingDevice) -> Endpoint {
        switch device.transport {
        case .tcp: .tcp(host: "127.0.0.1", port: device.port)
        case .rtuOverTCP: .rtuOverTCP(host: "127.0.0.1", port: device.port)
        case .serial: .serial(SerialLine(device: device.path, baudRate: 115_200, parity: .none))
        }
    }

    private static var profile: MeterProfile {
        var frequency = Point(.address(10), .u32)
        frequency.scale = .factor(0.000_001)
        return MeterProfile(
            name: "lying", title: "", provenance: Provenance(document: "", revision: "", verifiedBy: nil),
            reading: ReadRules(table: .holding, unit: 1, blockMaximum: 125, gapMaximum: 0, isSunSpec: false),
            frequency: frequency,
            voltages: [],
            power: Point(.address(20), .s32), resolution: Hertz(0.001), updateTime: .milliseconds(10),
            averagingTime: .zero,
            plausible: Hertz(40)...Hertz(70), unverified: [])
    }

    private final class Bench {
        let mailboxes = Mailboxes(chargerCount: 0, meterCount: 1)
        let link: Link
        let thread: RealtimeThread
        let device: LyingDevice
        var last: UInt32 = 0
        var sequence: UInt32 = 0
        var lastPower: UInt32 = 0

        init(_ device: LyingDevice) {
            self.device = device
            var plan = LinkPlan(endpoint: FaultMatrixTests.endpoint(of: device), mayWrite: false)
            plan.meters = [
                (
                    0,
                    MeterLinkSettings(
                        profile: FaultMatrixTests.profile, unit: 1, pollInterval: .milliseconds(20),
                        responseTimeout: .milliseconds(60))
                )
            ]
            let link = Link(plan: plan, mailboxes: mailboxes)
            self.link = link
            thread = RealtimeThread(name: "link") { link.run() }
        }

        deinit {
            link.stop()
            _ = thread.join(within: .seconds(5))
            device.end()
        }

        /// The next sample, checked: its values are of its own registers, made after the sample says that it was taken,
        /// and newer than every one before.
        func next(within seconds: Double) -> (at: Instant, n: UInt32)? {
            let limit = Date().addingTimeInterval(seconds)
            while Date() < limit {
                let newest = mailboxes.samples[0].latest()
                // The power is read in between, beside the frequency of before.
                if newest.isNew, let sample = newest.value, sample.sample.sequence != sequence, sample.sitePower != nil
                {
                    sequence = sample.sample.sequence
                    guard let frequency = sample.sample.frequency, let power = sample.sitePower else {
                        Issue.record("a sample without its values")
                        return nil
                    }
                    let n = UInt32((frequency.value * 1e6).rounded()) &- 50_000_000
                    let m = UInt32(power.power.value) &- 1_000_000
                    #expect(device.madeAt(m) != nil && m >= lastPower, "power \(m) came after \(lastPower)")
                    if let made = device.madeAt(m) {
                        #expect(Int64(made) >= power.takenAt.nanoseconds, "power \(m) is older than it says")
                    }
                    lastPower = m
                    #expect(n > last, "value \(n) came after \(last)")
                    last = n
                    let made = device.madeAt(n)
                    #expect(made != nil, "value \(n) was never made")
                    if let made {
                        #expect(
                            Int64(made) >= sample.sample.takenAt.nanoseconds, "value \(n) is older than its sample says"
                        )
                    }
                    return (sample.sample.takenAt, n)
                }
                usleep(1_000)
            }
            return nil
        }
    }

    @Test(
        "after every fault the next good value is right, no older than it says, and comes within the link's back-off",
        arguments: cases)
    func matrix(one: Case) throws {
        let armed = Atomic<UInt32>(UInt32.max)
        // It lies twice in a row, in the middle of a reading and at its start.
        let bench = Bench(
            LyingDevice(one.transport, lateness: 90) { n in
                let first = armed.load(ordering: .acquiring)
                return n >= first && n < first &+ 2 ? one.fault : .none
            })
        for _ in 0..<5 { #expect(bench.next(within: 5) != nil) }
        let lying = bench.device.count + 2
        armed.store(lying, ordering: .releasing)
        while bench.device.count < lying { usleep(500) }
        let began = Date()
        // Whatever is published on the way is checked as well.
        var seen = bench.last
        while seen < lying + 2 {
            guard let next = bench.next(within: 6) else {
                Issue.record("nothing came for 6 s")
                return
            }
            seen = next.n
        }
        #expect(Date().timeIntervalSince(began) < 5)
        for _ in 0..<10 { #expect(bench.next(within: 2) != nil) }
        #expect(!bench.device.isFlooded, "a second request was sent before the first was answered or given up")
    }

    @Test(
        """
        a device that takes one client keeps it: one socket, however long, and none beside it after faults that cost \
        none
        """
    )
    func noChurn() {
        let bench = Bench(
            LyingDevice(.tcp, lateness: 90) { n in
                n % 9 == 0 ? .late : n % 13 == 0 ? .exception : n % 17 == 0 ? .duplicate : .none
            })
        for _ in 0..<120 { #expect(bench.next(within: 3) != nil) }
        #expect(bench.device.connections == 1)
        #expect(!bench.device.isFlooded)
    }

    @Test("a meter that says nothing more gives no sample, and its last one keeps its time")
    func nothingRestamped() throws {
        let isSilent = Atomic<Bool>(false)
        let bench = Bench(
            LyingDevice(.tcp, lateness: 0) { _ in isSilent.load(ordering: .acquiring) ? .silence : .none })
        for _ in 0..<5 { #expect(bench.next(within: 3) != nil) }
        isSilent.store(true, ordering: .releasing)
        while bench.next(within: 0.3) != nil {}
        let last = bench.mailboxes.samples[0].latest().value?.sample.takenAt
        #expect(bench.next(within: 1.5) == nil)
        #expect(bench.mailboxes.samples[0].latest().value?.sample.takenAt == last)
    }

    @Test("a stop waits for no back-off: the link tries at once, where it would have waited")
    func stopBypassesBackOff() throws {
        guard case .charger(let profile) = library["wallbox-quasar"] else { preconditionFailure() }
        let mailboxes = Mailboxes(chargerCount: 1, meterCount: 0)
        var plan = LinkPlan(endpoint: .tcp(host: "127.0.0.1", port: 1), mayWrite: true)
        plan.chargers = [
            (
                0,
                ChargerLinkSettings(
                    profile: profile, unit: 1, pollInterval: .seconds(1), responseTimeout: .milliseconds(200),
                    deviceTimeout: .seconds(2))
            )
        ]
        let events = RecordRing<LinkEvent>(
            capacity: 64, filler: LinkEvent(kind: .connected, device: 0, at: Instant(nanoseconds: 0)))
        var turn = LinkTurn(
            plan: plan, mailboxes: mailboxes, events: events, client: ModbusClient(plan.endpoint, mayWrite: true)!)
        func setpoint(_ power: Double, for seconds: Int64) {
            mailboxes.setpoints[0].publish(
                Setpoint(
                    isZeroPower: false, power: Watts(power), expires: LiveClock.now() + .seconds(seconds), tick: 1))
        }
        func took(_ body: () -> Void) -> Int64 {
            let began = LiveClock.now()
            body()
            return LiveClock.now().elapsed(since: began).nanoseconds
        }
        setpoint(5_000, for: 60)
        // Nobody listens: the back-off grows to its most.
        for _ in 0..<12 { turn.run() }
        let waiting = took { turn.run() } + took { turn.run() }
        turn.run()
        mailboxes.setpoints[0].publish(.zeroPower(until: LiveClock.now() + .seconds(60), tick: 2))
        let stopping = took { turn.run() }
        #expect(stopping * 10 < waiting, "\(stopping) ns with a stop, \(waiting) ns without")
    }

    @Test(
        "a device that refuses connections for a time is not asked within it, and found again after it",
        arguments: [true, false])
    func holdOff(isRespected: Bool) throws {
        let device = LyingDevice(.tcp, lateness: 0) { $0 == 3 ? .reset : .none }
        defer { device.end() }
        var profile = Self.profile
        if isRespected { profile.reading.holdOff = .seconds(2) }
        let mailboxes = Mailboxes(chargerCount: 0, meterCount: 1)
        var plan = LinkPlan(endpoint: Self.endpoint(of: device), mayWrite: false)
        plan.meters = [
            (
                0,
                MeterLinkSettings(
                    profile: profile, unit: 1, pollInterval: .milliseconds(20), responseTimeout: .milliseconds(60))
            )
        ]
        let events = RecordRing<LinkEvent>(
            capacity: 64, filler: LinkEvent(kind: .connected, device: 0, at: Instant(nanoseconds: 0)))
        var turn = LinkTurn(
            plan: plan, mailboxes: mailboxes, events: events, client: ModbusClient(plan.endpoint, mayWrite: false)!)
        // Turns until the loss, with the one in which it waits for the next attempt.
        while device.count < 3 { turn.run() }
        let lost = LiveClock.now()
        while device.connections < 2 { turn.run() }
        let isLate = LiveClock.now().elapsed(since: lost) >= .seconds(2)
        #expect(isLate || !isRespected)
        let before = device.count
        while device.count < before + 3 { turn.run() }
    }

    @Test("a connection that is ended and made anew fifty times leaves no dead device and no second client")
    func startedAnew() {
        let device = LyingDevice(.tcp, lateness: 0) { _ in .none }
        defer { device.end() }
        for round in 1...50 {
            let mailboxes = Mailboxes(chargerCount: 0, meterCount: 1)
            var plan = LinkPlan(endpoint: Self.endpoint(of: device), mayWrite: false)
            plan.meters = [
                (
                    0,
                    MeterLinkSettings(
                        profile: Self.profile, unit: 1, pollInterval: .milliseconds(20),
                        responseTimeout: .milliseconds(500))
                )
            ]
            let link = Link(plan: plan, mailboxes: mailboxes)
            let thread = RealtimeThread(name: "link") { link.run() }
            let limit = Date().addingTimeInterval(10)
            while mailboxes.samples[0].latest().value == nil, Date() < limit { usleep(1_000) }
            #expect(mailboxes.samples[0].latest().value != nil, "round \(round)")
            link.stop()
            #expect(thread.join(within: .seconds(5)))
            #expect(device.connections == round)
        }
    }

    // MARK: Random sequences

    /// Reads of two registers in turn while the device lies at random; what comes out is right or an error.
    private static func sequence(_ client: inout ModbusClient, _ device: LyingDevice, requests: Int, silence: UInt32)
        -> String?
    {
        for turn in 0..<requests {
            let address: UInt16 = turn % 2 == 0 ? 10 : 20
            let before = device.count
            do {
                if !client.isConnected { try client.connect(timeout: 500_000_000) }
                let block = try client.perform(
                    .read(.holding, address: address, count: 2), unit: 1,
                    deadline: LiveClock.now().nanoseconds + 3_000_000,
                    now: { LiveClock.now().nanoseconds })
                let value = UInt32(block[0]) << 16 | UInt32(block[1])
                let n = value &- (address == 10 ? 50_000_000 : 1_000_000)
                guard n > before, n <= device.count else {
                    return "register \(address) gave \(value), which is not of this request"
                }
            } catch {
                if device.transport == .rtuOverTCP { client.reset() }
                if device.transport == .tcp, error == .timedOut { client.reset() }
                if device.transport == .serial {
                    usleep(silence)
                    while client.discard() > 0 { usleep(1_000) }
                }
            }
        }
        return nil
    }

    @Test(
        "ten thousand random sequences of faults over TCP, RTU in TCP and a serial line give no wrong value",
        arguments: LyingTransport.allCases)
    func random(transport: LyingTransport) throws {
        let sequences = transport == .serial ? 1_500 : transport == .rtuOverTCP ? 1_500 : 7_000
        let faults = DeviceFault.allCases.filter { transport != .serial || ![.close, .reset, .halfOpen].contains($0) }
        let seed = Atomic<UInt64>(1)
        let device = LyingDevice(transport, lateness: 5) { n in
            // SplitMix64 of the sequence's seed and the request's number.
            var mixed = seed.load(ordering: .acquiring) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(n)
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            return mixed % 3 > 0 ? .none : faults[Int(mixed >> 8) % faults.count]
        }
        defer { device.end() }
        guard var client = ModbusClient(Self.endpoint(of: device), mayWrite: false) else {
            Issue.record("no client")
            return
        }
        for number in 1...UInt64(sequences) {
            seed.store(number, ordering: .releasing)
            if let wrong = Self.sequence(&client, device, requests: 6, silence: 8_000) {
                Issue.record("\(transport), sequence \(number): \(wrong)")
                return
            }
        }
    }
}
