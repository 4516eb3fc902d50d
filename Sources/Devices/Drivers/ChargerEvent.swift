/// What happened to a charger, for the log.
public enum ChargerEvent: UInt8, BitwiseCopyable, Sendable {
    case takenOver
    case takeOverRefused
    case remoteLost
    /// Its lease ended and the device acknowledged zero power.
    case leaseEnded
    case setpointRefused
    /// The device does not keep the timeout that was written.
    case timeoutNotKept
    /// The fallback power that was written is not the one that is read back.
    case fallbackNotKept
    case missingModel
    /// Its registers hold what a device of its profile never shows.
    case wrongDevice
    /// Its setpoint register held something else than was written, twice in a row.
    case setpointNotKept
    /// One reading held a value that it can't have; the one before served.
    case readingBridged
    /// The scale factor of its setpoint changed while it was driven.
    case scaleChanged
}
