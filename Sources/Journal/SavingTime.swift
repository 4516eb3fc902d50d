public import FrequencyResponse

/// When a state was saved: on which start of the machine, and how long after it.
public struct SavingTime: Sendable, Equatable {
    /// The kernel's name for this start of the machine; nil where it can't be read.
    public var boot: String?
    /// The time since that start.
    public var instant: Instant

    /// A time on a start of the machine.
    public init(boot: String?, instant: Instant) {
        self.boot = boot
        self.instant = instant
    }

    /// How a restart now stands to a state that was saved then.
    func restart(now: SavingTime) -> Restart {
        guard let boot, boot == now.boot, instant <= now.instant else { return .otherBoot }
        return .sameBoot(away: now.instant.elapsed(since: instant))
    }
}
