public import FrequencyResponse

/// What a small synchronous grid is made of: one machine with load damping and, where there is one, a governor.
public struct GridMachine: Sendable {
    /// The size of the grid, with the inertia constant of its generators.
    public var size: GridSize
    /// The nominal frequency.
    public var nominal: Hertz
    /// How the load follows frequency, in parts of the power per part of nominal frequency.
    public var damping: Double
    /// The droop of the governor; nil for none.
    public var droop: Double?
    /// The time constants of its valve and of its turbine.
    public var valve: Interval
    /// The time constant of the turbine.
    public var turbine: Interval

    package init(
        size: GridSize, nominal: Hertz = Hertz(50), damping: Double = 1, droop: Double? = 0.05,
        valve: Interval = .milliseconds(300), turbine: Interval = .seconds(3)
    ) {
        self.size = size
        self.nominal = nominal
        self.damping = damping
        self.droop = droop
        self.valve = valve
        self.turbine = turbine
    }
}

/// A small grid whose frequency a site can move: the swing equation of one machine, with a governor behind two lags.
///
/// It has no limits of generator power, no load shedding and no second machine. It advances in steps of 5 ms of its
/// own time.
public struct GovernedGrid: Sendable {
    private static var step: Double { 0.005 }

    private let machine: GridMachine
    private var stepCount = 0
    private var valve = 0.0
    private var turbine = 0.0
    /// The frequency now.
    public private(set) var frequency: Hertz

    /// A grid in balance at its nominal frequency.
    public init(_ machine: GridMachine) {
        self.machine = machine
        frequency = machine.nominal
    }

    /// Moves on to a time counted from the grid's zero. `surplus` is the generation less the load that was added to the
    /// balance: negative for a loss of generation, and for a site that draws power.
    public mutating func advance(to time: Interval, surplus: Watts) {
        let power = surplus / machine.size.power
        while Double(stepCount + 1) * Self.step <= time.seconds {
            stepCount += 1
            integrate(power)
        }
    }

    private mutating func integrate(_ power: Double) {
        let deviation = (frequency - machine.nominal) / machine.nominal
        if let droop = machine.droop {
            valve += (-deviation / droop - valve) * Self.step / machine.valve.seconds
            turbine += (valve - turbine) * Self.step / machine.turbine.seconds
        }
        let acceleration = (power + turbine - machine.damping * deviation) / (2 * machine.size.inertia.seconds)
        frequency += machine.nominal * (acceleration * Self.step)
    }
}
