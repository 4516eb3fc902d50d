/// Why a charger does not count in full for a service.
public enum Shortcoming: UInt8, BitwiseCopyable, Sendable {
    case none
    /// Its first watt comes after the latest start.
    case startsLate
    /// The full response, or the part asked by a time, comes too late.
    case fullLate
    /// Too little energy has been given by the time that the rules name.
    case energyLate
    /// The mean over the rules' windows is less than the response.
    case meanLow
}

/// What a charger counts for a service by its speed.
public struct QualifiedShare: BitwiseCopyable, Sendable {
    /// The part of its rating that meets the rules, 0 to 1.
    public var share: Ratio
    /// Why it is not all.
    public var shortcoming: Shortcoming
    /// When the first and the whole response to the rules' test are there, from the change of frequency on.
    public var start: Interval
    /// The time to the full power.
    public var full: Interval

    package init(share: Ratio, shortcoming: Shortcoming, start: Interval, full: Interval) {
        self.share = share
        self.shortcoming = shortcoming
        self.start = start
        self.full = full
    }

    /// All of a charger's power counts, at once.
    public static var whole: QualifiedShare {
        QualifiedShare(share: Ratio(1), shortcoming: .none, start: .zero, full: .zero)
    }
}

/// What a charger counts for one service by its speed.
public struct QualifiedShares: BitwiseCopyable, Sendable {
    /// The part that counts upwards, for a low frequency.
    public var raise: QualifiedShare
    /// The part that counts downwards, for a high frequency.
    public var lower: QualifiedShare

    package init(raise: QualifiedShare, lower: QualifiedShare) {
        self.raise = raise
        self.lower = lower
    }
}
