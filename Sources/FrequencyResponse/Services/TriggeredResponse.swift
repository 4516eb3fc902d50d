/// When a triggered service starts, how much it gives, and when it may end.
public struct TriggerSettings: BitwiseCopyable, Sendable {
    /// The frequency at which it starts; below nominal it supports a low frequency, above nominal a high one.
    public var trigger: Hertz
    /// The share of the capacity, above 0 and at most 1.
    public var power: Ratio
    /// How long the response lasts at least.
    public var hold: Interval
    /// It ends only after frequency has been back on this side of nominal for so long without a break.
    public var release: Hertz
    public var releaseTime: Interval
    /// How fast it then ends, as a share of the capacity per second.
    public var recoveryRamp: Double

    public init(
        trigger: Hertz, power: Ratio, hold: Interval, release: Hertz, releaseTime: Interval, recoveryRamp: Double
    ) {
        self.trigger = trigger
        self.power = power
        self.hold = hold
        self.release = release
        self.releaseTime = releaseTime
        self.recoveryRamp = recoveryRamp
    }
}

/// A response that a trigger starts and that no timer alone ends.
///
/// States: waiting; active; recovering. It is active for the hold and beyond that until frequency has been released for the release
/// time; then it ramps away, and a new excursion starts it again at any instant. When frequency crosses to the other side, as far
/// beyond nominal as the trigger lies before it, the response ends at once: held on, it would push the wrong way.
public struct TriggeredResponse: BitwiseCopyable, Sendable {
    private enum Phase: BitwiseCopyable, Sendable {
        case waiting
        case active(since: Instant)
        case recovering
    }

    private var phase: Phase = .waiting
    private var releasedSince: Instant?
    /// An excursion was lost sight of, and the grid has not been seen back for the release time since.
    public private(set) var isUnreleased = false
    /// The share given now, without its sign.
    private var share: Double = 0

    public init() {}

    /// Whether a response is under way or ramping away.
    public var isUnderWay: Bool {
        switch phase {
        case .waiting: false
        case .active, .recovering: true
        }
    }

    public var isRecovering: Bool {
        switch phase {
        case .recovering: true
        case .waiting, .active: false
        }
    }

    /// The share of the capacity asked for; positive supports a low frequency.
    public mutating func update(
        _ frequency: Hertz, nominal: Hertz, settings: TriggerSettings, now: Instant, elapsed: Interval
    ) -> Ratio {
        let side: Double = settings.trigger < nominal ? 1 : -1
        // Both are above zero on the side that the service supports.
        let depth = (nominal - frequency) * side
        let threshold = (nominal - settings.trigger) * side
        if depth.roundedToNanohertz >= threshold.roundedToNanohertz { start(now: now) }
        if -depth.roundedToNanohertz >= threshold.roundedToNanohertz { end() }
        note(isReleased: depth <= (nominal - settings.release) * side, now: now)
        if let releasedSince, now.elapsed(since: releasedSince) >= settings.releaseTime { isUnreleased = false }
        switch phase {
        case .waiting: share = 0
        case .active(let since):
            share = settings.power.value
            if now.elapsed(since: since) >= settings.hold, let releasedSince,
                now.elapsed(since: releasedSince) >= settings.releaseTime
            {
                phase = .recovering
            }
        case .recovering:
            share = max(0, share - settings.recoveryRamp * elapsed.seconds)
            if share == 0 { phase = .waiting }
        }
        return Ratio(share * side)
    }

    /// Ends the response because frequency was lost. That the grid was not back is remembered.
    public mutating func lose() {
        isUnreleased = isUnreleased || isUnderWay
        end()
    }

    private mutating func end() {
        phase = .waiting
        releasedSince = nil
        share = 0
    }

    private mutating func start(now: Instant) {
        releasedSince = nil
        switch phase {
        case .active: break
        case .waiting, .recovering: phase = .active(since: now)
        }
    }

    private mutating func note(isReleased: Bool, now: Instant) {
        guard isReleased else {
            releasedSince = nil
            return
        }
        if releasedSince == nil { releasedSince = now }
    }
}
