import ArgumentParser
import Commissioning
import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Modbus
import Realtime
import SiteConfiguration

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Finds out what device answers at an address; it reads and never writes.",
        discussion: """
            Without --profile all profiles are tried: those whose identity, frequency, voltages or state fit are \
            shown, raw registers beside decoded \
            values, with a stanza for the site file. A fit is no proof: many register maps look alike, so compare the \
            values with the device's own display.
            """)

    @Argument(
        help: "tcp://192.0.2.20:502, rtu:///dev/ttyUSB0?baud=19200&parity=even or rtu+tcp://192.0.2.20:502.",
        transform: { text in
            do throws(Endpoint.Malformed) { return try Endpoint(text) } catch {
                throw ValidationError("\(error.reason).")
            }
        })
    var connection: Endpoint

    @Option(help: "The unit; else that of each profile.")
    var unit: UInt8?

    @Option(help: "Tries this profile alone, a name or a file.")
    var profile: String?

    @OptionGroup var options: ProfileOptions

    @Flag(help: "Asks every unit from 1 to 247 whether it answers: once and shortly, and in full if none does.")
    var scan = false

    @Flag(help: "Shows the values again every second, until it is interrupted.")
    var watch = false

    @Flag(help: "Shows also what does not fit, and why, and every point of a SunSpec device.")
    var all = false

    @Option(help: "How long to wait for an answer, in milliseconds; 10 to 10000.")
    var timeout = 500

    @Option(help: "The pause between two requests, in milliseconds; 0 to 10000.")
    var pause = 20

    func validate() throws {
        guard (10...10_000).contains(timeout) else {
            throw ValidationError("--timeout: \(timeout) is outside 10 to 10000 ms.")
        }
        guard (0...10_000).contains(pause) else { throw ValidationError("--pause: \(pause) is outside 0 to 10000 ms.") }
        if watch, profile == nil { throw ValidationError("--watch: name the profile to watch with --profile.") }
    }

    func run() throws {
        watch ? HostProcess.prepare() : HostProcess.prepareTool()
        let library = try options.library()
        let tried: [Profile]
        if let profile {
            guard let found = try library.profile(profile) else {
                throw fail(
                    """
                    there is no profile \(profile); there are \(library.profiles.map(\.name).joined(separator: ", ")).
                    """,
                    ExitCode(64))
            }
            tried = [found]
        } else {
            tried = library.profiles
        }
        guard
            var probe = Probe(connection, timeout: .milliseconds(Int64(timeout)), pause: .milliseconds(Int64(pause)))
        else { throw fail("\(connection): this endpoint can't be used.", ExitCode(64)) }
        do {
            try probe.connect()
            if scan { return try scanUnits(&probe) }
            try look(&probe, tried)
        } catch let error as ModbusError {
            throw fail("\(connection): \(error).", SystemExit.unavailable)
        }
    }

    /// Each unit is asked once and for a short time first. Only where none answers is each asked with all its time, and
    /// for both kinds of registers.
    private func scanUnits(_ probe: inout Probe) throws {
        let quick = min(Self.scanTimeout, .milliseconds(Int64(timeout)))
        let found = try scan("units, \(Formatting.milliseconds(quick)) each") {
            try probe.answersOnce(unit: $0, within: quick)
        }
        if found > 0 {
            say(
                """
                a unit that takes longer than \(Formatting.milliseconds(quick)) to answer is not found beside others; \
                ask it with --unit
                """)
            return
        }
        say("none answers within \(Formatting.milliseconds(quick)); asking again, with up to \(timeout) ms")
        guard try scan("units, again", { try probe.answers(unit: $0) }) > 0 else {
            throw fail("\(connection): no unit from 1 to 247 answers.", SystemExit.unavailable)
        }
    }

    private static let scanTimeout = Interval.milliseconds(150)

    /// Prints each unit that answers at once, and returns how many do.
    private func scan(_ what: String, _ answers: (UInt8) throws -> Bool) throws -> Int {
        var found = 0
        var progress = ProgressBar(total: 247, what: what)
        for unit in UInt8(1)...247 {
            if try answers(unit) {
                progress.finish()
                found += 1
                say("unit \(unit) answers")
            }
            progress.advance()
        }
        progress.finish()
        return found
    }

    /// Not held back in a buffer where the output is a pipe.

    private func look(_ probe: inout Probe, _ tried: [Profile]) throws {
        let first = unit ?? (tried.count == 1 ? tried[0].unit : 1)
        guard try probe.answers(unit: first) else {
            throw fail(
                """
                \(connection): unit \(first) does not answer within \(timeout) ms; name another with --unit, or look \
                for it with --scan.
                """,
                SystemExit.unavailable)
        }
        var map = SunSpecMap()
        if tried.contains(where: \.isSunSpec) {
            switch try probe.sunSpecMap(unit: first) {
            case .success(let found):
                map = found
                let maker = try probe.text(model: 1, offset: 2, count: 16, map: map, unit: first) ?? ""
                let model = try probe.text(model: 1, offset: 18, count: 16, map: map, unit: first) ?? ""
                let serial = try probe.text(model: 1, offset: 50, count: 16, map: map, unit: first) ?? ""
                print(
                    """
                    SunSpec: \(maker) \(model), serial number \(serial), models \
                    \(map.models.keys.sorted().map(String.init).joined(separator: ", "))
                    """
                )
                if all { try showModels(&probe, map, unit: first) }
            case .failure(let reason): print("SunSpec: \(reason.reason)")
            }
        }
        var fits = 0
        for profile in tried {
            let unit = unit ?? profile.unit
            if profile.isSunSpec, map.models.isEmpty {
                if all || tried.count == 1 { print("\(profile.name): no, there is no SunSpec map") }
                continue
            }
            let result = try ask(&probe, profile, unit: unit, map: map)
            if result.objection == nil { fits += 1 }
            if result.objection == nil || all || tried.count == 1 { show(result, profile, unit: unit) }
        }
        if fits == 0 {
            throw fail(
                "\(connection): no profile fits; `--all` says why each does not, and CONTRIBUTING.md how to write one.",
                SystemExit.unavailable)
        }
        while watch {
            if let signal = HostProcess.nextSignal(within: .seconds(1)), signal != SIGHUP { return }
            let result = try ask(&probe, tried[0], unit: unit ?? tried[0].unit, map: map)
            print(result.values.map { "\($0.label) \(Self.text($0))" }.joined(separator: "   "))
        }
    }

    /// Every point of every model that is known, by its name.
    private func showModels(_ probe: inout Probe, _ map: SunSpecMap, unit: UInt8) throws {
        for (id, base) in map.models.sorted(by: { $0.value < $1.value }) {
            guard let model = SunSpecModels[id] else {
                print("  model \(id) at register \(base): not known here")
                continue
            }
            let length = Int(try probe.perform(.read(.holding, address: base, count: 2), unit: unit)[1]) + 2
            var words: [UInt16] = []
            while words.count < min(length, 65_536 - Int(base)) {
                let count = UInt16(min(100, length - words.count))
                let block = try probe.perform(
                    .read(.holding, address: base + UInt16(words.count), count: count), unit: unit)
                words += (0..<block.count).map { block[$0] }
            }
            print("  model \(id), \(model.label), at register \(base)")
            for (name, _, value) in model.values(in: words) {
                switch value {
                case .number(let number): print("    \(name) = \(number)")
                case .text(let text): print("    \(name) = “\(text)”")
                case .bits(let bits): print("    \(name) = 0x\(String(bits, radix: 16))")
                case .notImplemented: break
                }
            }
        }
    }

    private func ask(_ probe: inout Probe, _ profile: Profile, unit: UInt8, map: SunSpecMap) throws -> ProbedProfile {
        do {
            return switch profile {
            case .meter(let meter): try probe.meter(meter, unit: unit, map: map)
            case .charger(let charger): try probe.charger(charger, unit: unit, map: map)
            }
        } catch {
            // A unit that answers nothing to one profile's registers may well answer another's.
            return ProbedProfile(
                name: profile.name, title: profile.title, isCharger: profile.kind == "charger", values: [],
                objection: error.description)
        }
    }

    private static func text(_ value: ProbedValue) -> String {
        guard let number = value.value else { return "not available" }
        return
            "\(Formatting.fixed(number, value.unit == "Hz" ? 3 : value.unit.isEmpty ? 0 : 1))\(value.unit.isEmpty ? "" : " " + value.unit)"
    }

    private func show(_ result: ProbedProfile, _ profile: Profile, unit: UInt8) {
        print("\n\(result.name), \(result.title): \(result.objection.map { "no, \($0)" } ?? "fits")")
        for value in result.values {
            let raw = value.raw.map { word in
                let hex = String(word, radix: 16, uppercase: true)
                return String(repeating: "0", count: 4 - hex.count) + hex
            }
            let place = value.address.map { "register \($0)" } ?? "missing"
            print(
                """
                  \
                \(value.label.padding(toLength: 18, withPad: " ", startingAt: 0))\(place.padding(toLength: 16, withPad: " ", startingAt: 0))\(raw.joined(separator: " ").padding(toLength: 22, withPad: " ", startingAt: 0))\(Self.text(value))
                """
            )
        }
        guard result.objection == nil else { return }
        print("  for the site file, under \(profile.kind)s:")
        for line in result.stanza(profile, connection: connection, unit: unit) { print("    \(line)") }
    }
}

extension Profile {
    var unit: UInt8 {
        switch self {
        case .meter(let profile): profile.reading.unit
        case .charger(let profile): profile.reading.unit
        }
    }

    var isSunSpec: Bool {
        switch self {
        case .meter(let profile): profile.reading.isSunSpec
        case .charger(let profile): profile.reading.isSunSpec
        }
    }
}

extension ProfileLibrary {
    /// A profile by its name, or one of somebody's own by its file.
    func profile(_ name: String) throws -> Profile? {
        guard name.hasSuffix(".yaml") else { return self[name] }
        do {
            return try ProfileReader.read(path: name)
        } catch {
            throw fail(error)
        }
    }
}
