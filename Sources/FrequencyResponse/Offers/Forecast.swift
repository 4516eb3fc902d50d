/// What the site could deliver later, for the first service's whole duration; as positive numbers.
public struct Forecast: BitwiseCopyable, Sendable {
    /// What is available upwards in half an hour.
    public var raiseInHalfAnHour: Watts
    /// What is available downwards in half an hour.
    public var lowerInHalfAnHour: Watts
    /// Kept up from now until the next announced departure; as now when none is announced.
    public var raiseUntilDeparture: Watts
    /// What is available downwards until the next departure.
    public var lowerUntilDeparture: Watts
    /// The time to the next announced departure; nil when none is known.
    public var nextDeparture: Interval?

    static var none: Forecast {
        Forecast(
            raiseInHalfAnHour: .zero, lowerInHalfAnHour: .zero, raiseUntilDeparture: .zero, lowerUntilDeparture: .zero,
            nextDeparture: nil)
    }
}
