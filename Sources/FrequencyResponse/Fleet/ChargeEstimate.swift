/// What the state of charge can be at least and at most, from what the charger tells and what has flowed since it last told something new.
///
/// Chargers tell it in whole percents, hide it while they idle, or go on telling an old one. While a reading stands still, the energy that
/// flows widens the bounds; when it should have moved by more than 5 % and has not, it is frozen, and counts as unknown.
struct ChargeEstimate: BitwiseCopyable, Sendable {
    private var reading: Ratio?
    /// Into the cells since the reading last changed.
    private var moved = WattHours.zero
    private(set) var low: Ratio?
    private(set) var high: Ratio?
    private(set) var isFrozen = false
    private static var frozenAfter: Ratio { Ratio(0.05) }

    mutating func update(_ newest: Ratio?, power: Watts?, step: Ratio, guest: Guest?, elapsed: Interval) {
        guard let newest, newest >= .zero, newest <= Ratio(1) else {
            self = ChargeEstimate()
            return
        }
        if reading != newest {
            reading = newest
            moved = .zero
        } else if let power {
            let energy = power.energy(over: elapsed)
            let efficiency = guest?.efficiency ?? 1
            moved += energy > .zero ? energy * efficiency : energy / efficiency
        }
        let drift = guest.map { Ratio(moved / $0.battery) } ?? .zero
        isFrozen = drift.magnitude > max(Self.frozenAfter, step * 3)
        low = max(.zero, newest + min(.zero, drift) - step)
        high = min(Ratio(1), newest + max(.zero, drift) + step)
    }
}
