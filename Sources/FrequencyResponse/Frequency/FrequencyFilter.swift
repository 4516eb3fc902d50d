/// A first-order low-pass on the frequency. A ramp leaves it late by its time constant.
struct FrequencyFilter: BitwiseCopyable, Sendable {
    private var output: Hertz?

    mutating func update(_ frequency: Hertz, time: Interval, elapsed: Interval) -> Hertz {
        guard time > .zero, let before = output else {
            output = frequency
            return frequency
        }
        // The backward form: stable for any step, and never beyond its input.
        let filtered = before + (frequency - before) * (elapsed.seconds / (time.seconds + elapsed.seconds))
        output = filtered
        return filtered
    }

    mutating func forget() { output = nil }
}
