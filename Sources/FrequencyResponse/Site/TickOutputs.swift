/// All that one tick answers, besides its setpoints.
public struct TickOutputs: BitwiseCopyable, Sendable {
    /// The number of the tick, from 1.
    public var tick: UInt64
    /// The site's state.
    public var state: SiteState
    /// What keeps the site from answering frequency; nil while it may.
    public var rung: Rung?
    /// The frequency with the verdict on it.
    public var judged: JudgedFrequency
    /// The two meters that contradict each other; nil while none do.
    public var contradiction: MeterContradiction?
    /// A bit for each meter that a person distrusts.
    public var distrustedMeters: UInt8
    /// The number of the last order of a person on a meter that was obeyed.
    public var meterOrder: UInt32
    /// Where the site stands by its grid code.
    public var gridCode: GridCodeState
    /// What the services ask for together, before limits; positive supports a low frequency.
    public var response: Watts
    /// What would flow without the response.
    public var baseline: Watts
    /// Baseline less response.
    public var target: Watts
    /// The part of the users' charging plans that the connection and its phases let flow.
    public var planned: Watts
    /// Why the baseline is not that, and for how long it may not rise.
    public var baselineHold: BaselineHold
    /// For how long the baseline may not rise.
    public var heldFor: Interval
    /// The sum of all setpoints.
    public var setpointSum: Watts
    /// What trim and cover add to the setpoints beyond the target, so that the measured power meets it.
    public var correction: Watts
    /// Setpoints less correction and target, as a response that is missing: positive when too little low-frequency
    /// support is given.
    public var shortfall: Watts
    /// The part of the shortfall that is not asked of the chargers.
    public var withheld: WithheldResponse
    /// What is missing beyond the shortfall: setpoints that chargers do not follow though their models say that they
    /// should. Positive when support for a low frequency is missing.
    public var undelivered: Watts
    /// The index of the charger that lacks most of it; -1 for none.
    public var undeliveredBy: Int32
    /// What can be delivered for the services' whole duration, upwards (supporting low frequency) and downwards.
    public var availableRaise: Watts
    /// What can be delivered downwards, for a high frequency.
    public var availableLower: Watts
    /// The number of chargers under control.
    public var chargersControlled: Int32
    /// The range that the connection leaves to the chargers' sum, and each phase to theirs.
    public var siteBounds: PowerBounds
    /// The range that each phase leaves to its chargers.
    public var phaseBounds: InlineArray<3, PowerBounds>
    /// A phase was beyond its current in the last hour though the chargers did not add to it.
    public var doubtsPhases: Bool
    /// Whether the meter of the connection follows the chargers. Where it does not, the building's extremes count.
    public var meterFollowing: MeterFollowing
    /// What charging may do while frequency is lost.
    public var lostMeterCharging: LostMeterCharging
    /// What will be available.
    public var forecast: Forecast
    /// What the watch for a swing of the site's own has found.
    public var swing: SwingOutputs
    /// What is asked of permits, heartbeat and lamp; nil for a site without contacts and permits.
    public var permitRequest: PermitRequest?
    /// One entry per service, in order of priority.
    public var services: InlineArray<6, ServiceOutputs>

    /// Whether this tick keeps the watchdogs alive: frequency is trusted and a charger follows, or the site is in a
    /// state that is meant to be safe.
    public var isHealthy: Bool {
        judged.trust.isTrusted && chargersControlled > 0 || !state.isActive
            || state == .blocked && response == .zero
    }

    /// The outputs before the first tick.
    public static var none: TickOutputs {
        TickOutputs(
            tick: 0, state: .starting, rung: nil,
            judged: JudgedFrequency(frequency: nil, trust: .starting, weight: .zero),
            contradiction: nil, distrustedMeters: 0, meterOrder: 0, gridCode: .connected,
            response: .zero, baseline: .zero, target: .zero, planned: .zero, baselineHold: .inactive, heldFor: .zero,
            setpointSum: .zero,
            correction: .zero, shortfall: .zero, withheld: WithheldResponse(), undelivered: .zero, undeliveredBy: -1,
            availableRaise: .zero, availableLower: .zero, chargersControlled: 0,
            siteBounds: PowerBounds(lowest: .zero, highest: .zero), phaseBounds: InlineArray(repeating: PowerBounds()),
            doubtsPhases: false, meterFollowing: .follows, lostMeterCharging: .byTrust,
            forecast: .none, swing: SwingOutputs(), permitRequest: nil,
            services: InlineArray(repeating: .none))
    }
}
