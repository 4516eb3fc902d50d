import ArgumentParser
import FrequencyResponse
import Simulation
import SiteConfiguration

/// Crashes at random moments of waits, holds, triggers and contradictions, on the same boot and on another.
struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Crashes at random moments: no wait is shortened, and no hold is lost on the same boot.")

    @Option(help: "How many crashes.")
    var crashes = 500

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "The folder of the device profiles.")
    var profiles = "Hardware/Profiles"

    func run() throws {
        let library = try ProfileLibrary(directory: profiles)
        var reached: [String: Int] = [:]
        // Without the saved state the same crashes have to violate something, or the trial proves nothing.
        var violated: Set<String> = []
        for number in 0..<UInt64(crashes) {
            let scenario = RestartScenario.all[Int(number) % RestartScenario.all.count]
            let site = try SiteReader.read(text: scenario.site, file: scenario.name, library: library)
            var trial = RestartTrial(scenario, site: site, seed: seed + number)
            if let violation = trial.run() {
                print("\(scenario.name), seed \(seed + number), \(trial.description): \(violation)")
                throw ExitCode.failure
            }
            if trial.hasReached {
                reached["\(scenario.name), \(trial.isSameBoot ? "same" : "other") boot", default: 0] += 1
            }
            var control = RestartTrial(scenario, site: site, seed: seed + number)
            control.forgets = true
            if control.run() != nil { violated.insert(scenario.name) }
        }
        guard crashes < 100 || violated.count == RestartScenario.all.count else {
            print("without the saved state only \(violated.sorted().joined(separator: ", ")) find a violation")
            throw ExitCode.failure
        }
        print("\(crashes) crashes: no wait shortened, no hold lost on the same boot, none kept on another")
        for (name, count) in reached.sorted(by: { $0.key < $1.key }) { print("  \(name): \(count) in its middle") }
        // Crashes before or after what they are to hit prove nothing.
        guard crashes < 100 || reached.values.reduce(0, +) * 2 > crashes, reached.count == RestartScenario.all.count * 2
        else {
            print("too few crashes hit what they were to hit")
            throw ExitCode.failure
        }
    }
}

/// What a crash is to hit: a site, the path of its meters, and when.
struct RestartScenario: Sendable {
    enum Kind { case enterService, hold, trigger, notReady, contradiction, frozen }

    var name: String
    var kind: Kind
    var service: String
    var more = ""
    /// Deviations from 50 Hz, each from a time on, in seconds.
    var path: [(from: Double, deviation: Double)]
    /// The same of a second meter; nil without one, or from when on it is silent.
    var second: [(from: Double, deviation: Double?)]?
    var crash: ClosedRange<Double>
    var length: Double

    static let all: [Self] = [
        Self(
            name: "wait to enter service", kind: .enterService,
            service: "kind: gb-dynamic-containment, direction: both, capacity: 9 kW",
            more: "grid_code: { kind: as-nzs-4777, enter_service: { delay: 60 s, ramp: 5 s } }",
            path: [(0, 0.01)], crash: 2...90, length: 260),
        Self(
            name: "held response", kind: .hold, service: "kind: as-nzs-4777-2, capacity: 9 kW",
            path: [(0, 0), (5, 1.2), (12, 0.3)], crash: 6...80, length: 160),
        Self(
            name: "static FCR-D", kind: .hold, service: "kind: nordic-fcr-d-up-static, capacity: 9 kW",
            path: [(0, 0), (5, -0.45), (12, -0.15)], crash: 6...80, length: 160),
        Self(
            name: "trigger with a hold", kind: .trigger,
            service:
                "kind: step, capacity: 9 kW, trigger: 49.7 Hz, hold: 90 s, release: { above: 49.85 Hz, for: 20 s }",
            path: [(0, 0), (5, -0.4), (9, -0.1)], crash: 6...90, length: 170),
        Self(
            name: "fast reserve", kind: .trigger, service: "kind: nordic-ffr, capacity: 9 kW, trigger: 49.7 Hz",
            path: [(0, 0), (5, -0.4), (6, -0.2), (100, 0)], crash: 6.5...33, length: 120),
        Self(
            name: "readiness", kind: .notReady,
            service:
                "kind: step, capacity: 9 kW, trigger: 49.7 Hz, hold: 90 s, release: { above: 49.85 Hz, for: 20 s }",
            path: [(0, 0), (5, -0.4), (10, 0.3), (14, 0), (44, -0.4)], crash: 10.5...40, length: 200),
        Self(
            name: "contradiction", kind: .contradiction,
            service: "kind: gb-dynamic-containment, direction: both, capacity: 9 kW", path: [(0, 0), (5, -0.3)],
            second: [(0, 0), (5, 0.01), (20, nil)], crash: 12...90, length: 200),
        Self(
            name: "frozen meter", kind: .frozen,
            service: "kind: gb-dynamic-containment, direction: both, capacity: 9 kW", path: [(0, -0.3)],
            crash: 70...150, length: 200),
    ]

