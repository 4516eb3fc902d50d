import FrequencyResponse

/// A charger with its vehicle in virtual time: dead time, ramp, battery, and faults.
struct TrialCharger {
    private let behaviour: ChargerBehaviour
    private let battery: WattHours
    private let efficiency = 0.95
    private var pending: [(at: Instant, power: Watts)] = []
    private var aim = Watts.zero
    private var commanded = Watts.zero
    private(set) var power = Watts.zero
    private(set) var stateOfCharge: Double
    /// The energy books: what went in and out at the terminals, and what the cells held at the start.
    private(set) var charged = 0.0
    private(set) var discharged = 0.0
    private let initialCharge: Double
    /// The most that it really discharges, as a share of the command.
    var weakness = 1.0

    init(behaviour: ChargerBehaviour, battery: WattHours, stateOfCharge: Double) {
        self.behaviour = behaviour
        self.battery = battery
        self.stateOfCharge = stateOfCharge
        initialCharge = stateOfCharge
    }

    mutating func command(_ newest: Watts, now: Instant) {
        guard newest != commanded else { return }
        let dead = behaviour.deadTime(from: power, to: newest)
        commanded = newest
        // Commands act in the order in which they came.
        let at = max(now + dead, pending.last?.at ?? now)
        pending.append((at, newest))
    }

    mutating func advance(to now: Instant, by elapsed: Interval) {
        while let next = pending.first, next.at <= now {
            aim = next.power
            pending.removeFirst()
        }
        let wanted = aim < .zero ? aim * weakness : aim
        let reach = behaviour.ramp * elapsed.seconds
        power = wanted > power ? min(wanted, power + reach) : max(wanted, power - reach)
        if power > .zero, stateOfCharge >= 1 { power = .zero }
        if power < .zero, stateOfCharge <= 0 { power = .zero }
        let energy = power.energy(over: elapsed).value
        if energy > 0 { charged += energy } else { discharged -= energy }
        stateOfCharge += (energy > 0 ? energy * efficiency : energy / efficiency) / battery.value
    }

    /// What the books are off by, in watt-hours.
    var bookError: Double {
        abs((stateOfCharge - initialCharge) * battery.value - charged * efficiency + discharged / efficiency)
    }
}
