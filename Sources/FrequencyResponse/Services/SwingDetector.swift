/// Watches for a swing of frequency that the site's own response keeps up, and withdraws the swinging part of the
/// response.
///
/// It takes four half-swings that do not shrink, or three that grow, while the own power does not work against them.
/// A steady swing of another cause looks the same, so the cause is tried: without the swinging part an own swing ends.
/// The mean response stays.
///
///     watching ──swing──► trying ──it shrank, or it is quiet──► damping ──restored──► watching
///        ▲                   └──it goes on──► notOwn ──after the lock time──┘
///        └──it is quiet── noticed ◄──swing, where the detector only reports
///
/// What it can't do: it acts after about two periods, it misses half-swings below its least height, and a swing of
/// another cause that ends by itself while it tries is taken for its own.
public struct SwingDetector: BitwiseCopyable, Sendable {
    /// Where the detector stands.
    public enum Phase: UInt8, BitwiseCopyable, Sendable {
        case watching
        /// A swing goes on, and the detector only reports.
        case noticed
        /// The swinging part of the response is withdrawn to see whether the swing ends.
        case trying
        /// The swing has ended with the response, which is restored in steps.
        case damping
        /// The swing went on without the response.
        case notOwn
    }

    /// One way from a turning point of frequency to the next.
    private struct HalfSwing: BitwiseCopyable {
        var begin = Instant(nanoseconds: 0)
        var duration = Interval.zero
        var height = Hertz.zero
        var sums = Sums()
    }

    /// What the correlation of power and frequency is made of. Power is in watts, as support for a low frequency.
    private struct Sums: BitwiseCopyable {
        var count = 0.0
        var power = 0.0
        var frequency = 0.0
        var powerSquares = 0.0
        var frequencySquares = 0.0
        var products = 0.0
        var response = 0.0

        mutating func add(power: Double, deviation: Double, response: Double) {
            count += 1
            self.power += power
            frequency += deviation
            powerSquares += power * power
            frequencySquares += deviation * deviation
            products += power * deviation
            self.response += response
        }

        mutating func add(_ other: Sums) {
            count += other.count
            power += other.power
            frequency += other.frequency
            powerSquares += other.powerSquares
            frequencySquares += other.frequencySquares
            products += other.products
            response += other.response
        }

        var powerVariance: Double { powerSquares - power * power / count }
        var frequencyVariance: Double { frequencySquares - frequency * frequency / count }
        var covariance: Double { products - power * frequency / count }
    }

    /// Where the detector stands now.
    public private(set) var phase = Phase.watching
    /// What the last swing showed.
    public private(set) var evidence = SwingEvidence()
    /// How often the response was withdrawn and the swing ended.
    public private(set) var swings: Int32 = 0
    /// The parts of the swinging and of the mean response that are given.
    private var swingPart = 1.0
    private var meanPart = 1.0
    private var mean = 0.0
    private var changedAt = Instant(nanoseconds: 0)
    private var until = Instant(nanoseconds: 0)
    private var reference = Hertz.zero
    /// The newest half-swings, the newest last.
    private var history = InlineArray<4, HalfSwing>(repeating: HalfSwing())
    private var historyCount = 0
    private var sums = Sums()
    private var turning = TurningPoints()
    private var turnedAt = Instant(nanoseconds: 0)
    private var sampledAt: Instant?

    package init() {}

    /// The part of the swinging response that is given, 0 to 1.
    public var share: Ratio { Ratio(swingPart) }

    /// What one tick shows.
    public struct Moment: BitwiseCopyable, Sendable {
        /// The deviation of a new and trusted sample; nil without one.
        public var deviation: Hertz?
        /// The chargers' measured power with its sign turned.
        public var support: Watts
        /// What the curves ask.
        public var response: Watts
        /// The time of the tick.
        public var now: Instant
        /// Whether frequency is trusted. Otherwise what is given stays within a response that fades or shrinks.
        public var isTrusted: Bool

