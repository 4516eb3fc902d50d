/// The time from a change of frequency to a charger's command, part by part.
public struct ReactionPath: BitwiseCopyable, Sendable {
    /// Half the meter's averaging window.
    public var averaging: Interval
    /// The meter's update time.
    public var update: Interval
    /// From the update to the request: the poll interval.
    public var poll: Interval
    /// What the meter's line needs: for what it has begun, and for the reading.
    public var transfer: Interval
    /// The low-pass filter's delay; zero without one.
    public var filter: Interval
    /// The control period.
    public var tick: Interval
    /// The write on the charger's link, after what that has begun and the other chargers' writes.
    public var write: Interval

    public init(
        averaging: Interval = .zero, update: Interval = .zero, poll: Interval = .zero, transfer: Interval = .zero,
        filter: Interval = .zero,
        tick: Interval = .zero, write: Interval = .zero
    ) {
        self.averaging = averaging
        self.update = update
        self.poll = poll
        self.transfer = transfer
        self.filter = filter
        self.tick = tick
        self.write = write
    }

    public var total: Interval { averaging + update + poll + transfer + filter + tick + write }
}

/// What a charger's power does after a command, as measured.
public struct ChargerBehaviour: BitwiseCopyable, Sendable {
    /// From a new command to the first change of power: while power flows, from idle, and where the direction changes.
    public var deadTime: Interval
    public var deadTimeIdle: Interval
    public var deadTimeReversal: Interval
    /// In watts per second, above zero.
    public var ramp: Watts
    /// Whether these are figures of this charger; else they are assumed, and generous.
    public var isKnown: Bool

    public init(
        deadTime: Interval, deadTimeIdle: Interval? = nil, deadTimeReversal: Interval? = nil, ramp: Watts,
        isKnown: Bool = true
    ) {
        self.deadTime = deadTime
        self.deadTimeIdle = deadTimeIdle ?? deadTime
        self.deadTimeReversal = deadTimeReversal ?? deadTime
        self.ramp = ramp
        self.isKnown = isKnown
    }

    /// For a charger that nobody has measured: twice the slowest dead time and a third of the slowest ramp that were
    /// found in print (4 s locally and 3.35 kW/s of a 10 kW charger, Zecchino et al. 2019), so that nothing is expected
    /// of it too early.
    public static func assumed(limit: Watts) -> ChargerBehaviour {
        ChargerBehaviour(deadTime: .seconds(8), ramp: max(limit * 0.1, Watts(1)), isKnown: false)
    }

    public var longestDeadTime: Interval { max(deadTime, max(deadTimeIdle, deadTimeReversal)) }

    /// The dead time of the way from one power to another.
    public func deadTime(from power: Watts, to command: Watts) -> Interval {
        if power == .zero { return deadTimeIdle }
        return power.value * command.value < 0 ? deadTimeReversal : deadTime
    }
}

/// Why a charger does not count in full for a service.
public enum Shortcoming: UInt8, BitwiseCopyable, Sendable {
    case none
    /// Its first watt comes after the latest start.
    case startsLate
    /// The full response, or the part asked by a time, comes too late.
    case fullLate
    /// Too little energy has been given by the time that the rules name.
    case energyLate
    /// The mean over the rules' windows is less than the response.
    case meanLow
}

/// What a charger counts for a service by its speed.
public struct ServiceCredit: BitwiseCopyable, Sendable {
    /// The part of its rating that meets the rules, 0 to 1.
    public var share: Ratio
    /// Why it is not all.
    public var shortcoming: Shortcoming
    /// When the first and the whole response to the rules' test are there, from the change of frequency on.
    public var start: Interval
    public var full: Interval

    public init(share: Ratio, shortcoming: Shortcoming, start: Interval, full: Interval) {
        self.share = share
        self.shortcoming = shortcoming
        self.start = start
        self.full = full
    }

    public static var whole: ServiceCredit {
        ServiceCredit(share: Ratio(1), shortcoming: .none, start: .zero, full: .zero)
    }
}

/// Plays the test of a service's rules with a charger's dead time and ramp, and says how much of its rating meets them.
///
/// The charger follows ideally but for dead time and ramp, and needs them from the worst of its states. Steps of 5 ms.
public enum Capability {
    private static var step: Interval { .milliseconds(5) }

