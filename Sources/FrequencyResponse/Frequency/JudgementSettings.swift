/// Limits on what counts as a trusted frequency.
public struct JudgementSettings: BitwiseCopyable, Sendable {
    /// The nominal frequency of the grid.
    public var nominalFrequency: Hertz
    /// The nominal voltage, phase to neutral.
    public var nominalVoltage: Volts
    /// The longest silence of the meter: now less the departure of its last answered request.
    public var silenceLimit: Interval
    /// How long the last response is kept once the limit is passed.
    public var holdLimit: Interval
    /// How long the response then takes to fade to nothing.
    public var fadeTime: Interval
    /// What the meter can show at all, its rails excluded.
    public var plausibleLowest: Hertz
    /// The highest frequency that is plausible.
    public var plausibleHighest: Hertz
    /// Frequency counts only while all measured phases lie inside this share of the nominal voltage.
    public var voltageLowest: Ratio
    /// The highest share of nominal voltage at which frequency counts.
    public var voltageHighest: Ratio
    /// A voltage that was below, or above, its window for no longer than this is followed again with the first good
    /// sample.
    public var rideThroughLow: Interval
    /// The same above the window.
    public var rideThroughHigh: Interval
    /// Good samples in a row before frequency is trusted for the first time, and again after a loss.
    public var samplesToStart: Int32
    /// The number of good samples after which frequency counts again.
    public var samplesToResume: Int32
    /// How often the meter makes new values: polled faster, it shows the same one several times.
    public var updateTime: Interval
    /// How old a value is when it appears: the update time and half the averaging window.
    public var delay: Interval
    /// How far its frequency may be off.
    public var accuracy: Hertz
    /// Whether the meter measures voltage at all.
    public var measuresVoltage = true
    /// How long all registers may stand still. A meter of coarse steps needs longer than one of fine ones.
    public var frozenAfter: Interval

    package init(
        nominalFrequency: Hertz, nominalVoltage: Volts, silenceLimit: Interval = .milliseconds(500),
        holdLimit: Interval = .seconds(1), fadeTime: Interval = .milliseconds(500),
        plausibleLowest: Hertz = Hertz(40), plausibleHighest: Hertz = Hertz(70),
        voltageLowest: Ratio = Ratio(0.5), voltageHighest: Ratio = Ratio(1.3), rideThroughLow: Interval = .zero,
        rideThroughHigh: Interval = .zero,
        samplesToStart: Int32 = 3, samplesToResume: Int32 = 3, updateTime: Interval = .zero, delay: Interval = .zero,
        accuracy: Hertz = Hertz(0.01), frozenAfter: Interval = .seconds(60)
    ) {
        self.nominalFrequency = nominalFrequency
        self.nominalVoltage = nominalVoltage
        self.silenceLimit = silenceLimit
        self.holdLimit = holdLimit
        self.fadeTime = fadeTime
        self.plausibleLowest = plausibleLowest
        self.plausibleHighest = plausibleHighest
        self.voltageLowest = voltageLowest
        self.voltageHighest = voltageHighest
        self.rideThroughLow = rideThroughLow
        self.rideThroughHigh = rideThroughHigh
        self.samplesToStart = samplesToStart
        self.samplesToResume = samplesToResume
        self.updateTime = updateTime
        self.delay = delay
        self.accuracy = accuracy
        self.frozenAfter = frozenAfter
    }
}
