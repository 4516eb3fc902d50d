/// What would flow without the service.
public enum BaselineRule: UInt8, Sendable, BitwiseCopyable {
    /// Published ahead and never following frequency (GB, Continental Europe, Nordic).
    case scheduled
    /// Held at its value of the tick before frequency left the deadband (IEEE 1547, AEMO).
    case frozen
    /// No power.
    case zero
}

/// How a service makes its answer.
public enum ServiceMethod: BitwiseCopyable, Sendable {
    /// The curve, followed both ways.
    case continuous
    /// The curve, whose answer may only grow until frequency has been back for a while.
    case held(HoldSettings)
    /// Nothing until a trigger, then a block.
    case triggered(TriggerSettings)
    /// A signal from outside instead of frequency; it counts for so long after it was sent.
    case signal(ageLimit: Interval)
}

/// All rules of one service at one site, validated.
public struct ServiceSettings: BitwiseCopyable, Sendable {
    /// The service of the catalogue.
    public var kind: ServiceKind
    /// The share of the capacity for each deviation.
    public var curve: Curve
    /// The sides on which it is sold.
    public var direction: Direction
    /// The contracted power, or for `droop` the rating that the droop refers to.
    public var capacity: Watts
    /// What would flow without it.
    public var baselineRule: BaselineRule
    /// The time in which a step is answered to 90 %; zero answers at once.
    public var responseTime: Interval
    /// How long the full response must be kept up; it decides what is available.
    public var duration: Interval
    /// The curve of a triggered service is only what a picture of it shows.
    public var method: ServiceMethod
    /// Keeps charging from coming back inside an event; nil where the contract wants the curve followed both ways.
    public var rebound: ReboundSettings?
    /// How energy is kept for the service; nil where its rules name nothing.
    public var energy: EnergyRules?
    /// How fast its rules want the response.
    public var timing: TimingRule
    /// The part of the capacity that responds, 0 to 1: all of it, or what the size of the grid allows.
    public var gridShare = Ratio(1)

    package init(
        kind: ServiceKind, curve: Curve, direction: Direction, capacity: Watts,
        baselineRule: BaselineRule, responseTime: Interval, duration: Interval, method: ServiceMethod = .continuous,
        rebound: ReboundSettings? = nil, energy: EnergyRules? = nil, timing: TimingRule = TimingRule()
    ) {
        self.kind = kind
        self.curve = curve
        self.direction = direction
        self.capacity = capacity
        self.baselineRule = baselineRule
        self.responseTime = responseTime
        self.duration = duration
        self.method = method
        self.rebound = rebound
        self.energy = energy
        self.timing = timing
    }

    /// The capacity as far as the size of the grid allows it to respond.
    public var usableCapacity: Watts { capacity * gridShare.value }

    /// The share of the capacity that the service asks for at a deviation, before any lag or hold.
    public func share(at deviation: Hertz) -> Ratio { direction.allowed(curve.response(at: deviation)) }

    /// The same for a droop, which changes the power from what it was before (IEEE 1547-2018, 6.5.2.7.2). The rating,
    /// which is its capacity, limits the power and not the change: what charges at the rating can change by twice of
    /// it. `before` is the power before the change as a share of the rating.
    func droopShare(at deviation: Hertz, before: Double) -> Ratio {
        let change = direction.allowed(curve.extendedResponse(at: deviation)).value
        return Ratio(max(min(0, before - 1), min(change, max(0, before + 1))))
    }

    /// The smallest share of the capacity that counts as a response: 0.1 %. What is less is none, so that a lag that
    /// decays for ever does not keep a response alive.
    public static var smallestStep: Ratio { Ratio(0.001) }

    /// Whether a share of the capacity is none.
    static func isNone(_ share: Double) -> Bool { share.magnitude < smallestStep.value }

    /// Whether its answer follows its curve; else the curve is only what a picture of it shows.
    public var followsCurve: Bool {
        switch method {
        case .continuous, .held: true
        case .triggered, .signal: false
        }
    }

    /// The settings of its trigger, when it has one.
    public var trigger: TriggerSettings? {
        if case .triggered(let trigger) = method { trigger } else { nil }
    }
}
