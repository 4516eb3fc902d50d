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
    /// How long it may not start again after frequency crossed to the other side and ended it.
    public var readiness: Interval

    /// The time in which Nordic FFR has to be ready again (Fingrid, FFR requirements). It keeps a block from cycling on
    /// a grid that it makes swing itself.
    public static var reserveReadiness: Interval { .seconds(900) }
    /// For a block whose rules name no time. In New South Wales on 25 August 2018 frequency crossed nominal and was low
    /// again within six minutes, by no effect of the responses.
    public static var standardReadiness: Interval { .seconds(60) }

    package init(
        trigger: Hertz, power: Ratio, hold: Interval, release: Hertz, releaseTime: Interval, recoveryRamp: Double,
        afterHold: AfterHold = .continues, readiness: Interval = standardReadiness
    ) {
        self.trigger = trigger
        self.power = power
        self.hold = hold
        self.release = release
        self.releaseTime = releaseTime
        self.recoveryRamp = recoveryRamp
        self.afterHold = afterHold
        self.readiness = readiness
    }
}

/// A response that a trigger starts.
///
/// States: waiting; active; recovering; not ready. It is active for the hold and, unless its rules let it end there,
/// beyond that until frequency has been released for the release time. Then it ramps away, and a new excursion starts
/// it again at any instant. One that ends with its hold starts again only after frequency was back in between. When
/// frequency crosses to the other side, as far beyond nominal as the release lies before it and 50 mHz at least, the
/// response ends at once: held on, it would have the wrong sign. After such an end it is not ready until frequency has
/// been back for the release time and the readiness time is over: a block that its own effect ends would cycle.
public struct TriggeredResponse: BitwiseCopyable, Sendable {
    /// Where the response stands.
    public enum Phase: BitwiseCopyable, Sendable, Equatable {
        case waiting
        /// It ended by a crossing at this time; the release time or the readiness time is not over.
        case notReady(since: Instant)
        case active(since: Instant)
        case recovering
    }

    /// Where the response stands now.
    public private(set) var phase: Phase = .waiting
    private var releasedSince: Instant?
    /// Frequency has been back since the last start.
    private var isRearmed = true
    /// Frequency has been back for the release time since the crossing.
    private var wasBack = false
    /// Its trigger was met at the last sample, and it was not ready.
    public private(set) var isMissed = false
    /// So that noise around nominal ends nothing where the release lies at nominal.
    static var leastCrossing: Hertz { Hertz(0.05) }
    /// The share given now, without its sign.
    private var share: Double = 0

    package init() {}

    /// Makes one that stands in a given phase, for tests of single entries of its table.
    public init(in phase: Phase, share: Double, isRearmed: Bool = true, releasedSince: Instant? = nil) {
        self.phase = phase
        self.share = share
        self.isRearmed = isRearmed
        self.releasedSince = releasedSince
    }

    /// Goes on after a restart. A response that was under way goes on where the machine has run on, its hold with the
    /// time away, and has ended where the machine was started anew. Readiness has to be waited for, the longer time
    /// then.
    package init(restoring saved: Saved, restart: Restart, now: Instant) {
        isRearmed = saved.isRearmed
        switch (saved.standing, restart) {
        case (.waiting, _): break
        case (.active, .sameBoot(let away)):
            phase = .active(since: Restart.start(saved.lasted, away: away, now: now))
            share = saved.share.clamped(to: 0...1)
        case (.recovering, .sameBoot):
            phase = .recovering
            share = saved.share.clamped(to: 0...1)
        case (.active, .otherBoot), (.recovering, .otherBoot): break
        case (.notReady, .sameBoot):
            phase = .notReady(since: Restart.start(waited: saved.lasted, now: now))
            wasBack = saved.wasBack
        case (.notReady, .otherBoot): phase = .notReady(since: now)
        }
    }

