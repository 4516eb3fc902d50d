/// The newest sample of each meter, in the order of the site file.
public struct SampleSet: BitwiseCopyable, Sendable {
    /// The newest sample of the first meter.
    public var first: FrequencySample?
    /// The newest sample of the second meter.
    public var second: FrequencySample?
    /// The newest sample of the third meter.
    public var third: FrequencySample?

    package init(first: FrequencySample?, second: FrequencySample? = nil, third: FrequencySample? = nil) {
        self.first = first
        self.second = second
        self.third = third
    }
}

/// How frequency is judged, for each meter, and what is done with the result.
public struct SensingSettings: BitwiseCopyable, Sendable {
    /// How the first meter is judged.
    public var first: JudgementSettings
    /// How the second meter is judged; nil without one.
    public var second: JudgementSettings?
    /// How the third meter is judged; nil without one.
    public var third: JudgementSettings?
    /// The time constant of the low-pass, which is also its delay for a ramp; zero for none.
    public var filterTime: Interval
    /// Beyond this rate of change, per second, nothing is answered; nil for no limit.
    public var rateLimit: Hertz?
    /// At least 500 ms.
    public var rateWindow: Interval
    /// Which meter counts when two contradict each other, as the site file says.
    package var precedence = SourceComparison.Precedence()

    package init(
        first: JudgementSettings, second: JudgementSettings? = nil, third: JudgementSettings? = nil,
        filterTime: Interval = .zero, rateLimit: Hertz? = nil, rateWindow: Interval = .milliseconds(500)
    ) {
        self.first = first
        self.second = second
        self.third = third
        self.filterTime = filterTime
        self.rateLimit = rateLimit
        self.rateWindow = rateWindow
    }
}
