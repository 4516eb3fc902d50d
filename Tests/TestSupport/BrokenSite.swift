import Foundation
public import Testing

/// A site file with one thing wrong, and what must be said of it.
public struct BrokenSite: Sendable, CustomTestStringConvertible {
    /// What is wrong.
    public var name: String
    /// The site file.
    public var text: String
    /// Where each mistake stands, as the text that begins there (and its how-manieth appearance), and a part of what is
    /// said.
    public var mistakes: [(at: String, says: String)]

    /// What is wrong, for the name of the test.
    public var testDescription: String { name }

    /// The base file with one piece replaced, and another one where the mistake needs it.
    init(
        _ name: String, _ old: String, _ new: String, also: (old: String, new: String) = ("", ""), at: String,
        says: String
    ) {
        self.name = name
        text = Self.base
        for (old, new) in [(old, new), also] where !old.isEmpty {
            guard let range = text.range(of: old) else {
                preconditionFailure("the base site file lost the text that “\(name)” replaces")
            }
            text.replaceSubrange(range, with: new)
        }
        mistakes = [(at, says)]
    }

    init(_ name: String, text: String, mistakes: [(at: String, says: String)]) {
        self.name = name
        self.text = text
        self.mistakes = mistakes
    }

    /// Line and column of a text, counted from 1; of the whole file when it is empty.
    public func place(of needle: String) -> (line: Int, column: Int) {
        if needle.isEmpty { return (1, 1) }
        guard let start = text.range(of: needle)?.lowerBound else {
            preconditionFailure("“\(name)” does not contain “\(needle)”")
        }
        let before = text[..<start]
        let line = before.filter { $0 == "\n" }.count + 1
        let column = before.reversed().prefix { $0 != "\n" }.count + 1
        return (line, column)
    }

    /// A site file without mistakes, from which the others are made.
    public static let base = """
        site:
          name: North depot
          nominal_frequency: 50 Hz
          nominal_voltage: 230 V
          connection: { import_limit: 120 kW, export_limit: 60 kW }
          building: { maximum: 30 kW, minimum: 0 kW }
        service:
          kind: gb-dynamic-containment
          direction: both
          capacity: 7 kW
        meters:
          - name: pcc
            profile: janitza-umg604
            connection: tcp://192.0.2.20:502
            unit: 1
            poll_interval: 50 ms
        chargers:
          - name: bay-1
            profile: wallbox-quasar
            connection: tcp://192.0.2.31:502
            unit: 1
            phases: [L1]
            charge_limit: 7.4 kW
            discharge_limit: 7.4 kW
            vehicle: { battery: 40 kWh, minimum_charge: 40 %, target_charge: 80 %, departure: "07:30" }
          - name: bay-2
            profile: sunspec-der
            connection: tcp://192.0.2.32:502
            phases: [L1, L2, L3]
            charge_limit: 10 kW
            discharge_limit: 10 kW
            grid_protection: charger
            vehicle: { battery: 60 kWh, minimum_charge: 30 % }
        control: { period: 50 ms, frequency_age_limit: 500 ms, hold_limit: 1 s }
        journal: { directory: /var/lib/droopd, keep: 180 days, size_limit: 8 GB }
        status: { listen: 127.0.0.1:8080 }

        """

    private static let curveBase = base.replacingOccurrences(
        of: "kind: gb-dynamic-containment", with: "kind: curve\n  points: POINTS")

    private static func curve(_ name: String, _ points: String, at: String, says: String) -> BrokenSite {
        BrokenSite(name, text: curveBase.replacingOccurrences(of: "POINTS", with: points), mistakes: [(at, says)])
    }

    private static func step(_ name: String, _ keys: String, at: String, says: String) -> BrokenSite {
        BrokenSite(
            name,
            text: base.replacingOccurrences(
                of: "kind: gb-dynamic-containment\n  direction: both", with: "kind: step\n  \(keys)"),
            mistakes: [(at, says)])
    }

    private static func droop(_ name: String, _ keys: String, at: String, says: String) -> BrokenSite {
        BrokenSite(
            name, text: base.replacingOccurrences(of: "kind: gb-dynamic-containment", with: "kind: droop\n  \(keys)"),
            mistakes: [(at, says)])
    }

    /// All broken site files.
    public static let all: [BrokenSite] =
        quantities + keys + choices + combinations + services + curves + yaml + several

