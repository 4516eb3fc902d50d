/// What one service asked and what stands behind it.
public struct ServiceOutputs: BitwiseCopyable, Sendable {
    /// What the service asks for; positive supports a low frequency.
    public var response: Watts
    /// The share of its capacity that its curve, trigger or signal asked before the guard against rebound.
    public var askedShare: Ratio
    /// What is promised for the running period, as positive numbers; zero on a side that is not sold.
    public var offerRaise: Watts
    public var offerLower: Watts
    /// Why it is less than the capacity.
    public var raiseLimit: OfferLimit
    public var lowerLimit: OfferLimit
    /// What the energy scheme adds to the baseline.
    public var restore: Watts
    /// How far deviations are counted from the recent mean frequency, 0 to 1.
    public var blend: Double
    /// Less energy is stored than the service's rules want.
    public var isEnergyShort: Bool

    static var none: ServiceOutputs {
        ServiceOutputs(
            response: .zero, askedShare: .zero, offerRaise: .zero, offerLower: .zero, raiseLimit: .noCharger,
            lowerLimit: .noCharger,
            restore: .zero, blend: 0, isEnergyShort: false)
    }
}

/// What the site could deliver later, for the first service's whole duration; as positive numbers.
public struct Forecast: BitwiseCopyable, Sendable {
    public var raiseInHalfAnHour: Watts
    public var lowerInHalfAnHour: Watts
    /// Kept up from now until the next announced departure; as now when none is announced.
    public var raiseUntilDeparture: Watts
    public var lowerUntilDeparture: Watts
    public var nextDeparture: Interval?

    static var none: Forecast {
        Forecast(
            raiseInHalfAnHour: .zero, lowerInHalfAnHour: .zero, raiseUntilDeparture: .zero, lowerUntilDeparture: .zero,
            nextDeparture: nil)
    }
}

/// Makes the offers of all services once a second: binding for a period, lowered at once when less is there, and left
/// alone while the service is being called, since a driver's need must not take back a promise.
struct OfferDesk: BitwiseCopyable, Sendable {
    private var promised = InlineArray<6, Availability>(repeating: .nothing)
    private(set) var forecast = Forecast.none
    private var period: Int64?
    private var countedAt: Instant?
    private var isSuspended = true
    private static var renewal: Interval { .seconds(1) }

    subscript(service: Int) -> Availability { isSuspended ? .suspended : promised[service] }

    /// What an offer is made from.
    struct Market {
        var now: Instant
        /// The number of the running period.
        var period: Int64
        var survey: FleetSurvey
        var baseline: Watts
        /// The lowest and highest sum that the site allows.
        var lowest: Watts
        var highest: Watts
        var phases: PhaseLimits
        var settings: OfferSettings
        /// Whether the site answers at all, and whether it sees what it answers.
        var isActive: Bool
        var isTrusted: Bool
    }

    mutating func update(
        _ market: Market, services: Span<ServiceSettings>, responses: InlineArray<6, ServiceResponse>,
        fleet: Span<ChargerSettings>, memory: borrowing MutableSpan<ChargerMemory>
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
            let isCalled = responses[index].isCalled
            let now = available(
                index, duration: services[index].duration, start: .zero, market: market, countsSpeed: true,
                fleet: fleet, memory: memory)
            let offer = bounded(
                now, direction: services[index].direction, capacity: services[index].capacity, taken: taken)
            if isNewPeriod, !isCalled {
                promised[index] = offer
            } else if !isCalled {
                promised[index] = lower(promised[index], to: offer)
            }
            taken.raise += promised[index].raise
            taken.lower += promised[index].lower
        }
        look(ahead: market, duration: services[0].duration, fleet: fleet, memory: memory)
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
        _ available: Availability, direction: Direction, capacity: Watts, taken: (raise: Watts, lower: Watts)
    ) -> Availability {
        var offer = available
        offer.raise = max(.zero, available.raise - taken.raise)
        offer.lower = max(.zero, available.lower - taken.lower)
        if offer.raise < capacity, available.raise >= capacity { offer.raiseLimit = .priority }
        if offer.lower < capacity, available.lower >= capacity { offer.lowerLimit = .priority }
        if !direction.answersLow || offer.raise >= capacity { offer.raiseLimit = .none }
        if !direction.answersHigh || offer.lower >= capacity { offer.lowerLimit = .none }
        offer.raise = direction.answersLow ? min(capacity, offer.raise) : .zero
        offer.lower = direction.answersHigh ? min(capacity, offer.lower) : .zero
        return offer
    }

    private func available(
        _ service: Int, duration: Interval, start: Interval, market: Market, countsSpeed: Bool,
        fleet: Span<ChargerSettings>,
        memory: borrowing MutableSpan<ChargerMemory>
    ) -> Availability {
        let planned = market.survey.plan > .zero ? min(1, max(0, market.baseline / market.survey.plan)) : 0
        let count = AvailabilityCount(
            service: service, duration: duration, start: start, countsSpeed: countsSpeed, planned: planned,
            settings: market.settings,
            phases: market.phases)
        // What restores energy, or is asked from outside, beyond the drivers' plans takes its power from the side to
        // which it moves the baseline.
        let moved = market.baseline - market.survey.plan * planned
        let raise = count.count(
            raise: true, taken: max(.zero, -moved), connection: market.baseline - market.lowest, fleet: fleet,
            memory: memory)
        let lower = count.count(
            raise: false, taken: max(.zero, moved), connection: market.highest - market.baseline, fleet: fleet,
            memory: memory)
        return Availability(raise: raise.power, lower: lower.power, raiseLimit: raise.limit, lowerLimit: lower.limit)
    }

    private mutating func look(
        ahead market: Market, duration: Interval, fleet: Span<ChargerSettings>,
        memory: borrowing MutableSpan<ChargerMemory>
    ) {
        let later = available(
            0, duration: duration, start: .seconds(1_800), market: market, countsSpeed: false, fleet: fleet,
            memory: memory)
        let until = market.survey.nextDeparture.map { max(.seconds(60), $0) } ?? duration
        let lasting = available(
            0, duration: until, start: .zero, market: market, countsSpeed: false, fleet: fleet, memory: memory)
        forecast = Forecast(
            raiseInHalfAnHour: later.raise, lowerInHalfAnHour: later.lower, raiseUntilDeparture: lasting.raise,
            lowerUntilDeparture: lasting.lower, nextDeparture: market.survey.nextDeparture)
    }
}
