/// The site's services with what each remembers: its response and its energy scheme.
///
/// All functions take the services' settings as a span, in order of priority, and read single fields of them where they
/// stand: a curve has 64 points and must not be copied for a look at one number.
struct ServiceBank: BitwiseCopyable, Sendable {
    private var responses = InlineArray<6, ServiceResponse>(repeating: ServiceResponse())
    private var energies = InlineArray<6, EnergyManager>(repeating: EnergyManager())
    /// The response of each service as a share of its capacity, before and after its rebound guard. While frequency is
    /// lost, `asked` fades and `given` stays at the last response until the fade ends.
    private(set) var asked = InlineArray<6, Double>(repeating: 0)
    private(set) var given = InlineArray<6, Double>(repeating: 0)
    /// Half of the capacity is asked of the service.
    private(set) var isCalled = InlineArray<6, Bool>(repeating: false)
    /// The trigger is met, and the service is not ready to start again.
    private var isMissed = InlineArray<6, Bool>(repeating: false)
    /// What each service's energy scheme asks.
    private(set) var demands = InlineArray<6, EnergyDemand>(repeating: .none)
    private(set) var activity = Activity()
    /// What the services would give together if frequency were known, as far as triggers and holds say it.
    private(set) var remembered = Watts.zero
    /// What blocks would give that a crossing ended and that are not ready to start again.
    private(set) var notReady = Watts.zero
    /// The part of the response that follows curves.
    private(set) var curveResponse = Watts.zero
    /// What the rules ask beyond the part of the capacities that responds in a grid of this size.
    private(set) var beyondGrid = Watts.zero
    /// Changes with all that has to be saved at once.
    private(set) var stamp: UInt64 = 0

    init() {}

    /// Goes on after a restart, service by service. `period` is the number of the saved settlement period by now.
    init(
        restoring saved: InlineArray<6, SavedService>, restart: Restart, services: Span<ServiceSettings>,
        period: Int64, now: Instant
    ) {
        for index in 0..<services.count where saved[index].kind == services[index].kind.rawValue {
            responses[index] = ServiceResponse(
                restoring: saved[index].response, restart: restart, settings: services[index], now: now)
            energies[index] = EnergyManager(restoring: saved[index].energy, period: period)
        }
    }

    /// What a restart has to know of one service.
    func saved(_ index: Int, kind: ServiceKind, now: Instant) -> SavedService {
        SavedService(
            kind: kind.rawValue, response: responses[index].saved(now: now), energy: energies[index].saved)
    }

    /// What the responses of all services have in common after a tick.
    struct Activity: BitwiseCopyable, Sendable {
        /// A triggered response ramps away, or charging that an event stopped comes back.
        var isRecovering = false
        /// Charging that an event stopped is still kept stopped.
        var isUnreleased = false
        /// More than 1 % of a service's capacity is asked.
        var isAsking = false
        /// Half of a service's capacity is asked to support a low frequency.
        var isCalledForRaise = false
    }

    /// What the services are given in one tick.
    struct Question {
        var judged: JudgedFrequency
        var news: SpikeDetector.Finding
        var nominal: Hertz
        /// The mean deviation of the last five minutes, from which deviations count while a reservoir runs out.
        var meanDeviation: Hertz
        var signal: ExternalSignal?
        var baseline: Watts
        var now: Instant
        var elapsed: Interval
    }

    /// What the services ask for together: each by its own rules while there is a frequency to act on, else what is
    /// left of its last response.
    mutating func respond(_ question: Question, services: Span<ServiceSettings>) -> Watts {
        var sum = Watts.zero
        remembered = .zero
        notReady = .zero
        curveResponse = .zero
        beyondGrid = .zero
        activity = Activity()
        stamp = 0
        for index in 0..<services.count {
            let usable = services[index].usableCapacity
            let share = respond(question, index: index, usable: usable, services: services).value
            let response = usable * share
            sum += response
            switch services[index].method {
            case .continuous, .held: curveResponse += response
            case .triggered, .signal: break
            }
            beyondGrid += (services[index].capacity - usable) * share
            remembered +=
                usable
                * (question.judged.trust.isTrusted
                    ? share : responses[index].remembered(services[index], nominal: question.nominal) ?? share)
            note(index)
            if isMissed[index] { addMissed(usable, index: index, nominal: question.nominal, services: services) }
        }
        return sum
    }