    static let quantities: [BrokenSite] = [
        BrokenSite("power without a unit", "capacity: 7 kW", "capacity: 7", at: "7\nmeters", says: "no unit"),
        BrokenSite("power in watt-hours", "capacity: 7 kW", "capacity: 7 kWh", at: "7 kWh", says: "the unit kWh"),
        BrokenSite("power in lower case", "capacity: 7 kW", "capacity: 7 kw", at: "7 kw", says: "the unit kw"),
        BrokenSite("power as a word", "capacity: 7 kW", "capacity: seven", at: "seven", says: "not a number"),
        BrokenSite("not a number", "capacity: 7 kW", "capacity: nan kW", at: "nan kW", says: "not a number"),
        BrokenSite("infinity", "capacity: 7 kW", "capacity: inf kW", at: "inf kW", says: "not a number"),
        BrokenSite("an exponent", "capacity: 7 kW", "capacity: 7e3 W", at: "7e3 W", says: "unit e3 W"),
        BrokenSite("two points in a number", "capacity: 7 kW", "capacity: 7.4.1 kW", at: "7.4.1", says: "not a number"),
        BrokenSite(
            "a decimal comma", "capacity: 7 kW", "capacity: \"7,4 kW\"", at: "\"7,4", says: "has a decimal comma"),
        BrokenSite("a negative capacity", "capacity: 7 kW", "capacity: -7 kW", at: "-7 kW", says: "outside 1 W"),
        BrokenSite("no capacity", "capacity: 7 kW", "capacity: 0 kW", at: "0 kW\nmeters", says: "outside 1 W"),
        BrokenSite("an empty value", "capacity: 7 kW", "capacity:", at: "", says: "nothing"),
        BrokenSite(
            "a list for a value", "capacity: 7 kW", "capacity: [7 kW]", at: "[7 kW]", says: "a list stands here"),
        BrokenSite(
            "keys for a value", "capacity: 7 kW", "capacity: { watts: 7 }", at: "{ watts", says: "a group of keys"),
        BrokenSite(
            "time without a unit", "poll_interval: 50 ms", "poll_interval: 50", at: "50\nchargers", says: "no unit"),
        BrokenSite(
            "time in hertz", "poll_interval: 50 ms", "poll_interval: 50 Hz", at: "50 Hz\nchargers", says: "the unit Hz"),
        BrokenSite(
            "time too short", "poll_interval: 50 ms", "poll_interval: 1 ms", at: "1 ms", says: "outside 10 ms to 10 s"),
        BrokenSite("a period too long", "period: 50 ms", "period: 5 s", at: "5 s,", says: "outside 5 ms to 1 s"),
        BrokenSite("negative hold", "hold_limit: 1 s", "hold_limit: -1 s", at: "-1 s", says: "outside"),
        BrokenSite(
            "voltage too low", "nominal_voltage: 230 V", "nominal_voltage: 23 V", at: "23 V", says: "outside 50 V"),
        BrokenSite(
            "voltage in kilovolt-ampere", "nominal_voltage: 230 V", "nominal_voltage: 230 VA", at: "230 VA",
            says: "the unit VA"),
        BrokenSite("battery in kilowatts", "battery: 40 kWh", "battery: 40 kW", at: "40 kW,", says: "the unit kW"),
        BrokenSite(
            "battery far too large", "battery: 40 kWh", "battery: 40 MWh", at: "40 MWh", says: "outside 1 kWh to 1 MWh"),
        BrokenSite(
            "a share without a sign", "minimum_charge: 40 %", "minimum_charge: 40", at: "40, target", says: "no unit"),
        BrokenSite(
            "a share above all", "minimum_charge: 40 %", "minimum_charge: 140 %", at: "140 %",
            says: "outside 0 % to 100 %"),
        BrokenSite(
            "import limit negative", "import_limit: 120 kW", "import_limit: -1 kW", at: "-1 kW", says: "outside"),
        BrokenSite(
            "charge limit without a unit", "charge_limit: 7.4 kW\n", "charge_limit: 7.4\n", at: "7.4\n    discharge",
            says: "no unit"),
        BrokenSite(
            "journal size in days", "size_limit: 8 GB", "size_limit: 8 days", at: "8 days", says: "the unit days"),
        BrokenSite("journal kept for ever", "keep: 180 days", "keep: 99999 days", at: "99999 days", says: "outside"),
        BrokenSite(
            "unit with a fraction", "unit: 1\n    poll", "unit: 1.5\n    poll", at: "1.5\n    poll",
            says: "not a whole number"),
        BrokenSite(
            "unit beyond a byte", "unit: 1\n    poll", "unit: 300\n    poll", at: "300\n", says: "outside 0 to 255"),
        BrokenSite(
            "unit as a word", "unit: 1\n    poll", "unit: one\n    poll", at: "one\n", says: "not a whole number"),
    ]

