/// What the site could deliver later, for the first service's whole duration; as positive numbers.
public struct Forecast: BitwiseCopyable, Sendable {
    public var raiseInHalfAnHour: Watts
    public var lowerInHalfAnHour: Watts
    /// Kept up from now until the next announced departure; as now when none is announced.
    public var raiseUntilDeparture: Watts
    public var lowerUntilDeparture: Watts
    public var nextDeparture: Interval?

    static var none: Forecast {
        Forecast(
            raiseInHalfAnHour: .zero, lowerInHalfAnHour: .zero, raiseUntilDeparture: .zero, lowerUntilDeparture: .zero,
            nextDeparture: nil)
    }
}
