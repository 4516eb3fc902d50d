/// What the site file says of a charger's vehicle and driver.
public struct VehicleSettings: BitwiseCopyable, Sendable {
    public var battery: WattHours
    /// The state of charge below which nothing is discharged.
    public var minimumCharge: Ratio
    /// The state of charge above which nothing is charged.
    public var maximumCharge: Ratio
    /// The state of charge wanted at departure; nil charges nothing (baseline 0).
    public var targetCharge: Ratio?
    /// The local time of day of departure; nil charges to the target at once.
    public var departure: Interval?
    /// The energy that responses may move through the battery in a day; nil for no limit.
    public var throughputLimit: WattHours?
    /// Whether the driver takes part; without, the vehicle is charged as planned and nothing else.
    public var participates: Bool
    /// What of the energy at the terminals arrives in the cells, and back again.
    public var efficiency: Double

    public init(
        battery: WattHours, minimumCharge: Ratio, maximumCharge: Ratio = Ratio(1), targetCharge: Ratio? = nil,
        departure: Interval? = nil,
        throughputLimit: WattHours? = nil, participates: Bool = true, efficiency: Double = 0.9
    ) {
        self.battery = battery
        self.minimumCharge = minimumCharge
        self.maximumCharge = maximumCharge
        self.targetCharge = targetCharge
        self.departure = departure
        self.throughputLimit = throughputLimit
        self.participates = participates
        self.efficiency = efficiency
    }
}

/// What a driver asks for this time; whatever is nil is as the site file says.
public struct DriverRequest: BitwiseCopyable, Sendable {
    public var battery: WattHours?
    public var minimumCharge: Ratio?
    public var targetCharge: Ratio?
    public var departure: Instant?
    public var participates: Bool?

    public init(
        battery: WattHours? = nil, minimumCharge: Ratio? = nil, targetCharge: Ratio? = nil, departure: Instant? = nil,
        participates: Bool? = nil
    ) {
        self.battery = battery
        self.minimumCharge = minimumCharge
        self.targetCharge = targetCharge
        self.departure = departure
        self.participates = participates
    }
}

/// A plugged-in vehicle with its driver's wishes, as they stand in one tick.
struct Guest: BitwiseCopyable {
    var battery: WattHours
    var minimumCharge: Ratio
    var maximumCharge: Ratio
    var targetCharge: Ratio?
    /// The time to departure; nil when nobody named it, or the clock can't be trusted with it.
    var departsIn: Interval?
    var throughputLimit: WattHours?
    var participates: Bool
    var efficiency: Double

    /// Nil when nothing is known of the vehicle.
    init?(_ settings: VehicleSettings?, _ request: DriverRequest?, clock: WallClock, now: Instant) {
        guard let battery = request?.battery ?? settings?.battery, battery > .zero else { return nil }
        self.battery = battery
        minimumCharge = request?.minimumCharge ?? settings?.minimumCharge ?? .zero
        maximumCharge = max(settings?.maximumCharge ?? Ratio(1), minimumCharge)
        targetCharge = request?.targetCharge ?? settings?.targetCharge
        throughputLimit = settings?.throughputLimit
        participates = request?.participates ?? settings?.participates ?? true
        efficiency = settings?.efficiency ?? 0.9
        if let departure = request?.departure {
            departsIn = departure > now ? departure.elapsed(since: now) : .zero
        } else if let departure = settings?.departure, clock.isTrusted {
            departsIn = clock.untilNext(departure)
        }
    }
}
