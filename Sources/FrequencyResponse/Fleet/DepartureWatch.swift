/// When a vehicle departs, and whether it is still there after its departure.
///
/// A vehicle that is still plugged in after its departure is late: until it is unplugged, until its next departure less
/// the time that it needs to charge, or for its grace time, whichever is first. Then the next departure applies. It is
/// unknown while the clock is not to be trusted, or when there is none after one that has passed.
struct DepartureWatch: BitwiseCopyable, Sendable {
    /// When the vehicle was plugged in; nil when it was there at the first tick.
    private var pluggedInAt: Instant?
    private var isPluggedIn = true
    /// Since when a departure that should be known is not.
    private var unknownSince: Instant?

    /// What is known of the departure in one tick.
    enum Departure: BitwiseCopyable, Equatable {
        /// None is stated.
        case none
        case ahead(Interval)
        /// It has passed, and the vehicle is still there.
        case late
        /// There should be one, and it is not known; for so long.
        case unknown(for: Interval)

        /// The time to departure; nil where none is known.
        var departsIn: Interval? { if case .ahead(let time) = self { time } else { nil } }
    }

    /// Notes whether a vehicle is plugged in.
    mutating func note(isPluggedIn newValue: Bool, now: Instant) {
        if newValue, !isPluggedIn { pluggedInAt = now }
        isPluggedIn = newValue
    }

    /// What is known now. `chargingTime` is what the vehicle needs to reach its target.
    mutating func update(
        _ settings: VehicleSettings?, _ needs: VehicleNeeds?, chargingTime: Interval, clock: WallClock, now: Instant
    ) -> Departure {
        let grace = settings?.grace ?? VehicleSettings.standardGrace
        if let departure = needs?.departure {
            unknownSince = nil
            if departure > now { return .ahead(departure.elapsed(since: now)) }
            let next = settings?.departure.flatMap { clock.isTrusted ? clock.around($0).ahead : nil }
            let ago = now.elapsed(since: departure)
            if isLate(ago: ago, next: next, grace: grace, chargingTime: chargingTime, now: now) { return .late }
            return next.map { .ahead($0) } ?? unknown(now)
        }
        guard let timeOfDay = settings?.departure else {
            unknownSince = nil
            return .none
        }
        guard clock.isTrusted else { return unknown(now) }
        unknownSince = nil
        let times = clock.around(timeOfDay)
        return isLate(ago: times.ago, next: times.ahead, grace: grace, chargingTime: chargingTime, now: now)
            ? .late : .ahead(times.ahead)
    }

    private func isLate(ago: Interval, next: Interval?, grace: Interval, chargingTime: Interval, now: Instant) -> Bool {
        guard isPluggedIn, ago < grace, next.map({ $0 > chargingTime }) ?? true else { return false }
        return pluggedInAt.map { now.elapsed(since: $0) > ago } ?? true
    }

    private mutating func unknown(_ now: Instant) -> Departure {
        let since = unknownSince ?? now
        unknownSince = since
        return .unknown(for: now.elapsed(since: since))
    }
}