        package init(deviation: Hertz?, support: Watts, response: Watts, now: Instant, isTrusted: Bool = true) {
            self.isTrusted = isTrusted
            self.deviation = deviation
            self.support = support
            self.response = response
            self.now = now
        }
    }

    /// Takes what a tick shows, and returns what is withheld of its response. Without settings nothing is watched.
    public mutating func withhold(_ moment: Moment, settings: SwingSettings?) -> Watts {
        guard let settings else { return .zero }
        if let deviation = moment.deviation { update(deviation, moment, settings) }
        let given = limited(moment.response)
        let kept =
            moment.isTrusted
            ? given : given.clamped(to: min(.zero, moment.response)...max(.zero, moment.response))
        return moment.response - kept
    }

    /// What is left of a response that a curve asks.
    private func limited(_ response: Watts) -> Watts {
        if swingPart == 1 { return response }
        return Watts(meanPart * (mean + swingPart * (response.value - mean)))
    }

    /// The time to the next step in which the response is restored; zero where none is to come.
    public func timeLeft(_ now: Instant) -> Interval {
        switch phase {
        case .damping, .notOwn: now < until ? until.elapsed(since: now) : .zero
        case .watching, .noticed, .trying: .zero
        }
    }

    private mutating func update(_ deviation: Hertz, _ moment: Moment, _ settings: SwingSettings) {
        let now = moment.now
        let response = moment.response
        let elapsed = sampledAt.map { now.elapsed(since: $0) } ?? .zero
        sampledAt = now
        if elapsed > .seconds(5) { forgetAll(now) }
        let step = min(1, elapsed.seconds / settings.meanTime.seconds)
        mean += (response.value - mean) * step
        sums.add(power: moment.support.value, deviation: deviation.value, response: response.value)
        if let turn = turning.update(
            deviation, now: now,
            leastTurn: max(settings.leastTurn, (historyCount > 0 ? history[3].height : .zero) * 0.15))
        {
            push(HalfSwing(begin: turn.begin, duration: turn.duration, height: turn.height, sums: sums))
            sums = Sums()
            turnedAt = now
            judge(now, settings)
        } else if now.elapsed(since: turnedAt) > settings.longest {
            historyCount = 0
            sums = Sums()
        }
        passTime(now, settings)
    }

    private mutating func passTime(_ now: Instant, _ settings: SwingSettings) {
        switch phase {
        case .watching: break
        case .noticed:
            if historyCount == 0 { phase = .watching }
        case .trying:
            let length = now.elapsed(since: changedAt)
            if length > settings.longest * 4, historyCount == 0 {
                takeForOwn(now, settings, wasQuiet: true)
            } else if length > settings.longest * 8 {
                leaveAlone(now, settings)
            }
        case .damping:
            guard now >= until else { return }
            swingPart = min(1, max(0.125, swingPart * 2))
            meanPart = min(1, max(0.125, meanPart * 2))
            until = now + wait(settings)
            if swingPart == 1 { phase = .watching }
        case .notOwn:
            if now >= until { phase = .watching }
        }
    }

    private mutating func judge(_ now: Instant, _ settings: SwingSettings) {
        switch phase {
        case .notOwn, .noticed: return
        case .trying: judgeTrial(now, settings)
        case .damping where swingPart == 0: judgeMean(now, settings)
        case .watching, .damping:
            guard goesOn(settings), isEven(settings), let found = evidence(settings) else { return }
            evidence = found
            guard settings.acts else {
                phase = .noticed
                return
            }
            var newest = history[2].sums
            newest.add(history[3].sums)
            mean = newest.response / newest.count
            reference = max(history[2].height, history[3].height)
            swingPart = 0
            changedAt = now
            phase = .trying
        }
    }

    /// An own swing shrinks within two half-swings once the response no longer acts.
    private mutating func judgeTrial(_ now: Instant, _ settings: SwingSettings) {
        let acts = changedAt + settings.wait + settings.wait / 4 + .seconds(1)
        var fresh = 0
        for index in (4 - historyCount)..<4 where history[index].begin > acts { fresh += 1 }
        if fresh >= 2, history[3].height < reference * 0.7 {
            takeForOwn(now, settings, wasQuiet: false)
        } else if fresh >= 4 {
            leaveAlone(now, settings)
        }
    }

