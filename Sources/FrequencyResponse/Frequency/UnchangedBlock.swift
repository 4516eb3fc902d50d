/// Finds registers that have stood still for too long.
struct UnchangedBlock: BitwiseCopyable, Sendable {
    private static var count: Int32 { 20 }

    private var changes: UInt32?
    private var since: Instant?
    private var samples: Int32 = 0
    /// It had stood still before a restart, and has not moved since.
    private var stoodStill = false

    init(stoodStill: Bool = false) { self.stoodStill = stoodStill }

    /// Whether the block has been the same for the time and the number of samples.
    mutating func update(_ newest: UInt32?, at now: Instant, limit: Interval) -> Bool {
        guard let newest, newest == changes, let since, since <= now else {
            stoodStill = stoodStill && changes == nil && newest != nil
            changes = newest
            since = now
            samples = 1
            return stoodStill
        }
        if stoodStill { return true }
        samples = min(samples + 1, 1_000)
        return samples >= Self.count && now.elapsed(since: since) >= limit
    }
}