    static let keys: [BrokenSite] = [
        BrokenSite("an unknown section", "control:", "contrl:", at: "contrl", says: "did you mean control?"),
        BrokenSite(
            "an unknown key in site", "name: North depot", "nmae: North depot", at: "nmae", says: "did you mean name?"),
        BrokenSite(
            "an unknown key in service", "direction: both", "deadband: 36 mHz", at: "deadband", says: "not known here"),
        BrokenSite(
            "an unknown key in a meter", "poll_interval: 50 ms", "poll_rate: 50 ms", at: "poll_rate",
            says: "not known here"),
        BrokenSite(
            "an unknown key in a charger", "discharge_limit: 7.4 kW", "discharge_limit: 7.4 kW\n    colour: red",
            at: "colour",
            says: "not known here"),
        BrokenSite(
            "an unknown key in a vehicle", "battery: 40 kWh,", "battery: 40 kWh, soc: 50 %,", at: "soc",
            says: "not known here"),
        BrokenSite(
            "an unknown key in the connection", "export_limit: 60 kW", "export: 60 kW", at: "export:",
            says: "not known here"),
        BrokenSite("an unknown key in control", "hold_limit: 1 s", "hold: 1 s", at: "hold:", says: "not known here"),
        BrokenSite(
            "a key of another service", "direction: both", "points: [[49.5 Hz, 100 %]]", at: "points",
            says: "not known here"),
        BrokenSite(
            "a key in capitals", "capacity: 7 kW", "Capacity: 7 kW", at: "Capacity", says: "did you mean capacity?"),
        BrokenSite("no name", "  name: North depot\n", "", at: "nominal_frequency", says: "name is missing"),
        BrokenSite(
            "no nominal frequency", "  nominal_frequency: 50 Hz\n", "", at: "name: North",
            says: "nominal_frequency is missing"),
        BrokenSite(
            "no nominal voltage", "  nominal_voltage: 230 V\n", "", at: "name: North",
            says: "nominal_voltage is missing"),
        BrokenSite("no kind", "  kind: gb-dynamic-containment\n", "", at: "direction", says: "kind is missing"),
        BrokenSite("no capacity key", "  capacity: 7 kW\n", "", at: "kind: gb", says: "capacity is missing"),
        BrokenSite(
            "no connection", "    connection: tcp://192.0.2.20:502\n", "", at: "name: pcc",
            says: "connection is missing"),
        BrokenSite("no profile", "    profile: wallbox-quasar\n", "", at: "name: bay-1", says: "profile is missing"),
        BrokenSite(
            "no charge limit", "    charge_limit: 7.4 kW\n", "", at: "name: bay-1", says: "charge_limit is missing"),
        BrokenSite(
            "no discharge limit", "    discharge_limit: 7.4 kW\n", "", at: "name: bay-1",
            says: "discharge_limit is missing"),
        BrokenSite("no battery", "battery: 40 kWh, ", "", at: "{ minimum_charge", says: "battery is missing"),
        BrokenSite(
            "no minimum charge", "minimum_charge: 40 %, ", "", at: "{ battery", says: "minimum_charge is missing"),
        BrokenSite("no building minimum", ", minimum: 0 kW", "", at: "{ maximum", says: "minimum is missing"),
        BrokenSite(
            "a repeated key", "capacity: 7 kW", "capacity: 7 kW\n  capacity: 8 kW", at: "capacity: 8",
            says: "a second time"),
        BrokenSite(
            "a repeated key in brackets", "hold_limit: 1 s", "hold_limit: 1 s, period: 40 ms", at: "period: 40",
            says: "a second time"),
        BrokenSite(
            "a repeated section", "status:", "control: { period: 40 ms }\nstatus:", at: "control: { period: 40",
            says: "a second time"),
        BrokenSite(
            "a repeated meter key", "unit: 1\n    poll", "unit: 1\n    unit: 2\n    poll", at: "unit: 2",
            says: "a second time"),
        BrokenSite(
            "a precedence of one meter", "status:", "meter_precedence: [pcc]\nstatus:", at: "[pcc]",
            says: "list two or three meters"),
        BrokenSite(
            "a precedence of a meter that is none", "status:", "meter_precedence: [pcc, sun]\nstatus:", at: "sun]",
            says: "there is no meter “sun”"),
        // Grid codes.
        BrokenSite(
            "a code that is none", "status:", "grid_code: { kind: g98 }\nstatus:", at: "g98",
            says: "not one of ieee-1547"),
        BrokenSite(
            "a code for the other frequency", "status:", "grid_code: { kind: ieee-1547 }\nstatus:", at: "ieee-1547",
            says: "for 60 Hz"),
        BrokenSite(
            "a fast trip inside the duty", "status:",
            "grid_code: { kind: g99, trips: [{ frequency_below: 49 Hz, for: 1 s }] }\nstatus:",
            at: "49 Hz, for",
            says: "has its duty"),
        BrokenSite(
            "a trip of nothing", "status:", "grid_code: { kind: g99, trips: [{ for: 1 s }] }\nstatus:", at: "{ for",
            says: "is needed, and 0"),
        BrokenSite(
            "an entry window upside down", "status:",
            "grid_code: { kind: g99, enter_service: { frequency: [50 Hz, 49 Hz] } }\nstatus:",
            at: "[50 Hz, 49",
            says: "ascending"),
        BrokenSite(
            "a hardware watchdog that is no device", "hold_limit: 1 s",
            "hold_limit: 1 s, hardware_watchdog: { device: watchdog0 }",
            at: "watchdog0", says: "no device under /dev"),
        BrokenSite(
            "a hardware watchdog that counts fractions", "hold_limit: 1 s",
            "hold_limit: 1 s, hardware_watchdog: { device: /dev/watchdog0, timeout: 2500 ms }", at: "2500 ms",
            says: "whole seconds"),
        // Contacts and permits.
        BrokenSite(
            "a charger without a timeout and without a permit", "profile: wallbox-quasar",
            "profile: fermata-fe20\n    grid_protection: charger",
            at: "fermata-fe20",
            says: "a permit of its own"),
        BrokenSite(
            "a permit of its own behind no relay",
            text: base.replacingOccurrences(
                of: "profile: wallbox-quasar", with: "profile: fermata-fe20\n    grid_protection: charger"
            )
            .replacingOccurrences(
                of: "status:",
                with:
                    """
                    gpio: { outputs: { permits: { bay-1: { chip: g0, line: p } }, heartbeat: { chip: g0, line: h } } \
                    }\nstatus:
                    """
            ),
            mistakes: [(at: "fermata-fe20", says: "pulse_watchdog")]),
        BrokenSite(
            "a relay that is quicker than the heart", "status:",
            "gpio: { outputs: { heartbeat: { chip: g0, line: h, pulse_watchdog: 100 ms } } }\nstatus:", at: "100 ms }",
            says: "three of them"),
        BrokenSite(
            "a contact that trips nobody", "status:",
            "gpio: { inputs: { a: { chip: g0, line: e, action: stop, trips: [] } } }\nstatus:",
            at: "[] }",
            says: "does nothing"),
        BrokenSite(
            "an ordered stop of a charger without a permit", "status:",
            """
            gpio: { outputs: { permit: { chip: g0, line: p }, heartbeat: { chip: g0, line: h } }, inputs: { a: { chip: \
            g0, line: e, action: stop, trips: [bay-1] } } }\nstatus:
            """,
            at: "[bay-1] } } }",
            says: "or block, which means zero power"),
        BrokenSite(
            "two mirror contacts of one permit", "status:",
            """
            gpio: { outputs: { permit: { chip: g0, line: p }, heartbeat: { chip: g0, line: h } }, inputs: { reset: { \
            chip: g0, line: r }, a: { chip: g0, line: e, feedback_of: permit }, b: { chip: g0, line: f, feedback_of: \
            permit } } }\nstatus:
            """,
            at: "{ reset",
            says: "the same permit"),
        BrokenSite(
            "a mirror contact without a button", "status:",
            """
            gpio: { outputs: { permit: { chip: g0, line: p }, heartbeat: { chip: g0, line: h } }, inputs: { a: { chip: \
            g0, line: e, feedback_of: permit } } }\nstatus:
            """,
            at: "{ a:",
            says: "welded"),
        BrokenSite(
            "a mirror contact that is slower than its time", "status:",
            """
            gpio: { outputs: { permit: { chip: g0, line: p }, heartbeat: { chip: g0, line: h } }, inputs: { reset: { \
            chip: g0, line: r }, a: { chip: g0, line: e, feedback_of: permit, debounce: 900 ms } } }\nstatus:
            """,
            at: "900 ms",
            says: "outside"),
        BrokenSite(
            "a button that a bounce can press", "status:",
            "gpio: { inputs: { reset: { chip: g0, line: r, debounce: 0 s } } }\nstatus:",
            at: "0 s } }",
            says: "outside"),
        BrokenSite(
            "a permit without a heartbeat", "status:", "gpio: { outputs: { permit: { chip: g0, line: p } } }\nstatus:",
            at: "{ permit",
            says: "not fail-safe"),
        BrokenSite(
            "a latch without a button", "status:",
            "gpio: { inputs: { estop: { chip: g0, line: e, action: stop_now, latch: true } } }\nstatus:", at: "{ estop",
            says: "input named reset"),
        BrokenSite(
            "a bias that hides a broken wire", "status:",
            "gpio: { inputs: { door: { chip: g0, line: e, active: low, bias: pull_down, action: stop } } }\nstatus:",
            at: "pull_down",
            says: "broken wire"),
        BrokenSite(
            "a bias that hides a broken wire, high", "status:",
            "gpio: { inputs: { door: { chip: g0, line: e, active: high, bias: pull_up, action: stop } } }\nstatus:",
            at: "pull_up",
            says: "broken wire"),
        BrokenSite(
            "an action that is none", "status:",
            "gpio: { inputs: { door: { chip: g0, line: e, action: halt } } }\nstatus:", at: "halt",
            says: "not one of stop_now, stop, block"),
        BrokenSite(
            "a contact without an action", "status:", "gpio: { inputs: { door: { chip: g0, line: e } } }\nstatus:",
            at: "{ chip: g0",
            says: "action is missing"),
        BrokenSite(
            "a contact of a charger that is not there", "status:",
            "gpio: { inputs: { door: { chip: g0, line: e, action: stop, trips: [bay-9] } } }\nstatus:", at: "bay-9",
            says: "there is no charger"),
        BrokenSite(
            "a contact without a chip", "status:", "gpio: { inputs: { door: { line: e, action: stop } } }\nstatus:",
            at: "{ line: e",
            says: "chip is missing"),
        BrokenSite(
            "a mirror contact of nothing", "status:",
            "gpio: { inputs: { mirror: { chip: g0, line: m, feedback_of: permit } } }\nstatus:",
            at: "permit }",
            says: "needs a permit"),
        BrokenSite(
            "one line twice", "status:",
            """
            gpio: { inputs: { a: { chip: g0, line: e, action: stop }, b: { chip: g0, line: e, action: stop } } \
            }\nstatus:
            """,
            at: "{ inputs",
            says: "are the same line"),
        BrokenSite(
            "an output that is none", "status:", "gpio: { outputs: { buzzer: { chip: g0, line: b } } }\nstatus:",
            at: "buzzer",
            says: "is not known here"),
    ]

