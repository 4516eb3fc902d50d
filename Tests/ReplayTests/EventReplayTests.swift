import FrequencyResponse
import Simulation
import SiteConfiguration
import TestSupport
import Testing

@testable import Replay

/// Real events through the whole law with simulated chargers, from outside: what is told to chargers, tick by tick.
@Suite("Events, replayed", .enabled(if: TestData.hasOutside, "\(TestData.outsideMissing)"))
struct EventReplayTests {
    private static let library = try! ProfileLibrary(directory: TestData.profiles)

    private static func run(
        _ path: String, service: String, voltage: Volts = Volts(230), _ visit: (borrowing ReplayStep, Recording) -> Void
    ) throws {
        let text = """
            site: { name: Event, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { \(service), capacity: 20 kW, recovery_wait: 60 s, recovery_ramp: 20 %/min }
            meters: [{ name: pcc, profile: janitza-umg604, connection: "tcp://192.0.2.20:502" }]
            chargers:
            """
            + (1...4).map { index in
                """

                  - name: bay-\(index)
                    profile: sunspec-der
                    connection: tcp://192.0.2.3\(index):502
                    charge_limit: 7.4 kW
                    discharge_limit: 7.4 kW
                    grid_protection: charger
                    dynamics: { dead_time: 200 ms, ramp: 20 kW/s }
                    vehicle: { battery: 40 kWh, minimum_charge: 40 %, target_charge: 90 %, simulated_charge: \
                    \(index == 4 ? 42 : 60) % }
                """
            }.joined()
        var site = try SiteReader.read(text: text, file: "event.yaml", library: library)
        site.nominalVoltage = voltage
        let recording = try RecordingReader.read(path: TestData.recording(path), options: RecordingOptions())
        let replay = ReplaySite(
            settings: site.lawSettings(recordingInterval: recording.interval),
            chargers: zip(site.chargers, site.fleet).map {
                ReplayCharger(name: $0.name, profile: $0.profile, settings: $1, initialCharge: $0.simulatedCharge)
            }, period: site.period)
        var run = ReplayRun(recording: recording, site: replay)
        run.run { step in
            visit(step, recording)
            return true
        }
    }

    /// 25 August 2018 in New South Wales: twelve excursions below 49.85 Hz in 16.6 minutes.
    @Test(
        "no charging is resumed inside an excursion, no floor is broken, and every re-entry is answered at once",
        arguments: [
            "kind: step, trigger: 49.85 Hz, hold: 10 min, release: { above: 49.9 Hz, for: 60 s }",
            "kind: aemo-fast", "kind: aemo-very-fast, direction: low",
            """
            kind: aemo-fast, controller: switching, direction: low, trigger: 49.85 Hz, hold: 60 s, release: { above: \
            49.9 Hz, for: 60 s }
            """,
            "kind: step, trigger: 49.85 Hz, hold: 10 min, after_hold: end, release: { above: 49.9 Hz, for: 60 s }",
        ])
    func newSouthWales(service: String) throws {
        // The trim of offsets may move the sum by as much; half a percent of the capacity.
        let trimmed = Watts(100)
        var excursions = 0
        var wasBelow = false
        var chargedBefore = Watts.zero
        var inExcursion = Watts.zero
        var lowestCharge = 1.0
        var breaches: [String] = []
        var before = ""
        try Self.run("nsw-2018-08-25/nsw_frequency_1s.csv", service: service) { step, recording in
            let sum = step.outputs.setpointSum
            for charger in step.chargers where charger.setpoint < .zero {
                lowestCharge = min(lowestCharge, charger.stateOfCharge.value)
            }
            guard let frequency = step.sample?.frequency else {
                if wasBelow, sum > inExcursion + trimmed {
                    breaches.append("\(step.time.seconds): import rose to \(sum.value) W from \(inExcursion.value) W")
                }
                inExcursion = min(inExcursion, max(.zero, sum))
                return
            }
            let isBelow = frequency < Hertz(49.85)
            if isBelow, !wasBelow {
                excursions += 1
                // The tick of the sample answers: with less import, more export, or what is already there.
                if step.outputs.response <= .zero { breaches.append("\(step.time.seconds): not answered") }
                if sum > chargedBefore + trimmed {
                    breaches.append(
                        """
                        \(step.time.seconds): import at the re-entry, \(sum.value) W after \(chargedBefore.value) W, \
                        asked \(step.outputs.response.value) W, baseline \(step.outputs.baseline.value) W, before \
                        \(before)
                        """
                    )
                }
                inExcursion = max(.zero, sum)
            }
            if isBelow, sum > inExcursion + trimmed {
                breaches.append(
                    "\(step.time.seconds): import rose to \(sum.value) W inside, from \(inExcursion.value) W")
            }
            if isBelow { inExcursion = min(inExcursion, max(.zero, sum)) }
            wasBelow = isBelow
            chargedBefore = sum
            before = "\(step.outputs.response.value) W at \(frequency.value) Hz"
        }
        #expect(excursions == 12)
        #expect(breaches.isEmpty, "\(breaches.prefix(5))")
        // The fourth car begins 2 % above its floor.
        #expect(lowestCharge > 0.399)
    }

    /// 28 April 2025 at Toledo: the meter goes on reading 47.4 to 40 Hz on a dead bus.
    @Test(
        "no discharge setpoint from the first tick with the voltage gone",
        arguments: [
            "kind: ce-fcr", "kind: gb-dynamic-containment",
            "kind: step, trigger: 49.85 Hz, hold: 10 min, release: { above: 49.9 Hz, for: 60 s }",
        ])
    func iberia(service: String) throws {
        var gone = false
        var discharged = 0
        var answered = 0
        var untrusted = 0
        try Self.run("iberia-2025-04-28/toledo_data.csv", service: service, voltage: Volts(27_600)) { step, _ in
            if let voltage = step.sample?.voltageLowest { gone = voltage < Volts(13_800) }
            let discharges = step.chargers.contains { $0.setpoint < .zero }
            if gone {
                untrusted += 1
                if discharges { discharged += 1 }
            } else if step.outputs.response > .zero {
                answered += 1
            }
        }
        #expect(discharged == 0)
        #expect(untrusted > 798)
        #expect(answered > 0)
    }
}
