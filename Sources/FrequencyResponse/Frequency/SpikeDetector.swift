/// Finds a single sample that jumps and that the next one does not confirm: it lies more than 0.2 Hz from both of its
/// neighbours, on the same side of both. What such a sample started is taken back.
struct SpikeDetector: BitwiseCopyable, Sendable {
    private static var least: Hertz { Hertz(0.2) }

    private var last: Hertz?
    private var beforeLast: Hertz?
    /// When the last value was seen first, and when it was seen last.
    private var lastSince: Instant?
    private var lastAt: Instant?

    /// What a new value says of the one before it.
    enum Finding {
        /// The value is that of the call before, or of the same update of the meter.
        case none
        case newSample
        /// A new sample, and the one before it was a spike.
        case spike
    }

    /// Takes a value with the time of its sample. A meter may be read several times per update.
    mutating func update(_ frequency: Hertz, sampledAt: Instant?, updateTime: Interval) -> Finding {
        if let sampledAt {
            if sampledAt == lastAt { return .none }
            lastAt = sampledAt
            if frequency == last, let lastSince, sampledAt < lastSince + updateTime { return .none }
            lastSince = sampledAt
        }
        var isSpike = false
        if let last, let beforeLast {
            let rise = last - beforeLast
            let fall = last - frequency
            isSpike =
                min(rise.magnitude, fall.magnitude) > Self.least && rise.value * fall.value > 0
                && (frequency - beforeLast).magnitude <= Self.least
        }
        // A spike is no neighbour of later samples.
        beforeLast = isSpike ? beforeLast : last
        last = frequency
        return isSpike ? .spike : .newSample
    }

    /// Starts anew, as after a gap.
    mutating func forget() {
        last = nil
        beforeLast = nil
    }
}
