/// By when how much of a response must be there. Times count from the moment at which frequency leaves the band in
/// which nothing is asked.
public struct TimingRule: BitwiseCopyable, Sendable {
    /// How fast frequency moves in the test of the rules, per second; zero for a step to the full response.
    public var frequencyRate: Hertz
    /// The latest start; nil where the rules name none.
    public var startWithin: Interval?
    /// The latest full response.
    public var fullWithin: Interval?
    /// A part of the full response with its time.
    public var partial: TimedShare?
    /// The energy that must have been given by a time, in seconds of full response.
    public var energy: TimedEnergy?
    /// Windows over which the response is averaged to say what it counts.
    public var credit: CreditWindows?

    package init(
        frequencyRate: Hertz = .zero, startWithin: Interval? = nil, fullWithin: Interval? = nil,
        partial: TimedShare? = nil, energy: TimedEnergy? = nil, credit: CreditWindows? = nil
    ) {
        self.frequencyRate = frequencyRate
        self.startWithin = startWithin
        self.fullWithin = fullWithin
        self.partial = partial
        self.energy = energy
        self.credit = credit
    }
}

/// A share of the full response that must be there by a time.
public struct TimedShare: BitwiseCopyable, Sendable {
    /// The share of the full response.
    public var share: Ratio
    /// The time by which it must be there.
    public var within: Interval

    package init(share: Ratio, within: Interval) {
        self.share = share
        self.within = within
    }
}

/// An energy that must have been given by a time, in seconds of the full response.
public struct TimedEnergy: BitwiseCopyable, Sendable {
    /// The energy, as seconds of full response.
    public var seconds: Double
    /// The time by which it must be there.
    public var within: Interval

    package init(seconds: Double, within: Interval) {
        self.seconds = seconds
        self.within = within
    }
}

/// AEMO's way of counting: twice the mean over each of two windows, and never more than the peak (MASS §6.3).
public struct CreditWindows: BitwiseCopyable, Sendable {
    /// The beginning of the first window.
    public var start: Interval
    /// The end of the first window and the beginning of the second.
    public var middle: Interval
    /// The end of the second window.
    public var end: Interval

    package init(start: Interval, middle: Interval, end: Interval) {
        self.start = start
        self.middle = middle
        self.end = end
    }
}
