import FrequencyResponse

/// What a device was commanded last, as far as that is known.
struct CommandRecord: Sendable {
    /// The power that it has acknowledged; nil while that is not known.
    private(set) var written: (power: Watts, at: Instant)?
    /// The device has acknowledged zero power, and nothing else was sent since.
    private(set) var isZeroPowerAcknowledged = false
    private(set) var zeroPower: ZeroPowerAcknowledgement?
    /// It was commanded a power, or may have been before the start, and has not acknowledged zero power since.
    var mayBePowered = true
    /// The take-over has commanded a power, for which the lease has to last.
    var carriesCommand = false
    /// Setpoints count: nothing had to be stopped, or it was resumed since.
    var isResumed = false

    /// The device has acknowledged a power.
    mutating func acknowledged(_ power: Watts, now: Instant) {
        written = (power, now)
        mayBePowered = power != .zero
        if power == .zero {
            isZeroPowerAcknowledged = true
            carriesCommand = false
            isResumed = false
        } else {
            forgetZeroPower()
        }
    }

    /// The zero power that was acknowledged is that of an ordered setpoint. The first of a run counts: renewed with
    /// every refresh it could stay ahead of every reading.
    mutating func noteOrder(tick: UInt64, now: Instant) {
        zeroPower = ZeroPowerAcknowledgement(tick: tick, since: zeroPower?.since ?? now)
    }

    /// What the device holds is not known any more, and is to be written anew.
    mutating func forget() {
        written = nil
        forgetZeroPower()
    }

    /// Zero power counts only until something else is sent, fails, or the connection is lost.
    mutating func forgetZeroPower() {
        isZeroPowerAcknowledged = false
        zeroPower = nil
    }
}