    /// What a restart has to know.
    package func saved(now: Instant) -> Saved {
        var saved = Saved(standing: .waiting, lasted: .zero, share: share, isRearmed: isRearmed, wasBack: wasBack)
        switch phase {
        case .waiting: break
        case .active(let since):
            saved.standing = .active
            saved.lasted = now.elapsed(since: min(since, now))
        case .recovering: saved.standing = .recovering
        case .notReady(let since):
            saved.standing = .notReady
            saved.lasted = now.elapsed(since: min(since, now))
        }
        return saved
    }

    /// Changes with all that has to be saved at once; below 64.
    var stamp: UInt8 {
        let standing: Saved.Standing =
            switch phase {
            case .waiting: .waiting
            case .active: .active
            case .recovering: .recovering
            case .notReady: .notReady
            }
        return standing.rawValue << 2 | (isRearmed ? 2 : 0) | (wasBack ? 1 : 0)
    }

    /// Whether a response is under way or ramping away.
    public var isUnderWay: Bool {
        switch phase {
        case .waiting, .notReady: false
        case .active, .recovering: true
        }
    }

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
        becomeReady(now, settings)
        let isTriggered = side.depth >= threshold
        if isTriggered { start(now: now, settings: settings) }
        if side.hasCrossed(max(release, Self.leastCrossing)), isUnderWay { end(now) }
        if case .notReady = phase { isMissed = isTriggered } else { isMissed = false }
        let isReleased = side.isBack(release)
        if isReleased { isRearmed = true }
        note(isReleased: isReleased, now: now)
        let isBack = releasedSince.map { now.elapsed(since: $0) >= settings.releaseTime } ?? false
        if isBack { wasBack = true }
        becomeReady(now, settings)
        move(isBack: isBack, settings: settings, now: now, elapsed: elapsed)
        return Ratio(supportsLow ? share : -share)
    }

    private mutating func move(isBack: Bool, settings: TriggerSettings, now: Instant, elapsed: Interval) {
        switch phase {
        case .waiting, .notReady: share = 0
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
        isMissed = false
        move(isBack: false, settings: settings, now: now, elapsed: elapsed)
    }

    /// The share with its sign; positive supports a low frequency.
    public func share(_ settings: TriggerSettings, nominal: Hertz) -> Double {
        settings.trigger < nominal ? share : -share
    }

    /// Release and readiness count one by one: frequency may have been back before the readiness time was over.
    private mutating func becomeReady(_ now: Instant, _ settings: TriggerSettings) {
        guard wasBack, case .notReady(let since) = phase, now.elapsed(since: since) >= settings.readiness else {
            return
        }
        phase = .waiting
    }

    private mutating func end(_ now: Instant) {
        wasBack = false
        phase = .notReady(since: now)
        releasedSince = nil
        share = 0
    }

    private mutating func start(now: Instant, settings: TriggerSettings) {
        releasedSince = nil
        switch phase {
        case .active, .notReady: break
        case .waiting, .recovering:
            guard isRearmed || settings.afterHold == .continues else { return }
            phase = .active(since: now)
            isRearmed = false
        }
    }

    private mutating func note(isReleased: Bool, now: Instant) {
        if !isReleased { releasedSince = nil } else if releasedSince == nil { releasedSince = now }
    }
}

extension TriggeredResponse {
    /// What is kept of a trigger.
    package struct Saved: BitwiseCopyable, Sendable {
        package enum Standing: UInt8, BitwiseCopyable, Sendable {
            case waiting, active, recovering, notReady
        }

        package var standing: Standing
        /// The time since it became active, or since it ended by a crossing.
        package var lasted: Interval
        package var share: Double
        package var isRearmed: Bool
        package var wasBack: Bool
    }
}

extension TriggeredResponse.Saved: Visitable {
    package static var blank: Self {
        Self(standing: .waiting, lasted: .zero, share: 0, isRearmed: true, wasBack: false)
    }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("standing", &standing)
        visitor.visit("lasted_ns", &lasted)
        visitor.visit("share", &share)
        visitor.visit("is_rearmed", &isRearmed)
        visitor.visit("was_back", &wasBack)
    }
}

extension TriggeredResponse.Saved.Standing: Visitable {
    package static var blank: Self { .waiting }
}
