/// Finds the extremes of a frequency: a turning point is one from which it has come back by a least amount.
struct TurningPoints: BitwiseCopyable, Sendable {
    /// The way from one turning point to the next.
    struct Way: BitwiseCopyable {
        var begin: Instant
        var duration: Interval
        var height: Hertz
    }

    private struct Extreme: BitwiseCopyable {
        var value: Hertz
        var at: Instant
    }

    private enum Course: BitwiseCopyable {
        case unknown
        case rising
        case falling
    }

    private var course = Course.unknown
    private var highest: Extreme?
    private var lowest: Extreme?

    /// Takes a sample. A way ends with the turning point that this sample confirms; nil otherwise.
    mutating func update(_ value: Hertz, now: Instant, leastTurn: Hertz) -> Way? {
        let sample = Extreme(value: value, at: now)
        guard let high = highest, let low = lowest else {
            highest = sample
            lowest = sample
            return nil
        }
        switch course {
        case .unknown:
            if value > high.value { highest = sample }
            if value < low.value { lowest = sample }
            if high.value - value >= leastTurn {
                course = .falling
                lowest = sample
            } else if value - low.value >= leastTurn {
                course = .rising
                highest = sample
            }
            return nil
        case .rising:
            if value > high.value {
                highest = sample
            } else if high.value - value >= leastTurn {
                course = .falling
                lowest = sample
                return Way(begin: low.at, duration: high.at.elapsed(since: low.at), height: high.value - low.value)
            }
            return nil
        case .falling:
            if value < low.value {
                lowest = sample
            } else if value - low.value >= leastTurn {
                course = .rising
                highest = sample
                return Way(begin: high.at, duration: low.at.elapsed(since: high.at), height: high.value - low.value)
            }
            return nil
        }
    }
}
