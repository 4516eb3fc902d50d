/// When a charger with a permit of its own gets its supply back.
///
/// ```
/// waiting ──room is kept for it──► reserved ──the others have come down──► starting ──it is under control,──► running
///    ▲  └──────────there is room at once──────────────────────────────────────▲       or its time is up        │
///    └───────────────────────────────its permit is off, whatever the cause─────────────────────────────────────┘
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

    /// How long a contactor takes to open or to close, and its output to follow a request.
    private static var contactorTime: Interval { .seconds(1) }
    /// How long the others have to come down before a charger starts: the ladder's 2 s.
    private static var reservation: Interval { .seconds(2) }

    package init() {}

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
            } else if isOn, isControlled && elapsed >= Self.contactorTime || elapsed >= startTime {
                phase = .running
            }
        case .running: if !isOn { phase = .waiting }
        }
    }

    /// Room is kept for it from now on.
    mutating func reserve(_ now: Instant) { phase = .reserved(since: now) }

    /// Whether the others have had time to come down.
    func isDue(_ now: Instant) -> Bool {
        if case .reserved(let since) = phase { now.elapsed(since: since) >= Self.reservation } else { false }
    }

    mutating func start(_ now: Instant) { phase = .starting(since: now) }

    /// Its supply is taken, and does not come back before a time.
    mutating func withhold(until: Instant) {
        phase = .waiting
        notBefore = until
    }

    /// Whether it waits for its turn, and may have it.
    func waits(_ now: Instant) -> Bool { phase == .waiting && notBefore.map { now >= $0 } ?? true }
}
