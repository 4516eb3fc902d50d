public import FrequencyResponse

/// How one charger is driven.
public struct ChargerLinkSettings: Sendable {
    /// What its registers mean.
    public var profile: ChargerProfile
    /// The unit on its connection.
    public var unit: UInt8
    /// How often it is read.
    public var pollInterval: Interval
    /// How long an answer is waited for.
    public var responseTimeout: Interval
    /// What the device's own timeout is set to; whole seconds.
    public var deviceTimeout: Interval
    /// With observing, nothing is ever written.
    public var observes: Bool

    package init(
        profile: ChargerProfile, unit: UInt8, pollInterval: Interval, responseTimeout: Interval,
        deviceTimeout: Interval, observes: Bool = false
    ) {
        self.profile = profile
        self.unit = unit
        self.pollInterval = pollInterval
        self.responseTimeout = responseTimeout
        self.deviceTimeout = deviceTimeout
        self.observes = observes
    }

    var refreshInterval: Interval { profile.refreshInterval(deviceTimeout: deviceTimeout) }
}
