/// What an opened contact makes of the site, from the most urgent down.
public enum StopAction: String, Sendable, CaseIterable {
    /// Permit off at once, by the lines' own thread; then zero power.
    case stopNow = "stop_now"
    /// Zero power; permit off when the power is low, or after the stop deadline.
    case stop
    /// Zero power at once, and frequency is not answered; the permit stays. For islands and grid relays.
    case block
}
