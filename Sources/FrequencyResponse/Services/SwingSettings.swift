/// How the detector of a site's own swing judges. The figures were chosen on a model of an island and tried on four
/// other grids and on recordings of large ones.
public struct SwingSettings: BitwiseCopyable, Sendable {
    /// Delay and lag of the slowest charger that responds, together.
    public var wait: Interval
    /// Whether the response is changed. Otherwise a swing is reported and the response stays as it is.
    public var acts: Bool
    /// The least height of a half-swing, from peak to peak.
    public var leastHeight = Hertz(0.35)
    /// How far frequency must come back from an extreme for a turning point.
    public var leastTurn = Hertz(0.08)
    /// A swing goes on while each half-swing is at least this part of the one before.
    public var keptPart = 0.9
    /// The longest of two half-swings in a row is at most so many times the other.
    public var evenness = 2.0
    /// The time constant of the mean response, which stays while the swinging part is withdrawn.
    public var meanTime = Interval.seconds(20)
    /// How long a swing of other causes is left alone.
    public var lockTime = Interval.seconds(3_600)
    /// The time to the first step in which the response is restored; each further swing doubles it, to 32 times.
    public var restoreTime = Interval.seconds(600)

    package init(wait: Interval, acts: Bool) {
        self.wait = wait
        self.acts = acts
    }

    /// The longest half-swing that the site's own delay can make.
    var longest: Interval { wait * 2 + wait / 2 + .milliseconds(1_500) }
}
