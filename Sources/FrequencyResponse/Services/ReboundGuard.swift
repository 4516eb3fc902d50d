/// When an event of low frequency counts as over, for the charging that it stopped.
public struct ReboundSettings: BitwiseCopyable, Sendable {
    /// The deviation below nominal at which frequency counts as back; above zero.
    public var edge: Hertz
    /// How long it must have been back without a break.
    public var time: Interval
    /// How fast charging then comes back, as a share of the capacity per second.
    public var ramp: Double

    package init(edge: Hertz, time: Interval, ramp: Double) {
        self.edge = edge
        self.time = time
        self.ramp = ramp
    }
}

/// Keeps charging that an event of low frequency stopped from coming back inside the event.
///
/// In February 2024 a timer put sixteen cars back on charge while the grid was still weak. So a response may shrink to
/// nothing by its own rules, but the part of it that is stopped charging stays until frequency has been back for the
/// release time, and then ramps. States: resting, guarding, returning. A new excursion guards again at any instant;
/// frequency as far on the other side, or a service that supports a high frequency, ends it at once. A meter that is
/// lost ends nothing. What a service asks to support a high frequency is never withheld.
public struct ReboundGuard: BitwiseCopyable, Sendable {
    /// Where the guard stands.
    public enum Phase: UInt8, BitwiseCopyable, Sendable {
        case resting, guarding, returning
    }

    /// Where the guard stands now.
    public private(set) var phase: Phase = .resting
    private var releasedSince: Instant?
    private var peak = 0.0
    private var floor = 0.0

    package init() {}

    /// Makes one that stands in a given phase, for tests of single entries of its table.
    public init(in phase: Phase, peak: Double, releasedSince: Instant? = nil) {
        self.phase = phase
        self.peak = peak
        floor = peak
        self.releasedSince = releasedSince
    }

    /// Goes on after a restart: an event goes on until its release was seen. What was given of it has ended where the
    /// machine was started anew.
    package init(restoring saved: Saved, restart: Restart) {
        phase = saved.phase
        guard restart != .otherBoot else { return }
        peak = saved.peak.clamped(to: 0...1)
        floor = saved.floor.clamped(to: 0...1)
    }

    /// What a restart has to know.
    package var saved: Saved { Saved(phase: phase, peak: peak, floor: floor) }

    /// Whether the event is not over.
    public var isUnreleased: Bool { phase == .guarding }

    /// Nothing was seen for a while: a release has to begin anew.
    public mutating func forgetRelease() { releasedSince = nil }

    /// The share given, for the share that the service asks by itself. `depth` is how far frequency lies below nominal,
    /// and `idleShare` the share that just keeps the site from charging.
    public mutating func update(
        _ asked: Double, depth: Hertz, idleShare: Double, settings: ReboundSettings, now: Instant, elapsed: Interval
    ) -> Double {
        let side = SupportedSide(-depth, supportsLow: true)
        let isBack = side.isBack(settings.edge)
        if !isBack, asked > 0 {
            if phase == .resting { peak = 0 }
            phase = .guarding
        }
        if side.hasCrossed(settings.edge) || asked < 0 { phase = .resting }
        if !isBack { releasedSince = nil } else if releasedSince == nil { releasedSince = now }
        switch phase {
        case .resting:
            peak = 0
            floor = 0
        case .guarding:
            peak = max(peak, asked)
            floor = min(peak, max(0, idleShare))
            if let releasedSince, now.elapsed(since: releasedSince) >= settings.time { phase = .returning }
        case .returning:
            floor = max(0, floor - settings.ramp * elapsed.seconds)
            peak = max(asked, floor)
            if floor <= 0 { phase = .resting }
        }
        return phase == .resting ? asked : max(asked, floor)
    }
}

extension ReboundGuard {
    /// What is kept of the guard.
    package struct Saved: BitwiseCopyable, Sendable {
        package var phase: Phase
        package var peak: Double
        package var floor: Double
    }
}

extension ReboundGuard.Saved: Visitable {
    package static var blank: Self { Self(phase: .resting, peak: 0, floor: 0) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("phase", &phase)
        visitor.visit("peak", &peak)
        visitor.visit("floor", &floor)
    }
}

extension ReboundGuard.Phase: Visitable {
    package static var blank: Self { .resting }
}
