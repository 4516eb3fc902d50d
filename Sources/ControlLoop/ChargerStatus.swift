public import Devices
public import FrequencyResponse

/// How one charger is driven.
public struct ChargerLinkSettings: Sendable {
    public var profile: ChargerProfile
    public var unit: UInt8
    public var pollInterval: Interval
    public var responseTimeout: Interval
    /// What the device's own timeout is set to; whole seconds.
    public var deviceTimeout: Interval
    /// With observing, nothing is ever written.
    public var observes: Bool

    public init(
        profile: ChargerProfile, unit: UInt8, pollInterval: Interval, responseTimeout: Interval,
        deviceTimeout: Interval, observes: Bool = false
    ) {
        self.profile = profile
        self.unit = unit
        self.pollInterval = pollInterval
        self.responseTimeout = responseTimeout
        self.deviceTimeout = deviceTimeout
        self.observes = observes
    }

    var refreshInterval: Interval { profile.refreshInterval(deviceTimeout: deviceTimeout) }
}

/// The newest news of a charger from its link.
public struct ChargerStatus: BitwiseCopyable, Sendable {
    public var inputs: ChargerInputs
    /// The tick of the newest neutral setpoint that the device has acknowledged, while it is the last thing it was
    /// told.
    public var neutralTick: UInt64?
    /// When it acknowledged the first of this run of neutral setpoints.
    public var neutralAt: Instant?

    public init(inputs: ChargerInputs, neutralTick: UInt64? = nil, neutralAt: Instant? = nil) {
        self.inputs = inputs
        self.neutralTick = neutralTick
        self.neutralAt = neutralAt
    }

    public static var unknown: ChargerStatus { ChargerStatus(inputs: ChargerInputs(control: .unreachable)) }

    /// Whether the last reading is young enough: a link that hangs, or a line on which nobody answers, leaves its last
    /// word standing.
    func isFresh(_ settings: ChargerSettings, _ now: Instant) -> Bool {
        guard let takenAt = inputs.takenAt else { return false }
        return takenAt >= now || now.elapsed(since: takenAt) <= settings.readingAgeLimit
    }

    /// Whether the charger shows next to nothing: at most 5 % of its greater limit. A power that is no number, or not
    /// there, is not little.
    func showsLittle(_ settings: ChargerSettings) -> Bool {
        guard let power = inputs.power else { return false }
        return power.magnitude <= max(settings.chargeLimit, settings.dischargeLimit) * 0.05
    }
}

/// What happened to a charger, for the log.
public enum ChargerEvent: UInt8, BitwiseCopyable, Sendable {
    case takenOver
    case takeOverRefused
    case remoteLost
    /// Its lease ended and the device acknowledged neutral.
    case leaseEnded
    case setpointRefused
    /// The device does not keep the timeout that was written.
    case timeoutNotKept
    case missingModel
    /// Its registers hold what a device of its profile never shows.
    case wrongDevice
    /// Its setpoint register held something else than was written, twice in a row.
    case setpointNotKept
}
