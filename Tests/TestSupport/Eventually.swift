import Foundation

/// Waits until something is true, looking every 5 ms; false when it was not within the time.
public func eventually(within seconds: Double, _ condition: () -> Bool) -> Bool {
    let end = ProcessInfo.processInfo.systemUptime + seconds
    while ProcessInfo.processInfo.systemUptime < end {
        if condition() { return true }
        usleep(5_000)
    }
    return condition()
}
