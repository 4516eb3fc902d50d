/// How far a driver has got with its device, and which of its faults were reported: they are not reported again with
/// every further attempt.
struct Standing: Sendable {
    /// It has shown what it is.
    var isIdentified = false
    var wasTakenOver = false
    /// It was taken over to the end, and nothing has spoken against it since: a new connection is enough to go on.
    var mayResumeAfterReconnect = false
    var hasReportedTimeout = false
    var hasReportedRefusal = false
    var hasReportedDevice = false

    /// Nothing is known of the device any more.
    mutating func forgetDevice() {
        isIdentified = false
        mayResumeAfterReconnect = false
    }

    /// The take-over is complete. True for one that is to be reported.
    mutating func takenOver() -> Bool {
        defer { wasTakenOver = true }
        mayResumeAfterReconnect = true
        hasReportedTimeout = false
        hasReportedRefusal = false
        return !wasTakenOver
    }
}
