/// What one service asks for, tick by tick: its curve with lag or hold, its trigger, or its signal, then the guard
/// against rebound.
public struct ServiceResponse: BitwiseCopyable, Sendable {
    /// What is remembered from sample to sample.
    private struct Memory: BitwiseCopyable {
        var lag = FirstOrderLag()
        var held = HeldResponse()
        var triggered = TriggeredResponse()
        var rebound = ReboundGuard()
    }

    private var memory = Memory()
    /// The memory before the newest sample, for the case that the next one does not confirm it.
    private var checkpoint = Memory()
    /// The trigger's state, for a service with one.
    public var triggered: TriggeredResponse { memory.triggered }
    /// The guard against rebound.
    public var rebound: ReboundGuard { memory.rebound }
    private var followed = 0.0
    /// Frequency was unknown at the last tick.
    private var isUnseen = false
    /// The share asked before the guard against rebound, and after it; positive supports a low frequency.
    public private(set) var asked = 0.0
    /// Changes with all that has to be saved at once: where trigger and guard stand, and what is held, to a
    /// thirty-second.
    private(set) var stamp: UInt64 = 0
    /// The share that is given, after the guard against rebound.
    public private(set) var share = 0.0

    package init() {}

    /// Goes on after a restart with what the service's method needs. Frequency was not seen meanwhile.
    package init(
        restoring saved: Saved, restart: Restart, settings: borrowing ServiceSettings, now: Instant
    ) {
        switch settings.method {
        case .continuous, .signal: break
        case .held: if restart != .otherBoot { memory.held = HeldResponse(holding: saved.held.clamped(to: -1...1)) }
        case .triggered: memory.triggered = TriggeredResponse(restoring: saved.triggered, restart: restart, now: now)
        }
        if settings.rebound != nil { memory.rebound = ReboundGuard(restoring: saved.rebound, restart: restart) }
        checkpoint = memory
        isUnseen = true
    }

    /// What a restart has to know.
    package func saved(now: Instant) -> Saved {
        Saved(held: memory.held.share, triggered: memory.triggered.saved(now: now), rebound: memory.rebound.saved)
    }

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
        /// The power before the response, as a share of the capacity; positive is import.
        var baselineShare = 0.0
        /// The time of the tick.
        public var now: Instant
        /// The time since the tick before.
        public var elapsed: Interval
        /// Whether the frequency is trusted; a contradicted one may end nothing.
        public var isTrusted: Bool
        /// What the sample says of the one before it.
        var news = SpikeDetector.Finding.newSample

