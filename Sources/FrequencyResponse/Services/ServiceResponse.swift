/// What one service asks for, tick by tick: its curve with lag or hold, its trigger, or its signal, then the guard
/// against rebound.
public struct ServiceResponse: BitwiseCopyable, Sendable {
    private var lag = FirstOrderLag()
    private var held = HeldResponse()
    /// The trigger's state, for a service with one.
    public private(set) var triggered = TriggeredResponse()
    /// The guard against rebound.
    public private(set) var rebound = ReboundGuard()
    private var followed = 0.0
    /// The share asked before the guard against rebound, and after it; positive supports a low frequency.
    public private(set) var asked = 0.0
    /// The share that is given, after the guard against rebound.
    public private(set) var share = 0.0

    public init() {}

    /// Half of the capacity is asked. What is less is daily business: it must neither keep a published baseline from
    /// rising nor freeze an offer.
    public var isCalled: Bool { share.magnitude > 0.5 }

    /// How long a signal that has grown too old takes to fade to nothing.
    private static var fadeTime: Double { 2 }

    /// What an answer is made from, besides the settings.
    public struct Question: BitwiseCopyable, Sendable {
        /// The frequency to answer.
        public var frequency: Hertz
        /// The nominal frequency.
        public var nominal: Hertz
        /// What deviations are counted from: nominal, or the recent mean while energy runs out.
        public var reference: Hertz
        /// The newest value of an external signal.
        public var signal: ExternalSignal?
        /// The share that just keeps the site from charging.
        public var idleShare: Double
        /// The time of the tick.
        public var now: Instant
        /// The time since the tick before.
        public var elapsed: Interval
        /// Whether the frequency is trusted; a contradicted one may end nothing.
        public var isTrusted: Bool

        public init(
            frequency: Hertz, nominal: Hertz, reference: Hertz, signal: ExternalSignal? = nil, idleShare: Double = 0,
            now: Instant,
            elapsed: Interval, isTrusted: Bool = true
        ) {
            self.isTrusted = isTrusted
            self.frequency = frequency
            self.nominal = nominal
            self.reference = reference
            self.signal = signal
            self.idleShare = idleShare
            self.now = now
            self.elapsed = elapsed
        }
    }

    /// The share of the capacity asked for while frequency counts.
    public mutating func update(_ question: Question, settings: ServiceSettings) -> Ratio {
        if !question.isTrusted { return doubt(question, settings: settings) }
        let deviation = question.frequency - question.reference
        switch settings.method {
        case .continuous:
            let aim = settings.share(at: deviation).value
            asked = lag.update(aim, responseTime: settings.responseTime, elapsed: question.elapsed)
            if ServiceSettings.isNone(asked), ServiceSettings.isNone(aim) {
                lag.settle(at: aim)
                asked = aim
            }
        case .held(let hold):
            asked = held.update(
                settings.share(at: deviation).value, deviation: deviation, settings: hold, now: question.now,
                elapsed: question.elapsed)
        case .triggered(let trigger):
            let share = triggered.update(
                question.frequency, nominal: question.nominal, settings: trigger, now: question.now,
                elapsed: question.elapsed)
            asked = settings.direction.allowed(share).value
        case .signal(let ageLimit):
            asked = settings.direction.allowed(Ratio(follow(question, ageLimit: ageLimit))).value
        }
        share = asked
        if let guarding = settings.rebound {
            share = rebound.update(
                asked, depth: question.nominal - question.frequency, idleShare: question.idleShare, settings: guarding,
                now: question.now, elapsed: question.elapsed)
        }
        return Ratio(share)
    }

    private mutating func follow(_ question: Question, ageLimit: Interval) -> Double {
        if let signal = question.signal, signal.takenAt <= question.now,
            question.now.elapsed(since: signal.takenAt) <= ageLimit, signal.share.magnitude <= Ratio(1)
        {
            followed = signal.share.value
        } else {
            let step = question.elapsed.seconds / Self.fadeTime
            followed = followed > 0 ? max(0, followed - step) : min(0, followed + step)
        }
        return followed
    }

    /// While meters contradict each other an answer may only shrink, to what the smaller response asks by the curve;
    /// triggers, holds and the guard against rebound stand still, and what they had seen of a release is forgotten.
    private mutating func doubt(_ question: Question, settings: ServiceSettings) -> Ratio {
        forgetRelease()
        let deviation = question.frequency - question.reference
        let smaller: Double =
            switch settings.method {
            case .continuous, .held: settings.share(at: deviation).value
            // On different sides of nominal nothing is asked.
            case .triggered, .signal: deviation == .zero ? 0 : share
            }
        let allowed = share * smaller <= 0 ? 0 : share > 0 ? min(share, smaller) : max(share, smaller)
        asked = allowed
        // What was stopped from charging stays stopped.
        share = max(allowed, rebound.isUnreleased ? min(max(share, 0), max(0, question.idleShare)) : allowed)
        lag.settle(at: share)
        held.settle(at: share)
        return Ratio(share)
    }

    private mutating func forgetRelease() {
        triggered.forgetRelease()
        rebound.forgetRelease()
        held.forgetRelease()
    }

    /// What is left of the last answer while frequency is lost: `weight` falls from 1 to 0.
    public mutating func fade(to weight: Ratio) -> Ratio {
        let fading = share * weight.value
        lag.settle(at: fading)
        held.settle(at: fading)
        forgetRelease()
        if weight == .zero {
            share = 0
            triggered.end()
            followed = 0
        }
        asked = fading
        return Ratio(fading)
    }

    /// Whether the service has something to answer, so that a frozen baseline must not move.
    public func isUnderWay(_ frequency: Hertz?, nominal: Hertz, settings: ServiceSettings) -> Bool {
        if rebound.phase != .resting { return true }
        switch settings.method {
        case .triggered: return triggered.isUnderWay
        case .signal: return false
        case .continuous, .held:
            guard let frequency else { return true }
            return !ServiceSettings.isNone(share)
                || !ServiceSettings.isNone(settings.curve.response(at: frequency - nominal).value)
        }
    }
}
