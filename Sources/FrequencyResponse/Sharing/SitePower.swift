/// The power at the connection, chargers included.
public struct SitePower: BitwiseCopyable, Sendable {
    /// The power at the meter, positive from the grid.
    public var power: Watts
    /// When its reading was asked for.
    public var takenAt: Instant

    public init(power: Watts, takenAt: Instant) {
        self.power = power
        self.takenAt = takenAt
    }
}
