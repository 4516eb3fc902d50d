/// What happened at the contacts, for the log. Indices are those of the settings.
public enum InterlockEvent: BitwiseCopyable, Sendable, Equatable {
    case opened(contact: Int)
    case closed(contact: Int)
    case latched(contact: Int)
    /// A contact can't be read any more; it counts as open.
    case unreadable(contact: Int)
    /// A poll found a level whose edge never came.
    case edgeLost(contact: Int)
    case permitOn(Int)
    case permitOff(Int)
    /// Control wants this permit off although others may be on: an ordered stop, or a charger that is out of hand.
    case withheld(permit: Int)
    /// An output can't be driven.
    case undrivable(output: Int)
    /// A contactor that was to be off did not say so.
    case welded(permit: Int)
    /// A contactor that was on fell although its permit is on.
    case dropped(permit: Int)
    /// A contactor that was to be on still says that it is off.
    case contactorStaysOff(permit: Int)
    case reset
    /// The button was pressed while a contact that latched stands open.
    case resetRefused(contact: Int)
    /// The button was pressed again after a reset.
    case armed
    /// No permit request came in time.
    case requestExpired
    /// The heart has not beaten for a second, and beats again.
    case heartStopped
    case heartBeats
    /// No contact can be read any more.
    case linesLost
}
