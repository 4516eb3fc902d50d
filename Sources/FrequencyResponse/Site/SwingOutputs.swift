/// What the watch for a swing of the site's own has found.
public struct SwingOutputs: BitwiseCopyable, Sendable {
    /// Where the detector stands.
    public var phase = SwingDetector.Phase.watching
    /// The part of the swinging response that is given.
    public var share = Ratio(1)
    /// How often the response was withdrawn and the swing ended.
    public var swings: Int32 = 0
    /// What the last swing showed.
    public var evidence = SwingEvidence()
    /// The time to the next step in which the response is restored, or to the end of the lock.
    public var timeLeft = Interval.zero
    /// What it withholds of the response; positive supports a low frequency.
    public var withheld = Watts.zero

    package init() {}

    init(_ detector: borrowing SwingDetector, withheld: Watts, now: Instant) {
        phase = detector.phase
        share = detector.share
        swings = detector.swings
        evidence = detector.evidence
        timeLeft = detector.timeLeft(now)
        self.withheld = withheld
    }
}
