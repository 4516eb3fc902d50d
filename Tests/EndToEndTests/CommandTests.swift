import Foundation
import TestSupport
import Testing

/// The commands as a new user would start them.
@Suite("Commands from outside", .serialized, .timeLimit(.minutes(15)))
struct CommandTests {
    private static func droopd(_ arguments: String...) throws -> BuiltProgram.Outcome {
        try BuiltProgram.run(BuiltProgram.path, arguments + ["--profiles", TestData.profiles])
    }

    @Test("every broken site file ends with its mistakes at their places and exit 78")
    func brokenSites() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/site.yaml"
        for broken in BrokenSite.all {
            try broken.text.write(toFile: path, atomically: true, encoding: .utf8)
            let outcome = try Self.droopd("check", "--config", path)
            #expect(outcome.status == 78, "\(broken.name): \(outcome.status) \(outcome.errors)")
            for mistake in broken.mistakes {
                #expect(outcome.errors.contains(mistake.says), "\(broken.name): \(outcome.errors)")
            }
            let places = outcome.errors.split(separator: "\n").filter { $0.contains("(\(path):") }
            #expect(!places.isEmpty, "\(broken.name): \(outcome.errors)")
        }
        for path in [folder, folder + "/none.yaml"] { #expect(try Self.droopd("run", "--config", path).status == 78) }
    }

