/// When a charger with a permit of its own gets its supply back.
///
/// ```
/// waiting ──room is kept for it──► reserved ──the others have come down──► starting ──it is under control,──► running
///    ▲  └──────────there is room at once──────────────────────────────────────▲       or its time is up        │
///    └───────────────its permit is off, a contact is open, or its minute is over───────────────────────────────┘
/// ```
///
/// Many chargers start to charge by themselves when their supply returns, until they are taken over. Those that do not
/// fit together beside the building therefore start one after another. ``SupplySequence`` decides whose turn it is.
package struct SupplyStart: BitwiseCopyable, Sendable {
    package enum Phase: BitwiseCopyable, Sendable, Equatable {
        case waiting
        case reserved(since: Instant)
        case starting(since: Instant)
        case running
    }

    package private(set) var phase = Phase.waiting
    private var offSince: Instant?
    /// When its supply may come back at the earliest.
    private var notBefore: Instant?
    /// How often in a row it was not under control when its start time was over, at most 10.
    package private(set) var failures: Int32 = 0

    /// How long a contactor takes to open or to close, and its output to follow a request.
    private static var contactorTime: Interval { .seconds(1) }
    /// How long the others have to come down at least before a charger starts, and how long room is kept for it.
    private static var reservation: Interval { .seconds(2) }
    private static var longestReservation: Interval { .seconds(60) }

    package init() {}

    /// Goes on after a restart.
    package init(supplyPause: Interval, failures: Int32, now: Instant) {
        notBefore = Restart.end(left: supplyPause, now: now)
        self.failures = max(0, min(failures, 10))
    }

    /// What is left of the time for which its supply stays cut.
    package func pauseLeft(_ now: Instant) -> Interval {
        notBefore.map { now < $0 ? $0.elapsed(since: now) : .zero } ?? .zero
    }

    /// Whether its permit stays open.
    package var isWithheld: Bool {
        switch phase {
        case .waiting, .reserved: true
        case .starting, .running: false
        }
    }

    /// Whether room is kept for it, or it starts.
    package var isUnderWay: Bool {
        switch phase {
        case .reserved, .starting: true
        case .waiting, .running: false
        }
    }

    /// Whether it has no supply, for long enough that no power flows.
    func isOff(_ now: Instant) -> Bool { offSince.map { now.elapsed(since: $0) >= Self.contactorTime } ?? false }

    /// `isOn`: its permit output is on, or its contactor is known to be welded.
    mutating func update(isOn: Bool, isControlled: Bool, startTime: Interval, now: Instant) {
        offSince = isOn ? nil : offSince ?? now
        switch phase {
        case .waiting, .reserved: break
        case .starting(let since):
            let elapsed = now.elapsed(since: since)
            if !isOn, elapsed >= Self.contactorTime {
                phase = .waiting
            } else if isOn, isControlled, elapsed >= Self.contactorTime {
                phase = .running
                failures = 0
            } else if elapsed >= startTime {
                phase = .running
                failures = min(failures + 1, 10)
            }
        case .running: if !isOn { phase = .waiting }
        }
    }

    /// Moves a reservation on. `isBarred`: a contact, a stop or a loss keeps it from starting at all.
    mutating func proceed(isBarred: Bool, isRoomKept: Bool, pause: Interval, now: Instant) {
        switch phase {
        case .waiting, .running: break
        case .starting: if isBarred { withhold(until: now + pause) }
        case .reserved(let since):
            if isBarred || now.elapsed(since: since) >= Self.longestReservation {
                withhold(until: now + Self.longestReservation)
            } else if isRoomKept, now.elapsed(since: since) >= Self.reservation {
                start(now)
            }
        }
    }

    /// Room is kept for it from now on.
    mutating func reserve(_ now: Instant) { phase = .reserved(since: now) }

    mutating func start(_ now: Instant) { phase = .starting(since: now) }

    /// Its supply is taken, and does not come back before a time. After starts that came to nothing it waits longer.
    mutating func withhold(until: Instant) {
        phase = .waiting
        notBefore = until + Self.longestReservation * Int64(failures)
    }

    /// Whether it waits for its turn, and may have it: it has no supply, and no power flows any more.
    func mayStart(_ now: Instant) -> Bool {
        phase == .waiting && isOff(now) && (notBefore.map { now >= $0 } ?? true)
    }

    /// Whether its permit is asked for.
    var hasSupply: Bool { !isWithheld }
}