    static let choices: [BrokenSite] = [
        BrokenSite(
            "an unknown service", "gb-dynamic-containment", "gb-dynamic-contentment", at: "gb-dynamic-contentment",
            says: "is not one of"),
        BrokenSite(
            "a service sold on its other side", "gb-dynamic-containment\n  direction: both",
            "nordic-fcr-d-up\n  direction: high",
            at: "high\n",
            says: "sold on the low side alone"),
        BrokenSite(
            "a direction of the compass", "direction: both", "direction: up", at: "up",
            says: "not one of low, high, both"),
        BrokenSite("a nominal frequency of 55 Hz", "50 Hz", "55 Hz", at: "55 Hz", says: "not one of 50 Hz, 60 Hz"),
        BrokenSite("a nominal frequency without a unit", "50 Hz", "50", at: "50\n", says: "not one of"),
        BrokenSite("an unknown meter profile", "janitza-umg604", "janitza", at: "janitza", says: "there is no profile"),
        BrokenSite(
            "an unknown charger profile", "wallbox-quasar", "wallbox-quasar-2", at: "wallbox-quasar-2",
            says: "there is no profile"),
        BrokenSite(
            "a charger as meter", "janitza-umg604", "sunspec-der", at: "sunspec-der", says: "another kind of device"),
        BrokenSite(
            "a meter as charger", "wallbox-quasar", "eastron-sdm630", at: "eastron-sdm630",
            says: "another kind of device"),
        BrokenSite("a fourth phase", "phases: [L1]", "phases: [L4]", at: "[L4]", says: "L1, L2, L3"),
        BrokenSite("a phase twice", "phases: [L1]", "phases: [L1, L1]", at: "[L1, L1]", says: "different phases"),
        BrokenSite("phases without brackets", "phases: [L1]", "phases: L1", at: "L1\n", says: "a list is needed"),
        BrokenSite("no phases", "phases: [L1]", "phases: []", at: "[]", says: "L1, L2, L3"),
        BrokenSite(
            "a grid protection that is none", "grid_protection: charger", "grid_protection: yes", at: "yes",
            says: "not one of charger, external"),
        BrokenSite(
            "a host name with a space", "tcp://192.0.2.20:502", "tcp://meter one:502", at: "tcp://meter",
            says: "host and port"),
        BrokenSite(
            "an octet too large", "tcp://192.0.2.20:502", "tcp://192.0.2.256:502", at: "tcp://192.0.2.256",
            says: "host and port"),
        BrokenSite(
            "three octets", "tcp://192.0.2.20:502", "tcp://192.0.2:502", at: "tcp://192.0.2:502", says: "host and port"),
        BrokenSite(
            "a port too large", "tcp://192.0.2.20:502", "tcp://192.0.2.20:70000", at: "tcp://192.0.2.20:7",
            says: "host and port"),
        BrokenSite(
            "port zero", "tcp://192.0.2.20:502", "tcp://192.0.2.20:0", at: "tcp://192.0.2.20:0", says: "host and port"),
        BrokenSite(
            "no scheme and no port", "tcp://192.0.2.20:502", "analyser", at: "analyser", says: "not an address such as"),
        BrokenSite(
            "a serial line at no known speed", "tcp://192.0.2.20:502", "rtu:///dev/ttyUSB0?baud=9601", at: "rtu:",
            says: "is not one of 1200"),
        BrokenSite(
            "a serial line without its path", "tcp://192.0.2.20:502", "rtu://ttyUSB0", at: "rtu:",
            says: "names no serial device"),
        BrokenSite(
            "a broadcast on a serial line", "connection: tcp://192.0.2.20:502\n    unit: 1",
            "connection: rtu:///dev/ttyUSB0\n    unit: 0",
            at: "0\n    poll", says: "outside 1 to 247"),
        BrokenSite(
            "one line with two settings",
            text: base.replacingOccurrences(of: "tcp://192.0.2.20:502", with: "rtu:///dev/ttyUSB0")
                .replacingOccurrences(
                    of: "tcp://192.0.2.31:502", with: "rtu:///dev/ttyUSB0?baud=19200"),
            mistakes: [("rtu:///dev/ttyUSB0?baud", "one line has one setting")]),
        BrokenSite("a time of day beyond midnight", "07:30", "25:30", at: "\"25:30", says: "not a time of day"),
        BrokenSite("a time of day in words", "\"07:30\"", "noon", at: "noon", says: "not a time of day"),
        BrokenSite(
            "a listen address without a port", "127.0.0.1:8080", "127.0.0.1", at: "127.0.0.1",
            says: "not an address and port"),
    ]

