import FrequencyResponse
import Modbus

/// What is said of a connection: each loss and each reason once, a lasting failure every minute, and the first answer
/// after it.
struct Outage {
    private static var repeated: Interval { .seconds(60) }

    private var isLost = false
    private var hasConnected = false
    private var attempts: Int32 = 0
    private var said: (error: ModbusError, at: Instant)?

    /// The connection was lost. Whether that is to be said.
    mutating func lost() -> Bool {
        defer { isLost = true }
        return !isLost
    }

    /// The connection could not be made. The number of attempts, when they are to be said.
    mutating func failed(_ error: ModbusError, now: Instant) -> Int32? {
        count()
        isLost = true
        if let said, said.error == error, now.elapsed(since: said.at) < Self.repeated { return nil }
        said = (error, now)
        return attempts
    }

    /// The connection was made. Whether that is to be said: the first time, since later ones tell by their answers.
    mutating func connected() -> Bool {
        count()
        defer { hasConnected = true }
        return !hasConnected && !isLost
    }

    /// An answer came. The number of attempts since the loss; nil where there was none.
    mutating func answered() -> Int32? {
        defer {
            isLost = false
            attempts = 0
            said = nil
        }
        return isLost ? attempts : nil
    }

    private mutating func count() { attempts = attempts == .max ? attempts : attempts + 1 }
}
