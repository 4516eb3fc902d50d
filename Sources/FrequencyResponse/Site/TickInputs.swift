/// All that one tick is given, besides its chargers.
public struct TickInputs: BitwiseCopyable, Sendable {
    public var now: Instant
    /// The newest sample of the first meter, and of the others.
    public var sample: FrequencySample?
    public var secondSample: FrequencySample?
    public var thirdSample: FrequencySample?
    /// What a service by external signal follows.
    public var signal: ExternalSignal?
    public var sitePower: SitePower?
    /// What an energy management system asks of the baseline in place of the drivers' plans; nil without one.
    public var baselineRequest: Watts?
    public var clock: WallClock
    public var armRequested: Bool
    public var stopRequested: Bool
    /// What the site's contacts are.
    public var interlocks: InterlockInputs

    public init(
        now: Instant, sample: FrequencySample?, secondSample: FrequencySample? = nil,
        thirdSample: FrequencySample? = nil,
        signal: ExternalSignal? = nil, sitePower: SitePower? = nil, baselineRequest: Watts? = nil,
        clock: WallClock = .unknown,
        armRequested: Bool = true,
        stopRequested: Bool = false, interlocks: InterlockInputs = InterlockInputs()
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
    }
}
