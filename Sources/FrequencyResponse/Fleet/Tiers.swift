/// The powers up to which a charger is used on one side, each at least the one before it; positive.
struct Tiers: BitwiseCopyable, Sendable {
    /// What its plan charges anyway.
    var planned = Watts.zero
    /// What it can keep up for the services' duration, less for a battery that has moved more energy today.
    var spared = Watts.zero
    /// What it can keep up for the services' duration.
    var sustained = Watts.zero
    /// All it has.
    var most = Watts.zero

    static func + (left: Tiers, right: Tiers) -> Tiers {
        Tiers(
            planned: left.planned + right.planned, spared: left.spared + right.spared,
            sustained: left.sustained + right.sustained,
            most: left.most + right.most)
    }

    /// Lowers every tier to at most `power`.
    mutating func limit(to power: Watts) {
        planned = min(planned, power)
        spared = min(spared, power)
        sustained = min(sustained, power)
        most = min(most, power)
    }
}
