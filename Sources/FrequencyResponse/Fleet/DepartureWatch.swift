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

    /// What the time that a vehicle needs to reach its target follows from.
    struct Charging {
        var battery: WattHours
        var efficiency: Double
        /// The share of the battery that is missing; below zero for none.
        var lack: Ratio
        var limit: Watts

        var time: Interval {
            limit > .zero && lack > .zero ? (battery * lack.value / efficiency).duration(at: limit) : .zero
        }
    }

    /// What is known now.
    mutating func update(
        _ settings: VehicleSettings?, _ needs: VehicleNeeds?, charging: Charging, clock: WallClock, now: Instant
    ) -> Departure {
        guard settings?.departure != nil || needs?.departure != nil else {
            unknownSince = nil
            return .none
        }
        let grace = settings?.grace ?? VehicleSettings.standardGrace
        if let departure = needs?.departure {
            if departure > now {
                unknownSince = nil
                return .ahead(departure.elapsed(since: now))
            }
            let next = settings?.departure.flatMap { clock.isTrusted ? clock.around($0).ahead : nil }
            let ago = now.elapsed(since: departure)
            let isLate = isLate(ago: ago, next: next, grace: grace, charging: charging, now: now)
            guard isLate || next != nil else { return unknown(now) }
            unknownSince = nil
            return isLate ? .late : .ahead(next ?? .zero)
        }
        guard let timeOfDay = settings?.departure else { return .none }
        guard clock.isTrusted else { return unknown(now) }
        unknownSince = nil
        let times = clock.around(timeOfDay)
        return isLate(ago: times.ago, next: times.ahead, grace: grace, charging: charging, now: now)
            ? .late : .ahead(times.ahead)
    }

    private func isLate(ago: Interval, next: Interval?, grace: Interval, charging: Charging, now: Instant) -> Bool {
        guard isPluggedIn, ago < grace, next.map({ $0 > charging.time }) ?? true else { return false }
        return pluggedInAt.map { now.elapsed(since: $0) > ago } ?? true
    }

    private mutating func unknown(_ now: Instant) -> Departure {
        let since = unknownSince ?? now
        unknownSince = since
        return .unknown(for: now.elapsed(since: since))
    }
}
