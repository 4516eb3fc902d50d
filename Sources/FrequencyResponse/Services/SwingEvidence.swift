/// What a swing showed when it was noticed.
public struct SwingEvidence: BitwiseCopyable, Sendable {
    /// Of the last two half-swings together.
    public var period = Interval.zero
    /// The square of the correlation of the own power and frequency, with its sign, -1 to 1. Near -1 the own power
    /// works against the swing.
    public var signedDetermination = 0.0
    /// The last four half-swings from peak to peak, the newest last; zero where there was none.
    public var heights = InlineArray<4, Hertz>(repeating: .zero)
    /// The variance of the own power, in square watts.
    public var powerVariance = 0.0
    /// The trial ended because nothing more was seen, and not because half-swings shrank.
    public var wasQuiet = false

    package init() {}

    init(
        period: Interval, signedDetermination: Double, heights: InlineArray<4, Hertz>, powerVariance: Double,
        wasQuiet: Bool
    ) {
        self.period = period
        self.signedDetermination = signedDetermination
        self.heights = heights
        self.powerVariance = powerVariance
        self.wasQuiet = wasQuiet
    }
}
