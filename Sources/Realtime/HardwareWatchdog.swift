import CRealtime
public import FrequencyResponse

/// The machine's own watchdog: it restarts the machine when it is not fed in time. A crash leaves it running.
public final class HardwareWatchdog: Sendable {
    /// Why the watchdog cannot be had.
    public struct Refused: Error {
        /// errno's code.
        public var code: Int32
    }

    private let descriptor: Int32
    /// The time that the device keeps, which may be another than was asked for.
    public let timeout: Interval

    package init(path: String, timeout: Interval) throws(Refused) {
        var seconds = Int32(timeout.seconds)
        let opened = unsafe crealtime_watchdog_open(path, &seconds)
        guard opened >= 0 else { throw Refused(code: -opened) }
        descriptor = opened
        self.timeout = .seconds(Int64(seconds))
    }

    /// Puts the restart off.
    public func feed() { _ = crealtime_watchdog_feed(descriptor) }

    /// Stops it, for an end in order. Once.
    public func release() { crealtime_watchdog_release(descriptor) }
}