        package init(
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
    public mutating func update(_ question: Question, settings: borrowing ServiceSettings) -> Ratio {
        if !question.isTrusted { return doubt(question, settings: settings) }
        let deviation = question.frequency - question.reference
        let wasUnseen = isUnseen
        isUnseen = false
        switch question.news {
        case .none: break
        case .newSample: checkpoint = memory
        case .spike: memory = checkpoint
        }
        switch settings.method {
        case .continuous:
            let aim =
                settings.kind == .droop
                ? settings.droopShare(at: deviation, before: question.baselineShare).value
                : settings.share(at: deviation).value
            if wasUnseen { memory.lag.limit(to: aim) }
            asked = memory.lag.update(aim, responseTime: settings.responseTime, elapsed: question.elapsed)
            if ServiceSettings.isNone(asked), ServiceSettings.isNone(aim) {
                memory.lag.settle(at: aim)
                asked = aim
            }
        case .held(let hold):
            asked = memory.held.update(
                settings.share(at: deviation).value, deviation: deviation, settings: hold, now: question.now,
                elapsed: question.elapsed)
        case .triggered(let trigger):
            let share = memory.triggered.update(
                question.frequency, nominal: question.nominal, settings: trigger, now: question.now,
                elapsed: question.elapsed)
            asked = settings.direction.allowed(share).value
        case .signal(let ageLimit):
            asked = settings.direction.allowed(Ratio(follow(question, ageLimit: ageLimit))).value
        }
        share = asked
        if let guarding = settings.rebound {
            share = memory.rebound.update(
                asked, depth: question.nominal - question.frequency, idleShare: question.idleShare, settings: guarding,
                now: question.now, elapsed: question.elapsed)
        }
        restamp()
        return Ratio(share)
    }

    private mutating func restamp() {
        let held = UInt64(UInt8(truncatingIfNeeded: Int(memory.held.share.clamped(to: -1...1) * 32)))
        stamp = held << 8 | UInt64(memory.triggered.stamp) << 2 | UInt64(memory.rebound.phase.rawValue)
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

    /// While meters contradict each other what is given may only shrink, to what the smaller response asks by the
    /// curve. Lag, trigger, hold and the guard against rebound remember what they were, and what they had seen of a
    /// release is forgotten.
    private mutating func doubt(_ question: Question, settings: borrowing ServiceSettings) -> Ratio {
        forgetRelease()
        let smaller = smaller(question, settings: settings)
        let allowed = share * smaller <= 0 ? 0 : share > 0 ? min(share, smaller) : max(share, smaller)
        asked = allowed
        // What was stopped from charging stays stopped.
        share = max(allowed, memory.rebound.isUnreleased ? min(max(share, 0), max(0, question.idleShare)) : allowed)
        isUnseen = true
        restamp()
        return Ratio(share)
    }

    /// The share that a doubtful frequency leaves. A trigger goes on by its own time, and ends on the other side.
    private mutating func smaller(_ question: Question, settings: borrowing ServiceSettings) -> Double {
        let deviation = question.frequency - question.reference
        switch settings.method {
        case .continuous where settings.kind == .droop:
            return settings.droopShare(at: deviation, before: question.baselineShare).value
        case .continuous, .held: return settings.share(at: deviation).value
        case .triggered(let trigger):
            memory.triggered.passUnseen(settings: trigger, now: question.now, elapsed: question.elapsed)
            // On different sides of nominal nothing is asked, nor beyond it.
            let side = SupportedSide(deviation, supportsLow: share > 0)
            if deviation == .zero || side.hasCrossed(TriggeredResponse.leastCrossing) { return 0 }
            return memory.triggered.share(trigger, nominal: question.nominal)
        case .signal(let ageLimit): return deviation == .zero ? 0 : follow(question, ageLimit: ageLimit)
        }
    }

    private mutating func forgetRelease() {
        memory.triggered.forgetRelease()
        memory.rebound.forgetRelease()
        memory.held.forgetRelease()
    }

    /// What is left of the last answer while frequency is lost: `weight` falls from 1 to 0. Only what is given fades.
    /// Lag and hold stay where they were, and a trigger goes on by its own time.
    public mutating func fade(to weight: Ratio, settings: borrowing ServiceSettings, now: Instant, elapsed: Interval)
        -> Ratio
    {
        let fading = share * weight.value
        forgetRelease()
        isUnseen = true
        if case .triggered(let trigger) = settings.method {
            memory.triggered.passUnseen(settings: trigger, now: now, elapsed: elapsed)
        }
        if weight == .zero {
            share = 0
            followed = 0
        }
        asked = fading
        restamp()
        return Ratio(fading)
    }

    /// The share that a trigger or a hold would give if frequency were known. Nil for a service that follows its curve
    /// or a signal: what it would give is not known.
    public func remembered(_ settings: borrowing ServiceSettings, nominal: Hertz) -> Double? {
        let own: Double
        switch settings.method {
        case .continuous, .signal: return nil
        case .held: own = memory.held.share
        case .triggered(let trigger): own = memory.triggered.share(trigger, nominal: nominal)
        }
        // What the guard against rebound still gives is not withheld.
        return memory.rebound.phase == .resting ? own : max(own, share)
    }

    /// Whether the service has something to answer, so that a frozen baseline must not move.
    public func isUnderWay(_ frequency: Hertz?, nominal: Hertz, settings: borrowing ServiceSettings) -> Bool {
        if memory.rebound.phase != .resting { return true }
        switch settings.method {
        case .triggered: return memory.triggered.isUnderWay
        case .signal: return false
        case .continuous, .held:
            guard let frequency else { return true }
            if !ServiceSettings.isNone(share) { return true }
            return !ServiceSettings.isNone(settings.curve.response(at: frequency - nominal).value)
        }
    }
}

extension ServiceResponse {
    /// What is kept of a response.
    package struct Saved: BitwiseCopyable, Sendable {
        package var held: Double
        package var triggered: TriggeredResponse.Saved
        package var rebound: ReboundGuard.Saved
    }
}

extension ServiceResponse.Saved: Visitable {
    package static var blank: Self { Self(held: 0, triggered: .blank, rebound: .blank) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("held", &held)
        visitor.visit("triggered", &triggered)
        visitor.visit("rebound", &rebound)
    }
}
