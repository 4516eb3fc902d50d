/// The time from a change of frequency to a charger's command, part by part.
public struct ReactionPath: BitwiseCopyable, Sendable {
    /// Half the meter's averaging window.
    public var averaging: Interval
    /// The meter's update time.
    public var update: Interval
    /// From the update to the request: the poll interval.
    public var poll: Interval
    /// What the meter's line needs: for what it has begun, and for the reading.
    public var transfer: Interval
    /// The low-pass filter's delay; zero without one.
    public var filter: Interval
    /// The control period.
    public var tick: Interval
    /// The write on the charger's link, after what that has begun and the other chargers' writes.
    public var write: Interval

    package init(
        averaging: Interval = .zero, update: Interval = .zero, poll: Interval = .zero, transfer: Interval = .zero,
        filter: Interval = .zero,
        tick: Interval = .zero, write: Interval = .zero
    ) {
        self.averaging = averaging
        self.update = update
        self.poll = poll
        self.transfer = transfer
        self.filter = filter
        self.tick = tick
        self.write = write
    }

    /// The whole time.
    public var total: Interval { averaging + update + poll + transfer + filter + tick + write }
}
