import ArgumentParser
import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Realtime
import Replay
import Simulation
import SimulationServer
import SiteConfiguration

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs a whole simulated depot through a grid event, over real Modbus sockets on this machine.",
        discussion: "The event starts 10 s in. Leaves the site file and a report in the output folder.")

    static let eventStart = Interval.seconds(10)

    @Option(help: "How long to run, 2s to 86400s; such as 150s or 5min.")
    var duration: DemoDuration = DemoDuration(seconds: 150)

    @Option(help: "How many chargers the depot has, 2 to 10.")
    var chargers = 8

    @Option(help: "The event: gb-2019-08-09 or quiet.")
    var event = "gb-2019-08-09"

    @Option(help: "The folder for what the demo leaves.")
    var output = "droopd-demo"

    @OptionGroup var profileOptions: ProfileOptions

    func validate() throws {
        guard (2...10).contains(chargers) else { throw ValidationError("--chargers: \(chargers) is outside 2 to 10.") }
        guard GridEvent.all.contains(where: { $0.name == event }) else {
            throw ValidationError(
                "--event: there is no event \(event); there are \(GridEvent.all.map(\.name).joined(separator: ", ")).")
        }
    }

    func run() throws {
        let library = try profileOptions.library()
        let depot = try DemoDepot(library: library, chargerCount: chargers, event: chosenEvent)
        let site = try depot.start(folder: output)
        HostProcess.prepare()
        let runtime = try SiteRuntime(site.runtimePlan(observes: false))
        var running = RunningSite(site: site, runtime: runtime, observes: false)
        let names = site.chargers.map(\.name)
        let view = LiveView(site: site, event: chosenEvent, duration: Double(duration.seconds))
        let record = DemoRecord(names: names, site: site)
        running.say = { view.say($0) }
        let started = LiveClock.now()
        running.watch = { tick, chargers in record.add(tick, chargers, since: started) }
        view.begin()
        var wasStopped = false
        while LiveClock.now().elapsed(since: started) < .seconds(Int64(duration.seconds)), !wasStopped {
            wasStopped = HostProcess.nextSignal(within: .milliseconds(50)) != nil
            running.poll()
            view.show(record.newest)
        }
        view.end()
        running.watch = nil
        running.say = { print($0) }
        try running.stop()
        depot.stop()
        try leave(record, site: site, wasStopped: wasStopped)
    }

    private var chosenEvent: GridEvent { GridEvent.all.first { $0.name == event } ?? .quiet }

    private func leave(_ record: DemoRecord, site: Site, wasStopped: Bool) throws {
        var notes = [
            """
            The depot, its grid and its vehicles are simulated; the daemon, its control law and every Modbus byte are \
            the real ones.
            """,
            """
            The Quasars of the depot follow like a CHAdeMO charger that was measured: 4 s dead time, 3.35 kW/s. The \
            SunSpec chargers follow within 0.2 s.
            """,
        ]
        let needed = Double(chosenEvent.steps.last?.at.seconds ?? 0) + Self.eventStart.seconds + 30
        if wasStopped || Double(duration.seconds) < needed, !chosenEvent.steps.isEmpty {
            notes.append("The run ended before the event was over: what came after is left out.")
        }
        let report = record.recorder.report(
            title: "droopd demo: \(chosenEvent.title)",
            subtitle:
                "\(site.servicesText), \(site.chargers.count) simulated chargers, droopd \(Droopd.version)",
            notes: notes)
        try write(report.html, to: output + "/report.html")
        print("\nsummary")
        for fact in record.recorder.facts { print("  \(fact.label): \(fact.value)") }
        for note in notes.dropFirst(2) { print("  \(note)") }
        print("  site file: \(output)/site.yaml")
        print("  report: \(output)/report.html")
    }
}

/// A duration on the command line: "150s", "150 s", "3min" or plain seconds.
struct DemoDuration: ExpressibleByArgument {
    var seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let unit = argument.dropFirst(digits.count).trimmingCharacters(in: .whitespaces)
        guard let number = Int(digits), number <= 86_400, let factor = ["": 1, "s": 1, "min": 60][unit],
            (2...86_400).contains(number * factor)
        else { return nil }
        seconds = number * factor
    }

    var defaultValueDescription: String { "\(seconds)s" }
}

/// The simulated depot of the demo and the site file that describes it.
final class DemoDepot {
    private let library: ProfileLibrary
    private let chargerCount: Int
    private let event: GridEvent
    private var depot: SimulatedDepot?

    init(library: ProfileLibrary, chargerCount: Int, event: GridEvent) throws {
        self.library = library
        self.chargerCount = chargerCount
        self.event = event
    }