    @Test(
        "check --schema: another program accepts the examples by it, and refuses mistakes of form",
        .enabled(if: BuiltProgram.hasJSONSchema, "Debian's python3-jsonschema and python3-yaml are not installed"))
    func schema() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let schema = try BuiltProgram.run(BuiltProgram.path, ["check", "--schema"])
        #expect(schema.status == 0 && schema.errors.isEmpty)
        try schema.output.write(toFile: folder + "/schema.json", atomically: true, encoding: .utf8)
        let examples = try FileManager.default.contentsOfDirectory(atPath: TestData.sites).filter {
            $0.hasSuffix(".yaml")
        }.map { TestData.sites + "/" + $0 }
        let changes = [
            ("capacity: 7 kW", "capacity: 7"), ("capacity: 7 kW", "capacity: 7 kVA"), ("kind: gb-", "kind: "),
            ("unit: 1", "unit: 300"), ("import_limit", "import_limits"), ("  nominal_voltage: 230 V\n", ""),
        ]
        var broken: [String] = []
        for (old, new) in changes {
            #expect(BrokenSite.base.contains(old))
            let path = folder + "/\(broken.count).yaml"
            try BrokenSite.base.replacingOccurrences(of: old, with: new).write(
                toFile: path, atomically: true, encoding: .utf8)
            broken.append(path)
        }
        let outcome = try BuiltProgram.run(
            BuiltProgram.python,
            [BuiltProgram.helpers + "validate_site.py", folder + "/schema.json"] + examples + broken)
        let verdicts = outcome.output.split(separator: "\n")
        #expect(verdicts.count == examples.count + broken.count, "\(outcome)")
        #expect(verdicts.prefix(examples.count).allSatisfy { $0 == "valid" }, "\(verdicts)")
        #expect(verdicts.suffix(broken.count).allSatisfy { $0.hasPrefix("invalid") }, "\(verdicts)")
    }

    @Test("keys: lists the sections, explains one, and refuses another with exit 64")
    func keys() throws {
        let list = try BuiltProgram.run(BuiltProgram.path, ["keys"])
        #expect(list.status == 0 && list.output.contains("site.connection") && list.output.contains("gpio.inputs"))
        let one = try BuiltProgram.run(BuiltProgram.path, ["keys", "chargers.vehicle"])
        #expect(one.status == 0 && one.output.contains("minimum_charge: 0 % to 100 %; required"), "\(one.output)")
        let json = try BuiltProgram.run(BuiltProgram.path, ["keys", "control", "--json"])
        let entries = try JSONDecoder().decode([[String: JSONValue]].self, from: Data(json.output.utf8))
        #expect(entries.count == 9)
        let none = try BuiltProgram.run(BuiltProgram.path, ["keys", "sites"])
        #expect(none.status == 64 && none.errors.contains("there is no section sites"))
    }

    /// A text or a boolean.
    private enum JSONValue: Decodable {
        case text(String)
        case boolean(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let boolean = try? container.decode(Bool.self) {
                self = .boolean(boolean)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    @Test("check says what a good site is fit for, and strictly when asked")
    func check() throws {
        let site = TestData.sites + "/gb-depot.yaml"
        let outcome = try Self.droopd("check", "--config", site)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("reaction time"))
        #expect(outcome.output.contains("continues for at most 2000 ms after droopd has failed"))
        #expect(outcome.errors.contains("nobody has verified this profile on hardware"))
        // Quasars start after seconds, and Dynamic Containment allows half of one: none of them counts.
        #expect(
            outcome.output.contains(
                "low frequency: fast enough are 0.0 kW of the chargers' 59.2 kW; contracted are 40.0 kW"),
            "\(outcome.output)"
        )
        #expect(outcome.errors.contains("not qualified beyond 0.0 kW of 40.0 kW"))
        #expect(try Self.droopd("check", "--config", site, "--strict").status == 78)
    }

    /// A site on two serial lines and a stream of RTU, with its devices to be simulated.
    private static func mixedSite(_ folder: String, baud: Int, port: Int) throws -> String {
        let path = folder + "/mixed.yaml"
        try """
        site:
          name: Mixed
          nominal_frequency: 50 Hz
          nominal_voltage: 230 V
        service: { kind: ce-fcr, capacity: 6 kW }
        meters:
          - { name: pcc, profile: inepro-pro380, connection: "rtu://\(folder)/bus?baud=\(baud)", unit: 7, \
          poll_interval: 100 ms }
        chargers:
          - name: der
            profile: sunspec-der
            connection: "rtu://\(folder)/bus?baud=\(baud)"
            unit: 8
            charge_limit: 7 kW
            discharge_limit: 7 kW
            grid_protection: external
            vehicle: { battery: 40 kWh, minimum_charge: 40 % }
          - name: quasar
            profile: wallbox-quasar
            connection: rtu+tcp://127.0.0.1:\(port)
            charge_limit: 7 kW
            discharge_limit: 7 kW
            vehicle: { battery: 40 kWh, minimum_charge: 40 % }
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("an overloaded line is an error with its number, and nothing runs on it")
    func overload() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 1)
        let slow = try Self.mixedSite(folder, baud: 4_800, port: port)
        let refused = try Self.droopd("check", "--config", slow)
        #expect(refused.status == 78)
        #expect(refused.errors.contains("% of the time; poll less often"), "\(refused.errors)")
        #expect(try Self.droopd("run", "--config", slow).status == 78)
        let fast = try Self.mixedSite(folder, baud: 115_200, port: port)
        #expect(try Self.droopd("check", "--config", fast).status == 0)
    }

    @Test(
        "a serial meter that could never answer in time is an error with its number, and one with little time a warning"
    )
    func slowLine() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/site.yaml"
        let text = try String(contentsOfFile: TestData.sites + "/gb-depot.yaml", encoding: .utf8)
            .replacingOccurrences(of: "tcp://192.0.2.20:502", with: "rtu:///dev/ttyUSB0?baud=9600")
            .replacingOccurrences(of: "poll_interval: 50 ms", with: "poll_interval: 500 ms")
            .replacingOccurrences(of: "frequency_age_limit: 500 ms", with: "frequency_age_limit: 1 s")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Self.droopd("check", "--config", path).status == 0, "the default is made for the line")
        try text.replacingOccurrences(
            of: "poll_interval: 500 ms", with: "poll_interval: 500 ms\n    response_timeout: 200 ms"
        )
        .write(toFile: path, atomically: true, encoding: .utf8)
        let refused = try Self.droopd("check", "--config", path)
        #expect(
            refused.status == 78 && refused.errors.contains("no answer could ever come in time"), "\(refused.errors)")
        #expect(try Self.droopd("run", "--config", path).status == 78)
        for (timeout, isClose) in [("340 ms", true), ("500 ms", false)] {
            try text.replacingOccurrences(
                of: "poll_interval: 500 ms", with: "poll_interval: 500 ms\n    response_timeout: \(timeout)"
            )
            .write(toFile: path, atomically: true, encoding: .utf8)
            let checked = try Self.droopd("check", "--config", path)
            #expect(
                checked.status == 0 && checked.errors.contains("little time of its own") == isClose,
                "\(timeout): \(checked.errors)")
        }
    }

    @Test("a charger has one master on a machine, and commissioning counts the chargers that nobody holds back")
    func oneMaster() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/site.yaml"
        let ports = FreePorts.first(of: 3)
        func charger(_ name: String, _ port: Int) -> String {
            """
              - name: \(name)
                profile: sunspec-der
                connection: tcp://127.0.0.1:\(port)
                charge_limit: 10 kW
                discharge_limit: 10 kW
                grid_protection: external
                end_states: { after_power_return: 0 W, after_local_takeover: 0 W }
                dynamics: { dead_time: 200 ms, ramp: 20 kW/s }
                vehicle: { battery: 40 kWh, minimum_charge: 20 % }

            """
        }
        let text =
            """
            site:
              name: Yard
              nominal_frequency: 50 Hz
              nominal_voltage: 230 V
              connection: { import_limit: 11 kW }
              building: { maximum: 0.8 kW, minimum: 0 kW }
            service: { kind: ce-fcr, capacity: 5 kW }
            meters:
              - { name: pcc, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(ports)" }
            chargers:

            """ + charger("a", ports + 1) + charger("b", ports + 2)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let bench = try RunningProgram(["simulate", "--config", path, "--profiles", TestData.profiles])
        defer { bench.signal(SIGKILL) }
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let commission = [
            "commission", "--config", path, "--charger", "a", "--yes", "--skip-dead-man", "--profiles",
            TestData.profiles, "--state", folder + "/state", "--report", folder + "/report.html",
        ]
        let daemon = try RunningProgram(["run", "--config", path, "--profiles", TestData.profiles])
        #expect(eventually(within: 15) { daemon.output.contains("a: under control") })
        for arguments in [
            ["run", "--config", path, "--profiles", TestData.profiles], commission + ["--output", folder + "/1.yaml"],
        ] {
            let second = try BuiltProgram.run(BuiltProgram.path, arguments)
            #expect(
                second.status == 69
                    && second.errors.contains("another droopd on this machine drives tcp://127.0.0.1:\(ports + 1)"),
                "\(second.errors)")
        }
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 20) == 0)
        // Charger b might charge with 10 kW by itself, and 11 kW less 0.8 kW of the building is all.
        let held = try BuiltProgram.run(
            BuiltProgram.path, commission + ["--power", "1", "--output", folder + "/2.yaml"])
        #expect(held.status == 69 && held.output.contains("give --others-are-idle"), "\(held.output) \(held.errors)")
        let idle = try BuiltProgram.run(
            BuiltProgram.path, commission + ["--power", "1", "--others-are-idle", "--output", folder + "/3.yaml"])
        #expect(idle.status == 0, "\(idle.output) \(idle.errors)")
    }

    @Test("a site of serial lines and RTU streams is simulated, probed and run")
    func serialSite() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 1)
        let site = try Self.mixedSite(folder, baud: 115_200, port: port)
        let recording = folder + "/event.csv"
        let rows = (0..<40).map { "\($0),\($0 < 8 ? 50 : 49.85)" }
        try ("time_s,frequency_hz\n" + rows.joined(separator: "\n") + "\n").write(
            toFile: recording, atomically: true, encoding: .utf8)
        let bench = try RunningProgram([
            "simulate", "--config", site, "--recording", recording, "--profiles", TestData.profiles,
        ])
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let line = "rtu://\(folder)/bus?baud=115200"
        let meter = try Self.droopd("probe", line, "--profile", "inepro-pro380", "--unit", "7")
        #expect(
            meter.status == 0 && meter.output.contains("inepro-pro380") && meter.output.contains("Hz"),
            "\(meter.output) \(meter.errors)")
        #expect(meter.output.contains("connection: rtu://\(folder)/bus?baud=115200&parity=even&stop=1"))
        let quasar = try Self.droopd("probe", "rtu+tcp://127.0.0.1:\(port)")
        #expect(quasar.output.contains("wallbox-quasar, Wallbox Quasar 1: fits"), "\(quasar.output)")
        #expect(!quasar.output.contains("evtec-bidipro"))
        let nobody = try Self.droopd("probe", line, "--unit", "9", "--timeout", "100")
        #expect(nobody.status == 69 && nobody.errors.contains("unit 9 does not answer"))
        let daemon = try RunningProgram(["run", "--config", site, "--profiles", TestData.profiles])
        #expect(
            eventually(within: 10) {
                daemon.output.contains("der: under control") && daemon.output.contains("quasar: under control")
            })
        // 150 mHz below nominal ask for three quarters of 6 kW.
        #expect(
            eventually(within: 20) { bench.output.contains("49.850 Hz  chargers -4.5") },
            "\(bench.output) \(daemon.output)")
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 20) == 0)
        let scan = try Self.droopd("probe", line, "--scan", "--timeout", "20", "--pause", "0")
        #expect(scan.status == 0 && scan.output.contains("unit 7 answers\n"), "\(scan.output) \(scan.errors)")
        #expect(!scan.output.contains("unit 9 answers") && scan.output.contains("is not found beside others"))
    }

    @Test("commissioning finds what the simulated charger is, asks before it moves power, and its file is used")
    func commission() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/site.yaml"
        let port = FreePorts.first(of: 2)
        let text = """
            site:
              name: Yard
              nominal_frequency: 50 Hz
              nominal_voltage: 230 V
            service: { kind: ce-fcr, capacity: 5 kW }
            meters:
              - { name: pcc, profile: janitza-umg604, poll_interval: 1 s, connection: "tcp://127.0.0.1:\(port)" }
            control: { frequency_age_limit: 3 s }
            chargers:
              - name: der
                profile: sunspec-der
                connection: tcp://127.0.0.1:\(port + 1)
                charge_limit: 10 kW
                discharge_limit: 10 kW
                grid_protection: external
                vehicle: { battery: 40 kWh, minimum_charge: 20 % }

            """
        // What is simulated: 1 s of dead time and 4 kW/s.
        try
            (text.replacingOccurrences(
                of: "    vehicle", with: "    dynamics: { dead_time: 1 s, ramp: 4 kW/s }\n    vehicle")).write(
                toFile: folder + "/bench.yaml", atomically: true, encoding: .utf8)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let bench = try RunningProgram([
            "simulate", "--config", folder + "/bench.yaml", "--profiles", TestData.profiles,
        ])
        defer { bench.signal(SIGKILL) }
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let output = [
            "--output", folder + "/measured.yaml", "--report", folder + "/report.html", "--state", folder + "/state",
        ]
        let asked = try BuiltProgram.run(
            BuiltProgram.path, ["commission", "--config", path, "--profiles", TestData.profiles] + output)
        #expect(asked.status == 64 && asked.errors.contains("give --yes"))
        let observed = try BuiltProgram.run(
            BuiltProgram.path,
            ["commission", "--config", path, "--observe", "--observe-seconds", "5", "--profiles", TestData.profiles]
                + output)
        #expect(
            observed.status == 0 && observed.output.contains("answers as its profile says")
                && observed.output.contains("read every"),
            "\(observed.output) \(observed.errors)")
        #expect(bench.output.split(separator: "\n").last?.hasSuffix(" 0 writes") == true, "\(bench.output)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/measured.yaml"))
        let measured = try BuiltProgram.run(
            BuiltProgram.path, ["commission", "--config", path, "--yes", "--profiles", TestData.profiles] + output)
        #expect(measured.status == 0, "\(measured.output) \(measured.errors)")
        let file = try String(contentsOfFile: folder + "/measured.yaml", encoding: .utf8)
        func number(_ key: String) -> Double {
            file.range(of: key + ": ").flatMap { Double(file[$0.upperBound...].prefix { $0.isNumber || $0 == "." }) }
                ?? .nan
        }
        #expect(abs(number("dead_time_idle") - 1_000) < 250, "\(file)")
        #expect((2_500...5_000).contains(number("ramp")), "\(file)")
        // Its timeout of 2 s, its dead time, half of its ramp, and the meter that is read once a second.
        #expect((2_800...7_000).contains(number("fallback")), "\(file)")
        // The report of the observation was there already, and is kept.
        let report = try String(contentsOfFile: folder + "/report-2.html", encoding: .utf8)
        #expect(report.contains("<svg") && measured.output.contains("report: \(folder)/report-2.html"))
        #expect(!report.contains("does something else switch"), "\(report)")
        let kept = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        #expect(kept.contains("<svg") && kept.contains("answers as its profile says"))
        let again = try BuiltProgram.run(
            BuiltProgram.path, ["commission", "--config", path, "--yes", "--profiles", TestData.profiles] + output)
        #expect(again.status == 73 && again.errors.contains("is there already"))
        try (text + "commissioning: measured.yaml\n").write(toFile: path, atomically: true, encoding: .utf8)
        let check = try Self.droopd("check", "--config", path)
        #expect(
            check.status == 0 && check.output.contains("after droopd has failed, as measured"),
            "\(check.output) \(check.errors)")
        #expect(!check.errors.contains("nobody has measured how fast"))
        try (file + "  - { name: other, dynamics: { dead_time: 1 s, ramp: 1 kW/s } }\n").write(
            toFile: folder + "/measured.yaml", atomically: true, encoding: .utf8)
        let wrong = try Self.droopd("check", "--config", path)
        #expect(wrong.status == 78 && wrong.errors.contains("has measured other"))
    }

    @Test("a profile of one's own beside the site file is read, shown, and its mistakes have their places")
    func ownProfile() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let meter = try String(contentsOfFile: TestData.profiles + "/meters/lovato-dmg610.yaml", encoding: .utf8)
        try meter.replacingOccurrences(of: "profile: lovato-dmg610", with: "profile: my-meter").write(
            toFile: folder + "/my-meter.yaml", atomically: true, encoding: .utf8)
        let site = try String(contentsOfFile: TestData.sites + "/gb-depot.yaml", encoding: .utf8).replacingOccurrences(
            of: "janitza-umg604", with: "my-meter.yaml")
        try site.write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
        #expect(try Self.droopd("check", "--config", folder + "/site.yaml").status == 0)
        let sheet = try Self.droopd("profiles", folder + "/my-meter.yaml")
        #expect(sheet.status == 0 && sheet.output.contains("register 49 (u32), step 1.0 mHz"), "\(sheet.output)")
        try meter.replacingOccurrences(
            of: "  power: { address: 0x39, type: s32", with: "  power: { address: 57, type: s33"
        )
        .write(toFile: folder + "/my-meter.yaml", atomically: true, encoding: .utf8)
        let lines = meter.components(separatedBy: "\n")
        let line = try #require(lines.firstIndex { $0.hasPrefix("  power: ") }) + 1
        let broken = try Self.droopd("check", "--config", folder + "/site.yaml")
        #expect(broken.status == 78 && broken.errors.contains("my-meter.yaml:\(line):"), "\(broken.errors)")
    }

    @Test("commission: refuses each site that run refuses", arguments: RefusedSite.all)
    func refusedSites(site: RefusedSite) throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/site.yaml"
        try site.text.write(toFile: path, atomically: true, encoding: .utf8)
        let run = try Self.droopd("run", "--config", path, "--state", folder + "/state")
        #expect(run.status == 78 && !run.errors.isEmpty, "\(run)")
        for extra in [["--yes"], ["--observe"]] {
            let commission = try BuiltProgram.run(
                BuiltProgram.path,
                ["commission", "--config", path, "--state", folder + "/state", "--profiles", TestData.profiles] + extra)
            #expect(commission.status == 78 && commission.errors == run.errors, "\(commission)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder + "/state"))
    }

    @Test("the load of a bus of four units is within a tenth of what check foretells", arguments: [9_600, 19_200])
    func busLoad(baud: Int) throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/bus.yaml"
        let bus = "rtu://\(folder)/bus?baud=\(baud)"
        var text = """
            site:
              name: Bus
              nominal_frequency: 50 Hz
              nominal_voltage: 230 V
            service: { kind: droop, capacity: 10 kW, deadband: 500 mHz, droop: 5 %, response_time: 5 s }
            meters:
              - { name: pcc, profile: abb-b23, connection: "\(bus)", poll_interval: \(4_800_000 / baud) ms }
            control: { frequency_age_limit: 2 s }
            chargers:

            """
        for unit in 2...4 {
            text +=
                """
                  - { name: bay-\(unit), profile: wallbox-quasar, connection: \"\(bus)\", unit: \(unit), charge_limit: \
                7 kW, 
                """
            text += "discharge_limit: 7 kW, poll_interval: 2 s, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }\n"
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        func percent(_ text: String, after marker: String) -> [Double] {
            text.split(separator: "\n").filter { $0.contains(marker) }.compactMap { line in
                line.range(of: "busy for ").flatMap {
                    Double(line[$0.upperBound...].prefix { $0.isNumber || $0 == "." })
                }
            }
        }
        let check = try Self.droopd("check", "--config", path)
        #expect(check.status == 0, "\(check.errors)")
        let foretold = try #require(percent(check.output, after: "rtu://").first)
        #expect((20...70).contains(foretold))
        let bench = try RunningProgram(["simulate", "--config", path, "--profiles", TestData.profiles])
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let daemon = try RunningProgram(["run", "--config", path, "--profiles", TestData.profiles])
        #expect(
            eventually(within: 25) { (2...4).allSatisfy { daemon.output.contains("bay-\($0): under control") } },
            "\(daemon.output)")
        let before = percent(bench.output, after: "writes").count
        #expect(eventually(within: 25) { percent(bench.output, after: "writes").count >= before + 4 })
        let measured = percent(bench.output, after: "writes").dropFirst(before + 1).prefix(3)
        let mean = measured.reduce(0, +) / Double(measured.count)
        #expect(abs(mean - foretold) < 0.1 * foretold, "\(mean) % measured, \(foretold) % foretold")
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 25) == 0)
    }

    @Test("simulated devices are moved with their site file, and what can't be served is told")
    func rebase() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let site = TestData.sites + "/ce-company-car-park.yaml"
        let address = "127.0.0.1:\(FreePorts.first(of: 16))"
        let stuck = try Self.droopd("simulate", "--config", site, "--duration", "2s")
        #expect(stuck.status == 69 && stuck.errors.contains("--rebase"))
        let bench = try RunningProgram([
            "simulate", "--config", site, "--rebase", address, "--output", folder + "/moved.yaml",
            "--duration", "20s",
            "--profiles",
            TestData.profiles,
        ])
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let moved = try String(contentsOfFile: folder + "/moved.yaml", encoding: .utf8)
        #expect(moved.contains("tcp://" + address) && !moved.contains("192.0.2."))
        #expect(try Self.droopd("probe", "tcp://" + address).status == 0)
        bench.signal(SIGINT)
        #expect(bench.ended(within: 10) == 0)
        // Neither a site file nor a port number is overrun.
        let over = try Self.droopd(
            "simulate", "--config", site, "--rebase", address, "--output", folder + "/moved.yaml")
        #expect(over.status == 73 && over.errors.contains("is there already"))
        let beyond = try Self.droopd(
            "simulate", "--config", site, "--rebase", "127.0.0.1:65535", "--output", folder + "/other.yaml")
        #expect(beyond.status == 64 && beyond.errors.contains("leaves no room for"), "\(beyond.errors)")
    }

    @Test(
        """
        commissioning that is interrupted, or whose terminal goes, leaves the charger at no power, and calls nothing \
        measured
        """,
        arguments: [SIGTERM, SIGHUP])
    func interruptedCommissioning(signal: Int32) throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let port = FreePorts.first(of: 2)
        try """
        site: { name: Yard, nominal_frequency: 50 Hz, nominal_voltage: 230 V, connection: { import_limit: 20 kW, \
        export_limit: 1 kW } }
        service: { kind: ce-fcr, capacity: 5 kW }
        meters:
          - { name: pcc, profile: janitza-umg604, connection: "tcp://127.0.0.1:\(port)" }
        chargers:
          - { name: q, profile: wallbox-quasar, connection: "tcp://127.0.0.1:\(port + 1)", charge_limit: 7 kW, \
          discharge_limit: 7 kW, vehicle: { battery: 40 kWh, minimum_charge: 20 % } }
        """.write(toFile: folder + "/site.yaml", atomically: true, encoding: .utf8)
        let bench = try RunningProgram(["simulate", "--config", folder + "/site.yaml", "--profiles", TestData.profiles])
        defer { bench.signal(SIGKILL) }
        #expect(eventually(within: 10) { bench.output.contains("serving") })
        let commission = try RunningProgram([
            "commission", "--config", folder + "/site.yaml", "--yes", "--output", folder + "/measured.yaml", "--report",
            folder + "/report.html", "--state", folder + "/state",
            "--profiles", TestData.profiles,
        ])
        #expect(eventually(within: 40) { commission.output.contains("charging from idle") }, "\(commission.output)")
        commission.signal(signal)
        #expect(commission.ended(within: 40) == 130)
        #expect(
            commission.output.contains("not fit: interrupted") && commission.output.contains("brought to no power"),
            "\(commission.output)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/measured.yaml"))
        #expect(
            eventually(within: 12) { bench.output.split(separator: "\n").last?.contains("chargers 0.00 kW") == true },
            "\(bench.output)")
    }

    @Test("replay: twice the same bytes; a missing recording is 66, bad data 65, and both name the file")
    func replay() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let recording = folder + "/recording.csv"
        let rows = (0..<120).map { "\($0),\(50 - Double($0 % 40) * 0.02)" }
        try ("time_s,frequency_hz\n" + rows.joined(separator: "\n") + "\n").write(
            toFile: recording, atomically: true, encoding: .utf8)
        let site = TestData.sites + "/gb-depot.yaml"
        for name in ["a", "b"] {
            let outcome = try Self.droopd(
                "replay", recording, "--config", site, "--output", folder + "/\(name).csv", "--report",
                folder + "/\(name).html")
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let first = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.csv"))
        #expect(first == (try Data(contentsOf: URL(fileURLWithPath: folder + "/b.csv"))))
        let lines = String(decoding: first, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 121)
        #expect(
            lines[0].hasPrefix(
                "time,frequency_hz,voltage_v,state,response_kw,baseline_kw,setpoint_kw,power_kw,delivered_kw,shortfall_kw,available_raise_kw,available_lower_kw,bay-1.setpoint_kw,bay-1.power_kw,bay-1.state_of_charge,bay-2.setpoint_kw"
            ))
        #expect(try String(contentsOfFile: folder + "/a.html", encoding: .utf8).contains("<svg"))
        let piped = try Self.droopd("replay", recording, "--config", site, "--output", "-", "--every-tick")
        #expect(piped.output.split(separator: "\n").count == 1 + 119 * 20 + 1)

        // Nothing is written over an input, and what is no plain file stays what it is.
        #expect(try Self.droopd("replay", recording, "--config", site, "--output", recording).status == 64)
        #expect(
            try Self.droopd("replay", recording, "--config", site, "--output", folder + "/z", "--report", folder + "/z")
                .status == 64)
        let nowhere = try Self.droopd("replay", recording, "--config", site, "--output", folder + "/none/steps.csv")
        #expect(nowhere.status == 73 && nowhere.errors.contains("there is no folder"), "\(nowhere.errors)")
        #expect(!nowhere.output.contains("replayed"))
        let pipe = folder + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = try RunningProgram("/bin/cat", [pipe])
        #expect(try Self.droopd("replay", recording, "--config", site, "--report", pipe).status == 0)
        #expect(eventually(within: 5) { reader.output.contains("<svg") })

        let missing = try Self.droopd("replay", folder + "/none.csv", "--config", site)
        #expect(missing.status == 66 && missing.errors.contains("none.csv"))
        try "time_s,frequency_hz\n0,50\n1,fifty\n".write(toFile: recording, atomically: true, encoding: .utf8)
        let bad = try Self.droopd("replay", recording, "--config", site)
        #expect(bad.status == 65 && bad.errors.contains("recording.csv:3"))
    }

    @Test("services and profiles list and explain; what does not exist is 64")
    func catalogues() throws {
        let services = try BuiltProgram.run(BuiltProgram.path, ["services"])
        for name in [
            "gb-dynamic-containment", "gb-dynamic-moderation", "gb-dynamic-regulation", "ce-fcr", "droop", "curve",
        ] {
            #expect(services.output.contains(name))
            #expect(try BuiltProgram.run(BuiltProgram.path, ["services", name]).output.contains("source"))
        }
        #expect(try BuiltProgram.run(BuiltProgram.path, ["services", "none"]).status == 64)
        let json = try BuiltProgram.run(BuiltProgram.path, ["services", "--json"])
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [Any])
        let profiles = try Self.droopd("profiles")
        for name in ["janitza-umg604", "eastron-sdm630", "wallbox-quasar", "sunspec-der"] {
            #expect(profiles.output.contains(name))
            #expect(try Self.droopd("profiles", name).output.contains("verified on device  by nobody"))
        }
        #expect(try BuiltProgram.run(BuiltProgram.path, ["--no-such-option"]).status == 64)
    }

    @Test("a replay shows the measured frequency, also from standard input")
    func filteredReplay() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let site = folder + "/site.yaml"
        try """
        site: { name: Test depot, nominal_frequency: 50 Hz, nominal_voltage: 230 V }
        service: { kind: gb-dynamic-containment, direction: both, capacity: 3 kW }
        control: { frequency_filter: 2 s }
        meters: [{ name: pcc, profile: eastron-sdm630, connection: "tcp://127.0.0.1:1" }]
        chargers:
          - { name: bay-1, profile: wallbox-quasar, connection: "tcp://127.0.0.1:2", charge_limit: 3 kW, \
        discharge_limit: 3 kW, vehicle: { battery: 40 kWh, minimum_charge: 40 % } }
        """.write(toFile: site, atomically: true, encoding: .utf8)
        let rows = (0..<300).map { row in
            "\(Double(row) / 10),\((150..<160).contains(row) ? 49.7 : 50 - Double(row % 7) / 1e4)"
        }
        try ("time_s,frequency_hz\n" + rows.joined(separator: "\n") + "\n").write(
            toFile: folder + "/recording.csv", atomically: true, encoding: .utf8)
        func replay(_ input: String) throws -> BuiltProgram.Outcome {
            let options = "--config '\(site)' --profiles '\(TestData.profiles)'"
            return try BuiltProgram.run(
                "/bin/sh", ["-c", "'\(BuiltProgram.path)' replay - \(options) < '\(input)'"])
        }
        let replayed = try replay(folder + "/recording.csv")
        #expect(replayed.status == 0 && replayed.output.contains("lowest frequency: 49.700 Hz"), "\(replayed)")
        let unreadable = try replay(folder)
        #expect(unreadable.status == 66 && unreadable.errors.contains("can't be read"), "\(unreadable)")
    }

    @Test("every service is explained, with its picture where it has a curve")
    func services() throws {
        let list = try BuiltProgram.run(BuiltProgram.path, ["services"])
        let names = list.output.split(separator: "\n").compactMap { $0.split(separator: " ").first }.map(String.init)
            .filter {
                $0.contains("-") || ["droop", "curve", "step"].contains($0)
            }
        #expect(names.count == 24)
        for name in names {
            let told = try BuiltProgram.run(BuiltProgram.path, ["services", name])
            #expect(
                told.status == 0 && told.output.contains("source") && told.output.contains("kept up for"), "\(name)")
            if !["droop", "curve", "step", "pjm-regd"].contains(name) { #expect(told.output.contains("●"), "\(name)") }
        }
        #expect(try BuiltProgram.run(BuiltProgram.path, ["services", "nordic-ffr"]).output.contains("30 s"))
    }

    @Test("a tick of a replay is explained, limit by limit, and a time outside the recording is refused")
    func explain() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let recording = folder + "/dip.csv"
        let rows = (0..<60).map { "\($0),\($0 < 20 ? 50 : 49.3)" }.joined(separator: "\n")
        try "time_s,frequency_hz\n\(rows)\n".write(toFile: recording, atomically: true, encoding: .utf8)
        let config = TestData.sites + "/gb-depot.yaml"
        let told = try BuiltProgram.run(
            BuiltProgram.path,
            ["replay", recording, "--config", config, "--profiles", TestData.profiles, "--explain", "30"])
        #expect(told.status == 0)
        for words in [
            "49.3000 Hz is acted on", "gb-dynamic-containment: 40.000 kW asked, 100.00 %", "not qualified",
            "-40.000 kW together",
            "bay-8: -5.000 kW discharge",
        ] {
            #expect(told.output.contains(words), "“\(words)” is not in \(told.output)")
        }
        let refused = try BuiltProgram.run(
            BuiltProgram.path,
            ["replay", recording, "--config", config, "--profiles", TestData.profiles, "--explain", "61"])
        #expect(refused.status == 64 && refused.errors.contains("lies outside the recording"))
    }

    @Test("a short demo answers the event and leaves a site file and a report")
    func demo() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let outcome = try Self.droopd("demo", "--duration", "22s", "--chargers", "4", "--output", folder)
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains("state: responding"))
        #expect(outcome.output.contains("what came after is left out"))
        let report = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
        #expect(report.contains("<svg") && report.contains("bay-4"))
        #expect(try Self.droopd("check", "--config", folder + "/site.yaml").status == 0)
    }
}
