public import FrequencyResponse

/// The newest sample of a meter, and the power that it measures.
public struct MeterSample: BitwiseCopyable, Sendable {
    public var sample: FrequencySample
    public var sitePower: SitePower?

    public init(sample: FrequencySample, sitePower: SitePower?) {
        self.sample = sample
        self.sitePower = sitePower
    }
}