    /// The swing goes on without the response: all of it is given again.
    private mutating func leaveAlone(_ now: Instant, _ settings: SwingSettings) {
        giveAll()
        phase = .notOwn
        until = now + settings.lockTime
    }

    private mutating func giveAll() {
        swingPart = 1
        meanPart = 1
    }

    /// What still swings without the swinging part may come of the mean response.
    private mutating func judgeMean(_ now: Instant, _ settings: SwingSettings) {
        guard historyCount == 4, now.elapsed(since: changedAt) > settings.longest * 4 else { return }
        for index in 0..<4 where history[index].height < settings.leastHeight * 0.5 { return }
        guard history[3].height > history[1].height * 0.9, (signedDetermination() ?? -1) >= 0 else { return }
        meanPart = meanPart < 0.4 ? 0 : meanPart / 2
        historyCount = 0
    }

    private mutating func takeForOwn(_ now: Instant, _ settings: SwingSettings, wasQuiet: Bool) {
        phase = .damping
        swings += 1
        evidence.wasQuiet = wasQuiet
        until = now + wait(settings)
    }

    private func wait(_ settings: SwingSettings) -> Interval {
        settings.restoreTime * (Int64(1) << Int64(min(max(swings - 1, 0), 5)))
    }

    /// Four half-swings that do not shrink, or three that grow.
    private func goesOn(_ settings: SwingSettings) -> Bool {
        guard historyCount >= 3 else { return false }
        let (third, second, last) = (history[1].height, history[2].height, history[3].height)
        if last >= settings.leastHeight * 2, last >= second * 1.1, second >= third * 1.1 { return true }
        guard historyCount == 4, min(third, min(second, last)) >= settings.leastHeight else { return false }
        return third >= history[0].height * settings.keptPart && second >= third * settings.keptPart
            && last >= second * settings.keptPart
    }

    private func isEven(_ settings: SwingSettings) -> Bool {
        let shorter = min(history[2].duration, history[3].duration)
        let longer = max(history[2].duration, history[3].duration)
        return longer <= settings.longest && longer.seconds <= shorter.seconds * settings.evenness
    }

    /// Nil while the own power works against the swing, or stands still.
    private func evidence(_ settings: SwingSettings) -> SwingEvidence? {
        // A correlation of -0.5: power that lags the support by less than a sixth of a turn.
        guard let determination = signedDetermination(), determination >= -0.25 else { return nil }
        var newest = history[2].sums
        newest.add(history[3].sums)
        return SwingEvidence(
            period: history[2].duration + history[3].duration, signedDetermination: determination,
            heights: [history[0].height, history[1].height, history[2].height, history[3].height],
            powerVariance: newest.powerVariance / newest.count, wasQuiet: false)
    }

    /// The square of the correlation of power and frequency over the last two half-swings, with its sign; nil where one
    /// of them stands still. A square needs no mathematics library.
    private func signedDetermination() -> Double? {
        guard historyCount >= 2 else { return nil }
        var newest = history[2].sums
        newest.add(history[3].sums)
        // One watt of power is noise.
        guard newest.count >= 4, newest.powerVariance > newest.count, newest.frequencyVariance > 0 else { return nil }
        return newest.covariance * newest.covariance.magnitude / (newest.powerVariance * newest.frequencyVariance)
    }

    private mutating func push(_ half: HalfSwing) {
        history[0] = history[1]
        history[1] = history[2]
        history[2] = history[3]
        history[3] = half
        historyCount = min(4, historyCount + 1)
    }

    private mutating func forgetAll(_ now: Instant) {
        // A trial that was not seen to its end shows nothing.
        if phase == .trying {
            giveAll()
            phase = .watching
        }
        historyCount = 0
        sums = Sums()
        turning = TurningPoints()
        turnedAt = now
    }
}