    /// Serves the devices, writes the site file and reads it back as any other.
    func start(folder: String) throws -> Site {
        guard case .meter(let meter) = library["janitza-umg604"], case .charger(let quasar) = library["wallbox-quasar"],
            case .charger(let der) = library["sunspec-der"]
        else { throw fail("\(library.directory): the profiles that the demo needs are missing.", SystemExit.noInput) }
        let now = LiveClock.now()
        let models = (0..<chargerCount).map { index -> any SimulatedCharger in
            let vehicle = Vehicle(stateOfCharge: Ratio(0.52 + 0.04 * Double(index % 5)))
            // Offsets of either sign, as real chargers have them.
            let offset = Watts(Double(40 * (index % 3 - 1)))
            return isQuasar(index)
                ? QuasarModel(vehicle: vehicle, dynamics: .measuredCHAdeMO.with(offset: offset), now: now)
                : SimulatedSunSpecDER(
                    rating: Watts(10_000), vehicle: vehicle, dynamics: .fast, serial: name(index), now: now)
        }
        let depot: SimulatedDepot
        do {
            depot = try SimulatedDepot(
                meter: meter, nominalVoltage: Volts(230), chargers: models,
                grid: Grid(event: event, eventStart: DemoCommand.eventStart, seed: 2_019), building: Watts(6_000))
        } catch {
            throw fail(
                "the simulated devices can't be served on 127.0.0.1: \(error.reason).",
                SystemExit.unavailable)
        }
        self.depot = depot
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw fail("\(folder): the folder can't be made: \(error.localizedDescription)", SystemExit.cannotCreate)
        }
        let path = folder + "/site.yaml"
        try write(siteFile(meter: meter.name, quasar: quasar.name, der: der.name, ports: depot.ports), to: path)
        do {
            return try SiteReader.read(path: path, library: library)
        } catch {
            throw fail(error)
        }
    }

    func stop() { depot?.stop() }

    private func isQuasar(_ index: Int) -> Bool { index % 2 == 0 }

    private func name(_ index: Int) -> String { "bay-\(index + 1)" }

    private func siteFile(meter: String, quasar: String, der: String, ports: [UInt16]) -> String {
        var text = """
            # The site file of `droopd demo`. Every device is simulated on this machine.
            site:
              name: Demo depot
              nominal_frequency: 50 Hz
              nominal_voltage: 230 V
              connection: { import_limit: 120 kW, export_limit: 100 kW }
              building: { maximum: 30 kW, minimum: 0 kW }

            service:
              kind: gb-dynamic-containment
              direction: both
              capacity: \(5 * chargerCount) kW
              recovery_ramp: 20 %/min

            meters:
              - name: pcc
                profile: \(meter)
                connection: tcp://127.0.0.1:\(ports[0])
                unit: 1
                poll_interval: 50 ms

            chargers:

            """
        for index in 0..<chargerCount {
            let limit = isQuasar(index) ? "7.4 kW" : "10 kW"
            let target = index % 4 == 1 ? ", target_charge: 80 %" : ""
            text += """
                  - name: \(name(index))
                    profile: \(isQuasar(index) ? quasar : der)
                    connection: tcp://127.0.0.1:\(ports[index + 1])
                    unit: 1
                    phases: [\(isQuasar(index) ? ["L1", "L2", "L3"][index / 2 % 3] : "L1, L2, L3")]
                    charge_limit: \(limit)
                    discharge_limit: \(limit)
                    grid_protection: charger
                    dynamics: \
                    \(isQuasar(index) ? "{ dead_time: 4 s, ramp: 3.35 kW/s }" : "{ dead_time: 200 ms, ramp: 20 kW/s }")
                    vehicle: { battery: 40 kWh, minimum_charge: 40 %\(target) }

                """
        }
        return text
    }
}

/// What the demo has recorded so far.
final class DemoRecord {
    private(set) var recorder: DeliveryRecorder
    private(set) var newest: (moment: DeliveryMoment, chargers: [ChargerRecord])?

    init(names: [String], site: Site) {
        recorder = DeliveryRecorder(names: names, capacity: site.capacity, nominal: site.nominalFrequency)
    }

    func add(_ tick: TickRecord, _ chargers: [ChargerRecord], since start: Instant) {
        guard tick.inputs.now >= start else { return }
        let powers = chargers.map(\.inputs.power)
        let known = powers.compactMap { $0 }
        let moment = DeliveryMoment(
            time: tick.inputs.now.elapsed(since: start).seconds, frequency: tick.outputs.judged.frequency,
            outputs: tick.outputs, power: known.count == powers.count ? known.reduce(.zero, +) : nil,
            statesOfCharge: chargers.map(\.inputs.stateOfCharge), powers: powers)
        newest = (moment, chargers)
        recorder.add(moment)
    }
}
