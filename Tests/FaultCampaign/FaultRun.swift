import Devices
import Foundation
import FrequencyResponse
import Modbus
import Realtime
import Simulation
import SimulationServer
import SiteConfiguration
import Support

/// One run: a simulated depot in this process, the built program in its own, a fault or two in the middle of an event, and an observer at the devices.
struct FaultRun {
    private static let chargers = 4
    private static let limit = 3_000.0
    private static let capacity = 10_000.0

    let seed: UInt64
    let faults: [Fault]
    private let program: String
    private let depot: SimulatedDepot
    private let folder: String
    private var generator: SeededGenerator
    private var daemon: Process?
    private(set) var violations: [String] = []
    /// Seconds from the end of the last fault until the site answered again.
    private(set) var recovery: Double?
    private let isLow: Bool

    init(seed: UInt64, faults: [Fault], program: String, library: ProfileLibrary) throws {
        self.seed = seed
        self.faults = faults
        self.program = program
        generator = SeededGenerator(seed: seed)
        isLow = seed % 4 != 0
        guard case .meter(let meter) = library["janitza-umg604"] else { throw CocoaError(.fileNoSuchFile) }
        let now = LiveClock.now()
        let meters = (0..<2).map { MeterModel(profile: meter, nominalVoltage: Volts(230), now: now, seed: seed &+ UInt64($0)) }
        let chargers = (0..<Self.chargers).map { index -> any SimulatedCharger in
            index % 2 == 0
                ? QuasarModel(vehicle: Vehicle(), dynamics: .fast, now: now)
                : SunSpecModel(rating: Watts(7_400), vehicle: Vehicle(), dynamics: .fast, serial: "\(index)", now: now)
        }
        let place = DevicePlace(endpoint: .tcp(host: "127.0.0.1", port: 0), unit: nil)
        let count = meters.count + chargers.count
        do {
            depot = try SimulatedDepot(
                meters: meters, chargers: chargers, places: Array(repeating: place, count: count),
                source: .grid(Grid(event: .quiet, eventStart: .zero, seed: seed)))
        } catch { throw CocoaError(.fileWriteUnknown) }
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("campaign-\(seed)-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try site().write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
    }

    private func site() -> String {
        let ports = depot.ports
        var text = """
            site: { name: Campaign, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { kind: gb-dynamic-containment, direction: both, capacity: 10 kW }
            meters:
              - { name: first, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(ports[0])", poll_interval: 50 ms }
              - { name: second, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(ports[1])", poll_interval: 50 ms }
            chargers:

            """
        if !faults.contains(.secondMeterOff) { text = text.replacingOccurrences(of: "  - { name: second", with: "  # - { name: second") }
        for index in 0..<Self.chargers {
            let profile = index % 2 == 0 ? "wallbox-quasar" : "sunspec-der"
            text +=
                "  - { name: bay-\(index + 1), profile: \(profile), connection: \"tcp://127.0.0.1:\(ports[index + 2])\", charge_limit: 3 kW, discharge_limit: 3 kW, grid_protection: charger, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }\n"
        }
        return text
    }

    // MARK: The course of a run

    mutating func run() {
        defer {
            if let daemon { kill(daemon.processIdentifier, SIGKILL) }
            depot.stop()
            try? FileManager.default.removeItem(atPath: folder)
        }
        depot.setFrequency(Hertz(50))
        start()
        guard wait(30, { self.log.contains("state: armed") && self.controlled == Self.chargers }) else {
            return broken("was not armed within 30 s")
        }
        let eventAt = LiveClock.now()
        depot.setFrequency(Hertz(isLow ? 49.6 : 50.4))
        guard wait(10, { self.isAnswering(share: 0.85) }) else { return broken("did not answer before any fault") }
        pause(0.2 + 0.8 * uniform())
        var lasting: [(fault: Fault, charger: Int, at: Instant)] = []
        for fault in faults {
            // The Quasars stand at the even places.
            let anyone = Int(uniform() * Double(Self.chargers))
            let isQuasar = fault == .chargerRebooted || fault == .chargerTakenOver || fault == .chargerLatched
            let charger = isQuasar ? anyone & ~1 : anyone
            begin(fault, charger)
            lasting.append((fault, charger, LiveClock.now()))
            pause(0.7 * uniform())
        }
        observe(lasting)
        for one in lasting { end(one.fault, one.charger) }
        let ended = LiveClock.now()
        // A charger that charges by itself looks like an answer until the program has taken it over.
        if faults.contains(.killed) || faults.contains(.powerCut) { pause(3) }
        if wait(45, { self.isAnswering(share: 0.85) }) {
            recovery = LiveClock.now().elapsed(since: ended).seconds
        } else {
            broken("did not answer again within 45 s of the last fault")
        }
        judgeWrites(since: eventAt + .seconds(1), lasting)
        finish()
    }

    private mutating func finish() {
        guard let daemon else { return }
        kill(daemon.processIdentifier, SIGTERM)
        guard wait(25, { !daemon.isRunning }) else { return broken("did not end within 25 s of SIGTERM") }
        if daemon.terminationStatus != 0 { broken("ended with \(daemon.terminationStatus): \(log.split(separator: "\n").last ?? "")") }
        if !depot.commands.allSatisfy({ $0 == .zero }) { broken("ended in order with a charger that is not neutral") }
    }

    /// The middle of the run: what has to stop has stopped in time and stays so, what has to go on goes on.
    private mutating func observe(_ lasting: [(fault: Fault, charger: Int, at: Instant)]) {
        let deadline = deadline(lasting)
        let lost = Set(lasting.filter(\.fault.losesCharger).map(\.charger))
        // While two meters contradict each other the smaller answer is given and may not rise, so nobody steps in for a lost charger.
        let contradicts = faults.contains(.secondMeterOff)
        let isBorne = lasting.allSatisfy(\.fault.isBorne) && !(contradicts && !lost.isEmpty)
        let began = lasting[lasting.count - 1].at
        // A thread is held for 4.4 s.
        let end = lasting[0].at + .milliseconds(4_300)
        // What is given in the last second; its median counts, so that one look at a moment of change is no verdict.
        var last: [Double] = []
        while LiveClock.now() < end {
            pause(0.02)
            let now = LiveClock.now()
            let commands = depot.commands
            if let deadline, isLow {
                // Who can't be told falls back by its own timeout.
                let late = commands.indices.first {
                    commands[$0] < .zero && now > (lost.contains($0) ? deadline + .milliseconds(2_200) : deadline)
                }
                if let late { return broken("still discharging \(ms(now, lasting[0].at)) after the fault: bay-\(late + 1)") }
            }
            if now > end - .seconds(1) { last.append(commands.reduce(0.0) { $0 + (isLow ? max(0, -$1.value) : max(0, $1.value)) }) }
        }
        guard isBorne, LiveClock.now() > began + .milliseconds(3_500), !last.isEmpty else { return }
        let given = last.sorted()[last.count / 2]
        let asked = min((contradicts ? 0.525 : 0.683) * Self.capacity, Double(Self.chargers - lost.count) * Self.limit) * 0.8
        if given < asked {
            broken(
                "\(Int(given)) W of \(Int(asked)) W were given \(ms(LiveClock.now(), began)) after the fault: \(depot.commands.map { Int($0.value) }), without \(lost.map { "bay-\($0 + 1)" })\n\(log.split(separator: "\n").suffix(12).joined(separator: "\n"))"
            )
        }
    }

    /// When nobody may discharge any more; nil when everybody may.
    private func deadline(_ lasting: [(fault: Fault, charger: Int, at: Instant)]) -> Instant? {
        func ends(_ one: (fault: Fault, charger: Int, at: Instant)) -> Instant? {
            one.fault.dischargeEnds.map { one.at + Interval(nanoseconds: Int64($0 * 1e9)) }
        }
        // Where the program can do nothing, or no device hears it, the last of the timeouts counts.
        let blind = lasting.filter { $0.fault.isBlind || $0.fault == .allSilent }
        if !blind.isEmpty { return blind.compactMap(ends).max() }
        // A meter that says nothing does not say that the voltage is gone.
        let isSilent = faults.contains(.meterSilent) || faults.contains(.allSilent)
        return lasting.filter { !(isSilent && $0.fault == .voltageGone) }.compactMap(ends).min()
    }

    /// Every write that reached a device, against what may ever be written.
    private mutating func judgeWrites(since start: Instant, _ lasting: [(fault: Fault, charger: Int, at: Instant)]) {
        for write in depot.writes where write.at >= start {
            guard let watts = Self.setpoint(write.request) else { continue }
            if abs(watts) > Self.limit + 0.5 { return broken("\(watts) W was written to bay-\(write.device - 1), beyond its limit") }
            // An idle Quasar is woken by 1 W.
            let wrong = isLow ? watts > 1.5 : watts < -1.5
            if wrong { return broken("\(watts) W was written to bay-\(write.device - 1), against the event") }
        }
    }

    private static func setpoint(_ request: Request) -> Double? {
        switch request {
        case .writeOne(260, let value): Double(Int16(bitPattern: value))
        // WSet lies 24 registers into model 704 of the simulated DER, and counts generation as positive.
        case .write(40_301, let values): -Double(Int32(bitPattern: UInt32(values[0]) << 16 | UInt32(values[1])))
        default: nil
        }
    }

    // MARK: Faults

    private mutating func begin(_ fault: Fault, _ charger: Int) {
        switch fault {
        case .meterSilent: depot.setSilent(0, true)
        case .meterRailed: depot.setFrequency(Hertz(isLow ? 40 : 70))
        case .meterJump: depot.changeMeter(0) { $0.frequencyError = Hertz(self.isLow ? -1.5 : 1.5) }
        case .secondMeterOff: depot.changeMeter(1) { $0.frequencyError = Hertz(0.05) }
        case .voltageGone: depot.setVoltage(Ratio(0.1))
        case .chargerSilent: depot.setSilent(charger + 2, true)
        case .chargerRebooted:
            depot.changeCharger(charger) {
                $0 = QuasarModel(vehicle: $0.vehicle, dynamics: .fast, now: LiveClock.now(), autoCharge: true)
            }
        case .chargerTakenOver: depot.changeCharger(charger) { _ = $0.answer(.writeOne(address: 81, value: 0)) }
        case .chargerRefuses: depot.setRefusing(charger + 2, true)
        case .chargerLatched: setLatched(charger, true)
        case .powerCut:
            if let daemon {
                kill(daemon.processIdentifier, SIGKILL)
                daemon.waitUntilExit()
            }
            for index in 0..<Self.chargers {
                depot.changeCharger(index) { old in
                    let now = LiveClock.now()
                    old =
                        index % 2 == 0
                        ? QuasarModel(vehicle: old.vehicle, dynamics: .fast, now: now)
                        : SunSpecModel(rating: Watts(7_400), vehicle: old.vehicle, dynamics: .fast, serial: "\(index)", now: now)
                }
            }
        case .allSilent: for device in 0..<(Self.chargers + 2) { depot.setSilent(device, true) }
        case .stopped: if let daemon { kill(daemon.processIdentifier, SIGSTOP) }
        case .killed:
            if let daemon {
                kill(daemon.processIdentifier, SIGKILL)
                daemon.waitUntilExit()
            }
        case .controlHeld: hold("control")
        case .linkHeld: hold("link-\(faults.contains(.secondMeterOff) ? charger + 2 : charger + 1)")
        case .logHeld: hold("log")
        case .mainHeld: hold("droopd")
        case .outputFull: break
        }
    }

    private mutating func end(_ fault: Fault, _ charger: Int) {
        switch fault {
        case .meterSilent: depot.setSilent(0, false)
        case .meterRailed: depot.setFrequency(Hertz(isLow ? 49.6 : 50.4))
        case .meterJump: depot.changeMeter(0) { $0.frequencyError = .zero }
        case .secondMeterOff: depot.changeMeter(1) { $0.frequencyError = .zero }
        case .voltageGone: depot.setVoltage(Ratio(1))
        case .chargerSilent: depot.setSilent(charger + 2, false)
        case .chargerRefuses: depot.setRefusing(charger + 2, false)
        case .allSilent: for device in 0..<(Self.chargers + 2) { depot.setSilent(device, false) }
        case .stopped: if let daemon { kill(daemon.processIdentifier, SIGCONT) }
        case .chargerLatched: setLatched(charger, false)
        case .killed, .powerCut: if !(daemon?.isRunning ?? false) { start() }
        case .chargerRebooted, .chargerTakenOver, .controlHeld, .linkHeld, .logHeld, .mainHeld, .outputFull: break
        }
    }

    private func setLatched(_ charger: Int, _ isLatched: Bool) {
        depot.changeCharger(charger) { device in
            guard var quasar = device as? QuasarModel else { return }
            quasar.isFaulted = isLatched
            device = quasar
        }
    }

    /// As a debugger that holds one thread, for 4.4 s.
    private mutating func hold(_ thread: String) {
        guard let daemon, daemon.isRunning else { return }
        let process = Process()
        let output = Pipe()
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [TestData.root + "/Tests/EndToEndTests/Helpers/hold_thread.py", "\(daemon.processIdentifier)", thread]
        process.standardOutput = output
        process.standardInput = input
        do {
            try process.run()
        } catch { return broken("the thread holder could not be started") }
        let said = output.fileHandleForReading.availableData
        if !said.starts(with: Data("held".utf8)) { broken("the thread \(thread) could not be held") }
        Thread.detachNewThread {
            usleep(4_400_000)
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
    }

    // MARK: The program

    private mutating func start() {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["run", "--config", folder + "/site.yaml", "--profiles", TestData.profiles]
        let path = folder + "/run.log"
        if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let file = FileHandle(forWritingAtPath: path)
        _ = try? file?.seekToEnd()
        process.standardOutput = faults.contains(.outputFull) ? FileHandle(forWritingAtPath: "/dev/full") : file
        process.standardError = file
        do {
            try process.run()
        } catch { broken("the program could not be started") }
        daemon = process
    }

    private var log: String {
        // On a full disk nothing can be read; the devices tell the same.
        if faults.contains(.outputFull) { return controlled == Self.chargers ? "state: armed" : "" }
        return (try? String(contentsOfFile: folder + "/run.log", encoding: .utf8)) ?? ""
    }

    /// The chargers that have been taken over, seen at the devices: their timeout was written.
    private var controlled: Int {
        Set(
            depot.writes.filter { write in
                switch write.request {
                case .writeOne(88, _): true
                case .write(let address, let values): address == 40_308 && values.count == 2
                default: false
                }
            }.map(\.device)
        ).count
    }

    private func isAnswering(share: Double) -> Bool {
        let sum = depot.commands.reduce(0.0) { $0 + $1.value }
        return isLow ? sum <= -0.683 * Self.capacity * share : sum >= 0.683 * Self.capacity * share
    }

    // MARK: Small things

    private mutating func uniform() -> Double { (generator.symmetric() + 1) / 2 }

    private mutating func broken(_ what: String) { violations.append(what) }

    private func ms(_ now: Instant, _ then: Instant) -> String { "\(Int(now.elapsed(since: then).seconds * 1_000)) ms" }

    private func pause(_ seconds: Double) { usleep(UInt32(max(0, seconds) * 1e6)) }

    private func wait(_ seconds: Double, _ condition: () -> Bool) -> Bool {
        let end = LiveClock.now() + Interval(nanoseconds: Int64(seconds * 1e9))
        while LiveClock.now() < end {
            if condition() { return true }
            usleep(20_000)
        }
        return condition()
    }
}
