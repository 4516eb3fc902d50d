import FrequencyResponse
import Modbus
import Simulation
import SiteConfiguration
import TestSupport
import Testing

@testable import Devices

let profileLibrary = try! ProfileLibrary(directory: TestData.profiles)

/// A driver against its profile's simulated device, in virtual time.
struct DriverPair {
    var driver: ChargerDriver
    var device: any SimulatedCharger
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var exceptions = 0
    var writes: [Request] = []
    /// When each request was sent.
    var sent: [Instant] = []
    /// The device hears, and its answers are lost.
    var isMuted = false
    /// What becomes of a request instead; nil for the device's own answer.
    var meddle: ((Request) -> Answer?)?
    /// A write without an answer costs the connection, which comes back after a quarter of a second.
    var losesConnection = false
    /// How long a missing answer is waited for, and the device left alone after it; nothing where time is of no
    /// account.
    var patience = Interval.zero
    var lease: (power: Watts, until: Instant)?
    /// Control lives and wants no power.
    var ordersZeroPower = false

    init(_ profile: ChargerProfile, device: (any SimulatedCharger)? = nil, pollInterval: Interval = .milliseconds(500))
    {
        let settings = ChargerSettings(
            chargeLimit: min(profile.chargeMaximum, Watts(7_000)),
            dischargeLimit: min(profile.dischargeMaximum, Watts(7_000)),
            behaviour: ChargerBehaviour(deadTime: .milliseconds(200), ramp: Watts(20_000)), vehicle: nil)
        self.device = device ?? ChargerFactory.make(profile, settings, charge: Ratio(0.6), serial: "test", now: now)
        driver = ChargerDriver(
            settings: ChargerLinkSettings(
                profile: profile, unit: profile.reading.unit, pollInterval: pollInterval,
                responseTimeout: .milliseconds(500),
                deviceTimeout: .seconds(2)), now: now)
        driver.connected(now: now)
    }

    mutating func pass(_ seconds: Double) {
        let end = now + Interval(nanoseconds: Int64(seconds * 1e9))
        while now < end {
            if ordersZeroPower {
                driver.take(.zeroPower(until: now + .milliseconds(250), tick: 1))
            } else if let lease {
                driver.take(
                    Setpoint(
                        isZeroPower: now >= lease.until, power: lease.power,
                        expires: min(lease.until, now + .milliseconds(250)), tick: 1))
            }
            device.advance(to: now)
            if case .send(let request, _, _, _) = driver.next(now: now) {
                if request.isWrite { writes.append(request) }
                sent.append(now)
                now = now + .milliseconds(2)
                device.advance(to: now)
                let answer = meddle?(request) ?? device.answer(request)
                switch isMuted ? .silence : answer {
                case .registers(let block): driver.succeeded(block, now: now)
                case .written: driver.succeeded(RegisterBlock(count: 0), now: now)
                case .exception(let code):
                    exceptions += 1
                    driver.failed(.exception(code), wasWrite: request.isWrite, now: now)
                case .silence, .hangUp:
                    now = now + (losesConnection ? .milliseconds(500) : patience)
                    driver.failed(.timedOut, wasWrite: request.isWrite, now: now)
                    now = now + patience
                    guard losesConnection, request.isWrite else { break }
                    driver.disconnected()
                    now = now + .milliseconds(250)
                    driver.connected(now: now)
                }
            }
            now = now + .milliseconds(10)
        }
    }
}

@Suite("Every profile against its simulated device")
struct EveryProfileTests {
    static let meters = profileLibrary.profiles.compactMap {
        if case .meter(let meter) = $0 { meter.name } else { nil }
    }
    static let chargers = profileLibrary.profiles.compactMap {
        if case .charger(let charger) = $0 { charger.name } else { nil }
    }

