import ArgumentParser
import Foundation
import FrequencyResponse
import Replay
import SiteConfiguration

/// The swing detector on frequencies that the site can't move: test programmes of grid codes, foreign oscillations, and
/// recordings. It must not withdraw a response there.
struct DetectorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detector",
        abstract: "The swing detector on programmes and recordings that the site can't move: no trial.")

    @Option(help: "The folder of the device profiles.")
    var profiles = "Hardware/Profiles"

    @Option(help: "A recording, with the column of its frequency behind a colon where it needs one. May be repeated.")
    var recording: [String] = []

    private static let services = [
        "kind: gb-dynamic-containment", "kind: gb-dynamic-moderation", "kind: gb-dynamic-regulation", "kind: ce-fcr",
        "kind: nordic-fcr-n", "kind: nordic-fcr-d-up", "kind: droop, deadband: 36 mHz, droop: 5 %, response_time: 0 s",
        "kind: droop, deadband: 36 mHz, droop: 5 %, response_time: 5 s",
    ]
    private static let deadTimes = [0.2, 1, 2, 4, 8]

    func run() throws {
        let library = try ProfileLibrary(directory: profiles)
        var runs = 0
        var trials = 0
        for programme in Programme.all {
            let found = try sum { service, dead in
                var site = try LoopSite(
                    service: service, capacity: Watts(30_000), dead: dead, grid: "swing_detector: act", library: library
                )
                for step in 0..<Int(programme.seconds * 100) {
                    site.step(Hertz(50 + programme.deviation(Double(step) / 100)))
                }
                return site.trials
            }
            runs += Self.services.count * Self.deadTimes.count
            trials += found
            if found > 0 { print("\(programme.name): \(found) trials") }
        }
        print("\(Programme.all.count) programmes, \(runs) runs: \(trials) trials")
        for name in recording {
            let found = try replay(name, library)
            trials += found
            print("\(name): \(found) trials")
        }
        let seen = try count(Programme.control, library)
        print("\(Programme.control.name), as large as a swing of its own: \(seen) trials")
        // A detector that sees nothing at all proves nothing.
        guard trials == 0, seen > 0 else { throw ExitCode.failure }
    }

    private func count(_ programme: Programme, _ library: ProfileLibrary) throws -> Int {
        try sum { service, dead in
            var site = try LoopSite(
                service: service, capacity: Watts(30_000), dead: dead, grid: "swing_detector: act", library: library)
            for step in 0..<Int(programme.seconds * 100) {
                site.step(Hertz(50 + programme.deviation(Double(step) / 100)))
            }
            return site.trials
        }
    }

    private func sum(_ trials: (String, Double) throws -> Int) rethrows -> Int {
        try Self.services.reduce(0) { sum, service in
            try Self.deadTimes.reduce(sum) { try $0 + trials(service, $1) }
        }
    }

    private func replay(_ name: String, _ library: ProfileLibrary) throws -> Int {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        var options = RecordingOptions()
        options.column = parts.count > 1 ? parts[1] : nil
        let recording = try RecordingReader.read(path: parts[0], options: options)
        return try sum { service, dead in
            let site = try SiteReader.read(
                text: LoopSite.text(service, 30_000, dead: dead, grid: "swing_detector: act"), file: name,
                library: library)
            var settings = site.lawSettings(recordingInterval: recording.interval)
            // What a recording says of voltage is at its own level.
            settings.sensing.first.measuresVoltage = false
            let chargers = zip(site.chargers, site.fleet).map {
                ReplayCharger(name: $0.name, profile: $0.profile, settings: $1, initialCharge: Ratio(0.6))
            }
            var run = ReplayRun(
                recording: recording,
                site: ReplaySite(settings: settings, chargers: chargers, period: .milliseconds(200)))
            var trials = 0
            var phase = SwingDetector.Phase.watching
            run.run { step in
                if step.outputs.swing.phase == .trying, phase != .trying { trials += 1 }
                phase = step.outputs.swing.phase
                return true
            }
            return trials
        }
    }
}

/// A frequency over time that the site can't move.
struct Programme: Sendable {
    var name: String
    var seconds: Double
    /// In hertz from nominal, by the time in seconds.
    var deviation: @Sendable (Double) -> Double

    static let all: [Programme] =
        // Nordic requirements: sines of 10 to 300 s at 100 mHz, for the proof of stability.
        [10.0, 15, 25, 40, 50, 60, 70, 90, 150, 300].map { period in
            Programme(name: "sine of \(period) s, 0.1 Hz", seconds: period * 4 + 20) { 0.1 * sine($0, period) }
        }
        // Oscillations of other causes, below the detector's least height.
        + [1.25, 2.5, 5, 10].flatMap { period in
            [0.02, 0.05, 0.1, 0.15].map { height in
                Programme(name: "oscillation of \(period) s, \(height) Hz", seconds: 120) { height * sine($0, period) }
            }
        }
        // IEEE 1547.1: steps with holds; both ways.
        + [5.0, 10, 30].flatMap { hold in
            [1.0, -1].map { side in
                Programme(name: "steps of \(hold) s, side \(side)", seconds: hold * 10) { time in
                    side * [0, 0.5, 1, 1.5, 1, 0.5, 0, -0.5, -1, 0][min(9, Int(time / hold))]
                }
            }
        }
        // FCR-N steps of the Nordic requirements, and ramps of TenneT, AEMO and FCR-D.
        + [
            Programme(name: "FCR-N steps", seconds: 660) { time in
                [(30, 0), (60, -0.05), (90, 0), (360, -0.1), (660, 0.1)].first { time < $0.0 }?.1 ?? 0
            },
            Programme(name: "TenneT ramp", seconds: 480) { time in
                time < 120 ? time / 600 : time < 360 ? 0.2 - (time - 120) / 600 : -0.2 + (time - 360) / 600
            },
        ]
        + [(0.125, 0.5), (0.24, 1), (1, 0.5), (2, 0.5)].flatMap { rate, depth in
            [1.0, -1].map { side in
                Programme(name: "ramp of \(rate) Hz/s to \(side * depth) Hz", seconds: 90) { time in
                    side * min(depth, max(0, time < 60 ? (time - 10) * rate : depth - (time - 60) * rate))
                }
            }
        }

    /// An oscillation that the detector can't tell from an own swing.
    static let control = Programme(name: "oscillation of 5 s, 0.3 Hz", seconds: 60) { 0.3 * sine($0, 5) }

    private static func sine(_ time: Double, _ period: Double) -> Double {
        sin(2 * .pi * time / period)
    }
}
