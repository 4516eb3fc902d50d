/// Makes the offers of all services once a second: binding for a period, lowered at once when less is there, and left
/// alone while the service is being called, since a driver's need must not take back a promise.
struct OfferBook: BitwiseCopyable, Sendable {
    private var promised = InlineArray<6, Availability>(repeating: .nothing)
    private(set) var forecast = Forecast.none
    private var period: Int64?
    private var countedAt: Instant?
    private var isSuspended = true
    private static var renewal: Interval { .seconds(1) }

    /// What is sold of each service. While frequency is lost a promise is suspended.
    var offers: InlineArray<6, Availability> { isSuspended ? InlineArray(repeating: .suspended) : promised }

    /// What is sold of all services together, as positive numbers.
    func promisedPower(_ count: Int) -> (raise: Watts, lower: Watts) {
        let offers = offers
        var sum = (raise: Watts.zero, lower: Watts.zero)
        for index in 0..<count {
            sum.raise += offers[index].raise
            sum.lower += offers[index].lower
        }
        return sum
    }

    /// What is sold of each service, for its energy scheme.
    var sold: InlineArray<6, ServiceBank.SoldPower> {
        let offers = offers
        var sold = InlineArray<6, ServiceBank.SoldPower>(repeating: ServiceBank.SoldPower(raise: .zero, lower: .zero))
        for index in 0..<ServiceStack.countMax {
            sold[index] = ServiceBank.SoldPower(raise: offers[index].raise, lower: offers[index].lower)
        }
        return sold
    }

    /// What an offer is made from.
    struct Market {
        var now: Instant
        /// The number of the running period.
        var period: Int64
        /// The users' plans together, and the time to the next announced departure.
        var planned: Watts
        var nextDeparture: Interval?
        var baseline: Watts
        /// The range that the site allows for the chargers' sum.
        var bounds: PowerBounds
        var phases: PhaseLimits
        var settings: OfferSettings
        /// Whether the site answers at all, and whether it sees what it answers.
        var isActive: Bool
        var isTrusted: Bool
    }

    mutating func update(
        _ market: Market, services: Span<ServiceSettings>, isCalled: InlineArray<6, Bool>,
        fleet: Span<ChargerSettings>, turns: borrowing MutableSpan<ChargerTurn>
    ) {
        // While frequency is lost a promise is suspended, not broken: it stands again when frequency does.
        isSuspended = !(market.isActive && market.isTrusted)
        if isSuspended { return }
        let isNewPeriod = period != market.period
        if let countedAt, market.now < countedAt + Self.renewal, !isNewPeriod { return }
        countedAt = market.now
        period = market.period
        var taken = (raise: Watts.zero, lower: Watts.zero)
        for index in 0..<services.count {
            let now = available(
                index, duration: services[index].duration, start: .zero, market: market, countsSpeed: true,
                fleet: fleet, turns: turns)
            let offer = bounded(
                now, direction: services[index].direction, capacity: services[index].usableCapacity,
                whole: services[index].gridShare.value < 1 ? .gridSize : .none, taken: taken)
            if isNewPeriod, !isCalled[index] {
                promised[index] = offer
            } else if !isCalled[index] {
                promised[index] = lower(promised[index], to: offer)
            }
            taken.raise += promised[index].raise
            taken.lower += promised[index].lower
        }
        look(ahead: market, duration: services[0].duration, fleet: fleet, turns: turns)
    }

    private func lower(_ promise: Availability, to offer: Availability) -> Availability {
        var kept = promise
        if offer.raise <= promise.raise {
            kept.raise = offer.raise
            kept.raiseLimit = offer.raiseLimit
        }
        if offer.lower <= promise.lower {
            kept.lower = offer.lower
            kept.lowerLimit = offer.lowerLimit
        }
        return kept
    }

    private func bounded(
        _ available: Availability, direction: Direction, capacity: Watts, whole: OfferLimit,
        taken: (raise: Watts, lower: Watts)
    ) -> Availability {
        var offer = available
        offer.raise = max(.zero, available.raise - taken.raise)
        offer.lower = max(.zero, available.lower - taken.lower)
        if offer.raise < capacity, available.raise >= capacity { offer.raiseLimit = .priority }
        if offer.lower < capacity, available.lower >= capacity { offer.lowerLimit = .priority }
        if offer.raise >= capacity { offer.raiseLimit = whole }
        if offer.lower >= capacity { offer.lowerLimit = whole }
        if !direction.answersLow { offer.raiseLimit = .none }
        if !direction.answersHigh { offer.lowerLimit = .none }
        offer.raise = direction.answersLow ? min(capacity, offer.raise) : .zero
        offer.lower = direction.answersHigh ? min(capacity, offer.lower) : .zero
        return offer
    }

    private func available(
        _ service: Int, duration: Interval, start: Interval, market: Market, countsSpeed: Bool,
        fleet: Span<ChargerSettings>,
        turns: borrowing MutableSpan<ChargerTurn>
    ) -> Availability {
        let planned = market.planned > .zero ? min(1, max(0, market.baseline / market.planned)) : 0
        let count = AvailabilityCount(
            service: service, duration: duration, start: start, countsSpeed: countsSpeed, planned: planned,
            settings: market.settings,
            phases: market.phases)
        // What restores energy, or is asked from outside, beyond the drivers' plans takes its power from the side to
        // which it moves the baseline.
        let moved = market.baseline - market.planned * planned
        let raise = count.count(
            raise: true, taken: max(.zero, -moved), connection: market.bounds.lowest.map { market.baseline - $0 },
            fleet: fleet,
            turns: turns)
        let lower = count.count(
            raise: false, taken: max(.zero, moved), connection: market.bounds.highest.map { $0 - market.baseline },
            fleet: fleet,
            turns: turns)
        return Availability(raise: raise.power, lower: lower.power, raiseLimit: raise.limit, lowerLimit: lower.limit)
    }

    private mutating func look(
        ahead market: Market, duration: Interval, fleet: Span<ChargerSettings>,
        turns: borrowing MutableSpan<ChargerTurn>
    ) {
        let later = available(
            0, duration: duration, start: .seconds(1_800), market: market, countsSpeed: false, fleet: fleet,
            turns: turns)
        let until = market.nextDeparture.map { max(.seconds(60), $0) } ?? duration
        let lasting = available(
            0, duration: until, start: .zero, market: market, countsSpeed: false, fleet: fleet, turns: turns)
        forecast = Forecast(
            raiseInHalfAnHour: later.raise, lowerInHalfAnHour: later.lower, raiseUntilDeparture: lasting.raise,
            lowerUntilDeparture: lasting.lower, nextDeparture: market.nextDeparture)
    }
}
