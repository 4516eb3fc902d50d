/// A plugged-in vehicle with its user's needs, as they are in one tick.
struct PluggedInVehicle: BitwiseCopyable {
    var battery: WattHours
    /// The state of charge below which nothing is discharged. It is the target while the vehicle is late or its
    /// departure unknown.
    var minimumCharge: Ratio
    /// That is above the user's own floor.
    var keepsTarget: Bool
    var maximumCharge: Ratio
    var targetCharge: Ratio?
    var departure: DepartureWatch.Departure
    var throughputLimit: WattHours?
    var participates: Bool
    var efficiency: Double

    /// The time to departure; nil when none is known.
    var departsIn: Interval? { departure.departsIn }

    /// Nil when nothing is known of the vehicle. `low` is the lowest that its state of charge may be.
    init?(
        _ settings: VehicleSettings?, _ needs: VehicleNeeds?, low: Ratio?, chargeLimit: Watts,
        watch: inout DepartureWatch,
        clock: WallClock, now: Instant
    ) {
        guard let battery = needs?.battery ?? settings?.battery, battery > .zero else { return nil }
        self.battery = battery
        efficiency = settings?.efficiency ?? 0.9
        targetCharge = needs?.targetCharge ?? settings?.targetCharge
        let charging = DepartureWatch.Charging(
            battery: battery, efficiency: efficiency, lack: targetCharge.map { $0 - (low ?? .zero) } ?? .zero,
            limit: chargeLimit)
        departure = watch.update(settings, needs, charging: charging, clock: clock, now: now)
        let floor = needs?.minimumCharge ?? settings?.minimumCharge ?? .zero
        maximumCharge = max(settings?.maximumCharge ?? Ratio(1), floor)
        minimumCharge =
            switch departure {
            case .late, .unknown: max(floor, min(targetCharge ?? floor, maximumCharge))
            case .none, .ahead: floor
            }
        keepsTarget = minimumCharge > floor
        throughputLimit = settings?.throughputLimit
        participates = needs?.participates ?? settings?.participates ?? true
    }
}
