/// The site file's settings of a charger's vehicle and its user.
public struct VehicleSettings: BitwiseCopyable, Sendable {
    /// The usable energy of the battery.
    public var battery: WattHours
    /// The state of charge below which nothing is discharged.
    public var minimumCharge: Ratio
    /// The state of charge above which nothing is charged.
    public var maximumCharge: Ratio
    /// The state of charge wanted at departure; nil charges nothing (baseline 0).
    public var targetCharge: Ratio?
    /// The local time of day of departure; nil charges to the target at once.
    public var departure: Interval?
    /// How long a vehicle that is still there after its departure counts as late.
    public var grace: Interval
    /// The energy that responses may move through the battery in a day; nil for no limit.
    public var throughputLimit: WattHours?
    /// Whether the user takes part. Without, the vehicle is charged as planned and does nothing else.
    public var participates: Bool
    /// What of the energy at the terminals arrives in the cells, and back again.
    public var efficiency: Double

    /// The grace time where none is stated.
    public static var standardGrace: Interval { .seconds(2 * 3_600) }

    package init(
        battery: WattHours, minimumCharge: Ratio, maximumCharge: Ratio = Ratio(1), targetCharge: Ratio? = nil,
        departure: Interval? = nil,
        grace: Interval = VehicleSettings.standardGrace, throughputLimit: WattHours? = nil, participates: Bool = true,
        efficiency: Double = 0.9
    ) {
        self.grace = grace
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

/// What a user needs this time. Where a field is nil, the site file's value counts.
public struct VehicleNeeds: BitwiseCopyable, Sendable {
    /// The usable energy of the battery.
    public var battery: WattHours?
    /// The floor, below which it is never discharged.
    public var minimumCharge: Ratio?
    /// The state of charge that its user needs.
    public var targetCharge: Ratio?
    /// When that state of charge is needed.
    public var departure: Instant?
    /// Whether its user takes part in services.
    public var participates: Bool?

    package init(
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
