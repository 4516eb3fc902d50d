/// What the state of charge can be at least and at most, from what the charger tells and what has flowed since it last
/// reported something new.
///
/// Chargers tell it in whole percents, hide it while they idle, or go on telling an old one. Energy that flows and that
/// no new reading accounts for widens the bounds; when a reading has not moved although it should have by more than 5
/// %, it is frozen, and counts as unknown. A new reading accounts for the energy when the two agree within a fifth and
/// a step; what it leaves, as one that only flickers does, is forgotten over a week. A jump of more than 10 % is
/// another vehicle.
struct ChargeEstimate: BitwiseCopyable, Sendable {
    private var reading: Ratio?
    /// Into the cells: what no reading has accounted for, and what has moved since the reading last changed.
    private var unaccounted = WattHours.zero
    private var moved = WattHours.zero
    private(set) var low: Ratio?
    private(set) var high: Ratio?
    private(set) var isFrozen = false
    private static var frozenAfter: Ratio { Ratio(0.05) }
    private static var otherVehicle: Ratio { Ratio(0.1) }

    mutating func update(_ newest: Ratio?, power: Watts, step: Ratio, vehicle: PluggedInVehicle?, elapsed: Interval) {
        guard let newest, newest >= .zero, newest <= Ratio(1) else {
            self = ChargeEstimate()
            return
        }
        if let reading, let vehicle {
            let energy = power.energy(over: elapsed)
            let cells = energy > .zero ? energy * vehicle.efficiency : energy / vehicle.efficiency
            moved += cells
            unaccounted += cells
            if newest != reading { account(for: newest - reading, step: step, battery: vehicle.battery) }
            unaccounted = unaccounted * max(0, 1 - elapsed.seconds / 604_800)
        }
        reading = newest
        let drift = vehicle.map { Ratio(unaccounted / $0.battery) } ?? .zero
        isFrozen = vehicle.map { Ratio(moved / $0.battery).magnitude > max(Self.frozenAfter, step * 3) } ?? false
        low = max(.zero, newest + min(.zero, drift) - step)
        high = min(Ratio(1), newest + max(.zero, drift) + step)
    }

    private mutating func account(for change: Ratio, step: Ratio, battery: WattHours) {
        moved = .zero
        let reported = battery * change.value
        unaccounted -= reported
        let isExplained = unaccounted.magnitude <= reported.magnitude * 0.2 + battery * step.value
        if isExplained || change.magnitude > Self.otherVehicle { unaccounted = .zero }
    }
}
