import FrequencyResponse
import Modbus
import Simulation
import SiteConfiguration
import TestSupport
import Testing

@testable import Devices

/// Seeded conversations of the charger driver with devices that fail in every way that a link reports: the requests,
/// states and events are those that were accepted. A change of the driver's form changes none of them.
@Suite("Conversations with chargers")
struct DriverConversationTests {
    private static let seeds = 15
    private static let seconds = 60

    /// One conversation, and a digest of all that the driver did in it.
    private struct Conversation {
        private var driver: ChargerDriver
        private var device: any SimulatedCharger
        private var random: SeededGenerator
        private let profile: ChargerProfile
        private var now = Instant(nanoseconds: 1_000_000_000_000)
        private var lease: (power: Watts, until: Instant)?
        private var isConnected = true
        /// What the device does with requests until then, instead of answering.
        private var fault: (kind: Int, until: Instant)?
        private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        private(set) var requests = 0
        private(set) var writes = 0
        private(set) var events: [UInt8: Int] = [:]

        init(_ profile: ChargerProfile, seed: Int) {
            self.profile = profile
            random = SeededGenerator(seed: UInt64(seed) &* 0x9E37_79B9)
            let settings = ChargerSettings(
                chargeLimit: min(profile.chargeMaximum, Watts(7_000)),
                dischargeLimit: min(profile.dischargeMaximum, Watts(7_000)),
                behaviour: ChargerBehaviour(deadTime: .milliseconds(200), ramp: Watts(20_000)), vehicle: nil)
            device = ChargerFactory.make(profile, settings, charge: Ratio(0.6), serial: "test", now: now)
            driver = ChargerDriver(
                settings: ChargerLinkSettings(
                    profile: profile, unit: profile.reading.unit, pollInterval: .milliseconds(500),
                    responseTimeout: .milliseconds(500), deviceTimeout: .seconds(seed % 3 == 0 ? 5 : 2),
                    observes: seed % 10 == 9), now: now)
            driver.connected(now: now)
        }

        private mutating func note(_ text: String) {
            for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }

        private mutating func chance(_ part: Double) -> Bool {
            Double(random.next() >> 11) / 9_007_199_254_740_992 < part
        }

        private mutating func below(_ limit: UInt64) -> Int { Int(random.next() % limit) }

        mutating func run(seconds: Int) {
            let end = now + .seconds(Int64(seconds))
            while now < end {
                disturb()
                step()
                let status = driver.status
                note(
                    "\(status.control) \(String(describing: status.power)) \(String(describing: status.stateOfCharge))")
                note("\(String(describing: status.takenAt)) \(String(describing: status.zeroPower))")
                for event in driver.drainEvents() {
                    note("\(event.rawValue)")
                    events[event.rawValue, default: 0] += 1
                }
                now = now + .milliseconds(Int64(5 + below(40)))
            }
        }

        private mutating func disturb() {
            if chance(0.01) {
                let power = random.symmetric() * 6_000
                lease = chance(0.3) ? nil : (Watts(chance(0.2) ? 0 : power), now + .seconds(Int64(below(20))))
            }
            if let lease {
                driver.take(
                    Setpoint(
                        isZeroPower: now >= lease.until || lease.power == .zero, power: lease.power,
                        expires: min(lease.until, now) + .milliseconds(250), tick: UInt64(below(1_000))))
            }
            if let until = fault?.until, now >= until { fault = nil }
            if fault == nil, chance(0.004) { fault = (below(8), now + .milliseconds(Int64(below(6_000)))) }
            if chance(0.001) {
                driver.disconnected()
                isConnected = false
            }
            if !isConnected, chance(0.05) {
                driver.connected(now: now)
                isConnected = true
            }
        }

        private mutating func step() {
            device.advance(to: now)
            guard isConnected, case .send(let request, let unit, let urgency, _) = driver.next(now: now) else { return }
            note("\(now.nanoseconds) \(request) \(unit) \(urgency)")
            requests += 1
            if request.isWrite { writes += 1 }
            now = now + .milliseconds(2)
            device.advance(to: now)
            switch answer(request) {
            case .registers(let block): driver.succeeded(spoilt(block), now: now)
            case .written: driver.succeeded(RegisterBlock(count: 0), now: now)
            case .exception(let code): driver.failed(.exception(code), wasWrite: request.isWrite, now: now)
            case .silence, .hangUp:
                now = now + .milliseconds(500)
                driver.failed(.timedOut, wasWrite: request.isWrite, now: now)
            }
        }

        /// The device's answer, or what a fault makes of it.
        private mutating func answer(_ request: Request) -> Answer {
            switch fault?.kind {
            case 0: return .silence
            case 1: return .exception(.busy)
            case 2: return request.isWrite ? .exception(.illegalValue) : device.answer(request)
            case 3: return request.isWrite ? device.answer(request) : .exception(.illegalAddress)
            case 4:
                // It hears, and is not heard.
                _ = device.answer(request)
                return .silence
            case 5: return .exception(.gatewayNoAnswer)
            default: return device.answer(request)
            }
        }

        /// Registers of another device, or one value of another moment.
        private mutating func spoilt(_ block: RegisterBlock) -> RegisterBlock {
            guard fault?.kind == 6 || fault?.kind == 7 else { return block }
            var block = block
            for index in 0..<block.count where fault?.kind == 6 || chance(0.1) {
                block[index] = UInt16(truncatingIfNeeded: random.next())
            }
            return block
        }
    }

    @Test("seeded conversations: requests, states and events are as accepted")
    func asAccepted() throws {
        var lines: [String] = []
        for name in EveryProfileTests.chargers.sorted() {
            guard case .charger(let profile) = profileLibrary[name] else { preconditionFailure(name) }
            var digest: UInt64 = 0
            var counts = (requests: 0, writes: 0)
            var events: [UInt8: Int] = [:]
            for seed in 1...Self.seeds {
                var conversation = Conversation(profile, seed: seed)
                conversation.run(seconds: Self.seconds)
                digest = (digest &* 31) ^ conversation.digest
                counts.requests += conversation.requests
                counts.writes += conversation.writes
                events.merge(conversation.events, uniquingKeysWith: +)
            }
            let seen = events.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            lines.append(
                """
                \(name): \(String(digest, radix: 16)), \(counts.requests) requests, \(counts.writes) writes, events by \
                number \(seen)
                """
            )
        }
        try Golden.compare(lines.joined(separator: "\n") + "\n", with: "charger-conversations.txt")
    }
}
