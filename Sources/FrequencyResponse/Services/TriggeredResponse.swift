/// What a triggered response does when its hold is over and frequency is not back yet.
public enum AfterHold: UInt8, BitwiseCopyable, Sendable {
    /// It goes on until frequency has been back for the release time.
    case continues
    /// It ramps away (Nordic FFR supports for 5 or 30 s); what it stopped from charging stays stopped: see
    /// ``ReboundGuard``.
    case ends
}

/// When a triggered service starts, how much it gives, and when it may end.
public struct TriggerSettings: BitwiseCopyable, Sendable {
    /// The frequency at which it starts; below nominal it supports a low frequency, above nominal a high one.
    public var trigger: Hertz
    /// The share of the capacity, above 0 and at most 1.
    public var power: Ratio
    /// How long the response lasts at least.
    public var hold: Interval
    /// Frequency counts as back on this side of nominal.
    public var release: Hertz
    /// How long it must have been back without a break.
    public var releaseTime: Interval
    /// How fast the response then ends, as a share of the capacity per second.
    public var recoveryRamp: Double
    /// What it does when its hold is over and frequency is not back.
    public var afterHold: AfterHold

    public init(
        trigger: Hertz, power: Ratio, hold: Interval, release: Hertz, releaseTime: Interval, recoveryRamp: Double,
        afterHold: AfterHold = .continues
    ) {
        self.trigger = trigger
        self.power = power
        self.hold = hold
        self.release = release
        self.releaseTime = releaseTime
        self.recoveryRamp = recoveryRamp
        self.afterHold = afterHold
    }
}

/// A response that a trigger starts.
///
/// States: waiting; active; recovering. It is active for the hold and, unless its rules let it end there, beyond that
/// until frequency has been released for the release time; then it ramps away, and a new excursion starts it again at
/// any instant. One that ends with its hold starts again only after frequency was back in between. When frequency
/// crosses to the other side, as far beyond nominal as the release lies before it and 50 mHz at least, the response
/// ends at once: held on, it would have the wrong sign. After such an end it starts again only once frequency has been
/// back for the release time.
public struct TriggeredResponse: BitwiseCopyable, Sendable {
    /// Where the response stands.
    public enum Phase: BitwiseCopyable, Sendable, Equatable {
        case waiting
        case active(since: Instant)
        case recovering
    }

    /// Where the response stands now.
    public private(set) var phase: Phase = .waiting
    private var releasedSince: Instant?
    /// Frequency has been back since the last start.
    private var isRearmed = true
    /// It ended by a crossing, and frequency has not been back for the release time since.
    private var awaitsRelease = false
    /// So that noise around nominal ends nothing where the release lies at nominal.
    static var leastCrossing: Hertz { Hertz(0.05) }
    /// The share given now, without its sign.
    private var share: Double = 0

    public init() {}

    /// Makes one that stands in a given phase, for tests of single entries of its table.
    public init(in phase: Phase, share: Double, isRearmed: Bool = true, releasedSince: Instant? = nil) {
        self.phase = phase
        self.share = share
        self.isRearmed = isRearmed
        self.releasedSince = releasedSince
    }

    /// Whether a response is under way or ramping away.
    public var isUnderWay: Bool { phase != .waiting }

    /// It ramps away.
    public var isRecovering: Bool { phase == .recovering }

    /// The share of the capacity asked for; positive supports a low frequency.
    public mutating func update(
        _ frequency: Hertz, nominal: Hertz, settings: TriggerSettings, now: Instant, elapsed: Interval
    ) -> Ratio {
        let supportsLow = settings.trigger < nominal
        let side = SupportedSide(frequency - nominal, supportsLow: supportsLow)
        let threshold = SupportedSide(settings.trigger - nominal, supportsLow: supportsLow).depth
        let release = SupportedSide(settings.release - nominal, supportsLow: supportsLow).depth
        if side.depth >= threshold { start(now: now, settings: settings) }
        if side.hasCrossed(max(release, Self.leastCrossing)), phase != .waiting {
            end()
            awaitsRelease = true
        }
        let isReleased = side.isBack(release)
        if isReleased { isRearmed = true }
        note(isReleased: isReleased, now: now)
        if awaitsRelease, let releasedSince, now.elapsed(since: releasedSince) >= settings.releaseTime {
            awaitsRelease = false
        }
        let isBack = releasedSince.map { now.elapsed(since: $0) >= settings.releaseTime } ?? false
        move(isBack: isBack, settings: settings, now: now, elapsed: elapsed)
        return Ratio(supportsLow ? share : -share)
    }

    private mutating func move(isBack: Bool, settings: TriggerSettings, now: Instant, elapsed: Interval) {
        switch phase {
        case .waiting: share = 0
        case .active(let since):
            share = settings.power.value
            if now.elapsed(since: since) >= settings.hold, isBack || settings.afterHold == .ends { phase = .recovering }
        case .recovering:
            share = max(0, share - settings.recoveryRamp * elapsed.seconds)
            if share == 0 { phase = .waiting }
        }
    }

    /// Nothing was seen for a while: a release has to begin anew.
    public mutating func forgetRelease() { releasedSince = nil }

    /// Goes on by time alone while frequency is unknown. A hold that ends by its rules ends; a response that waits for
    /// its release goes on.
    public mutating func passUnseen(settings: TriggerSettings, now: Instant, elapsed: Interval) {
        move(isBack: false, settings: settings, now: now, elapsed: elapsed)
    }

    /// The share with its sign; positive supports a low frequency.
    public func share(_ settings: TriggerSettings, nominal: Hertz) -> Double {
        settings.trigger < nominal ? share : -share
    }

    private mutating func end() {
        phase = .waiting
        releasedSince = nil
        share = 0
    }

    private mutating func start(now: Instant, settings: TriggerSettings) {
        releasedSince = nil
        switch phase {
        case .active: break
        case .waiting, .recovering:
            guard !awaitsRelease, isRearmed || settings.afterHold == .continues else { return }
            phase = .active(since: now)
            isRearmed = false
        }
    }

    private mutating func note(isReleased: Bool, now: Instant) {
        if !isReleased { releasedSince = nil } else if releasedSince == nil { releasedSince = now }
    }
}
