/// When an answer that may only grow is let go.
public struct HoldSettings: BitwiseCopyable, Sendable {
    /// The deviation at which frequency counts as back, without its sign.
    public var releaseDeviation: Hertz
    /// How long it must have been back without a break.
    public var releaseTime: Interval
    /// How fast the answer then goes back, as a share of the capacity per second.
    public var returnRamp: Double

    package init(releaseDeviation: Hertz, releaseTime: Interval, returnRamp: Double) {
        self.releaseDeviation = releaseDeviation
        self.releaseTime = releaseTime
        self.returnRamp = returnRamp
    }
}

/// An answer that may only grow until frequency has been back for the release time, and then ramps to what the curve
/// asks.
///
/// AS/NZS 4777.2:2020 calls it the lowest output held; static FCR-D of the Nordic grid deactivates in the same way.
/// States: following (the curve asks for at least as much as is given), holding, returning. Frequency counts as back on
/// the side that the response supports. Once it has crossed to the other side, or the curve asks for the other side,
/// the curve is followed at once: held on, the response would have the wrong sign.
public struct HeldResponse: BitwiseCopyable, Sendable {
    private var held = 0.0

    /// The share that is held now.
    public var share: Double { held }
    private var releasedSince: Instant?

    package init() {}

    /// Makes one that holds a share, for tests of single entries of its table.
    public init(holding share: Double) { held = share }

    /// The share given, with its sign, for the share that the curve asks at a deviation.
    public mutating func update(
        _ asked: Double, deviation: Hertz, settings: HoldSettings, now: Instant, elapsed: Interval
    ) -> Double {
        let side = SupportedSide(deviation, supportsLow: held > 0)
        if !side.isBack(settings.releaseDeviation) {
            releasedSince = nil
        } else if releasedSince == nil {
            releasedSince = now
        }
        let isOnTheSameSide = held > 0 ? asked > 0 : asked < 0
        let asksForOtherSide = held > 0 ? asked < 0 : asked > 0
        let grows = isOnTheSameSide && asked.magnitude >= held.magnitude
        if grows || asksForOtherSide || side.hasCrossed(settings.releaseDeviation) {
            held = asked
        } else if let releasedSince, now.elapsed(since: releasedSince) >= settings.releaseTime {
            let step = settings.returnRamp * elapsed.seconds
            held = held > 0 ? max(asked, held - step) : min(asked, held + step)
        }
        return held
    }

    /// Nothing was seen for a while: a release has to begin anew.
    public mutating func forgetRelease() { releasedSince = nil }

}
