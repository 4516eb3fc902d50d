/// Plays the test of a service's rules with a charger's dead time and ramp, and says how much of its rating meets them.
///
/// The charger follows ideally but for dead time and ramp, and needs them from the worst of its states. Steps of 5 ms.
public enum Capability {
    private static var step: Interval { .milliseconds(5) }

    /// The share of a charger's rating that meets the rules of a service, what it falls short of, and when its response
    /// starts and is full. `path` is the time from the grid to the charger.
    public static func credit(
        rating: Watts, behaviour: ChargerBehaviour, path: ReactionPath, settings: ServiceSettings
    ) -> QualifiedShare {
        guard rating > .zero else { return .whole }
        let whole = play(rating, behaviour: behaviour, path: path, settings: settings)
        var credit = QualifiedShare(share: Ratio(1), shortcoming: .none, start: whole.start, full: whole.full)
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
