import Foundation

/// A value behind a lock that the thread sanitizer understands: `Mutex` is handed over by the kernel when two threads
/// contend for it, which the sanitizer doesn't see and takes for a race.
public final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    /// A lock around a value.
    public init(_ value: Value) { self.value = value }

    /// Runs a function on the value while no other thread has it.
    public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