    @Test("there are the meters and the charger families that field engineers find")
    func counts() {
        #expect(Self.meters.count >= 25)
        #expect(
            Set(Self.chargers).isSuperset(of: [
                "wallbox-quasar", "evtec-bidipro", "evtec-delta", "ambibox-home", "sigenergy-evdc", "fermata-fe20",
                "sunspec-der",
            ]))
    }

    @Test("a scale factor that changes is said, and the setpoint is written anew")
    func changingScale() throws {
        guard case .charger(let profile) = profileLibrary["sunspec-der"] else { preconditionFailure() }
        var pair = DriverPair(profile)
        pair.lease = (Watts(-3_000), pair.now + .seconds(60))
        pair.pass(5)
        #expect(pair.driver.status.setpointStep == Watts(1) && pair.driver.status.control == .controlled)
        _ = pair.driver.drainEvents()
        // WSet_SF lies 55 registers into model 704 of the simulated device; its answers now say 2 there.
        var shadow = pair.device
        pair.meddle = { request in
            guard case .read(_, let address, let count) = request, (address..<address + count).contains(40_332),
                case .registers(var block) = shadow.answer(request)
            else { return nil }
            block[Int(40_332 - address)] = 2
            return .registers(block)
        }
        pair.writes = []
        pair.pass(2)
        #expect(pair.driver.drainEvents().contains(.scaleChanged))
        #expect(pair.driver.status.setpointStep == Watts(100))
        let written = pair.writes.compactMap { request -> Int32? in
            guard case .write(40_301, let values) = request else { return nil }
            return Int32(bitPattern: UInt32(values[0]) << 16 | UInt32(values[1]))
        }
        #expect(written.contains(30), "\(written)")
    }

    @Test("a meter's frequency, voltages, currents and powers come out as they went in", arguments: meters)
    func meter(name: String) throws {
        guard case .meter(let profile) = profileLibrary[name] else { preconditionFailure() }
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var device = MeterModel(profile: profile, nominalVoltage: Volts(230), now: now, seed: 7)
        var driver = MeterDriver(
            settings: MeterLinkSettings(
                profile: profile, unit: profile.reading.unit, pollInterval: .milliseconds(50),
                responseTimeout: .milliseconds(200)),
            now: now)
        for power in [12_345.0, -6_789] {
            var sample: MeterSample?
            let settled = now + .milliseconds(2_500)
            for _ in 0..<400 where sample == nil {
                now = now + .milliseconds(20)
                device.advance(to: now)
                device.measure(
                    frequency: Hertz(49.87), power: Watts(power), phases: [0.6, 0.5, -0.1].map { Watts(power * $0) })
                guard case .send(let request, _, _, _) = driver.next(now: now) else { continue }
                guard case .registers(let block) = device.answer(request) else {
                    Issue.record("\(request) is refused")
                    return
                }
                sample = driver.succeeded(block, sentAt: now, now: now)
                // The first values are those of before.
                if let at = sample?.sample.takenAt, at < settled { sample = nil }
                if profile.power != nil, sample?.sitePower.map({ $0.takenAt < settled }) ?? true { sample = nil }
            }
            let found = try #require(sample)
            #expect(abs((found.sample.frequency ?? .zero).value - 49.87) <= profile.resolution.value * 1.6)
            if !profile.voltages.isEmpty {
                #expect(abs((found.sample.voltageLowest ?? .zero).value - 230) < 1.5)
            }
            if profile.power != nil { #expect(abs((found.sitePower?.power ?? .zero).value - power) < 12) }
            #expect((found.sitePower?.phases != nil) == (profile.phases != nil))
            if let phases = found.sitePower?.phases {
                for (phase, part) in [0.6, 0.5, -0.1].enumerated() {
                    #expect(abs(phases.powers[phase].value - power * part) < 6)
                    #expect(abs(phases.currents[phase].value - abs(power * part) / 230) < 0.1)
                }
            }
            driver = MeterDriver(
                settings: MeterLinkSettings(
                    profile: profile, unit: profile.reading.unit, pollInterval: .milliseconds(50),
                    responseTimeout: .milliseconds(200)),
                now: now)
        }
    }

    @Test(
        """
        frequency is read first in every cycle, and a power that takes a request of its own in between, with an age of \
        its own
        """
    )
    func slowValues() throws {
        guard case .meter(var profile) = profileLibrary["lovato-dmg610"] else { preconditionFailure() }
        profile.phases = nil
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var device = MeterModel(profile: profile, nominalVoltage: Volts(230), now: now, seed: 7)
        var driver = MeterDriver(
            settings: MeterLinkSettings(
                profile: profile, unit: 1, pollInterval: .milliseconds(100), responseTimeout: .milliseconds(50)),
            now: now)
        var frequencies = 0
        var powers = 0
        var newest: MeterSample?
        let end = now + .seconds(10)
        while now < end {
            now = now + .milliseconds(5)
            device.advance(to: now)
            device.measure(frequency: Hertz(50), power: Watts(5_000))
            guard case .send(let request, _, let urgency, _) = driver.next(now: now) else { continue }
            guard case .read(_, let address, _) = request, case .registers(let block) = device.answer(request) else {
                Issue.record("\(request)")
                return
            }
            let isPower = address == 0x39
            #expect((urgency == .frequency) == !isPower)
            if address == 0x31 { frequencies += 1 }
            if isPower { powers += 1 }
            // Every fifth power does not come: the frequency waits for none of them.
            if isPower, powers % 5 == 0 {
                driver.failed(.timedOut, now: now)
            } else if let sample = driver.succeeded(block, sentAt: now, now: now) {
                newest = sample
            }
            if let newest, let power = newest.sitePower {
                #expect(newest.sample.takenAt.elapsed(since: min(power.takenAt, newest.sample.takenAt)) < .seconds(1))
            }
        }
        #expect((95...101).contains(frequencies), "\(frequencies)")
        #expect((20...27).contains(powers), "\(powers)")
        #expect(newest?.sitePower != nil)
    }

    @Test(
        "a charger is taken over, follows setpoints, ends at zero power with its lease, falls back alone in silence",
        arguments: chargers)
    func charger(name: String) throws {
        guard case .charger(let profile) = profileLibrary[name] else { preconditionFailure() }
        var pair = DriverPair(profile)
        pair.pass(8)
        #expect(pair.driver.status.control == .controlled, "\(pair.driver.status)")
        for power in [3_000.0, -3_000] where power > 0 || profile.dischargeMaximum > .zero {
            pair.lease = (Watts(power), pair.now + .seconds(8))
            pair.pass(7)
            #expect(abs(pair.device.power.value - power) < 2)
            #expect(abs((pair.driver.status.power ?? .zero).value - power) < 15)
            pair.pass(4)
            #expect(pair.device.power == .zero && pair.device.commanded == .zero)
        }
        #expect(
            pair.driver.status.stateOfCharge != nil || profile.stateOfCharge == nil || profile.wakePower > .zero)
        #expect(!pair.driver.events.contains(.setpointNotKept))
        guard profile.timeout != nil else { return }
        // Nobody speaks any more: the device ends it by itself.
        pair.lease = (Watts(3_000), pair.now + .seconds(20))
        pair.pass(5)
        #expect(pair.device.power > Watts(2_900))
        pair.device.advance(to: pair.now + .seconds(6))
        #expect(pair.device.power == .zero)
    }

    @Test("a charger whose supply comes back does what its profile says, and is taken over", arguments: chargers)
    func powerReturn(name: String) {
        guard case .charger(let profile) = profileLibrary[name] else { preconditionFailure() }
        var pair = DriverPair(profile)
        pair.pass(8)
        pair.device.returnSupply()
        let alone = pair.device.commanded
        if case .power(let power) = profile.endStates.afterPowerReturn { #expect(alone == power) }
        #expect(alone <= max(profile.chargeMaximum, Watts(7_000)))
        pair.driver.disconnected()
        pair.driver.connected(now: pair.now)
        pair.pass(20)
        #expect(pair.driver.status.control == .controlled && pair.device.commanded == .zero, "\(pair.driver.status)")
    }

    @Test("a fallback power is written and read back; a device that keeps another is never commanded")
    func fallback() throws {
        guard case .charger(let profile) = profileLibrary["evtec-delta"] else { preconditionFailure() }
        let fallback = try #require(profile.timeout?.fallback)
        var pair = DriverPair(profile)
        pair.pass(8)
        #expect(pair.writes.contains(.write(address: 203, values: RegisterBlock(count: 2))))
        #expect(fallback.value == 0 && pair.driver.status.control == .controlled)
        var other = DriverPair(profile)
        other.meddle = { request in
            guard case .read(_, 203, let count) = request else { return nil }
            var block = RegisterBlock(count: Int(count))
            block[1] = 5_000
            return .registers(block)
        }
        other.lease = (Watts(3_000), other.now + .seconds(30))
        other.pass(20)
        #expect(other.driver.status.control == .notControlled && other.device.power == .zero)
        #expect(other.driver.events.contains(.fallbackNotKept))
    }

    @Test(
        "a device with a place for a heartbeat hears one a second, counted up, while a lease lives, and none after it")
    func heartbeat() {
        guard case .charger(let profile) = profileLibrary["sunspec-der"], let point = profile.heartbeat else {
            preconditionFailure()
        }
        var pair = DriverPair(profile, device: AntiPatternTests.device(profile))
        pair.pass(3)
        let taken: UInt16 = pair.writes.reduce(0) { most, request in
            guard case .write(let address, let values) = request else { return most }
            return max(most, address + UInt16(values.count))
        }
        func beats() -> [Double] {
            // Model 715 stands behind all others that are written.
            pair.writes.compactMap {
                guard case .write(let address, let values) = $0, address > taken else { return nil }
                return point.decode((0..<values.count).map { values[$0] })
            }
        }
        pair.lease = (Watts(3_000), pair.now + .seconds(10))
        pair.pass(9.5)
        #expect((9...10).contains(beats().count) && beats() == (1...beats().count).map(Double.init), "\(beats())")
        pair.lease = nil
        pair.pass(1)
        let until = beats().count
        pair.pass(10)
        #expect(beats().count == until)
    }

    @Test("a forbidden zero is never written, whatever leases come", arguments: chargers)
    func forbiddenZero(name: String) {
        guard case .charger(let profile) = profileLibrary[name], profile.forbidsZero else { return }
        var pair = DriverPair(profile)
        pair.pass(5)
        for power in [2_000.0, 0, 1_500, 0, 0, 3_000] {
            pair.lease = (Watts(power), pair.now + .seconds(3))
            pair.pass(3.5)
        }
        for write in pair.writes {
            guard case .write(let address, let values) = write, .address(address) == profile.setpoint.location else {
                continue
            }
            #expect(profile.setpoint.decode((0..<values.count).map { values[$0] }) ?? 0 > 0)
        }
        #expect(pair.writes.count > 5)
    }

    @Test("an empty bay is seen where the profile can show it, and a vehicle that comes", arguments: chargers)
    func emptyBay(name: String) {
        guard case .charger(let profile) = profileLibrary[name] else { preconditionFailure() }
        #expect(profile.showsEmpty == (name != "fermata-fe20"))
        guard profile.plug != nil else { return }
        let settings = ChargerSettings(
            chargeLimit: profile.chargeMaximum, dischargeLimit: profile.dischargeMaximum,
            behaviour: ChargerBehaviour(deadTime: .milliseconds(200), ramp: Watts(20_000)))
        let device = ChargerFactory.make(
            profile, settings, charge: Ratio(0.6), serial: "test", now: Instant(nanoseconds: 1_000_000_000_000))
        guard var bay = device as? ProfileCharger else { preconditionFailure("a plug is played by its profile") }
        bay.isPluggedIn = false
        var pair = DriverPair(profile, device: bay)
        pair.pass(5)
        #expect(pair.driver.status.control == .noVehicle)
        bay.isPluggedIn = true
        pair.device = bay
        pair.pass(5)
        #expect(pair.driver.status.control == .controlled)
    }

    @Test("a device whose registers are wrong for its profile is refused, and nothing is ever written to it")
    func wrongDevice() {
        guard case .charger(let quasar) = profileLibrary["wallbox-quasar"] else { preconditionFailure() }
        struct Stranger: SimulatedCharger {
            var power: Watts { .zero }
            var vehicle: Vehicle { Vehicle() }
            var commanded: Watts { .zero }
            mutating func hear() {}
            mutating func returnSupply() {}
            mutating func advance(to now: Instant) {}
            mutating func answer(_ request: Request) -> Answer {
                guard case .read(_, _, let count) = request else { return .written }
                var block = RegisterBlock(count: Int(count))
                for index in 0..<Int(count) { block[index] = 0x4242 }
                return .registers(block)
            }
        }
        var pair = DriverPair(quasar, device: Stranger())
        var events: [ChargerEvent] = []
        for _ in 0..<20 {
            pair.pass(1)
            events += pair.driver.drainEvents()
        }
        #expect(pair.writes.isEmpty)
        #expect(events == [.wrongDevice])
        #expect(pair.driver.status.control != .controlled)
    }
}
