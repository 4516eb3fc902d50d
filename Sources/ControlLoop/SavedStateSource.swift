public import FrequencyResponse
public import Realtime

/// What has to survive a restart, as it comes from control and from the contacts. For one reader.
public struct SavedStateSource: Sendable {
    private let mailboxes: Mailboxes
    private let lines: GPIOThread?

    package init(mailboxes: Mailboxes, lines: GPIOThread?) {
        self.mailboxes = mailboxes
        self.lines = lines
    }

    /// Rises when something has to be saved.
    public var came: WakeEvent { mailboxes.stateCame }

    /// No latch comes any more.
    public var hasEnded: Bool { lines?.hasEnded ?? false }

    /// The latches, when they have changed since the last call.
    public func newLatches() -> Set<String>? { lines?.changedLatches() }

    /// The law's state with those of the chargers, in the order of the site file, and the time of its tick; nil when
    /// there is no new one.
    public func newLaw() -> (state: SavedState, chargers: [SavedCharger], at: Instant)? {
        let newest = mailboxes.savedState.latest()
        guard newest.isNew, let timed = newest.value else { return nil }
        return (timed.state, mailboxes.savedChargers.map { $0.latest().value }, timed.at)
    }
}
