public import Evidence
public import FrequencyResponse
public import SiteConfiguration

/// What was measured or observed of one charger.
public struct CommissioningResult: Sendable {
    /// The name.
    public var name: String
    /// Nil for a charger that must not be driven.
    public var commissioned: Commissioned?
    /// Measured power less setpoint while charging.
    public var chargeOffset: Watts?
    /// The same while discharging.
    public var dischargeOffset: Watts?
    /// Whether it is fit to be driven, or why not.
    public var verdict = "fit"
    /// What a reader of the report should know.
    public var notes: [String] = []
    /// A person has interrupted the measurement.
    public var isInterrupted = false
    /// At the end it had not been seen at no power.
    public var isLeftPowered = false
    /// The commanded power over time.
    public var told = Series("told")
    /// The charger's measured power over time.
    public var shown = Series("shown by the charger")
    /// The change of the meter's power over time.
    public var seen = Series("change at the meter")

    package init(name: String) { self.name = name }
}
