/// What the control law remembers of one charger from tick to tick. Storage belongs to the caller.
///
/// ``ChargerTurn`` is what one tick makes of it. `FleetSurvey` reads and writes the memory at the start of a tick, and
/// the published setpoint is noted in it at the end. Nothing between the two touches it.
public struct ChargerMemory: BitwiseCopyable, Sendable {
    /// The newest power that the charger was commanded while it was under control.
    public internal(set) var commanded: Watts = .zero
    /// The side it last worked on: 1 charging, -1 discharging, 0 none. It becomes 0 when a settlement period begins
    /// while the charger is idle and the site active.
    var lastSide: Int8 = 0
    /// When it was last under control; nil before that.
    var controlledAt: Instant?
    /// When it was first seen without being under control; nil before that.
    var firstSeenAt: Instant?
    /// The charging power that the user's needs ask for, and when that was planned.
    var plan: Watts = .zero
    var plannedAt: Instant?
    /// The energy that responses have moved through its battery on this day, and the number of the day; nil before the
    /// first tick.
    var throughput: WattHours = .zero
    var throughputDay: Int64?
    var estimate = ChargeEstimate()
    var departure = DepartureWatch()
    var tracking = ChargerTracking()
    package var supply = ChargerSupply()

    package init() {}

    /// Goes on after a restart. `isSameDay`: the local day has not changed.
    public init(restoring saved: SavedCharger, isSameDay: Bool, now: Instant) {
        throughput = isSameDay ? max(.zero, saved.throughput) : .zero
        supply.start = SupplyStart(supplyPause: saved.supplyPause, failures: saved.failedStarts, now: now)
    }

    /// What a restart has to know.
    public func saved(now: Instant) -> SavedCharger {
        SavedCharger(
            throughput: throughput, supplyPause: supply.start.pauseLeft(now), failedStarts: supply.start.failures)
    }
}
