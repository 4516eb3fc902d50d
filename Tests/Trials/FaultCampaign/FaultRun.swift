import Devices
import Foundation
import FrequencyResponse
import Modbus
import Realtime
import Simulation
import SimulationServer
import SiteConfiguration
import TestSupport

/// One run: a simulated depot in this process, the built program in its own, a fault or two before, in or after an
/// event, and an observer at the devices.
struct FaultRun {
    private static let chargers = 4
    private static let limit = 3_000.0
    private static let capacity = 10_000.0
    private typealias Lasting = (fault: Fault, charger: Int, at: Instant)

    let seed: UInt64
    let faults: [Fault]
    private let moment: FaultMoment
    private let depot: SimulatedDepot
    private let program: CampaignProgram
    private let network: CampaignNetwork?
    private let folder: String
    private var generator: SeededGenerator
    private(set) var violations: [String] = []
    /// Seconds from the end of the last fault until the site answered again.
    private(set) var recovery: Double?
    private let isLow: Bool

    init(seed: UInt64, faults: [Fault], moment: FaultMoment, program: String, library: ProfileLibrary) throws {
        self.seed = seed
        self.faults = faults
        self.moment = moment
        generator = SeededGenerator(seed: seed)
        isLow = seed % 4 != 0
        guard case .meter(let meter) = library["janitza-umg604"] else { throw CocoaError(.fileNoSuchFile) }
        let now = LiveClock.now()
        let meters = (0..<2).map {
            MeterModel(profile: meter, nominalVoltage: Volts(230), now: now, seed: seed &+ UInt64($0))
        }
        let chargers = (0..<Self.chargers).map { index -> any SimulatedCharger in
            index % 2 == 0
                ? QuasarModel(vehicle: Vehicle(), dynamics: .fast, now: now)
                : SimulatedSunSpecDER(
                    rating: Watts(7_400), vehicle: Vehicle(), dynamics: .fast, serial: "\(index)", now: now)
        }
        network = faults.contains(.networkCut) ? try CampaignNetwork(seed: seed) : nil
        let address = network?.address ?? "127.0.0.1"
        let place = DevicePlace(endpoint: .tcp(host: address, port: 0), unit: nil)
        let count = meters.count + chargers.count
        do {
            depot = try SimulatedDepot(
                meters: meters, chargers: chargers, places: Array(repeating: place, count: count),
                source: .grid(Grid(event: .quiet, eventStart: .zero, seed: seed)))
        } catch {
            network?.remove()
            throw error
        }
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("campaign-\(seed)-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.program = CampaignProgram(path: program, folder: folder, faults: faults, network: network)
        try site(address).write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
    }

    private func site(_ address: String) -> String {
        let ports = depot.ports
        var text = """
            site: { name: Campaign, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
            service: { kind: gb-dynamic-containment, direction: both, capacity: 10 kW }
            meters:
              - { name: first, profile: janitza-umg604, connection: "tcp://\(address):\(ports[0])", poll_interval: 50 \
              ms }
              - { name: second, profile: janitza-umg604, connection: "tcp://\(address):\(ports[1])", poll_interval: \
              50 ms }
            chargers:

            """
        if !faults.contains(.secondMeterOff) {
            text = text.replacingOccurrences(of: "  - { name: second", with: "  # - { name: second")
        }
        for index in 0..<Self.chargers {
            let profile = index % 2 == 0 ? "wallbox-quasar" : "sunspec-der"
            text +=
                """
                  - { name: bay-\(index + 1), profile: \(profile), connection: \
                \"tcp://\(address):\(ports[index + 2])\", charge_limit: 3 kW, discharge_limit: 3 kW, grid_protection: \
                charger, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }\n
                """
        }
        return text
    }

    // MARK: The course of a run

    mutating func run() {
        defer {
            program.end()
            depot.stop()
            network?.remove()
            try? FileManager.default.removeItem(atPath: folder)
        }
        depot.setFrequency(Hertz(50))
        guard start() else { return }
        if moment == .start { faultsWhileStarting() }
        guard wait(moment == .start ? 45 : 30, { self.isArmed }) else {
            return broken(
                """
                was not armed in time; \(program.isRunning ? "running" : "ended"), it said last: \
                \(program.log.split(separator: "\n").last ?? "nothing")
                """
            )
        }
        let eventAt = LiveClock.now()
        depot.setFrequency(event)
        guard wait(10, { self.isAnswering(share: 0.85) }) else { return broken("did not answer the event") }
        switch moment {
        case .start:
            judgeWrites(since: eventAt + .seconds(1))
            finish()
        case .event:
            faultsInTheEvent()
            judgeWrites(since: eventAt + .seconds(1))
            finish()
        case .stop:
            faultsWhileStopping()
            judgeWrites(since: eventAt + .seconds(1))
        }
    }

    private var event: Hertz { Hertz(isLow ? 49.6 : 50.4) }

    private var play: FaultPlay {
        FaultPlay(
            depot: depot, program: program, network: network, isLow: isLow, chargers: Self.chargers,
            meters: faults.contains(.secondMeterOff) ? 2 : 1)
    }

    /// All faults one after the other, within a second or so.
    private mutating func begin(_ play: FaultPlay) -> [Lasting] {
        var lasting: [Lasting] = []
        for fault in faults {
            // The Quasars stand at the even places.
            let anyone = Int(uniform() * Double(Self.chargers))
            let isQuasar = fault == .chargerRebooted || fault == .chargerTakenOver || fault == .chargerLatched
            let charger = isQuasar ? anyone & ~1 : anyone
            if let failure = play.begin(fault, charger) { broken(failure) }
            lasting.append((fault, charger, LiveClock.now()))
            pause(0.7 * uniform())
        }
        return lasting
    }

    /// What was killed, or has died of the fault, is started anew, as a service manager does.
    private mutating func end(_ play: FaultPlay, _ lasting: [Lasting]) {
        for one in lasting { if let failure = play.end(one.fault, one.charger) { broken(failure) } }
        if !program.isRunning { _ = start() }
    }

    private mutating func faultsInTheEvent() {
        pause(0.2 + 0.8 * uniform())
        let play = play
        let lasting = begin(play)
        // The event ends while the cable is out: what is written after that other than zero power is an old value.
        let isOver = faults == [.networkCut]
        if isOver {
            pause(0.5)
            depot.setFrequency(Hertz(50))
        }
        observe(lasting)
        let healed = LiveClock.now()
        end(play, lasting)
        if isOver {
            pause(5)
            judgeWrites(since: healed, most: 1.5)
            depot.setFrequency(event)
        }
        let ended = LiveClock.now()
        // A charger that charges by itself looks like an answer until the program has taken it over.
        if faults.contains(.killed) || faults.contains(.powerCut) { pause(3) }
        if wait(45, { self.isAnswering(share: 0.85) }) {
            recovery = LiveClock.now().elapsed(since: ended).seconds
        } else {
            broken("did not answer again within 45 s of the last fault")
        }
    }

    /// In a grid at 50 Hz nothing but zero power may be written, whatever is broken; a lone meter that is 1.5 Hz off is
    /// not to be told from a grid that is.
    private mutating func faultsWhileStarting() {
        // Threads can be held once there are some.
        _ = wait(5, { !self.program.log.isEmpty || self.faults.contains(.outputFull) })
        pause(uniform())
        let play = play
        let lasting = begin(play)
        pause(4.3)
        end(play, lasting)
        // Nor is the second meter, 50 mHz off, where it is the only one left.
        let isAlone =
            faults.contains(.secondMeterOff) && (faults.contains(.meterSilent) || faults.contains(.meterRailed))
        if !faults.contains(.meterJump), !isAlone { judgeWrites(since: lasting[0].at, most: 1.5) }
        // An error of 1.5 Hz has been answered, as it had to be, and has to be left first.
        if faults.contains(.meterJump) { pause(3) }
    }

    /// It ends with 0, or says what it could not do; in any case chargers are commanded nothing but zero power some seconds
    /// later.
    private mutating func faultsWhileStopping() {
        let play = play
        let isFirst = uniform() < 0.5
        if !isFirst { program.signal(SIGTERM) }
        pause(0.3 * uniform())
        let lasting = begin(play)
        if isFirst { program.signal(SIGTERM) }
        if faults.contains(.stopped) {
            pause(4.3)
            program.signal(SIGCONT)
        }
        guard wait(30, { !self.program.isRunning }) else { return broken("did not end within 30 s of SIGTERM") }
        let mayFail = !faults.allSatisfy {
            [.logHeld, .mainHeld, .outputFull, .diskReadOnly, .memoryLimit].contains($0)
        }
        if program.wasKilled {
            if !faults.contains(where: { [.killed, .powerCut, .memoryLimit].contains($0) }) {
                broken("died by signal \(program.status)")
            }
        } else if program.status != 0, !(mayFail && program.status == 69) {
            broken("ended with \(program.status): \(program.log.split(separator: "\n").last ?? "")")
        }
        // What nobody could be told falls back by its own timeout.
        pause(3)
        let own = Set(lasting.filter { $0.fault == .chargerRebooted || $0.fault == .chargerTakenOver }.map(\.charger))
        let commands = depot.commands
        if let stuck = commands.indices.first(where: { !own.contains($0) && commands[$0] != .zero }) {
            broken("bay-\(stuck + 1) was left with \(Int(commands[stuck].value)) W")
        }
        for one in lasting { if let failure = play.end(one.fault, one.charger) { broken(failure) } }
    }

    private mutating func finish() {
        program.signal(SIGTERM)
        guard wait(25, { !self.program.isRunning }) else { return broken("did not end within 25 s of SIGTERM") }
        if program.status != 0 {
            broken("ended with \(program.status): \(program.log.split(separator: "\n").last ?? "")")
        }
        if !depot.commands.allSatisfy({ $0 == .zero }) {
            broken("ended in order with a charger that is not at zero power")
        }
    }

    // MARK: The observer

    /// The middle of the run: what has to stop has stopped in time and stays so, what has to go on goes on.
    private mutating func observe(_ lasting: [Lasting]) {
        var deadline = deadline(lasting)
        let lost = Set(lasting.filter(\.fault.losesCharger).map(\.charger))
        // While two meters contradict each other the smaller answer is given and may not rise, so nobody steps in for a
        // lost charger.
        let contradicts = faults.contains(.secondMeterOff)
        let isBorne = lasting.allSatisfy(\.fault.isBorne) && !(contradicts && !lost.isEmpty)
        let began = lasting[lasting.count - 1].at
        let end = lasting[0].at + interval(faults.map(\.duration).max() ?? 0)
        // What is given in the last second; its median counts, so that one look at a moment of change is no verdict.
        var last: [Double] = []
        while LiveClock.now() < end {
            pause(0.02)
            let now = LiveClock.now()
            // Dead of the fault: what is left are the devices' own timeouts.
            if deadline == nil, faults.contains(.memoryLimit), !program.isRunning { deadline = now + .seconds(3) }
            let commands = depot.commands
            if let deadline, isLow {
                // Who can't be told falls back by its own timeout.
                let late = commands.indices.first {
                    commands[$0] < .zero && now > (lost.contains($0) ? deadline + .milliseconds(2_200) : deadline)
                }
                if let late {
                    return broken("still discharging \(ms(now, lasting[0].at)) after the fault: bay-\(late + 1)")
                }
            }
            if now > end - .seconds(1) {
                last.append(commands.reduce(0.0) { $0 + (isLow ? max(0, -$1.value) : max(0, $1.value)) })
            }
        }
        guard isBorne, LiveClock.now() > began + .milliseconds(3_500), !last.isEmpty else { return }
        let given = last.sorted()[last.count / 2]
        let asked =
            min((contradicts ? 0.525 : 0.683) * Self.capacity, Double(Self.chargers - lost.count) * Self.limit) * 0.8
        if given < asked {
            broken(
                """
                \(Int(given)) W of \(Int(asked)) W were given \(ms(LiveClock.now(), began)) after the fault: \
                \(depot.commands.map { Int($0.value) }), without \
                \(lost.map { "bay-\($0 + 1)" })\n\(program.log.split(separator: "\n").suffix(12).joined(separator: "\n"))
                """
            )
        }
    }

    /// When nobody may discharge any more; nil when everybody may.
    private func deadline(_ lasting: [Lasting]) -> Instant? {
        func ends(_ one: Lasting) -> Instant? { one.fault.dischargeEnds.map { one.at + interval($0) } }
        // Where the program can do nothing, or no device hears it, the last of the timeouts counts.
        let blind = lasting.filter { $0.fault.isBlind || $0.fault.isUnheard }
        if !blind.isEmpty { return blind.compactMap(ends).max() }
        // A meter that says nothing does not say that the voltage is gone; a second one, 50 mHz off, goes on where the
        // first is lost.
        let isSilent = faults.contains(.meterSilent)
        let hasSecond = faults.contains(.secondMeterOff)
        return lasting.filter { one in
            !(isSilent && !hasSecond && one.fault == .voltageGone)
                && !(hasSecond && (one.fault == .meterSilent || one.fault == .meterRailed))
        }.compactMap(ends).min()
    }

    /// Every write that reached a device, against what may ever be written; `most` is what may be written at all.
    private mutating func judgeWrites(since start: Instant, most: Double = limit) {
        for write in depot.writes where write.at >= start {
            guard let watts = Self.setpoint(write.request) else { continue }
            if abs(watts) > most + 0.5 {
                return broken("\(watts) W was written to bay-\(write.device - 1), where \(most) W is the most")
            }
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

    private mutating func start() -> Bool {
        do {
            try program.start()
            return true
        } catch {
            broken("the program could not be started: \(error)")
            return false
        }
    }

    /// Whether it is armed with all chargers; on a full disk nothing can be read, and the devices tell the same.
    private var isArmed: Bool {
        controlled == Self.chargers && (faults.contains(.outputFull) || program.log.contains("state: armed"))
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

    private func interval(_ seconds: Double) -> Interval { Interval(nanoseconds: Int64(seconds * 1e9)) }

    private func ms(_ now: Instant, _ then: Instant) -> String { "\(Int(now.elapsed(since: then).seconds * 1_000)) ms" }

    private func pause(_ seconds: Double) { usleep(UInt32(max(0, seconds) * 1e6)) }

    private func wait(_ seconds: Double, _ condition: () -> Bool) -> Bool {
        let end = LiveClock.now() + interval(seconds)
        while LiveClock.now() < end {
            if condition() { return true }
            usleep(20_000)
        }
        return condition()
    }
}
