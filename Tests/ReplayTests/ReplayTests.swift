import Devices
import Foundation
import FrequencyResponse
import Simulation
import SiteConfiguration
import TestSupport
import Testing

@testable import Replay

private let library = try! ProfileLibrary(directory: TestData.profiles)

/// Eight Quasars under 40 kW of Dynamic Containment, as in the example site.
private func site(_ recording: Recording, voltage: Volts = Volts(230), period: Interval = .milliseconds(50)) throws
    -> ReplaySite
{
    var site = try SiteReader.read(path: TestData.sites + "/gb-depot.yaml", library: library)
    site.nominalVoltage = voltage
    return ReplaySite(
        settings: site.lawSettings(recordingInterval: recording.interval),
        chargers: site.chargers.map {
            ReplayCharger(name: $0.name, profile: $0.profile, settings: $0.settings, initialCharge: $0.simulatedCharge)
        }, period: period)
}

private func csv(_ recording: Recording, _ site: ReplaySite) -> String {
    let table = StepTable(recording: recording, chargerNames: site.chargers.map(\.name))
    var lines = [table.header]
    var run = ReplayRun(recording: recording, site: site)
    run.run { step in
        if step.sample != nil { lines.append(table.row(step)) }
        return true
    }
    return lines.joined(separator: "\n") + "\n"
}

/// The published closed form of Dynamic Containment, written down apart from the law's curve.
private func dynamicContainment(_ frequency: Hertz) -> Double {
    let deviation = ((frequency.value - 50) * 1e9).rounded() / 1e9
    let d = abs(deviation)
    let share = d <= 0.015 ? 0 : d <= 0.2 ? 0.05 * (d - 0.015) / 0.185 : d <= 0.5 ? 0.05 + 0.95 * (d - 0.2) / 0.3 : 1
    return deviation < 0 ? share : -share
}

/// A recording of the built-in event at one sample a second.
private func builtInEvent() throws -> Recording {
    var grid = Grid(event: .gb20190809, eventStart: .seconds(10), seed: 2_019)
    var text = "time_s,frequency_hz\n"
    for second in 0..<150 {
        grid.advance(to: .seconds(Int64(second)), sitePower: .zero)
        text += "\(second),\((grid.frequency.value * 1_000).rounded() / 1_000)\n"
    }
    return try RecordingReader.read(bytes: Array(text.utf8), file: "event.csv")
}

@Suite("Replay")
struct ReplayTests {
    struct Recorded: Sendable, CustomTestStringConvertible {
        var path: String
        var column: String?
        var voltage = Volts(230)
        /// Long recordings are replayed as far as this here; the built program replays them whole.
        var rows = 100_000
        var period = Interval.milliseconds(50)
        var testDescription: String { path + (column.map { " " + $0 } ?? "") }
    }

    static let recorded = [
        Recorded(path: "gb-2019-08-09/neso_trajectory.csv"),
        Recorded(path: "nsw-2018-08-25/nsw_frequency_1s.csv"),
        Recorded(path: "iberia-2025-04-28/toledo_data.csv", voltage: Volts(27_600)),
        Recorded(path: "mainsfrequency-2024-08-19/2024-08-19T152602.csv"),
        Recorded(path: "cities/lon_sto_ves_1h_1s.csv", column: "LON", rows: 1_200),
        Recorded(path: "cities/lon_sto_ves_1h_1s.csv", column: "STO", rows: 1_200),
        Recorded(path: "cities/lon_sto_ves_1h_1s.csv", column: "VES", rows: 1_200),
        Recorded(path: "france-2019-05/france_2019_05.csv.zip", rows: 8_640, period: .seconds(1)),
        Recorded(path: "gb-2017-60d-1min/TrainData.csv", rows: 2_880, period: .seconds(1)),
    ]

    @Test(
        "at every sample the response is the published curve, and setpoints sum to baseline less response",
        .enabled(if: TestData.hasOutside, "\(TestData.outsideMissing)"), arguments: recorded)
    func published(recorded: Recorded) throws {
        let recording = try RecordingReader.read(
            path: TestData.recording(recorded.path), options: RecordingOptions(column: recorded.column))
        var run = try ReplayRun(
            recording: recording, site: site(recording, voltage: recorded.voltage, period: recorded.period))
        var rows = 0
        var bridged = 0
        var untrusted = 0
        var largestCurveError = 0.0
        var largestSumError = 0.0
        var responseWhileUntrusted = 0.0
        run.run { step in
            guard let sample = step.sample else { return true }
            rows += 1
            let outputs = step.outputs
            let sum = step.chargers.reduce(0) { $0 + $1.setpoint.value }
            largestSumError = max(largestSumError, abs(sum - (outputs.baseline - outputs.response).value))
            if outputs.judged.trust == .suspect {
                bridged += 1
            } else if outputs.judged.trust != .trusted {
                untrusted += 1
                responseWhileUntrusted = max(responseWhileUntrusted, abs(outputs.response.value))
            } else if let frequency = sample.frequency {
                largestCurveError = max(
                    largestCurveError, abs(outputs.response.value / 40_000 - dynamicContainment(frequency)))
            } else {
                Issue.record("line \(sample.line): a row without a frequency was trusted")
            }
            return rows < recorded.rows
        }
        #expect(rows == min(recording.samples.count, recorded.rows))
        #expect(largestCurveError < 1e-9)
        #expect(largestSumError <= 0.5 + 1e-9)
        #expect(responseWhileUntrusted == 0)
        let isIberia = recorded.path.hasPrefix("iberia")
        // The dead bus begins at 12:33:24, 798 rows before the end; eight rows before it have no values, and at
        // 12:33:22 voltage moved by more than 10 % in one update.
        #expect(untrusted == (isIberia ? 798 : 0))
        #expect(bridged == (isIberia ? 9 : 0))
    }

