/// The offset of local time from UTC now, and across the nearest change on either side, which is a change to or from
/// daylight-saving time.
public struct LocalOffsets: BitwiseCopyable, Sendable, Equatable {
    /// In seconds, before the last change.
    public var before: Int32
    /// When the present offset began, in nanoseconds UTC since 1970.
    public var since: Int64
    /// The present offset, in seconds.
    public var now: Int32
    /// When it ends.
    public var until: Int64
    /// The offset after that, in seconds.
    public var after: Int32

    package init(before: Int32, since: Int64, now: Int32, until: Int64, after: Int32) {
        self.before = before
        self.since = since
        self.now = now
        self.until = until
        self.after = after
    }

    /// A zone whose offset never changes.
    public init(constant offset: Int32) {
        self.init(before: offset, since: .min, now: offset, until: .max, after: offset)
    }

    /// The instant at which local clocks show a time, given as nanoseconds since 1970 in local time. Of two such
    /// instants it is the earlier; a time that local clocks skip is the instant of the change.
    public func utc(local: Int64) -> Int64 {
        let early = local - Self.nanoseconds(before)
        if early < since { return early }
        let present = local - Self.nanoseconds(now)
        if present < since { return since }
        if present < until { return present }
        return max(until, local - Self.nanoseconds(after))
    }

    private static func nanoseconds(_ seconds: Int32) -> Int64 { Int64(seconds) * 1_000_000_000 }
}
