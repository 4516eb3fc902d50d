internal import CRealtime
public import FrequencyResponse

/// The time line of the live site: CLOCK_BOOTTIME. The only place that reads a clock.
public enum LiveClock {
    /// The time since the machine was started, suspension included, in whole microseconds.
    public static func now() -> Instant { Instant(nanoseconds: crealtime_now()).wholeMicroseconds }

    /// UTC, and whether the kernel says that it is synchronised.
    public static func wall() -> WallClock {
        var utc: Int64 = 0
        var synchronised: Int32 = 0
        unsafe crealtime_wall_clock(&utc, &synchronised)
        return WallClock(nanosecondsUTC: utc, offsetFromUTC: 0, isTrusted: synchronised != 0)
    }
}

/// A counter that threads wait on; raising it wakes all of them with one system call.
@safe public final class WakeEvent: @unchecked Sendable {
    // Safety: the C counter is atomic and lives as long as this object.
    private let event: OpaquePointer

    package init() {
        guard let event = unsafe crealtime_event_new() else { preconditionFailure("no memory for an event") }
        unsafe self.event = event
    }

    deinit { unsafe crealtime_event_free(event) }

    /// Take it before looking for work, so that work which comes in between ends the wait at once.
    public var count: UInt32 { unsafe crealtime_event_count(event) }

    /// Wakes all that wait.
    public func raise() { unsafe crealtime_event_raise(event) }

    /// Waits until the count differs from `seen`, or until the instant.
    public func wait(while seen: UInt32, until deadline: Instant) {
        unsafe crealtime_event_wait(event, seen, deadline.nanoseconds)
    }
}

/// A thread of our own, outside Swift's pool.
@safe public final class RealtimeThread: @unchecked Sendable {
    // Safety: the handle never changes, and joining is its owner's single act.
    private let thread: OpaquePointer
    /// Nil when the thread runs under SCHED_FIFO as asked, else errno's code.
    public let realtimeRefusal: Int32?

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts the thread. A `priority` above zero asks for SCHED_FIFO. The stack is in bytes.
    public init(name: String, priority: Int32 = 0, stack: Int = 256 * 1_024, _ run: @escaping @Sendable () -> Void) {
        let body = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
        var refusal: Int32 = 0
        let started = unsafe crealtime_thread_start(
            name, priority, stack, { unsafe Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run() }, body, &refusal)
        guard let started = unsafe started else { preconditionFailure("a thread could not be started") }
        unsafe thread = started
        realtimeRefusal = refusal < 0 ? -refusal : nil
    }

    /// Waits for the thread's end, for at most the time; false when it has not ended. Once it has, never again.
    public func join(within time: Interval = .seconds(3_600)) -> Bool {
        unsafe crealtime_thread_join(thread, time.nanoseconds) == 0
    }
}

/// What the whole process needs once, at its start.
public enum HostProcess {
    /// Ignores SIGPIPE, and allows as many descriptors as a large site takes. Stop signals end the process as ever.
    public static func prepareTool() { _ = crealtime_prepare_process() }

    /// The same, and keeps the stop signals for ``nextSignal(within:)``.
    public static func prepare() {
        prepareTool()
        crealtime_hold_signals()
    }

    /// Locks the program in memory; nil when it is, else errno's code.
    public static func lockMemory() -> Int32? {
        let result = crealtime_lock_memory()
        return result < 0 ? -result : nil
    }

    /// The next of SIGINT, SIGTERM and SIGHUP, or nil after the time.
    public static func nextSignal(within time: Interval) -> Int32? {
        let signal = crealtime_next_signal(time.nanoseconds)
        return signal > 0 ? signal : nil
    }

    /// Takes a name that one process of this machine can have at a time, and keeps it until this process ends, however
    /// it does. False when another one has it; where the kernel gives no such names nobody is kept out.
    public static func claim(_ name: String) -> Bool { unsafe crealtime_claim(name) == 0 }
}

/// The service manager that started the program, by the protocol of systemd's sd_notify.
public enum ServiceManager {
    /// Tells it a state such as `READY=1`. Without a service manager this does nothing.
    public static func notify(_ state: String) { _ = unsafe crealtime_notify(state) }

    /// How long it waits for `WATCHDOG=1` before it ends the program; nil when it does not.
    public static var watchdogPeriod: Interval? {
        let period = crealtime_watchdog_ns()
        return period > 0 ? Interval(nanoseconds: period) : nil
    }
}
