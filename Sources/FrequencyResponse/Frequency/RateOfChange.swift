/// The rate of change of frequency over a window of at least half a second, as IEEE 1547 and the Australian standard
/// count it.
///
/// It is the difference between the newest value and the youngest one that is at least the window old, divided by their
/// distance; so it lags by half the window, and a single wrong value counts with its share of the window only.
public struct RateOfChange: BitwiseCopyable, Sendable {
    private struct Entry: BitwiseCopyable, Sendable {
        var frequency: Hertz
        var at: Instant
    }

    private static var slots: Int { 16 }
    private var entries = InlineArray<16, Entry>(repeating: Entry(frequency: .zero, at: Instant(nanoseconds: 0)))
    private var count = 0
    private var next = 0
    /// In hertz per second; nil until a window is full.
    public private(set) var value: Double?

    package init() {}

    /// Takes a value, which may be the one of the call before.
    public mutating func update(_ frequency: Hertz, at now: Instant, window: Interval) {
        if count > 0 {
            let newest = entries[(next + Self.slots - 1) % Self.slots]
            guard now > newest.at else { return }
            // A gap longer than the window leaves nothing to compare with.
            if now > newest.at + window * 2 { forget() }
        }
        var base: Entry?
        for back in 1...Self.slots where back <= count {
            let entry = entries[(next + Self.slots - back) % Self.slots]
            if entry.at + window <= now {
                base = entry
                break
            }
        }
        value = base.map { (frequency - $0.frequency).value / now.elapsed(since: $0.at).seconds }
        let spacing = window / Int64(Self.slots - 2)
        if count == 0 || now >= entries[(next + Self.slots - 1) % Self.slots].at + spacing {
            entries[next] = Entry(frequency: frequency, at: now)
            next = (next + 1) % Self.slots
            count = min(count + 1, Self.slots)
        }
    }

    /// Starts anew, as after a gap.
    public mutating func forget() {
        count = 0
        value = nil
    }
}
