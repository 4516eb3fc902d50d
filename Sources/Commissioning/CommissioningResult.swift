public import Evidence
public import FrequencyResponse
public import SiteConfiguration

/// What was measured or observed of one charger.
public struct CommissioningResult: Sendable {
    public var name: String
    /// Nil for a charger that must not be driven.
    public var commissioned: Commissioned?
    public var chargeOffset: Watts?
    public var dischargeOffset: Watts?
    public var verdict = "fit"
    public var notes: [String] = []
    public var isInterrupted = false
    /// At the end it had not been seen at no power.
    public var isLeftPowered = false
    public var told = Series("told")
    public var shown = Series("shown by the charger")
    public var seen = Series("change at the meter")

    public init(name: String) { self.name = name }
}
