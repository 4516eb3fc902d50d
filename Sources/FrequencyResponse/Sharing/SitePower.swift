/// The power at the connection, chargers included.
public struct SitePower: BitwiseCopyable, Sendable {
    /// The power at the meter, positive from the grid.
    public var power: Watts
    /// The same by phase; nil where no phase is limited, or the meter does not measure it.
    public var phases: PhaseMeasurement?
    /// When its reading was asked for.
    public var takenAt: Instant

    package init(power: Watts, phases: PhaseMeasurement? = nil, takenAt: Instant) {
        self.power = power
        self.phases = phases
        self.takenAt = takenAt
    }
}
