/// The site file's settings of one charger and its vehicle, validated.
public struct ChargerSettings: BitwiseCopyable, Sendable {
    /// The highest charging power; zero or above.
    public var chargeLimit: Watts
    /// The highest discharging power as a positive number; zero for a charge-only charger.
    public var dischargeLimit: Watts
    /// The smallest charging and discharging power besides none; positive numbers.
    public var chargeMinimum: Watts
    /// The smallest discharging power besides none.
    public var dischargeMinimum: Watts
    /// The step of the setpoint register by the profile, above zero. A device may have a coarser one.
    public var resolution: Watts
    /// The charging power that makes an idle charger report a state of charge; zero where it always does.
    public var wakePower: Watts
    /// How long the device continues with its last setpoint without communication.
    public var deviceTimeout: Interval
    /// How old its newest reading may be before it counts as unreachable.
    public var readingAgeLimit: Interval
    /// The phases it is connected to.
    public var phases: PhaseSet
    /// Whether 0 W must never be written. Its idle command is written instead.
    public var forbidsZero: Bool
    /// The step in which it reports the state of charge; zero where it is exact.
    public var chargeStep: Ratio
    /// How it follows its setpoints.
    public var behaviour: ChargerBehaviour
    /// The part of its power that is fast enough for each service.
    public var qualifiedShares = InlineArray<6, QualifiedShares>(
        repeating: QualifiedShares(raise: .whole, lower: .whole))
    /// Whether it takes part in responses. One that is too slow for a grid of this size charges as planned.
    public var responds = true
    /// The vehicle; nil where the site file names none.
    public var vehicle: VehicleSettings?
    /// The most that it may take and give by itself while it is not under control, as positive numbers. For limits
    /// the greater of this and its charging limit counts.
    public var ownImport = Watts.zero
    /// The same for what it may give.
    public var ownExport = Watts.zero
    /// The permit that switches its supply alone; nil for none.
    public var permit: OwnPermit?

    package init(
        chargeLimit: Watts, dischargeLimit: Watts, chargeMinimum: Watts = .zero, dischargeMinimum: Watts = .zero,
        resolution: Watts = Watts(1), wakePower: Watts = .zero, deviceTimeout: Interval = .seconds(2),
        readingAgeLimit: Interval = .seconds(1), phases: PhaseSet = .all, forbidsZero: Bool = false,
        chargeStep: Ratio = .zero,
        behaviour: ChargerBehaviour? = nil, vehicle: VehicleSettings? = nil, permit: OwnPermit? = nil
    ) {
        self.permit = permit
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

extension ChargerSettings {
    /// The most that it may take while it is not under control.
    public var worstImport: Watts { max(chargeLimit, ownImport) }

    /// The greater of its limits.
    public var rating: Watts { max(chargeLimit, dischargeLimit) }

    /// The power up to which the charger counts as without current: 5 % of its greater limit.
    public var lowPower: Watts { rating * 0.05 }
}

/// What sharing asks of one charger's settings. They are read where they are: the whole of them is not copied.
extension Span where Element == ChargerSettings {
    /// The smallest power besides none on a side: 1 charging, -1 discharging.
    func minimum(_ index: Int, side: Double) -> Watts {
        side > 0 ? self[index].chargeMinimum : self[index].dischargeMinimum
    }

    /// The largest power of at most `power` (zero or above) that the charger can be commanded, in whole steps.
    func lowered(_ index: Int, _ power: Watts, side: Double, step: Watts) -> Watts {
        let part = step * Double(Int64(max(0, power / step) + 1e-9))
        return part >= minimum(index, side: side) ? part : .zero
    }

    /// The part of the charger's power that flows on a phase; all of it without one.
    func part(_ index: Int, on phase: Int?) -> Double {
        guard let phase else { return 1 }
        let phases = self[index].phases
        return phases.has(phase) ? 1 / Double(phases.count) : 0
    }
}