    static let combinations: [BrokenSite] = [
        BrokenSite(
            "a capacity beyond all chargers", "capacity: 7 kW", "capacity: 70 kW", at: "70 kW",
            says: "more than the 17.4 kW"),
        BrokenSite(
            "a charger beyond its profile", "charge_limit: 7.4 kW", "charge_limit: 22 kW", at: "22 kW",
            says: "more than the 7.4 kW of the profile"),
        BrokenSite(
            "a discharge beyond the profile", "discharge_limit: 7.4 kW", "discharge_limit: 8 kW", at: "8 kW",
            says: "more than the 7.4 kW of the profile"),
        BrokenSite(
            "discharge without grid protection", "    grid_protection: charger\n", "", at: "10 kW\n    vehicle",
            says: "certified grid protection"),
        BrokenSite(
            "a target below the floor", "target_charge: 80 %", "target_charge: 30 %", at: "30 %",
            says: "below minimum_charge"),
        BrokenSite(
            "a departure without a target", "target_charge: 80 %, ", "", at: "\"07:30", says: "needs a target_charge"),
        BrokenSite(
            "a meter whose answers hold up zero power", "connection: tcp://192.0.2.20:502\n    unit: 1",
            "connection: tcp://192.0.2.32:502\n    response_timeout: 800 ms\n    unit: 7", at: "800 ms",
            says: "zero power for bay-2 behind the same connection"),
        BrokenSite(
            "phases of a meter of one", "profile: janitza-umg604", "profile: eastron-sdm120\n    phases: [L1]",
            at: "[L1]",
            says: "no voltages of three phases"),
        BrokenSite(
            "an own profile that is not there", "profile: wallbox-quasar", "profile: none-such.yaml", at: "none-such",
            says: "can't be opened"),
        BrokenSite(
            "a commissioning file that is not there", "meters:", "commissioning: none-such.yaml\nmeters:",
            at: "none-such",
            says: "can't be opened"),
        BrokenSite(
            "a DER at a name", "meters:", "sunspec: { listen: \"depot:8502\" }\nmeters:", at: "\"depot",
            says: "not a numeric IPv4 address and port"),
        BrokenSite(
            "a writer by name", "meters:", "sunspec: { write: [scada] }\nmeters:", at: "scada",
            says: "not a numeric IPv4 address such as"),
        BrokenSite(
            "a phase that carries more than the building", "maximum: 30 kW", "maximum: 30 kW, phase_maximum: 31 kW",
            at: "31 kW",
            says: "31 kW on one phase and 30 kW in all can't both be"),
        BrokenSite(
            "a phase that carries less than a third", "maximum: 30 kW", "maximum: 30 kW, phase_maximum: 9 kW",
            at: "9 kW",
            says: "at least a third"),
        BrokenSite(
            "an endless setpoint by a default", "chargers:\n  - name: bay-1\n    profile: wallbox-quasar\n",
            "charger_defaults: { profile: sigenergy-evdc }\nchargers:\n  - name: bay-1\n",
            also: ("discharge_limit: 7.4 kW", "discharge_limit: 0 kW"), at: "sigenergy-evdc }",
            says: "has no timeout of its own"),
        BrokenSite(
            "a mistake in what chargers inherit", "chargers:\n", "charger_defaults: { poll_interval: 5 }\nchargers:\n",
            at: "5 }", says: "no unit"),
        BrokenSite(
            "a default that no charger has", "chargers:\n", "charger_defaults: { name: bay }\nchargers:\n",
            at: "name: bay }",
            says: "the key name is not known here"),
        // The sum of the chargers says nothing while one is unread.
        BrokenSite(
            "a cause without its consequence", "capacity: 7 kW", "capacity: 17 kW",
            also: ("charge_limit: 7.4 kW", "charge_limit: 7.4"), at: "7.4\n", says: "no unit"),
        BrokenSite(
            "a time zone that is none", "name: North depot", "name: North depot\n  time_zone: Europe/Londn",
            at: "Europe/Londn", says: "no time zone of the IANA database"),
        BrokenSite(
            "a phase with more than a third of the least load", "minimum: 0 kW", "minimum: -9 kW, phase_minimum: -2 kW",
            at: "-2 kW", says: "carries at most a third"),
        BrokenSite(
            "a single-phase charger whose phase matters", "60 kW }", "60 kW, phase_current: 160 A }",
            also: ("    phases: [L1]\n", ""), at: "name: bay-1", says: "say which, for example phases: [L1]"),
        BrokenSite(
            "a device of unknown phases whose phases matter", "60 kW }", "60 kW, unbalance: 5 kVA }",
            also: ("    phases: [L1, L2, L3]\n", ""), at: "name: bay-2",
            says: "does not say how many phases"),
        BrokenSite(
            "more phases than the device has", "phases: [L1]", "phases: [L1, L2]", at: "[L1, L2]",
            says: "2 phases are named, and wallbox-quasar uses 1"),
        BrokenSite(
            "discharge without a vehicle", "    vehicle: { battery: 60 kWh, minimum_charge: 30 % }\n", "",
            at: "10 kW\n    grid", says: "discharging needs the vehicle's battery"),
        BrokenSite(
            "a building minimum above its maximum", "minimum: 0 kW", "minimum: 40 kW", at: "40 kW",
            says: "above the maximum"),
        BrokenSite(
            "polls rarer than the age limit", "poll_interval: 50 ms", "poll_interval: 400 ms", at: "400 ms",
            says: "frequency_age_limit"),
        BrokenSite(
            "a name twice", "name: bay-2", "name: bay-1", at: "bay-1\n    profile: sunspec", says: "already taken"),
        BrokenSite(
            "a charger named as the meter", "name: bay-2", "name: pcc", at: "pcc\n    profile: sunspec",
            says: "already taken"),
        BrokenSite("a GB service on a 60 Hz grid", "50 Hz", "60 Hz", at: "gb-dynamic", says: "belongs to a 50 Hz grid"),
        BrokenSite(
            "a device timeout in fractions", "phases: [L1]", "phases: [L1]\n    device_timeout: 2500 ms", at: "2500 ms",
            says: "whole seconds"),
        BrokenSite(
            "an end state without a unit", "phases: [L1]", "phases: [L1]\n    end_states: { after_timeout: 5 }",
            at: "5 }", says: "has no unit"),
        BrokenSite(
            "an end state of another word", "phases: [L1]",
            "phases: [L1]\n    end_states: { after_power_return: maybe }", at: "maybe",
            says: "charge_limit, or unknown"),
        BrokenSite(
            "two chargers at one address", "tcp://192.0.2.32:502", "tcp://192.0.2.31:502",
            at: "tcp://192.0.2.31:502\n    phases: [L1, L2",
            says: "the address of bay-1"),
        BrokenSite(
            "a response timeout beyond the device's", "phases: [L1]", "phases: [L1]\n    response_timeout: 5 s",
            at: "5 s\n",
            says: "more than a quarter of the device_timeout"),
        BrokenSite("a name with a comma", "name: bay-2", "name: \"bay,2\"", at: "\"bay,2", says: "letters, digits"),
        BrokenSite(
            "four meters", "chargers:",
            (2...4).map { "  - { name: m\($0), profile: eastron-sdm630, connection: \"tcp://192.0.2.2\($0):502\" }\n" }
                .joined()
                + "chargers:",
            at: "- name: pcc", says: "at most three meters are compared"),
        BrokenSite(
            "no chargers", text: String(base[..<base.range(of: "  - name: bay-1")!.lowerBound].dropLast()) + " []\n",
            mistakes: [("[]", "the list is empty")]),
    ]

