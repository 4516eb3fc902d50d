/// A signal that a service follows instead of frequency, such as PJM's RegD.
public struct ExternalSignal: BitwiseCopyable, Sendable {
    /// -1 to 1; positive asks for discharge.
    public var share: Ratio
    /// When it was sent.
    public var takenAt: Instant

    package init(share: Ratio, takenAt: Instant) {
        self.share = share
        self.takenAt = takenAt
    }
}
