extension ChargerEvent: CustomStringConvertible {
    /// What happened, in a sentence for the log.
    public var description: String {
        switch self {
        case .takenOver: "taken over: zero power written, its timeout set and read back if it has one"
        case .takeOverRefused: "refused to be taken over; trying again"
        case .remoteLost: "somebody else took it over; trying again"
        case .leaseEnded: "lease ended, zero power written and acknowledged"
        case .setpointRefused: "refused setpoints; taking it over again"
        case .timeoutNotKept: "does not keep the timeout that was written; it is not used"
        case .fallbackNotKept: "does not keep the fallback power that was written; it is not used"
        case .wrongDevice:
            """
            refused: its registers hold values that a device of its profile never shows; nothing is written to it. Is \
            the profile right?
            """
        case .setpointNotKept:
            """
            its setpoint register holds something else than was written; does another master write to it, or does it \
            limit what it is told?
            """
        case .readingBridged:
            "one reading shows a state of charge or a power that it can't have; the value before it was used"
        case .scaleChanged: "the scale factor of its setpoint has changed; the setpoint is written anew"
        case .missingModel: "lacks a SunSpec model that its profile needs"
        }
    }
}
