import FrequencyResponse
import Modbus
import Simulation
import SiteConfiguration
import Testing

@testable import Devices

/// The driver of a meter whose device answers with an error where it is asked for its phases.
private struct PhaseMeter {
    enum Answers { case all, allButPhases, none }

    var driver: MeterDriver
    var answers = Answers.allButPhases
    var newest: MeterSample?
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    private var device: MeterModel
    private let error: ModbusError
    private let refused: Set<UInt16>

    /// Nil for a profile without phases, or one whose registers have no fixed place.
    init?(_ name: String, error: ModbusError) {
        guard case .meter(let profile) = profileLibrary[name] else { preconditionFailure() }
        guard let phases = profile.phases, !profile.reading.isSunSpec else { return nil }
        driver = MeterDriver(
            settings: MeterLinkSettings(
                profile: profile, unit: 1, pollInterval: .milliseconds(50), responseTimeout: .milliseconds(50)),
            now: now)
        device = MeterModel(profile: profile, nominalVoltage: Volts(230), now: now, seed: 7)
        refused = Set(phases.all.compactMap { $0.location.address(in: SunSpecMap()) })
        self.error = error
    }

    /// Lets time pass, and returns what the driver reported of the phases.
    mutating func run(_ time: Interval) -> [Bool] {
        var reports: [Bool] = []
        let end = now + time
        while now < end {
            now = now + .milliseconds(25)
            device.advance(to: now)
            device.measure(frequency: Hertz(50), power: Watts(5_000))
            guard case .send(let request, _, _, _) = driver.next(now: now) else { continue }
            guard case .read(_, let address, let count) = request else { preconditionFailure() }
            // A register that is read only to save a request makes no trouble where the device has it.
            let asksForPhases =
                (address..<address + count).contains(where: refused.contains)
                && (error.refusesRegisters || driver.readsPhases)
            if answers == .none || answers == .allButPhases && asksForPhases {
                driver.failed(error, now: now)
            } else if case .registers(let block) = device.answer(request) {
                newest = driver.succeeded(block, sentAt: now, now: now) ?? newest
            }
            if let report = driver.takePhaseReport() { reports.append(report) }
        }
        return reports
    }
}

@Suite("Phases that a meter does not answer for")
struct PhaseReadingTests {
    private static let meters = profileLibrary.profiles.compactMap { profile -> String? in
        if case .meter(let meter) = profile, meter.phases != nil { meter.name } else { nil }
    }

    @Test(
        "a meter that does not answer for its phases gives all the rest", arguments: meters,
        [ModbusError.exception(.illegalAddress), .exception(.illegalFunction), .exception(.deviceFailure), .timedOut])
    func phasesRefused(name: String, error: ModbusError) throws {
        guard var meter = PhaseMeter(name, error: error) else { return }
        #expect(meter.driver.readsPhases)
        #expect(meter.run(.seconds(10)) == [false])
        #expect(!meter.driver.readsPhases)
        let sample = try #require(meter.newest)
        #expect(sample.sample.frequency != nil && meter.now.elapsed(since: sample.sample.takenAt) < .milliseconds(200))
        #expect(abs((sample.sitePower?.power ?? .zero).value - 5_000) < 12)
        #expect(sample.sitePower?.phases == nil)
    }

    @Test("a meter that was silent is asked for its phases again after a minute", arguments: meters)
    func phasesAgain(name: String) {
        guard var meter = PhaseMeter(name, error: .timedOut) else { return }
        meter.answers = .none
        #expect(meter.run(.seconds(5)).isEmpty)
        meter.answers = .all
        #expect(meter.run(.seconds(65)) == [false, true])
        #expect(meter.newest?.sitePower?.phases != nil)
        meter.answers = .allButPhases
        #expect(meter.run(.seconds(150)) == [false])
        #expect(meter.newest?.sitePower?.power != nil && meter.newest?.sitePower?.phases == nil)
    }
}
