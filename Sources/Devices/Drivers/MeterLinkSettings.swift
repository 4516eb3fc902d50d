public import FrequencyResponse

/// How one meter is read.
public struct MeterLinkSettings: Sendable {
    /// What its registers mean.
    public var profile: MeterProfile
    /// The unit on its connection.
    public var unit: UInt8
    /// How often it is read.
    public var pollInterval: Interval
    /// How long an answer is waited for.
    public var responseTimeout: Interval
    /// Whether registers that stand still count as frozen; to be switched off for benches.
    public var judgesFrozen: Bool

    package init(
        profile: MeterProfile, unit: UInt8, pollInterval: Interval, responseTimeout: Interval, judgesFrozen: Bool = true
    ) {
        self.judgesFrozen = judgesFrozen
        self.profile = profile
        self.unit = unit
        self.pollInterval = pollInterval
        self.responseTimeout = responseTimeout
    }
}
