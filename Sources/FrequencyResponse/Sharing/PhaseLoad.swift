/// What the meter of the connection measures on its three phases, chargers included.
public struct PhaseMeasurement: BitwiseCopyable, Sendable {
    /// The currents, without sign.
    public var currents: InlineArray<3, Amperes>
    /// The active powers, positive from the grid.
    public var powers: InlineArray<3, Watts>

    package init(currents: InlineArray<3, Amperes>, powers: InlineArray<3, Watts>) {
        self.currents = currents
        self.powers = powers
    }

    /// The reactive part of a phase's current, at the highest voltage that the phase may have. It stays the same
    /// whatever the chargers do, because they take active power alone.
    func reactive(_ phase: Int, voltage: Volts) -> Amperes {
        currents[phase].active(beside: Amperes(powers[phase].value / max(1, voltage.value)))
    }
}

/// What the building takes on one phase.
public struct PhaseLoad: BitwiseCopyable, Sendable {
    /// Its active power.
    public var power: LoadRange
    /// The reactive part of its current.
    public var reactive: Amperes

    package init(power: LoadRange, reactive: Amperes) {
        self.power = power
        self.reactive = reactive
    }
}

extension Amperes {
    /// What is left of a current beside a part that is shifted against it by a quarter of a period; never below zero.
    func active(beside part: Amperes) -> Amperes {
        Amperes(max(0, value * value - part.value * part.value).squareRoot())
    }
}
