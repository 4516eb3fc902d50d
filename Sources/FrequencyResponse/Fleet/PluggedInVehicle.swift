/// A plugged-in vehicle with its user's needs, as they are in one tick.
struct PluggedInVehicle: BitwiseCopyable {
    var battery: WattHours
    var minimumCharge: Ratio
    var maximumCharge: Ratio
    var targetCharge: Ratio?
    /// The time to departure; nil when none is known, or the clock is not trusted.
    var departsIn: Interval?
    var throughputLimit: WattHours?
    var participates: Bool
    var efficiency: Double

    /// Nil when nothing is known of the vehicle.
    init?(_ settings: VehicleSettings?, _ needs: VehicleNeeds?, clock: WallClock, now: Instant) {
        guard let battery = needs?.battery ?? settings?.battery, battery > .zero else { return nil }
        self.battery = battery
        minimumCharge = needs?.minimumCharge ?? settings?.minimumCharge ?? .zero
        maximumCharge = max(settings?.maximumCharge ?? Ratio(1), minimumCharge)
        targetCharge = needs?.targetCharge ?? settings?.targetCharge
        throughputLimit = settings?.throughputLimit
        participates = needs?.participates ?? settings?.participates ?? true
        efficiency = settings?.efficiency ?? 0.9
        if let departure = needs?.departure {
            departsIn = departure > now ? departure.elapsed(since: now) : .zero
        } else if let departure = settings?.departure, clock.isTrusted {
            departsIn = clock.untilNext(departure)
        }
    }
}
