public import FrequencyResponse

/// The newest sample of a meter, and the power that it measures.
public struct MeterSample: BitwiseCopyable, Sendable {
    /// The frequency and voltages.
    public var sample: FrequencySample
    /// The power at the meter; nil when none was read.
    public var sitePower: SitePower?

    package init(sample: FrequencySample, sitePower: SitePower?) {
        self.sample = sample
        self.sitePower = sitePower
    }
}
