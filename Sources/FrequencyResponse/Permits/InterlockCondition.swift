/// What open and latched contacts make of the site.
public enum InterlockCondition: UInt8, Sendable, BitwiseCopyable {
    case clear
    /// Zero power at once, and frequency is not answered: an island, or a grid relay.
    case blocked
    /// Zero power at once, and out of service until the contact is closed and its latch reset.
    case tripped
}

/// What the interlock machine has found when the tick began.
public struct InterlockInputs: BitwiseCopyable, Sendable, Equatable {
    /// What open and latched contacts make of the site.
    public var condition: InterlockCondition
    /// A latch was reset, and the site has not been armed again since.
    public var isDisarmed: Bool
    /// The number of openings so far.
    public var epoch: UInt64
    /// The number of turns that the contacts' thread has made; it stands still while that thread hangs.
    public var turns: UInt64
    /// A bit for each permit that is on, or whose contactor is known to be welded.
    public var standing: UInt64

    package init(
        condition: InterlockCondition = .clear, isDisarmed: Bool = false, epoch: UInt64 = 0, turns: UInt64 = 0,
        standing: UInt64 = .max
    ) {
        self.condition = condition
        self.isDisarmed = isDisarmed
        self.epoch = epoch
        self.turns = turns
        self.standing = standing
    }
}