    /// A service of another kind in place of the base file's.
    private static func service(_ name: String, _ keys: String, at: String, says: String) -> BrokenSite {
        BrokenSite(name, "kind: gb-dynamic-containment\n  direction: both", keys, at: at, says: says)
    }

    static let services: [BrokenSite] = [
        service(
            "an FFR trigger that is none of the three", "kind: nordic-ffr\n  trigger: 49.65 Hz", at: "49.65 Hz",
            says: "is not one of 49.7 Hz, 49.6 Hz, 49.5 Hz"),
        service(
            "an FFR sold upwards only", "kind: nordic-ffr\n  trigger: 49.7 Hz\n  direction: both", at: "both",
            says: "answers on the low side alone"),
        service(
            "an FFR release below its trigger", "kind: nordic-ffr\n  trigger: 49.7 Hz\n  release: 49.6 Hz",
            at: "49.6 Hz",
            says: "must lie above the trigger"),
        service("DS3 without a trigger", "kind: ds3-ffr", at: "kind: ds3-ffr", says: "the key trigger is missing"),
        service("ERCOT on a 50 Hz grid", "kind: ercot-rrs-ffr", at: "ercot-rrs-ffr", says: "belongs to a 60 Hz grid"),
        service(
            "a switching controller without its setting",
            "kind: aemo-fast\n  controller: switching\n  hold: 60 s\n  release: { above: 49.9 Hz, for: 60 s }",
            at: "kind: aemo-fast",
            says: "the key trigger is missing"),
        service(
            "a variable controller with a trigger", "kind: aemo-fast\n  trigger: 49.8 Hz", at: "trigger: 49.8",
            says: "the key trigger is not known here"),
        service(
            "a release time beyond both editions", "kind: as-nzs-4777-2\n  release_time: 70 s", at: "70 s",
            says: "outside 20 s to 1 min"),
        service(
            "an LFSM threshold below its range", "kind: lfsm-o\n  threshold: 50.1 Hz", at: "50.1 Hz",
            says: "outside 50.2 Hz to 50.5 Hz"),
        service(
            "a primary deadband beyond 15 mHz", "kind: aemo-primary-response\n  deadband: 20 mHz", at: "20 mHz",
            says: "outside 0 Hz to 15 mHz"),
        service(
            "a service without a duration", "kind: ce-fcr\n  duration: 0 s", at: "0 s", says: "outside 1 s to 24 h"),
        service(
            "an energy scheme that nobody knows", "kind: ce-fcr\n  energy: { scheme: magic }", at: "magic",
            says: "is not one of none, volumes, reservoir"),
        service(
            "restoring that ends before it starts", "kind: ce-fcr\n  energy: { normal_on: 30 min, normal_off: 20 min }",
            at: "20 min",
            says: "must end at more than it starts at"),
        service(
            "volumes that come back at once and more", "kind: gb-dynamic-regulation\n  energy: { recovery: 120 % }",
            at: "120 %",
            says: "outside 1 % to 100 %"),
        service(
            "a baseline that a published service has not", "kind: ce-fcr\n  baseline: frozen", at: "baseline: frozen",
            says: "the key baseline is not known here"),
        service(
            "a step that neither ends nor goes on",
            """
            kind: step\n  trigger: 49.8 Hz\n  hold: 60 s\n  after_hold: perhaps\n  release: { above: 49.9 Hz, for: 60 \
            s }
            """,
            at: "perhaps",
            says: "is not one of continue, end"),
        BrokenSite(
            "services beside a service", "meters:", "services:\n  - { kind: ce-fcr, capacity: 1 kW }\nmeters:",
            at: "kind: gb",
            says: "there are services as well"),
        BrokenSite(
            "seven services", "service:\n  kind: gb-dynamic-containment\n  direction: both\n  capacity: 7 kW",
            "services:\n" + (1...7).map { "  - { kind: ce-fcr, capacity: \($0)00 W }" }.joined(separator: "\n"),
            at: "- { kind: ce-fcr, capacity: 100 W", says: "at most 6 services, 7 are listed"),
        BrokenSite(
            "services whose capacities are too much together",
            "service:\n  kind: gb-dynamic-containment\n  direction: both\n  capacity: 7 kW",
            "services:\n  - { kind: ce-fcr, capacity: 10 kW }\n  - { kind: ce-fcr, capacity: 10 kW }",
            at: "- { kind: ce-fcr",
            says: "20 kW is more than the 17.4 kW"),
        BrokenSite(
            "a phase current without a unit", "export_limit: 60 kW", "export_limit: 60 kW, phase_current: 63",
            at: "63 }",
            says: "63 has no unit; write one of A"),
        BrokenSite(
            "an unbalance in watts", "export_limit: 60 kW", "export_limit: 60 kW, unbalance: 4.6 kW", at: "4.6 kW",
            says: "the unit kW of 4.6 kW is not one of VA, kVA"),
        BrokenSite(
            "a confidence of certainty", "meters:", "offers: { confidence: 100 % }\nmeters:", at: "100 %",
            says: "outside 50 % to 99.999"),
        BrokenSite(
            "a rate of leaving without its time", "meters:", "offers: { leaving: 30 % }\nmeters:", at: "30 %",
            says: "the unit % of 30 % is not one of %/h"),
        BrokenSite(
            "an inertia of an unknown grid", "meters:", "grid: { inertia: 3 s }\nmeters:", at: "3 s",
            says: "inertia says nothing without the size of the grid"),
        BrokenSite(
            "a detector that shouts", "meters:", "grid: { swing_detector: shout }\nmeters:", at: "shout",
            says: "report"),
        BrokenSite(
            "a vehicle fuller than full", "minimum_charge: 40 %", "minimum_charge: 40 %, maximum_charge: 30 %",
            at: "30 %",
            says: "the maximum lies below minimum_charge"),
        BrokenSite(
            "a driver who takes part perhaps", "minimum_charge: 40 %", "minimum_charge: 40 %, takes_part: perhaps",
            at: "perhaps",
            says: "is not one of yes, no"),
        BrokenSite(
            "dynamics without a ramp", "phases: [L1]", "dynamics: { dead_time: 4 s }\n    phases: [L1]",
            at: "{ dead_time: 4 s",
            says: "the key ramp is missing"),
        BrokenSite(
            "a ramp in watts", "phases: [L1]", "dynamics: { dead_time: 4 s, ramp: 3 kW }\n    phases: [L1]", at: "3 kW",
            says: "is not one of W/s, kW/s"),
        BrokenSite(
            "a rate of change limit that trips on noise", "control: { ", "control: { rate_of_change_limit: 0.01 Hz/s, ",
            at: "0.01 Hz/s",
            says: "outside 0.1 Hz/s to 20 Hz/s"),
    ]

