import FrequencyResponse

/// What a request to a charger is for.
enum RequestPurpose: Sendable {
    case none
    /// Finds out where its registers are.
    case map
    /// A step of the take-over. A command carries power where the lease allows some.
    case step(TakeOver.Step, carriesPower: Bool)
    case setpoint(Setpoint)
    /// Zero power without an order: the lease has ended, or something else was refused.
    case zeroPower
    /// Lets setpoints count again after zero power.
    case resume
    case telemetry
    /// Reads the setpoint's register.
    case readBack
    case heartbeat

    /// Whether it is to bring the device to zero power.
    var isZeroPower: Bool {
        switch self {
        case .zeroPower, .step(.zeroPower, _), .step(.command, carriesPower: false): true
        case .setpoint(let setpoint): setpoint.isZeroPower
        case .none, .map, .step, .resume, .telemetry, .readBack, .heartbeat: false
        }
    }

    /// Whether it is to let the device carry power.
    var isPower: Bool {
        switch self {
        case .resume, .step(.command, carriesPower: true): true
        case .setpoint(let setpoint): !setpoint.isZeroPower
        case .none, .map, .step, .zeroPower, .telemetry, .readBack, .heartbeat: false
        }
    }

    /// Whether it is for a block of the readings.
    var isReading: Bool {
        switch self {
        case .telemetry, .step(.read, _): true
        case .none, .map, .step, .setpoint, .zeroPower, .resume, .readBack, .heartbeat: false
        }
    }

    var isIdentifying: Bool { if case .step(.identify, _) = self { true } else { false } }
}
