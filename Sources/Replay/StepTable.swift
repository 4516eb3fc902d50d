public import FrequencyResponse

/// The replay's CSV: its header and its rows. Doubles are written in their shortest form that reads back to the same
/// bits.
public struct StepTable: Sendable {
    private let names: [String]
    private let origin: TimeOrigin

    package init(recording: Recording, chargerNames: [String]) {
        names = chargerNames
        origin = recording.origin
    }

    /// The heads of the columns.
    public var header: String {
        ([
            "time", "frequency_hz", "voltage_v", "state", "response_kw", "baseline_kw", "setpoint_kw", "power_kw",
            "delivered_kw", "shortfall_kw", "available_raise_kw", "available_lower_kw",
        ] + names.flatMap { ["\($0).setpoint_kw", "\($0).power_kw", "\($0).state_of_charge"] }).joined(separator: ",")
    }

    /// One step as a row.
    public func row(_ step: borrowing ReplayStep) -> String {
        let outputs = step.outputs
        var cells = [
            origin.text(step.time),
            step.sample.flatMap(\.frequency).map { Self.text($0.value) } ?? "",
            step.sample.flatMap(\.voltageLowest).map { Self.text($0.value) } ?? "",
            outputs.state.name,
            Self.kilowatts(outputs.response), Self.kilowatts(outputs.baseline), Self.kilowatts(outputs.setpointSum),
            Self.kilowatts(step.power), Self.kilowatts(outputs.baseline - step.power),
            Self.kilowatts(outputs.shortfall),
            Self.kilowatts(outputs.availableRaise), Self.kilowatts(outputs.availableLower),
        ]
        for charger in step.chargers {
            cells += [
                Self.kilowatts(charger.setpoint), Self.kilowatts(charger.power), Self.text(charger.stateOfCharge.value),
            ]
        }
        return cells.joined(separator: ",")
    }

    private static func kilowatts(_ power: Watts) -> String { text(power.value / 1_000) }

    private static func text(_ value: Double) -> String { value == 0 ? "0.0" : value.description }
}

extension SiteState {
    /// The state's word in files and on the screen.
    public var name: String {
        switch self {
        case .starting: "starting"
        case .standby: "standby"
        case .armed: "armed"
        case .responding: "responding"
        case .recovering: "recovering"
        case .blocked: "blocked"
        case .stopping: "stopping"
        case .tripped: "tripped"
        }
    }
}
