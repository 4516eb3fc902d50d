/// The settings of a site's control law, validated and immutable.
public struct Settings: BitwiseCopyable, Sendable {
    public var services: ServiceStack
    public var sensing: SensingSettings
    public var limits: SiteLimits
    public var offers: OfferSettings
    /// The grid code that the site keeps to; nil for none.
    public var gridCode: GridCodeSettings?
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

    public init(
        services: ServiceStack, sensing: SensingSettings, limits: SiteLimits, offers: OfferSettings = OfferSettings(),
        gridCode: GridCodeSettings? = nil,
        lease: Interval = .milliseconds(250), loadAgeLimit: Interval = .seconds(1), meterDelay: Interval = .zero,
        recoveryWait: Interval = .seconds(60), baselineRise: Watts
    ) {
        self.services = services
        self.sensing = sensing
        self.limits = limits
        self.offers = offers
        self.gridCode = gridCode
        self.lease = lease
        self.loadAgeLimit = loadAgeLimit
        self.meterDelay = meterDelay
        self.recoveryWait = recoveryWait
        self.baselineRise = baselineRise
    }

    /// The service of the highest priority.
    public var service: ServiceSettings { services[0] }
}

/// The power at the connection, chargers included.
public struct SitePower: BitwiseCopyable, Sendable {
    public var power: Watts
    public var takenAt: Instant

    public init(power: Watts, takenAt: Instant) {
        self.power = power
        self.takenAt = takenAt
    }
}

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
    /// What the site's contacts make of it.
    public var interlock: InterlockCondition

    public init(
        now: Instant, sample: FrequencySample?, secondSample: FrequencySample? = nil,
        thirdSample: FrequencySample? = nil,
        signal: ExternalSignal? = nil, sitePower: SitePower? = nil, baselineRequest: Watts? = nil,
        clock: WallClock = .unknown,
        armRequested: Bool = true,
        stopRequested: Bool = false, interlock: InterlockCondition = .clear
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
        self.interlock = interlock
    }
}

/// Why the baseline is not what the drivers' plans and the services' energy rules ask for.
public enum BaselineHold: UInt8, BitwiseCopyable, Sendable {
    case none
    /// It rises, at its limited rate.
    case ramp
    /// It may not rise: an event goes on, or the recovery wait after it.
    case event
    /// It may not rise while frequency is not trusted.
    case untrusted
    /// A service whose baseline is frozen has something to answer.
    case frozen
    /// The first service's baseline is zero by its rules.
    case zeroRule
    /// The site does not answer.
    case inactive
}

/// All that one tick answers, besides its setpoints.
public struct TickOutputs: BitwiseCopyable, Sendable {
    public var tick: UInt64
    public var state: SiteState
    public var judged: JudgedFrequency
    /// Where the site stands by its grid code.
    public var gridCode: GridCodeState
    /// What the services ask for together, before limits; positive supports a low frequency.
    public var response: Watts
    public var baseline: Watts
    /// Baseline less response.
    public var target: Watts
    /// What of the drivers' plans the connection and its phases let flow.
    public var planned: Watts
    /// Why the baseline is not that, and for how long it may not rise.
    public var baselineHold: BaselineHold
    public var heldFor: Interval
    public var setpointSum: Watts
    /// What trim and cover add to the setpoints beyond the target, so that the measured power meets it.
    public var correction: Watts
    /// Setpoints less correction and target, as a response that is missing: positive when too little low-frequency
    /// support is given.
    public var shortfall: Watts
    /// What can be delivered for the services' whole duration, upwards (supporting low frequency) and downwards.
    public var availableRaise: Watts
    public var availableLower: Watts
    public var chargersControlled: Int32
    /// The window that the connection leaves to the chargers' sum.
    public var siteLowest: Watts
    public var siteHighest: Watts
    /// The same for each phase; beyond any charger where no phase current is set.
    public var phaseLowest: InlineArray<3, Watts>
    public var phaseHighest: InlineArray<3, Watts>
    public var forecast: Forecast
    /// One entry per service, in order of priority.
    public var services: InlineArray<6, ServiceOutputs>

    /// What stands before the first tick.
    public static var none: TickOutputs {
        TickOutputs(
            tick: 0, state: .starting, judged: JudgedFrequency(frequency: nil, trust: .starting, weight: .zero),
            gridCode: .connected,
            response: .zero, baseline: .zero, target: .zero, planned: .zero, baselineHold: .inactive, heldFor: .zero,
            setpointSum: .zero,
            correction: .zero, shortfall: .zero,
            availableRaise: .zero, availableLower: .zero, chargersControlled: 0, siteLowest: .zero, siteHighest: .zero,
            phaseLowest: InlineArray(repeating: .zero), phaseHighest: InlineArray(repeating: .zero), forecast: .none,
            services: InlineArray(repeating: .none))
    }
}

/// The control law of one site: a pure function of its inputs and of the state that it keeps. See ``Law``.
public struct Controller: ~Copyable {
    private var settings: Settings
    private var law = Law()

    public init(settings: Settings) { self.settings = settings }

    /// The same law with the same memories, to ask what would follow.
    public init(copying other: borrowing Controller) {
        settings = other.settings
        law = other.law
    }

    /// Takes over new settings at a tick boundary and keeps the state of what did not change.
    public mutating func adopt(_ newSettings: Settings) { settings = newSettings }

    /// One tick. All spans have one entry per charger, in the order of the site file.
    @inline(never)
    public mutating func step(
        _ inputs: TickInputs, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, setpoints: inout MutableSpan<Setpoint>
    ) -> TickOutputs {
        precondition(
            fleet.count == chargers.count && fleet.count == memory.count && fleet.count == setpoints.count,
            "a tick needs the same chargers in all of its spans")
        return law.step(
            inputs, settings: settings,
            services: settings.services.items.span.extracting(first: settings.services.count), fleet: fleet,
            chargers: chargers, memory: &memory, setpoints: &setpoints)
    }
}
