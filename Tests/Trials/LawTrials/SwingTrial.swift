import ArgumentParser
import FrequencyResponse
import SiteConfiguration

/// Swings of frequency from one side of nominal to the other, with and without dips and gaps, for every service of the
/// catalogue.
struct SwingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swings",
        abstract: "Every service through swings, dips and gaps: no response of the wrong sign beyond its release.")

    @Option(help: "The folder of the device profiles.")
    var profiles = "Hardware/Profiles"

    func run() throws {
        let library = try ProfileLibrary(directory: profiles)
        var count = 0
        var answered = 0
        for kind in ServiceKind.all where kind != .pjmRegD {
            var wrong: [String] = []
            for variant in SwingTrial.variants(kind) {
                let site = try SiteReader.read(text: variant, file: "\(kind)", library: library)
                for path in SwingPath.all {
                    var trial = SwingTrial(site: site, path: path)
                    if let violation = trial.run() { wrong.append(violation) }
                    count += 1
                    if trial.hasAnswered { answered += 1 }
                }
            }
            guard wrong.isEmpty else {
                for line in wrong.prefix(5) { print(line) }
                print("\(kind.rules.name): \(wrong.count) swings with a response of the wrong sign")
                throw ExitCode.failure
            }
        }
        print(
            "\(count) swings of \(ServiceKind.all.count - 1) services, \(answered) answered: none with the wrong sign")
        // Swings that nobody answers prove nothing.
        guard answered * 2 > count else { throw ExitCode.failure }
    }
}

/// Deviations in the order of time: to one side, to the other, and back.
struct SwingPath {
    /// Deviation as a share of the deepest that the trial knows, and for how long.
    var legs: [(share: Double, seconds: Double)]
    /// What happens at the first change of side.
    var fault: Fault
    var depth: Double

    enum Fault: String, CaseIterable { case none, dip, gap, longGap }

    static let all: [SwingPath] = [1.0, -1.0].flatMap { side in
        [0.3, 0.95].flatMap { depth in
            [2.0, 45].flatMap { seconds in
                Fault.allCases.map { fault in
                    SwingPath(
                        legs: [(0, 5), (side, seconds), (-side, 90), (0, 60), (-side, seconds), (side, 60)],
                        fault: fault, depth: depth)
                }
            }
        }
    }

    var description: String { "\(legs.map { "\($0.share * depth) Hz for \($0.seconds) s" }), \(fault)" }
}

/// One service through one path, by the whole law.
struct SwingTrial: ~Copyable {
    private let site: Site
    private let path: SwingPath
    private let settings: LawSettings
    private let fleet: [ChargerSettings]
    private let release: (deviation: Double, time: Interval)
    private var law: ControlLaw
    private var memory = [ChargerMemory()]
    private var turns = [ChargerTurn()]
    private var setpoints = [Setpoint.zeroPower(until: Instant(nanoseconds: 0), tick: 0)]
    private var now = Instant(nanoseconds: 1_000_000_000_000)
    private var sequence: UInt32 = 0
    private var wrongFor = Interval.zero
    private static var ticksPerSecond: Double { 10 }
    private(set) var hasAnswered = false

    init(site: Site, path: SwingPath) {
        self.site = site
        self.path = path
        settings = site.lawSettings()
        fleet = site.fleet
        release = Self.release(of: site.services[0].settings, nominal: settings.sensing.first.nominalFrequency)
        law = ControlLaw(settings: settings)
    }