    var site: String {
        let meters =
            ["pcc", "other"].prefix(second == nil ? 1 : 2).enumerated().map {
                "  - { name: \($1), profile: janitza-umg604, connection: \"tcp://192.0.2.\(20 + $0):502\" }"
            }.joined(separator: "\n")
        return """
            site: { name: restart, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { \(service) }
            meters:
            \(meters)
            chargers:
              - name: bay-1
                profile: sunspec-der
                connection: "tcp://192.0.2.91:502"
                charge_limit: 11 kW
                discharge_limit: 11 kW
                grid_protection: external
                dynamics: { dead_time: 200 ms, ramp: 20 kW/s }
                vehicle: { battery: 77 kWh, minimum_charge: 20 % }
            \(more)
            """
    }
}

/// A process with its law, on its own time line.
struct RestartProcess: ~Copyable {
    private let settings: LawSettings
    private let fleet: [ChargerSettings]
    private var law: ControlLaw
    private var memory: [ChargerMemory]
    private var turns = [ChargerTurn()]
    private var setpoints = [Setpoint.zeroPower(until: Instant(nanoseconds: 0), tick: 0)]
    /// What its state thread would have on the disk.
    private(set) var saved: (state: SavedState, charger: SavedCharger, at: Instant)?
    private var savedStamp: UInt64?
    private(set) var outputs = TickOutputs.none

    init(_ site: Site, restoring restored: (law: RestoredState, charger: SavedCharger)?, now: Instant) {
        settings = site.lawSettings()
        fleet = site.fleet
        law = ControlLaw(settings: settings, restoring: restored?.law, now: now, clock: .unknown)
        memory = [
            restored.map { ChargerMemory(restoring: $0.charger, isSameDay: true, now: now) } ?? ChargerMemory()
        ]
    }

    mutating func tick(_ now: Instant, _ samples: [FrequencySample?]) {
        let charger = ChargerInputs(
            control: .controlled, takenAt: now, power: setpoints[0].power, stateOfCharge: Ratio(0.6))
        outputs = law.step(
            TickInputs(now: now, sample: samples[0], secondSample: samples.count > 1 ? samples[1] : nil),
            fleet: fleet, chargers: [charger], memory: &memory, turns: &turns, setpoints: &setpoints)
        // As `ControlTurn` does.
        if savedStamp != law.stamp || saved.map({ now >= $0.at + .seconds(10) }) ?? true {
            savedStamp = law.stamp
            saved = (law.saved(now: now, clock: .unknown), memory[0].saved(now: now), now)
        }
    }
}

/// One crash: a process that goes on, one that is restarted, and a new one without a saved state, all with the same
/// meters.
struct RestartTrial: ~Copyable {
    private let scenario: RestartScenario
    private let site: Site
    let isSameBoot: Bool
    private let crash: Double
    private let away: Double
    /// The crash has hit what it was to hit.
    private(set) var hasReached = false
    /// Restarts without the saved state.
    var forgets = false

    init(_ scenario: RestartScenario, site: Site, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.scenario = scenario
        self.site = site
        isSameBoot = random.chance(0.5)
        crash = scenario.crash.lowerBound + random.unit() * (scenario.crash.upperBound - scenario.crash.lowerBound)
        away = 0.3 + random.unit() * (random.chance(0.2) ? 90 : 20)
    }

    var description: String {
        "crashed at \(crash) s, away for \(away) s, \(isSameBoot ? "same" : "other") boot"
    }

    private static var step: Double { 0.1 }

    private func line(_ time: Double) -> Instant {
        Instant(nanoseconds: 1_000_000_000_000 + Int64(time * 10 + 0.5) * 100_000_000)
    }

    private func samples(_ time: Double, now: Instant) -> [FrequencySample?] {
        func sample(_ deviation: Double, changes: UInt32) -> FrequencySample {
            FrequencySample(
                frequency: Hertz(50 + deviation), voltageLowest: Volts(230), voltageHighest: Volts(230), takenAt: now,
                sequence: UInt32(time * 10), changes: changes)
        }
        let deviation = scenario.path.last { $0.from <= time }?.deviation ?? 0
        let first = sample(deviation, changes: scenario.kind == .frozen ? 1 : UInt32(time * 10))
        guard let second = scenario.second else { return [first] }
        let other = (second.last { $0.from <= time } ?? second[0]).deviation
        return [first, other.map { sample($0, changes: UInt32(time * 10)) }]
    }

