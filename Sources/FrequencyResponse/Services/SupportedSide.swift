/// Where frequency is, seen by a response that supports one side. The one definition of "back" and "crossed" for held
/// and triggered responses and for the guard against rebound.
struct SupportedSide: BitwiseCopyable {
    /// How far frequency lies on the supported side of nominal; below zero beyond it.
    let depth: Hertz

    /// `deviation` is frequency less nominal.
    init(_ deviation: Hertz, supportsLow: Bool) {
        depth = (supportsLow ? -deviation : deviation).roundedToNanohertz
    }

    /// Frequency is back: no deeper than the release, or on the other side of nominal.
    func isBack(_ release: Hertz) -> Bool { depth <= release.roundedToNanohertz }

    /// Frequency is on the other side of nominal, beyond the mirrored release. A response that went on would have the
    /// wrong sign.
    func hasCrossed(_ release: Hertz) -> Bool { -depth > release.roundedToNanohertz }
}
