/// How sure an offer has to be, and how drivers behave.
public struct OfferSettings: BitwiseCopyable, Sendable {
    /// The share of calls that must find what was offered.
    public var confidence: Ratio
    /// How many of the plugged-in vehicles leave in an hour although nothing says so, as a share.
    public var leavingPerHour: Ratio
    /// For how long an offer is binding.
    public var period: Interval

    package init(
        confidence: Ratio = Ratio(0.999), leavingPerHour: Ratio = Ratio(0.3), period: Interval = .seconds(1_800)
    ) {
        self.confidence = confidence
        self.leavingPerHour = leavingPerHour
        self.period = period
    }
}
