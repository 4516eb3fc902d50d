import FrequencyResponse

/// A contact that bounces: open with the first sign of it, closed only after it has stood closed for its time.
struct Contact: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// Nothing was read yet: as good as open.
        case unknown
        case open
        case closing(since: Instant)
        case closed
    }

    enum Change: Equatable {
        case none, opened, closed
    }

    private(set) var state = State.unknown
    let debounce: Interval
    /// Its opening was told, and it has not counted as closed since: bounces while it closes are no openings.
    private(set) var hasOpened = false

    init(debounce: Interval) { self.debounce = debounce }

    var isClosed: Bool { state == .closed }

    /// The level that was last seen.
    var isSeenClosed: Bool {
        switch state {
        case .unknown, .open: false
        case .closing, .closed: true
        }
    }

    /// When it will count as closed, if nothing comes between.
    var due: Instant? { if case .closing(let since) = state { since + debounce } else { nil } }

    /// A level was seen. The first that is open is an opening as well: the contact may have been open before the
    /// program began.
    mutating func see(closed: Bool, at: Instant) -> Change {
        guard !closed else {
            if state == .unknown || state == .open { state = .closing(since: at) }
            return .none
        }
        state = .open
        defer { hasOpened = true }
        return hasOpened ? .none : .opened
    }

    mutating func settle(now: Instant) -> Change {
        guard let due, now >= due else { return .none }
        state = .closed
        hasOpened = false
        return .closed
    }
}
