import FrequencyResponse

/// Which requests a device has answered, refused or put off.
///
/// A device that is not heard may hear all the same. Requests without an answer are therefore counted by what a further
/// one could do: keep a power alive, or not stop it.
struct AnswerRecord: Sendable {
    /// When it answered last.
    var answeredAt: Instant?
    /// Until when nothing is sent, whatever connects meanwhile.
    var silentUntil: Instant?
    /// Refusals in a row.
    var refusals = 0
    /// Requests in a row without an answer on this connection.
    var unanswered = 0
    /// Questions in a row without an answer while it may carry power.
    var unansweredReads = 0
    /// Zero powers in a row that were not acknowledged while it may carry power, over all connections.
    var unansweredZeroPowers = 0
    /// Powers in a row that were not acknowledged.
    var unansweredPowers = 0
    /// Since when the device has answered that it takes requests later, and until when it is not asked again.
    private var busySince: Instant?
    private(set) var busyUntil: Instant?
    private static var busyPause: Interval { .milliseconds(50) }

    /// It has answered the last request.
    mutating func answered(now: Instant) {
        answeredAt = now
        unanswered = 0
        unansweredReads = 0
        busySince = nil
        busyUntil = nil
    }

    /// It has acknowledged what it was commanded.
    mutating func acknowledged() {
        unansweredZeroPowers = 0
        unansweredPowers = 0
    }

    /// It has refused the last request, or put it off.
    mutating func refusedOrPutOff(isLater: Bool, now: Instant) {
        answeredAt = now
        unanswered = 0
        busyUntil = isLater ? now + Self.busyPause : nil
    }

    /// Whether a device that says "later" is asked again in the same way: within the given time. What it puts off for
    /// longer it refuses.
    mutating func mayPutOff(within limit: Interval, now: Instant) -> Bool {
        let since = busySince ?? now
        busySince = since
        return now.elapsed(since: since) <= limit
    }

    /// It was left alone, or is about to be.
    mutating func restart() {
        unansweredReads = 0
        unansweredZeroPowers = 0
    }
}
