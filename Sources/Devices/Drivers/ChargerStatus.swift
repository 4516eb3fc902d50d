public import FrequencyResponse

/// The newest state of a charger from its link.
public struct ChargerStatus: BitwiseCopyable, Sendable {
    public var inputs: ChargerInputs
    /// The tick of the newest neutral setpoint that the device has acknowledged, while it is the last thing it was
    /// told.
    public var zeroPowerTick: UInt64?
    /// When it acknowledged the first of this run of neutral setpoints.
    public var zeroPowerAt: Instant?

    public init(inputs: ChargerInputs, zeroPowerTick: UInt64? = nil, zeroPowerAt: Instant? = nil) {
        self.inputs = inputs
        self.zeroPowerTick = zeroPowerTick
        self.zeroPowerAt = zeroPowerAt
    }

    public static var unknown: ChargerStatus { ChargerStatus(inputs: ChargerInputs(control: .unreachable)) }

    /// Whether the last reading is young enough: a link that hangs, or a line on which nobody answers, leaves its last
    /// word standing.
    package func isFresh(_ settings: ChargerSettings, _ now: Instant) -> Bool {
        guard let takenAt = inputs.takenAt else { return false }
        return takenAt >= now || now.elapsed(since: takenAt) <= settings.readingAgeLimit
    }

    /// Whether the charger shows next to nothing: at most 5 % of its greater limit. A power that is no number, or not
    /// there, is not little.
    package func measuresLittle(_ settings: ChargerSettings) -> Bool {
        guard let power = inputs.power else { return false }
        return power.magnitude <= max(settings.chargeLimit, settings.dischargeLimit) * 0.05
    }
}
