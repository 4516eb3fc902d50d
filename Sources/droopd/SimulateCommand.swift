import ArgumentParser
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Modbus
import Realtime
import Replay
import Simulation
import SimulationServer
import SiteConfiguration

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Serves a site's devices as simulations, for a bench.",
        discussion: """
            Every meter and charger of the site file answers at its own connection, as its profile says. Addresses \
            that this machine does not have \
            are moved with --rebase, and the changed site file is written with --output. A serial line that is not \
            there is made as a pseudo-terminal.

            With --recording the meters show a recording in real time, so that a controller, this one or another, and \
            chargers, simulated or real, can be \
            driven by a real event.
            """)

    @OptionGroup var site: SiteOptions

    @Option(help: "Shows this recording's frequency and voltage in real time, and ends with it.")
    var recording: String?

    @Option(help: "The frequency column, where the recording has several.")
    var column: String?

    @Option(help: "An event of the simulated grid: \(GridEvent.all.map(\.name).joined(separator: ", ")).")
    var event: String = "quiet"

    @Option(help: "Serves all devices at this address and the ports from this one on, such as 127.0.0.1:15020.")
    var rebase: String?

    @Option(help: "Writes the site file with the moved connections here.")
    var output: String?

    @Option(help: "Ends after this time; else with the recording, or never.")
    var duration: DemoDuration?

    func validate() throws {
        guard GridEvent.all.contains(where: { $0.name == event }) else {
            throw ValidationError(
                "--event: \(event) is not one of \(GridEvent.all.map(\.name).joined(separator: ", ")).")
        }
        if (rebase == nil) != (output == nil) {
            throw ValidationError(
                "--rebase and --output go together: moved connections need a site file that says where they are.")
        }
        if recording != nil, event != "quiet" {
            throw ValidationError("--recording and --event can't both say what the meters show.")
        }
    }

    func run() throws {
        var site = try self.site.site()
        if let rebase, let output { site = try move(site, to: rebase, output: output) }
        HostProcess.prepare()
        let play = try recording.map { try playback($0, site) }
        let depot = try serve(site, play?.source)
        defer { depot.stop() }
        for (kind, name, profile, connection, unit) in site.devices {
            say("\(kind) \(name): \(profile) at \(connection), unit \(unit)")
        }
        say("serving; end with Ctrl-C")
        let started = LiveClock.now()
        let length = duration.map { Interval.seconds(Int64($0.seconds)) } ?? play?.length
        var told = started
        var busyBefore: [String: Interval] = [:]
        while true {
            if let signal = HostProcess.nextSignal(within: .milliseconds(200)), signal != SIGHUP { return }
            let now = LiveClock.now()
            if let length, now.elapsed(since: started) >= length { return }
            guard now.elapsed(since: told) >= .seconds(5) else { continue }
            let passed = now.elapsed(since: told)
            told = now
            let frequency = depot.frequency.map { "\(Formatting.fixed($0.value, 3)) Hz" } ?? "no frequency"
            let power = depot.powers.reduce(Watts.zero, +)
            let lines = depot.busyLines.map { line in
                let busy = line.busy - (busyBefore[line.device] ?? .zero)
                busyBefore[line.device] = line.busy
                return "  \(line.device) busy for \(Formatting.fixed(busy.seconds / passed.seconds * 100, 1)) %"
            }
            say(
                """
                \(Formatting.fixed(now.elapsed(since: started).seconds, 0)) s  \(frequency)  chargers \
                \(Formatting.fixed(power.value / 1_000, 2)) kW  \(depot.writeCount) writes\(lines.joined())
                """
            )
        }
    }

    /// At once, also into a pipe.

    // MARK: Serving

    private func serve(_ site: Site, _ source: GridSource?) throws -> SimulatedDepot {
        let now = LiveClock.now()
        let meters = site.meters.enumerated().map {
            MeterModel(
                profile: $0.element.profile, nominalVoltage: site.nominalVoltage, now: now, seed: UInt64($0.offset + 1))
        }
        let chargers = site.chargers.map {
            ChargerFactory.make($0.profile, $0.settings, charge: $0.simulatedCharge, serial: $0.name, now: now)
        }
        let places = site.devices.map { DevicePlace(endpoint: $0.3, unit: $0.4) }
        let grid = GridEvent.all.first { $0.name == event } ?? .quiet
        do {
            return try SimulatedDepot(
                meters: meters, chargers: chargers, places: places,
                source: source ?? .grid(Grid(event: grid, eventStart: .seconds(10), seed: 1)),
                building: Watts((site.limits.buildingMaximum.value + site.limits.buildingMinimum.value) / 2),
                phases: site.fleet.map(\.phases),
                remembersWrites: false)
        } catch {
            let help =
                error.endpoint.line == nil
                ? "addresses of other machines are moved here with --rebase 127.0.0.1:15020 --output FILE"
                : "its folder must be there, and nobody else may serve it"
            throw fail(
                "\(error.endpoint): can't be served: \(error.reason); \(help).", SystemExit.unavailable)
        }
    }

    private func playback(_ path: String, _ site: Site) throws -> (source: GridSource, length: Interval) {
        let recording: Recording
        do {
            recording = try RecordingReader.read(
                path: path, options: RecordingOptions(column: column, nominal: site.nominalFrequency))
        } catch {
            throw fail(error)
        }
        let samples = recording.samples
        let nominal = site.nominalVoltage
        let length = (samples.last?.time ?? .zero) + recording.interval
        return (
            .playback { time in
                // The last row at or before the time.
                var low = 0
                var high = samples.count - 1
                while low < high {
                    let middle = (low + high + 1) / 2
                    if samples[middle].time <= time { low = middle } else { high = middle - 1 }
                }
                return (samples[low].frequency, samples[low].voltageLowest.map { Ratio($0 / nominal) } ?? Ratio(1))
            }, length
        )
    }

    // MARK: Moving

    private func move(_ site: Site, to address: String, output: String) throws -> Site {
        guard case .tcp(let host, let first)? = try? Endpoint("tcp://" + address), address.contains(":") else {
            throw fail(
                "--rebase: “\(address)” is not a numeric IPv4 address and port such as 127.0.0.1:15020.", ExitCode(64))
        }
        guard !FileManager.default.fileExists(atPath: output) else {
            throw fail(
                "\(output): this file is there already; move it away, or name another with --output.",
                SystemExit.cannotCreate)
        }
        let count = Set(site.devices.map { $0.3 }.filter { $0.line == nil }).count
        guard Int(first) + count - 1 <= 65_535 else {
            throw fail(
                """
                --rebase: port \(first) leaves no room for \(count) connections; name one from 1 to \(65_536 - count).
                """,
                ExitCode(64))
        }
        var moved: [Endpoint: Endpoint] = [:]
        for (_, _, _, endpoint, _) in site.devices where moved[endpoint] == nil {
            let number = moved.keys.count { ($0.line == nil) == (endpoint.line == nil) }
            switch endpoint {
            case .tcp: moved[endpoint] = .tcp(host: host, port: first + UInt16(number))
            case .rtuOverTCP: moved[endpoint] = .rtuOverTCP(host: host, port: first + UInt16(number))
            case .serial(var line):
                line.device = URL(fileURLWithPath: output).deletingLastPathComponent().path + "/line-\(number + 1)"
                moved[endpoint] = .serial(line)
            }
        }
        guard let text = try? String(contentsOfFile: self.site.config, encoding: .utf8) else {
            throw fail("\(self.site.config): the file can't be read again.", SystemExit.noInput)
        }
        let changed = text.replacing(/(?:rtu\+tcp|tcp|rtu):\/\/[^\s"',}]+/) { match in
            (try? Endpoint(String(match.output))).flatMap { moved[$0] }.map { "\($0)" } ?? String(match.output)
        }
        // Files that it names stand beside the first one.
        let folder = URL(fileURLWithPath: self.site.config).deletingLastPathComponent().path
        let rooted = changed.replacing(/((?:profile|commissioning):\s*)([^\/\s"',}][^\s"',}]*\.yaml)/) {
            "\($0.output.1)\(folder)/\($0.output.2)"
        }
        try write(rooted, to: output)
        let library = try self.site.profileOptions.library()
        do throws(Problems) {
            return try SiteReader.read(path: output, library: library)
        } catch {
            throw fail(error)
        }
    }
}

extension Site {
    /// Every device with its kind, name, profile, endpoint and unit: the meters, then the chargers.
    var devices: [(String, String, String, Endpoint, UInt8)] {
        meters.map { ("meter", $0.name, $0.profile.name, $0.connection, $0.unit) }
            + chargers.map { ("charger", $0.name, $0.profile.name, $0.connection, $0.unit) }
    }
}
