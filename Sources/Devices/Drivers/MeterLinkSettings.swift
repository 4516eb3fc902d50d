public import FrequencyResponse

/// How one meter is read.
public struct MeterLinkSettings: Sendable {
    public var profile: MeterProfile
    public var unit: UInt8
    public var pollInterval: Interval
    public var responseTimeout: Interval
    /// Whether registers that stand still count as frozen; to be switched off for benches.
    public var judgesFrozen: Bool

    public init(
        profile: MeterProfile, unit: UInt8, pollInterval: Interval, responseTimeout: Interval, judgesFrozen: Bool = true
    ) {
        self.judgesFrozen = judgesFrozen
        self.profile = profile
        self.unit = unit
        self.pollInterval = pollInterval
        self.responseTimeout = responseTimeout
    }
}
