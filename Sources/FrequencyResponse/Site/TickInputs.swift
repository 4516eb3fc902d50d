/// All that one tick is given, besides its chargers.
public struct TickInputs: BitwiseCopyable, Sendable {
    /// The time of the tick.
    public var now: Instant
    /// The newest sample of the first meter, and of the others.
    public var sample: FrequencySample?
    /// The newest sample of the second meter.
    public var secondSample: FrequencySample?
    /// The newest sample of the third meter.
    public var thirdSample: FrequencySample?
    /// What a service by external signal follows.
    public var signal: ExternalSignal?
    /// The newest power at the meter; nil when none is measured.
    public var sitePower: SitePower?
    /// What an energy management system asks of the baseline in place of the drivers' plans; nil without one.
    public var baselineRequest: Watts?
    /// The calendar time.
    public var clock: WallClock
    /// The site shall be armed.
    public var armRequested: Bool
    /// The site shall stop for good.
    public var stopRequested: Bool
    /// What the site's contacts are.
    public var interlocks: InterlockInputs
    /// What a person has said last of a meter; nil for nothing.
    public var meterOrder: MeterOrder?

    package init(
        now: Instant, sample: FrequencySample?, secondSample: FrequencySample? = nil,
        thirdSample: FrequencySample? = nil,
        signal: ExternalSignal? = nil, sitePower: SitePower? = nil, baselineRequest: Watts? = nil,
        clock: WallClock = .unknown,
        armRequested: Bool = true,
        stopRequested: Bool = false, interlocks: InterlockInputs = InterlockInputs(), meterOrder: MeterOrder? = nil
    ) {
        self.now = now
        self.sample = sample
        self.secondSample = secondSample
        self.thirdSample = thirdSample
        self.signal = signal
        self.sitePower = sitePower
        self.baselineRequest = baselineRequest
        self.clock = clock
        self.armRequested = armRequested
        self.stopRequested = stopRequested
        self.interlocks = interlocks
        self.meterOrder = meterOrder
    }
}