    static let curves: [BrokenSite] = [
        curve("a curve without points", "[]", at: "[]", says: "at least 2 points"),
        curve("a curve of one point", "[[50 Hz, 0 %]]", at: "[[50", says: "at least 2 points"),
        curve("a point twice", "[[49.5 Hz, 100 %], [49.5 Hz, 0 %]]", at: "[49.5 Hz, 0", says: "does not lie above"),
        curve("points downwards", "[[50.5 Hz, 0 %], [49.5 Hz, 0 %]]", at: "[49.5 Hz", says: "does not lie above"),
        curve("a rising leg", "[[49.5 Hz, 0 %], [50.5 Hz, 50 %]]", at: "[50.5 Hz", says: "rises from the point before"),
        curve(
            "a response beyond all", "[[49.5 Hz, 120 %], [50.5 Hz, 0 %]]", at: "120 %", says: "outside -100 % to 100 %"),
        curve(
            "a point with one value", "[[49.5 Hz], [50.5 Hz, 0 %]]", at: "[49.5 Hz]", says: "a frequency and a response"
        ),
        curve("a point without units", "[[49.5, 100 %], [50.5 Hz, 0 %]]", at: "49.5,", says: "no unit"),
        curve("a frequency that is none", "[[nan Hz, 100 %], [50.5 Hz, 0 %]]", at: "nan Hz", says: "not a number"),
        droop(
            "a droop without a deadband", "droop: 5 %\n  response_time: 5 s", at: "kind: droop",
            says: "deadband is missing"),
        droop(
            "a droop of nothing", "deadband: 36 mHz\n  droop: 0 %\n  response_time: 5 s", at: "0 %",
            says: "outside 0.5 % to 50 %"),
        droop(
            "a deadband too wide", "deadband: 1500 mHz\n  droop: 5 %\n  response_time: 5 s", at: "1500 mHz",
            says: "outside 0 Hz to 1 Hz"),
        curve(
            "a curve of another grid", "[[59.5 Hz, 100 %], [60.5 Hz, -100 %]]", at: "[[59.5",
            says: "at the nominal frequency"),
        step(
            "a step that would end before it began",
            "trigger: 49.85 Hz\n  hold: 10 min\n  release: { above: 49.8 Hz, for: 60 s }",
            at: "49.8 Hz, for", says: "between the trigger and the nominal"),
        step(
            "a step on the other side",
            "direction: high\n  trigger: 49.85 Hz\n  hold: 10 min\n  release: { above: 49.9 Hz, for: 60 s }",
            at: "high", says: "answers on the low side alone"),
        step(
            "a step without a release", "trigger: 49.85 Hz\n  hold: 10 min", at: "kind: step",
            says: "release is missing"),
        step(
            "a step at nominal", "trigger: 50 Hz\n  hold: 10 min\n  release: { below: 50 Hz, for: 60 s }",
            at: "50 Hz\n  hold",
            says: "would never rest"),
    ]

