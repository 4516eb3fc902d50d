public import Testing

/// A valid site file that must not run: a check finds an error in it.
public struct RefusedSite: Sendable, CustomTestStringConvertible {
    /// The identity of the finding.
    public var identity: String
    /// The site file.
    public var text: String

    /// The identity of the error, for the name of the test.
    public var testDescription: String { identity }

    private static let droop = "kind: droop, deadband: 500 mHz, droop: 5 %, response_time: 5 s"

    private init(
        _ identity: String, service: String = Self.droop, meter: String = Self.goodMeter, control: String = "",
        chargers count: Int = 1, frequency: Int = 50, grid: String = "", more: String = ""
    ) {
        self.identity = identity
        text = """
            site: { name: Yard, nominal_frequency: \(frequency) Hz, nominal_voltage: 230 V\(grid) }
            service: { capacity: 7 kW, \(service) }
            meters:
              - { name: pcc, \(meter) }
            chargers:
            \((1...count).map { Self.charger($0) }.joined())\
            control: { \(control) }
            \(more)

            """
    }

    private static func charger(_ number: Int) -> String {
        """
          - { name: bay-\(number), profile: wallbox-quasar, connection: "tcp://127.0.\(number / 200).1:\(15_030 + number)", \
        charge_limit: 7 kW, discharge_limit: 7 kW, phases: [L1], vehicle: { battery: 40 kWh, minimum_charge: 40 % } }

        """
    }

    private static let goodMeter = "profile: eastron-sdm630, connection: \"tcp://127.0.0.1:15030\""
    private static let slowBus = "profile: eastron-sdm630, connection: \"rtu:///dev/ttyUSB0?baud=1200\""

    /// One for each error that the checks know.
    public static let all: [RefusedSite] = [
        RefusedSite(
            "meter-too-coarse", meter: "profile: carlo-gavazzi-em24, connection: \"tcp://127.0.0.1:15030\"",
            control: "frequency_age_limit: 3 s"),
        RefusedSite(
            "response-timeout-impossible", meter: slowBus + ", poll_interval: 2 s, response_timeout: 100 ms",
            control: "frequency_age_limit: 10 s"),
        RefusedSite(
            "bus-overload", meter: slowBus + ", poll_interval: 200 ms, response_timeout: 1 s",
            control: "frequency_age_limit: 10 s"),
        RefusedSite(
            "too-many-connections", chargers: 961),
        RefusedSite("service-without-signal", service: "kind: pjm-regd", frequency: 60),
        RefusedSite(
            "import-limit-no-room",
            grid: ", connection: { import_limit: 30 kW }, building: { maximum: 30 kW, minimum: 0 kW }"),
        RefusedSite(
            "phase-current-no-room",
            grid: ", connection: { phase_current: 63 A }, building: { maximum: 30 kW, minimum: 0 kW }"),
        RefusedSite(
            "phase-export-no-room",
            grid: ", connection: { phase_current: 63 A }, building: { maximum: 6 kW, minimum: -30 kW }"),
        RefusedSite(
            "end-states-connection", chargers: 10,
            grid: ", connection: { import_limit: 100 kW }, building: { maximum: 30 kW, minimum: 0 kW }"),
        RefusedSite(
            "end-states-phase", chargers: 3,
            grid: ", connection: { phase_current: 63 A }, building: { maximum: 3 kW, minimum: 0 kW }"),
        RefusedSite("only-fast", more: "grid: { only_fast: 100 ms }"),
        RefusedSite("journal-not-kept", more: "journal: { directory: /var/lib/droopd, size_limit: 8 GB }"),
    ]
}
