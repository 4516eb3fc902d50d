/// What the law has to know after a restart. It holds times that have passed or are left, and no instant: another
/// process has another time line after the machine was started anew.
///
/// The names and the order of the fields are those of ``version``. A change of either makes a new version.
public struct SavedState: BitwiseCopyable, Sendable {
    /// The version of the fields.
    public static var version: Int { 1 }

    /// UTC in nanoseconds since 1970, and the same in local time; nil while the clock is not trusted.
    package var nanosecondsUTC: Int64?
    package var nanosecondsLocal: Int64?
    /// The state of the site. It says what was, and is not restored.
    public package(set) var site: SiteState
    package var gridCode: GridCodeWatch.Saved
    package var sensing: SavedSensing
    /// What is left of the time for which the site's supply stays cut.
    package var supplyPause: Interval
    package var services: InlineArray<6, SavedService>
}

extension SavedState {
    /// What persons have said of meters, contradictions and pauses of the supply, without the rest, for a start that
    /// begins as after a trip.
    public var withoutControl: Self {
        var state = Self.blank
        state.sensing = sensing
        state.supplyPause = supplyPause
        return state
    }
}

#if !hasFeature(Embedded)
    // For callers with lists of names. The law itself knows no arrays.
    extension SavedState {
        /// The state for other meters: `places` gives each saved meter its place now; nil for one that is not there any
        /// more. What was known of that one is dropped.
        public func withMeters(_ places: [Int?]) -> Self {
            var state = self
            state.sensing = sensing.withMeters { $0 < places.count ? places[$0] : nil }
            return state
        }
    }
#endif

extension SavedState: Visitable {
    package static var blank: Self {
        Self(
            nanosecondsUTC: nil, nanosecondsLocal: nil, site: .starting, gridCode: .blank, sensing: .blank,
            supplyPause: .zero, services: .blank)
    }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("utc_ns", &nanosecondsUTC)
        visitor.visit("local_ns", &nanosecondsLocal)
        visitor.visit("site", &site)
        visitor.visit("grid_code", &gridCode)
        visitor.visit("sensing", &sensing)
        visitor.visit("supply_pause_ns", &supplyPause)
        visitor.visit("service", &services)
    }
}

extension SiteState: Visitable {
    package static var blank: Self { .starting }
}

/// A saved state with how the restart stands to it.
public struct RestoredState: BitwiseCopyable, Sendable {
    /// What was saved.
    public var state: SavedState
    /// Whether the machine ran on.
    public var restart: Restart

    package init(state: SavedState, restart: Restart) {
        self.state = state
        self.restart = restart
    }

    /// The settlement periods that have begun since, of a length; none where the time is not known.
    func periodsPassed(_ clock: WallClock, length: Interval) -> Int64 {
        guard clock.isTrusted, let saved = state.nanosecondsUTC, saved <= clock.nanosecondsUTC else { return 0 }
        return clock.nanosecondsUTC / length.nanoseconds - saved / length.nanoseconds
    }

    /// Whether the local day is still the same; so it is taken where the time is not known.
    package func isSameDay(_ clock: WallClock) -> Bool {
        guard clock.isTrusted, let saved = state.nanosecondsLocal else { return true }
        let day: Int64 = 86_400_000_000_000
        return clock.nanosecondsLocal / day == saved / day
    }
}
