/// The mean deviation over the last five minutes, from one value a second: the reference of a reservoir that runs out.
///
/// Deviations are kept in whole nanohertz, so that the sum never drifts.
struct FrequencyMean: BitwiseCopyable, Sendable {
    private static var length: Int { 300 }
    private var values = InlineArray<300, Int64>(repeating: 0)
    private var sum: Int64 = 0
    private var count = 0
    private var next = 0
    private var takenAt: Instant?

    /// Takes the newest deviation, once for every second that has passed.
    mutating func update(_ deviation: Hertz, now: Instant) {
        guard let last = takenAt else {
            takenAt = now
            push(deviation)
            return
        }
        let seconds = now.elapsed(since: last).nanoseconds / 1_000_000_000
        guard seconds > 0 else { return }
        takenAt = last + .seconds(seconds)
        for _ in 0..<min(seconds, Int64(Self.length)) { push(deviation) }
    }

    var mean: Hertz { count == 0 ? .zero : Hertz(Double(sum / Int64(count)) / 1e9) }

    private mutating func push(_ deviation: Hertz) {
        guard deviation.magnitude < Hertz(1_000) else { return }
        let value = Int64(deviation.value * 1e9)
        sum += value - (count == Self.length ? values[next] : 0)
        values[next] = value
        next = next + 1 == Self.length ? 0 : next + 1
        count = min(count + 1, Self.length)
    }
}