    /// The service on every side on which it is sold, and AEMO's with both controllers.
    static func variants(_ kind: ServiceKind) -> [String] {
        let rules = kind.rules
        let nominal = rules.nominalFrequency?.value ?? 50
        let own: [String] =
            switch kind {
            case .droop:
                [
                    "deadband: 36 mHz, droop: 5 %, response_time: 5 s",
                    "deadband: 36 mHz, droop: 5 %, response_time: 0 s",
                ]
            case .curve: ["points: [[49.5 Hz, 100 %], [49.9 Hz, 0 %], [50.1 Hz, 0 %], [50.5 Hz, -100 %]]"]
            case .step:
                ["49.85", "50.15"].map {
                    "trigger: \($0) Hz, hold: 30 s, release: { \($0 == "49.85" ? "above: 49.9" : "below: 50.1") Hz, for: 60 s }"
                }
            case .nordicFFR: ["trigger: 49.7 Hz", "trigger: 49.5 Hz, support: short"]
            case .ds3FFR: ["trigger: 49.8 Hz"]
            case .aemoVeryFast, .aemoFast, .aemoSlow, .aemoDelayed:
                ["", "controller: switching, trigger: 49.8 Hz, hold: 30 s, release: { above: 49.85 Hz, for: 30 s }"]
            default: [""]
            }
        return own.flatMap { keys -> [String] in
            let isSold =
                keys.contains("trigger") || kind == .ercotFFR || rules.direction != .both
                ? [""] : ["", "direction: low", "direction: high"]
            return isSold.map { side in
                let all = ["kind: \(rules.name)", "capacity: 9 kW", keys, side].filter { !$0.isEmpty }.joined(
                    separator: ", ")
                return """
                    site: { name: swing, nominal_frequency: \(Int(nominal)) Hz, nominal_voltage: 230 V }
                    service: { \(all) }
                    meters: [{ name: pcc, profile: janitza-umg604, connection: "tcp://192.0.2.20:502" }]
                    chargers:
                      - name: bay-1
                        profile: sunspec-der
                        connection: "tcp://192.0.2.91:502"
                        charge_limit: 11 kW
                        discharge_limit: 11 kW
                        grid_protection: external
                        dynamics: { dead_time: 200 ms, ramp: 20 kW/s }
                        vehicle: { battery: 77 kWh, minimum_charge: 20 % }
                    """
            }
        }
    }

    /// The first response of the wrong sign beyond the service's release; nil when there is none.
    mutating func run() -> String? {
        var changes = 0
        for (index, leg) in path.legs.enumerated() {
            let deviation = leg.share * path.depth
            let ticks = Int(leg.seconds * Self.ticksPerSecond)
            if index == 2 { changes += 1 }
            for number in 0..<ticks {
                let isFaulty = index == 2 && isFaulty(after: Double(number) / Self.ticksPerSecond)
                let outputs = tick(deviation, isFaulty: isFaulty)
                if outputs.response != .zero { hasAnswered = true }
                // While the meter is silent nobody knows the frequency.
                let isSilent = isFaulty && path.fault != .dip
                if !isSilent, let violation = judge(outputs, deviation: deviation) {
                    return
                        "\(site.services[0].settings.kind) \(path.description): \(violation) after \(Double(number) / Self.ticksPerSecond) s of leg \(index)"
                }
            }
        }
        return nil
    }

    private func isFaulty(after seconds: Double) -> Bool {
        switch path.fault {
        case .none: false
        case .dip: seconds < 0.2
        case .gap: seconds < 2.5
        case .longGap: seconds < 30
        }
    }

    private mutating func tick(_ deviation: Double, isFaulty: Bool) -> TickOutputs {
        now = now + .milliseconds(100)
        sequence += 1
        let isDip = isFaulty && path.fault == .dip
        let voltage = Volts(isDip ? 60 : 230)
        let sample = FrequencySample(
            frequency: settings.sensing.first.nominalFrequency + Hertz(deviation), voltageLowest: voltage,
            voltageHighest: voltage, takenAt: now, sequence: sequence)
        let charger = ChargerInputs(
            control: .controlled, takenAt: now, power: setpoints[0].power, stateOfCharge: Ratio(0.6))
        return law.step(
            TickInputs(now: now, sample: isFaulty && !isDip ? nil : sample), fleet: fleet, chargers: [charger],
            memory: &memory, turns: &turns, setpoints: &setpoints)
    }

    /// The deviation up to which a response of the wrong sign is a service's own release, and how long its lag takes.
    private static func release(of service: ServiceSettings, nominal: Hertz) -> (deviation: Double, time: Interval) {
        let grace = Interval.milliseconds(100)
        return switch service.method {
        case .held(let hold): (hold.releaseDeviation.value, grace)
        case .triggered(let trigger): (max(0.05, (trigger.release - nominal).magnitude.value), grace)
        // The lag to 0.1 % of a full swing.
        case .continuous:
            (
                max(service.curve.edge(low: true), service.curve.edge(low: false)).value,
                grace + service.responseTime * 4
            )
        case .signal: (.infinity, grace)
        }
    }

    private mutating func judge(_ outputs: TickOutputs, deviation: Double) -> String? {
        let smallest = Watts(9)
        let isWrong =
            outputs.judged.trust.isTrusted
            && (deviation > release.deviation && outputs.response > smallest
                || deviation < -release.deviation && outputs.response < -smallest)
        wrongFor = isWrong ? wrongFor + .milliseconds(100) : .zero
        guard wrongFor > release.time else { return nil }
        return "\(outputs.response.value) W at \(deviation) Hz"
    }
}
