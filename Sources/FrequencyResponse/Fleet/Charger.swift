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
    /// The phases that it is connected to.
    public var phases: PhaseSet
    /// Whether a power of 0 W must never be written: without power it is told its neutral command.
    public var forbidsZero: Bool
    /// The step in which it tells the state of charge; zero where it is exact.
    public var chargeStep: Ratio
    public var behaviour: ChargerBehaviour
    /// What it counts for each service by its speed, upwards and downwards.
    public var credits = InlineArray<6, DirectedCredit>(repeating: DirectedCredit(raise: .whole, lower: .whole))
    public var vehicle: VehicleSettings?

    public init(
        chargeLimit: Watts, dischargeLimit: Watts, chargeMinimum: Watts = .zero, dischargeMinimum: Watts = .zero,
        resolution: Watts = Watts(1), wakePower: Watts = .zero, deviceTimeout: Interval = .seconds(2),
        readingAgeLimit: Interval = .seconds(1), phases: PhaseSet = .all, forbidsZero: Bool = false,
        chargeStep: Ratio = .zero,
        behaviour: ChargerBehaviour? = nil, vehicle: VehicleSettings? = nil
    ) {
        self.phases = phases
        self.forbidsZero = forbidsZero
        self.chargeStep = chargeStep
        self.behaviour = behaviour ?? .assumed(limit: max(chargeLimit, dischargeLimit))
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

/// What a charger counts for one service by its speed.
public struct DirectedCredit: BitwiseCopyable, Sendable {
    public var raise: ServiceCredit
    public var lower: ServiceCredit

    public init(raise: ServiceCredit, lower: ServiceCredit) {
        self.raise = raise
        self.lower = lower
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
    /// What the driver of this session asks for, where it differs from the site file.
    public var driver: DriverRequest?

    public init(
        link: ChargerLink, takenAt: Instant? = nil, power: Watts? = nil, stateOfCharge: Ratio? = nil,
        offeredCharge: Watts? = nil, offeredDischarge: Watts? = nil, driver: DriverRequest? = nil
    ) {
        self.driver = driver
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

extension ChargerInputs {
    /// How it stands at `now`: a reading that is too old is as good as none, whatever writes it may still answer.
    func link(at now: Instant, limit: Interval) -> ChargerLink {
        guard link != .unreachable, let takenAt, takenAt <= now else { return .unreachable }
        return now.elapsed(since: takenAt) <= limit ? link : .unreachable
    }
}