    private mutating func respond(
        _ question: Question, index: Int, usable: Watts, services: Span<ServiceSettings>
    ) -> Ratio {
        guard let frequency = question.judged.frequency else {
            return responses[index].fade(
                to: question.judged.weight, settings: services[index], now: question.now, elapsed: question.elapsed)
        }
        let others = othersResponse(than: index, services: services)
        var asked = ServiceResponse.Question(
            frequency: frequency, nominal: question.nominal,
            reference: question.nominal + question.meanDeviation * demands[index].blend, signal: question.signal,
            idleShare: usable > .zero ? max(.zero, question.baseline - others) / usable : 0, now: question.now,
            elapsed: question.elapsed, isTrusted: question.judged.trust.isTrusted)
        asked.news = question.news
        asked.baselineShare = (question.baseline - others) / services[index].capacity
        return responses[index].update(asked, settings: services[index])
    }

    private mutating func addMissed(_ usable: Watts, index: Int, nominal: Hertz, services: Span<ServiceSettings>) {
        guard case .triggered(let trigger) = services[index].method else { return }
        let block = usable * trigger.power.value
        notReady += trigger.trigger < nominal ? block : -block
        // Charging must not rise inside an excursion, whoever is ready to support it.
        if trigger.trigger < nominal { activity.isUnreleased = true }
    }

    private mutating func note(_ index: Int) {
        stamp = stamp &* 0x0000_0100_0000_01B3 ^ responses[index].stamp
        isMissed[index] = responses[index].triggered.isMissed
        given[index] = responses[index].share
        asked[index] = responses[index].asked
        isCalled[index] = responses[index].isCalled
        let phase = responses[index].rebound.phase
        if responses[index].triggered.isRecovering || phase == .returning { activity.isRecovering = true }
        if phase == .guarding { activity.isUnreleased = true }
        if given[index].magnitude > 0.01 { activity.isAsking = true }
        if isCalled[index], given[index] > 0 { activity.isCalledForRaise = true }
    }

    private func othersResponse(than index: Int, services: Span<ServiceSettings>) -> Watts {
        var sum = Watts.zero
        for other in 0..<services.count where other != index {
            sum += services[other].usableCapacity * given[other]
        }
        return sum
    }

    /// What the energy schemes are given in one tick.
    struct EnergyQuestion {
        /// The energy that is free for services, and the chargers' power whatever the energy, upwards and downwards.
        var raiseEnergy: WattHours
        var lowerEnergy: WattHours
        var raisePower: Watts
        var lowerPower: Watts
        /// Baseline less measured power.
        var delivered: Watts
        /// What the services ask for together.
        var response: Watts
        var deviation: Hertz?
        /// The number of the settlement period.
        var period: Int64
        var elapsed: Interval
        /// What is sold of each service, upwards and downwards.
        var sold: InlineArray<6, SoldPower>
    }

    /// What is sold of one service, as positive numbers.
    struct SoldPower: BitwiseCopyable {
        var raise: Watts
        var lower: Watts
    }

    /// Moves every service's energy scheme on, and returns what they add to the baseline.
    mutating func keepEnergy(_ question: EnergyQuestion, services: Span<ServiceSettings>) -> Watts {
        var whole = WattHours.zero
        for index in 0..<services.count {
            whole += services[index].usableCapacity.energy(over: services[index].duration)
        }
        var restore = Watts.zero
        for index in 0..<services.count {
            let capacity = services[index].usableCapacity
            let duration = services[index].duration
            let part = whole > .zero ? capacity.energy(over: duration) / whole : 0
            let own = capacity * given[index]
            demands[index] = energies[index].update(
                EnergyState(
                    raise: question.raiseEnergy * part, lower: question.lowerEnergy * part,
                    powerRaise: min(capacity, question.raisePower), powerLower: min(capacity, question.lowerPower),
                    soldRaise: question.sold[index].raise, soldLower: question.sold[index].lower,
                    delivered: question.response == .zero
                        ? .zero : question.delivered * (own / question.response).clamped(to: 0...1),
                    deviation: question.deviation, period: question.period),
                rules: services[index].energy, capacity: capacity, duration: duration,
                direction: services[index].direction, elapsed: question.elapsed)
            restore += demands[index].restore
        }
        return restore
    }

    /// Whether a service that freezes the baseline has something to answer.
    /// It changes nothing. It is mutating because a non-mutating function would copy all responses to index one.
    mutating func isBaselineFrozen(_ frequency: Hertz?, nominal: Hertz, services: Span<ServiceSettings>) -> Bool {
        for index in 0..<services.count where services[index].baselineRule == .frozen {
            if responses[index].isUnderWay(frequency, nominal: nominal, settings: services[index]) { return true }
        }
        return false
    }

    /// The longest time for which one of the services must keep up its full response.
    static func longestDuration(_ services: Span<ServiceSettings>) -> Interval {
        var longest = services[0].duration
        for index in 1..<max(1, services.count) { longest = max(longest, services[index].duration) }
        return longest
    }
}
