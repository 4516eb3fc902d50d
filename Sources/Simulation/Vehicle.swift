public import FrequencyResponse

/// A battery on wheels.
public struct Vehicle: Sendable {
    /// The energy of the full battery.
    public var battery: WattHours
    /// The state of charge now, 0 to 1.
    public private(set) var stateOfCharge: Ratio
    /// One-way efficiency: what is lost between the charger's terminals and the cells.
    public var efficiency: Double

    /// Defaults: 40 kWh, 60 %, and 95 % each way (an assumption, not a measurement).
    public init(battery: WattHours = WattHours(40_000), stateOfCharge: Ratio = Ratio(0.6), efficiency: Double = 0.95) {
        self.battery = battery
        self.stateOfCharge = stateOfCharge
        self.efficiency = efficiency
    }

    /// What the battery takes of a power: nothing more when full, nothing out when empty.
    public func accepts(_ power: Watts) -> Watts {
        if power > .zero, stateOfCharge >= Ratio(1) { return .zero }
        if power < .zero, stateOfCharge <= .zero { return .zero }
        return power
    }

    /// Takes up or gives the energy of a power at its terminals, positive for charging.
    public mutating func carry(_ power: Watts, for time: Interval) {
        let energy = power.energy(over: time).value
        let stored = energy > 0 ? energy * efficiency : energy / efficiency
        stateOfCharge = Ratio(min(1, max(0, stateOfCharge.value + stored / battery.value)))
    }
}
