public import FrequencyResponse

/// An instant of a test, in milliseconds after its start. The start lies far from zero, so that no age reaches before
/// it.
public func at(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
}