    public static func credit(
        rating: Watts, behaviour: ChargerBehaviour, path: ReactionPath, settings: ServiceSettings
    ) -> ServiceCredit {
        guard rating > .zero else { return .whole }
        let whole = play(rating, behaviour: behaviour, path: path, settings: settings)
        var credit = ServiceCredit(share: Ratio(1), shortcoming: .none, start: whole.start, full: whole.full)
        if settings.timing.credit != nil {
            let mean = min(whole.firstMean, whole.secondMean) * 2
            credit.share = Ratio(min(1, mean))
            if mean < 1 { credit.shortcoming = .meanLow }
            return credit
        }
        credit.shortcoming = whole.shortcoming(settings.timing)
        guard credit.shortcoming != .none else { return credit }
        // The largest part that meets the rules; a smaller step is over sooner.
        var low = 0.0
        var high = 1.0
        for _ in 0..<12 {
            let middle = (low + high) / 2
            let played = play(rating * middle, behaviour: behaviour, path: path, settings: settings)
            if played.shortcoming(settings.timing) == .none { low = middle } else { high = middle }
        }
        credit.share = Ratio(low < 0.001 ? 0 : low)
        return credit
    }

    /// What a response looked like, with shares of the power that was asked in full.
    private struct Course {
        var start = Interval.seconds(3_600)
        var full = Interval.seconds(3_600)
        var partial = 0.0
        var energy = 0.0
        var firstMean = 0.0
        var secondMean = 0.0

        func shortcoming(_ timing: TimingRule) -> Shortcoming {
            if let limit = timing.startWithin, start > limit { return .startsLate }
            if let limit = timing.fullWithin, full > limit { return .fullLate }
            if let wanted = timing.partial, partial < wanted.share.value - 1e-9 { return .fullLate }
            if let wanted = timing.energy, energy < wanted.seconds - 1e-9 { return .energyLate }
            return .none
        }
    }

    private static func horizon(_ timing: TimingRule) -> Interval {
        var horizon = Interval.seconds(1)
        if let time = timing.fullWithin { horizon = max(horizon, time) }
        if let partial = timing.partial { horizon = max(horizon, partial.within) }
        if let energy = timing.energy { horizon = max(horizon, energy.within) }
        if let credit = timing.credit { horizon = max(horizon, credit.end) }
        return horizon + .seconds(12)
    }

    private static func play(
        _ power: Watts, behaviour: ChargerBehaviour, path: ReactionPath, settings: ServiceSettings
    ) -> Course {
        let timing = settings.timing
        let delay = path.total + behaviour.longestDeadTime
        let end = horizon(timing)
        let reach = behaviour.ramp * step.seconds / power
        var lag = FirstOrderLag()
        var course = Course()
        var given = 0.0
        var now = Interval.zero
        while now < end {
            let asked = lag.update(
                now < delay ? 0 : wanted(now - delay, settings: settings), responseTime: settings.responseTime,
                elapsed: step)
            given = given < asked ? min(asked, given + reach) : max(asked, given - reach)
            now = now + step
            note(given, at: now, timing: timing, in: &course)
        }
        return course
    }

    /// The share asked so long after frequency began to leave the band.
    private static func wanted(_ time: Interval, settings: ServiceSettings) -> Double {
        guard settings.timing.frequencyRate > .zero, settings.trigger == nil else { return 1 }
        let edge = settings.curve.edge(low: settings.direction.answersLow)
        let deviation = edge + settings.timing.frequencyRate * time.seconds
        return settings.curve.response(at: settings.direction.answersLow ? -deviation : deviation).magnitude.value
    }

    private static func note(_ given: Double, at now: Interval, timing: TimingRule, in course: inout Course) {
        if given > 0, now - step < course.start { course.start = now - step }
        if given >= 1 - 1e-9, now < course.full { course.full = now }
        if let partial = timing.partial, now <= partial.within { course.partial = given }
        if let energy = timing.energy, now <= energy.within { course.energy += given * step.seconds }
        guard let windows = timing.credit else { return }
        if now > windows.start, now <= windows.middle {
            course.firstMean += given * step.seconds / (windows.middle - windows.start).seconds
        } else if now > windows.middle, now <= windows.end {
            course.secondMean += given * step.seconds / (windows.end - windows.middle).seconds
        }
    }
}

extension Curve {
    /// The deviation without its sign up to which nothing is asked on one side.
    public func edge(low: Bool) -> Hertz {
        var edge = Hertz.zero
        for index in 0..<pointCount where self[index].response == .zero {
            let deviation = low ? -self[index].deviation : self[index].deviation
            edge = max(edge, deviation)
        }
        return edge
    }
}