    @Test("two runs of one replay are equal to the byte, and equal the accepted one")
    func golden() throws {
        let recording = try builtInEvent()
        let first = csv(recording, try site(recording))
        #expect(first == csv(recording, try site(recording)))
        try Golden.compare(first, with: "gb-2019-08-09-built-in.csv")
        // A golden that activates nothing proves nothing.
        #expect(first.contains("responding"))
    }

    @Test("over a gap of hours chargers charge by their plans, and next to nothing counts as delivered")
    func longGap() throws {
        let recording = try RecordingReader.read(
            bytes: Array(
                ("time_s,frequency_hz\n" + (0..<600).map { "\($0),50\n" }.joined()
                    + (20_000..<20_300).map { "\($0),50\n" }.joined()).utf8), file: "gap.csv",
            options: RecordingOptions())
        var site = try site(recording)
        for index in site.chargers.indices { site.chargers[index].settings.vehicle?.targetCharge = Ratio(1) }
        var run = ReplayRun(recording: recording, site: site)
        var delivered = WattHours.zero
        var charging = Watts.zero
        var last = Interval.zero
        run.run { step in
            // Power of this time stands beside the setpoints of before.
            if step.time > .seconds(620) {
                delivered += (step.outputs.baseline - step.power).magnitude.energy(over: step.time - last)
            }
            last = step.time
            charging = max(charging, step.power)
            return true
        }
        #expect(charging > Watts(5_000))
        #expect(delivered < WattHours(100), "\(delivered)")
    }

    @Test("a signal whose cells are blank counts for its age limit, and then fades")
    func blankSignal() throws {
        let recording = try RecordingReader.read(
            bytes: Array(
                ("time_s,frequency_hz,signal\n" + (0..<40).map { "\($0),50,\($0 <= 10 ? "1" : "")\n" }.joined()).utf8),
            file: "signal.csv",
            options: RecordingOptions())
        var site = try site(recording)
        let rules = ServiceKind.pjmRegD.rules
        site.settings.services = ServiceStack(
            ServiceSettings(
                kind: .pjmRegD, curve: site.settings.service.curve, direction: .both, capacity: Watts(20_000),
                baselineRule: .scheduled,
                responseTime: .zero, duration: rules.duration, method: rules.method))
        var run = ReplayRun(recording: recording, site: site)
        var asked: [Int: Double] = [:]
        run.run { step in
            if step.sample != nil { asked[Int(step.time.seconds)] = step.outputs.response.value }
            return true
        }
        #expect(asked[10] == 20_000 && asked[16] == 20_000, "\(asked)")
        #expect((9_000...11_000).contains(asked[17] ?? 0))
        #expect(asked[20] == 0)
    }

    @Test("a gap longer than 1.5 intervals is a lost meter: held, faded, and back after three good samples")
    func gap() throws {
        var text = "time_s,frequency_hz\n"
        for second in (0..<20).map({ $0 }) + (30..<40).map({ $0 }) { text += "\(second),49.6\n" }
        let recording = try RecordingReader.read(bytes: Array(text.utf8), file: "gap.csv")
        #expect(recording.gaps.map(\.time) == [.seconds(30)])
        var run = try ReplayRun(recording: recording, site: site(recording))
        var responses: [Double: Double] = [:]
        run.run { step in
            responses[step.time.seconds] = step.outputs.response.value
            return true
        }
        let full = 40_000 * (0.05 + 0.95 * 0.2 / 0.3)
        #expect(abs((responses[20.5] ?? 0) - full) < 1e-6)
        #expect(abs((responses[21.4] ?? 0) - full) < 1e-6)
        #expect(responses[23] == 0)
        #expect(responses[30] == 0 && responses[31] == 0)
        #expect(abs((responses[32] ?? 0) - full) < 1e-6)
    }

    @Test("a charger that empties its battery to the floor stops, and the shortfall is reported")
    func emptied() throws {
        let text = "time_s,frequency_hz\n" + (0..<7_200).map { "\($0),49.4\n" }.joined()
        let recording = try RecordingReader.read(bytes: Array(text.utf8), file: "long.csv")
        var run = try ReplayRun(recording: recording, site: site(recording, period: .seconds(1)))
        var last: ReplayStep?
        var lowest = 1.0
        run.run { step in
            lowest = min(lowest, step.chargers.map(\.stateOfCharge.value).min() ?? 1)
            last = copy step
            return true
        }
        let end = try #require(last)
        #expect(end.outputs.setpointSum == .zero)
        #expect(end.outputs.shortfall == Watts(40_000))
        // What is left of the energy is given ever more slowly, and never ends with a step.
        #expect(end.outputs.availableRaise < Watts(1))
        // The charger goes on for its dead time and ramp after the floor is reached: 4 s at 5 kW and the ramp down.
        #expect(lowest > 0.4 - 0.001)
    }
}
