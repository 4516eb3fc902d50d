/// The settings of a site's control law, validated and immutable.
public struct LawSettings: BitwiseCopyable, Sendable {
    /// The services, the most important first.
    public var services: ServiceStack
    /// How frequency is judged.
    public var sensing: SensingSettings
    /// The limits of the grid connection and its phases.
    public var limits: SiteLimits
    /// How offers are made.
    public var offers: OfferSettings
    /// The grid code that the site keeps to; nil for none.
    public var gridCode: GridCodeSettings?
    /// How a swing of the site's own is watched for; nil for not at all.
    public var swing: SwingSettings?
    /// When permits open and close; nil for a site without contacts and permits.
    public var permits: PermitRules?
    /// How long a setpoint counts without being renewed.
    public var lease: Interval
    /// How long the building's load counts after it was measured.
    public var loadAgeLimit: Interval
    /// How long the meter takes to show a change of power: its update and averaging time.
    public var meterDelay: Interval
    /// How long frequency must have been trusted and unanswered before charging may rise after an event.
    public var recoveryWait: Interval
    /// How fast the baseline may rise, in watts per second.
    public var baselineRise: Watts
    /// What chargers do once no meter shows a frequency that counts.
    public var onMeterLost = MeterLossRule.charge

    package init(
        services: ServiceStack, sensing: SensingSettings, limits: SiteLimits, offers: OfferSettings = OfferSettings(),
        gridCode: GridCodeSettings? = nil, permits: PermitRules? = nil,
        lease: Interval = .milliseconds(250), loadAgeLimit: Interval = .seconds(1), meterDelay: Interval = .zero,
        recoveryWait: Interval = .seconds(60), baselineRise: Watts
    ) {
        self.services = services
        self.sensing = sensing
        self.limits = limits
        self.offers = offers
        self.gridCode = gridCode
        self.permits = permits
        self.lease = lease
        self.loadAgeLimit = loadAgeLimit
        self.meterDelay = meterDelay
        self.recoveryWait = recoveryWait
        self.baselineRise = baselineRise
    }

    /// The service of the highest priority.
    public var service: ServiceSettings { services[0] }
}
