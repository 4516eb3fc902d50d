/// The power at the connection, chargers included.
public struct SitePower: BitwiseCopyable, Sendable {
    public var power: Watts
    public var takenAt: Instant

    public init(power: Watts, takenAt: Instant) {
        self.power = power
        self.takenAt = takenAt
    }
}
