/// What the site file says of one charger and its vehicle, validated.
public struct ChargerSettings: BitwiseCopyable, Sendable {
    /// The highest charging power; zero or above.
    public var chargeLimit: Watts
    /// The highest discharging power as a positive number; zero for a charge-only charger.
    public var dischargeLimit: Watts
    /// The smallest charging and discharging power besides none; positive numbers.
    public var chargeMinimum: Watts
    public var dischargeMinimum: Watts
    /// The step of the setpoint register, above zero.
    public var resolution: Watts
    /// The charging power that makes an idle charger report a state of charge; zero where it always does.
    public var wakePower: Watts
    /// How long the device goes on with its last setpoint when it hears nothing.
    public var deviceTimeout: Interval
    /// How old its newest reading may be before it counts as unreachable.
    public var readingAgeLimit: Interval
    public var vehicle: VehicleSettings?

    public init(
        chargeLimit: Watts, dischargeLimit: Watts, chargeMinimum: Watts = .zero, dischargeMinimum: Watts = .zero,
        resolution: Watts = Watts(1), wakePower: Watts = .zero, deviceTimeout: Interval = .seconds(2),
        readingAgeLimit: Interval = .seconds(1), vehicle: VehicleSettings? = nil
    ) {
        self.chargeLimit = chargeLimit
        self.dischargeLimit = dischargeLimit
        self.chargeMinimum = chargeMinimum
        self.dischargeMinimum = dischargeMinimum
        self.resolution = resolution
        self.wakePower = wakePower
        self.deviceTimeout = deviceTimeout
        self.readingAgeLimit = readingAgeLimit
        self.vehicle = vehicle
    }
}

/// The driver's side of a charger.
public struct VehicleSettings: BitwiseCopyable, Sendable {
    public var battery: WattHours
    /// The state of charge below which nothing is discharged.
    public var minimumCharge: Ratio
    /// The state of charge wanted at departure; nil charges nothing (baseline 0).
    public var targetCharge: Ratio?
    /// The local time of day of departure; nil charges to the target at once.
    public var departure: Interval?

    public init(battery: WattHours, minimumCharge: Ratio, targetCharge: Ratio? = nil, departure: Interval? = nil) {
        self.battery = battery
        self.minimumCharge = minimumCharge
        self.targetCharge = targetCharge
        self.departure = departure
    }
}

/// How a charger stands to its controller.
public enum ChargerLink: UInt8, Sendable, BitwiseCopyable {
    /// It does not answer: it may go on with its last setpoint until its own timeout.
    case unreachable
    /// It answers and is being taken over, or somebody else holds it.
    case notControlled
    /// It answers, obeys, and has no vehicle.
    case noVehicle
    /// It answers and reports a fault.
    case faulted
    /// It answers, obeys, and has a vehicle.
    case controlled
}

/// The newest news of one charger.
public struct ChargerInputs: BitwiseCopyable, Sendable {
    public var link: ChargerLink
    /// When the reading that all of this comes from was asked for; nil when there is none.
    public var takenAt: Instant?
    /// Measured power at the charger; nil when not known.
    public var power: Watts?
    /// The last state of charge that the charger reported as valid; nil when none was since plug-in.
    public var stateOfCharge: Ratio?
    /// What the charger offers now, as positive numbers; nil leaves the site file's limits.
    public var offeredCharge: Watts?
    public var offeredDischarge: Watts?

    public init(
        link: ChargerLink, takenAt: Instant? = nil, power: Watts? = nil, stateOfCharge: Ratio? = nil,
        offeredCharge: Watts? = nil, offeredDischarge: Watts? = nil
    ) {
        self.link = link
        self.takenAt = takenAt
        self.power = power
        self.stateOfCharge = stateOfCharge
        self.offeredCharge = offeredCharge
        self.offeredDischarge = offeredDischarge
    }
}

/// The power that a charger is told to take, with the instant at which it expires.
public struct Setpoint: BitwiseCopyable, Sendable {
    /// Where the setpoint stands when it is not a power: the profile's neutral command.
    public var isNeutral: Bool
    public var power: Watts
    /// When the lease ends; the link then writes neutral by itself.
    public var expires: Instant
    /// The tick that decided it.
    public var tick: UInt64

    public init(isNeutral: Bool, power: Watts, expires: Instant, tick: UInt64) {
        self.isNeutral = isNeutral
        self.power = power
        self.expires = expires
        self.tick = tick
    }

    public static func neutral(until expires: Instant, tick: UInt64) -> Setpoint {
        Setpoint(isNeutral: true, power: .zero, expires: expires, tick: tick)
    }
}

/// What the control law remembers of one charger from tick to tick. Storage belongs to the caller.
public struct ChargerMemory: BitwiseCopyable, Sendable {
    /// How the charger stands this tick, its reading's age considered.
    var link: ChargerLink = .unreachable
    /// The window of this tick: discharge (zero or below) to charge (zero or above).
    var lowest: Watts = .zero
    var highest: Watts = .zero
    /// What sharing gave it this tick.
    var share: Watts = .zero
    /// The setpoint of the last tick.
    var commanded: Watts = .zero
    /// When it was last seen under control; before that it counts its full limits.
    var controlledAt: Instant?
    /// The charging power that the driver's plan asks for, and since when.
    var plan: Watts = .zero
    var plannedAt: Instant?

    public init() {}
}

extension ChargerInputs {
    /// How it stands at `now`: a reading that is too old is as good as none, whatever writes it may still answer.
    func link(at now: Instant, limit: Interval) -> ChargerLink {
        guard link != .unreachable, let takenAt, takenAt <= now else { return .unreachable }
        return now.elapsed(since: takenAt) <= limit ? link : .unreachable
    }

    /// The powers that this charger may be told, from what it is, what it has and what its driver allows.
    func window(for settings: ChargerSettings, link: ChargerLink) -> (lowest: Watts, highest: Watts) {
        guard link == .controlled else { return (.zero, .zero) }
        let charge = min(settings.chargeLimit, offeredCharge ?? settings.chargeLimit)
        let discharge = min(settings.dischargeLimit, offeredDischarge ?? settings.dischargeLimit)
        guard let stateOfCharge else { return (.zero, max(.zero, charge)) }
        let floor = settings.vehicle?.minimumCharge ?? .zero
        let mayDischarge = stateOfCharge > floor && stateOfCharge <= Ratio(1)
        let mayCharge = stateOfCharge < Ratio(1) && stateOfCharge >= .zero
        return (mayDischarge ? -max(.zero, discharge) : .zero, mayCharge ? max(.zero, charge) : .zero)
    }

    /// The discharge and charge that can be kept up for `duration` from the battery, as positive numbers.
    func sustained(
        _ window: (lowest: Watts, highest: Watts), for settings: ChargerSettings, duration: Interval
    ) -> (discharge: Watts, charge: Watts) {
        guard let vehicle = settings.vehicle, let stateOfCharge else { return (-window.lowest, window.highest) }
        let above = max(Ratio.zero, stateOfCharge - vehicle.minimumCharge)
        let below = max(Ratio.zero, Ratio(1) - stateOfCharge)
        let discharge = (vehicle.battery * above.value).power(over: duration)
        let charge = (vehicle.battery * below.value).power(over: duration)
        return (min(-window.lowest, discharge), min(window.highest, charge))
    }
}
