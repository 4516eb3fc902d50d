/// Whether a driver's target is met by departure, and what stands in the way.
public enum DepartureOutlook: UInt8, BitwiseCopyable, Sendable {
    /// No target or no departure is known.
    case open
    case onTime
    /// Even at its limit the charger would not be done.
    case tooLittleTime
    /// An event, or the recovery after one, holds charging back.
    case heldBack
    /// The connection or a phase of it lets too little flow.
    case limited
    /// The state of charge is not known.
    case unknownCharge
    /// The vehicle is still there after its departure: it keeps its target, charges on, and is not discharged.
    case late
    /// There should be a departure, and it is not known: the clock is not synchronised, or the one given has passed.
    /// The vehicle is not discharged below its target and charges towards it.
    case unknownDeparture
}