    static let yaml: [BrokenSite] = [
        BrokenSite("an empty file", text: "", mistakes: [("", "empty")]),
        BrokenSite("only a comment", text: "# nothing\n", mistakes: [("", "empty")]),
        BrokenSite("a plain word", text: "hello\n", mistakes: [("", "not a list of")]),
        BrokenSite("a list at the top", text: "- site\n- service\n", mistakes: [("", "not a list of")]),
        BrokenSite("a tab for indentation", "  kind:", "\tkind:", at: "\tkind", says: "a tab indents"),
        BrokenSite("an anchor", "capacity: 7 kW", "capacity: &c 7 kW", at: "&c", says: "anchors"),
        BrokenSite("an alias", "capacity: 7 kW", "capacity: *c", at: "*c", says: "aliases"),
        BrokenSite("a merge key", "  direction: both", "  <<: { direction: both }", at: "<<", says: "merge keys"),
        BrokenSite("a tag", "capacity: 7 kW", "capacity: !!str 7 kW", at: "!!str", says: "tags"),
        BrokenSite("block text", "name: North depot", "name: |\n    North depot", at: "|", says: "block text"),
        BrokenSite(
            "an unclosed bracket", "{ listen: 127.0.0.1:8080 }", "{ listen: 127.0.0.1:8080", at: "MARK",
            says: "not YAML"),
        BrokenSite("an unclosed quote", "departure: \"07:30\"", "departure: \"07:30", at: "MARK", says: "not YAML"),
        BrokenSite("wrong indentation", "  capacity: 7 kW", "    capacity: 7 kW", at: "MARK", says: "not YAML"),
        BrokenSite("two documents", "status:", "---\nstatus:", at: "MARK", says: "not YAML"),
        BrokenSite(
            "an anchor behind a quoted backslash", "capacity: 7 kW", "capacity: { a: \"x\\\\\", b: &c 7 kW }", at: "&c",
            says: "anchors"),
        BrokenSite(
            "a bomb of aliases", text: bomb, mistakes: [("&a", "anchors"), ("&b", "anchors"), ("*a", "aliases")]),
        BrokenSite(
            "brackets without end", text: "site: " + String(repeating: "[", count: 5_000),
            mistakes: [("", "nested deeper")]),
    ]

    /// Nine times nine times nine…: 306 bytes or so that would expand to a thousand million entries.
    private static var bomb: String {
        let names = Array("abcdefghi")
        let first = "a: &a [x, x, x, x, x, x, x, x, x]"
        let rest = (1..<names.count).map { index in
            let entries = Array(repeating: "*\(names[index - 1])", count: 9).joined(separator: ", ")
            return "\(names[index]): &\(names[index]) [\(entries)]"
        }
        return ([first] + rest).joined(separator: "\n")
    }

    static let several: [BrokenSite] = [
        BrokenSite(
            "five mistakes at once",
            text: base.replacingOccurrences(of: "230 V", with: "230").replacingOccurrences(of: "both", with: "sideways")
                .replacingOccurrences(of: "janitza-umg604", with: "nothing").replacingOccurrences(
                    of: "hold_limit", with: "hold_limt"
                )
                .replacingOccurrences(of: "tcp://192.0.2.32:502", with: "udp://192.0.2.32"),
            mistakes: [
                ("230\n", "no unit"), ("sideways", "not one of"), ("nothing", "there is no profile"),
                ("udp:", "not an address"), ("hold_limt", "did you mean hold_limit?"),
            ]),
        BrokenSite(
            "a repeated key hides no other mistake",
            text: base.replacingOccurrences(of: "capacity: 7 kW", with: "capacity: 7 kW\n  capacity: 8 kW")
                .replacingOccurrences(of: "50 ms", with: "50 m"),
            mistakes: [("capacity: 8", "a second time"), ("50 m\n", "the unit m"), ("50 m,", "the unit m")]),
    ]
}
