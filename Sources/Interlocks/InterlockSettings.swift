public import FrequencyResponse

/// The contacts and permits of a site.
public struct InterlockSettings: Sendable, Equatable {
    /// The contacts.
    public var contacts: [ContactSettings]
    /// The permits.
    public var permits: [PermitSettings]
    /// The number of chargers of the site.
    public var chargerCount: Int
    /// Within which a mirror contact has to follow its contactor.
    public var feedbackTime: Interval
    /// How long a permit outlives the last request for it: control has died or hangs.
    public var requestGrace: Interval

    package init(
        contacts: [ContactSettings], permits: [PermitSettings], chargerCount: Int,
        feedbackTime: Interval = .milliseconds(500),
        requestGrace: Interval = .milliseconds(500)
    ) {
        self.contacts = contacts
        self.permits = permits
        self.chargerCount = chargerCount
        self.feedbackTime = feedbackTime
        self.requestGrace = requestGrace
    }
}