    mutating func run() -> String? {
        var whole = RestartProcess(site, restoring: nil, now: line(0))
        var time = 0.0
        while time < crash {
            whole.tick(line(time), samples(time, now: line(time)))
            time += Self.step
        }
        guard let saved = whole.saved else { return "nothing was saved" }
        let before = whole.outputs
        hasReached = reaches(before)
        let restartAt = crash + away
        while time < restartAt {
            whole.tick(line(time), samples(time, now: line(time)))
            time += Self.step
        }
        // On another boot the time line begins near zero.
        let shift = isSameBoot ? Interval.zero : Interval(nanoseconds: line(time).nanoseconds - 20_000_000_000)
        let start = line(time) - shift
        let restart: Restart =
            isSameBoot ? .sameBoot(away: line(time).elapsed(since: saved.at)) : .otherBoot
        var second = RestartProcess(
            site,
            restoring: forgets ? nil : (RestoredState(state: saved.state, restart: restart), saved.charger), now: start)
        var fresh = RestartProcess(site, restoring: nil, now: start)
        let begun = time
        var judge = Judge(scenario: scenario, isSameBoot: isSameBoot, before: before, crash: crash, away: away)
        while time < scenario.length {
            whole.tick(line(time), samples(time, now: line(time)))
            let now = line(time) - shift
            let given = samples(time, now: now)
            second.tick(now, given)
            fresh.tick(now, given)
            if let violation = judge.look(
                whole: whole.outputs, second: second.outputs, fresh: fresh.outputs, since: time - begun, time: time)
            {
                return "\(violation) \(time - begun) s after the restart"
            }
            time += Self.step
        }
        return judge.end()
    }

    /// Whether what the scenario is about goes on at the crash.
    private func reaches(_ outputs: TickOutputs) -> Bool {
        switch scenario.kind {
        case .enterService: if case .waiting = outputs.gridCode { true } else { false }
        case .hold, .trigger: outputs.response != .zero
        case .notReady: outputs.response == .zero
        case .contradiction: !outputs.judged.trust.isTrusted
        case .frozen: outputs.judged.trust == .frozen
        }
    }

    /// Looks at a restarted process beside the one that went on.
    private struct Judge {
        let scenario: RestartScenario
        let isSameBoot: Bool
        let before: TickOutputs
        let crash: Double
        let away: Double
        private var enteredAfter: Double?

        init(scenario: RestartScenario, isSameBoot: Bool, before: TickOutputs, crash: Double, away: Double) {
            self.scenario = scenario
            self.isSameBoot = isSameBoot
            self.before = before
            self.crash = crash
            self.away = away
        }

        /// The least difference that counts.
        private static var small: Watts { Watts(9_000 / 32 + 1) }

        mutating func look(
            whole: TickOutputs, second: TickOutputs, fresh: TickOutputs, since: Double, time: Double
        ) -> String? {
            let isTrusted = second.judged.trust.isTrusted && second.state.isActive
            switch scenario.kind {
            case .enterService:
                if enteredAfter == nil, second.gridCode == .connected || second.gridCode == .entering {
                    enteredAfter = since
                }
                return nil
            case .hold, .trigger:
                guard isTrusted else { return nil }
                if isSameBoot {
                    let isLess = second.response.magnitude < whole.response.magnitude - Self.small
                    let isOpposite = second.response.value * whole.response.value < 0
                    return isLess || isOpposite
                        ? "\(second.response.value) W, without a restart \(whole.response.value) W" : nil
                }
                return second.response.magnitude > fresh.response.magnitude + Watts(1)
                    ? "\(second.response.value) W, a new start gives \(fresh.response.value) W" : nil
            case .notReady:
                // 60 s from the crossing, or from the restart.
                let isReady = isSameBoot ? time > 10 + 59.95 : since > 59.95
                return second.response != .zero && !isReady ? "\(second.response.value) W before it is ready" : nil
            case .contradiction, .frozen:
                return second.judged.trust.isTrusted || second.response != .zero
                    ? "\(second.judged.trust), \(second.response.value) W" : nil
            }
        }

        func end() -> String? {
            guard scenario.kind == .enterService else { return nil }
            guard let enteredAfter else { return "service is never entered" }
            // A new law needs three samples until it trusts frequency.
            let settling = 1.0
            switch before.gridCode {
            case .waiting, .outOfService:
                let waited = isSameBoot ? min(crash, 60) : 0
                if enteredAfter < 60 - waited - 0.15 { return "entered, a wait was shortened," }
                return enteredAfter > 60 - waited + 10 + settling ? "a wait was made longer" : nil
            case .connected, .entering:
                let staysIn = isSameBoot && away <= 55
                if staysIn { return enteredAfter > settling ? "service was left," : nil }
                let mayStayIn = isSameBoot && away <= 61
                return !mayStayIn && enteredAfter < 60 - 0.15 ? "entered without a wait," : nil
            }
        }
    }
}
