import FrequencyResponse

/// Whether a meter is asked for the currents and powers of its phases.
///
/// ```
/// asked ──3 failures in a row──► left out ──an answer──► waits ──time is up──► asked
///   └────registers refused────► refused
/// ```
///
/// Some devices of a kind do not have these registers. One that refuses them is not asked again. One that is silent or
/// answers with another exception must not lose its total power and its frequency for them: it is asked for the rest,
/// and for the phases again after a minute, later every hour.
struct PhaseReading: Sendable {
    private enum State: Equatable, Sendable {
        case asked(failures: Int)
        case leftOut
        case waits(until: Instant)
        case refused
    }

    private var state = State.asked(failures: 0)
    /// Whether the device was seen to answer all but its phases. Then it is asked again less often.
    private(set) var isKnownMissing = false

    /// The device has answered that it does not have the registers.
    mutating func refused() {
        state = .refused
        isKnownMissing = true
    }

    /// A request of a plan failed. True where the phases are left out from now on.
    mutating func failed() -> Bool {
        switch state {
        case .asked(let failures) where failures < 2:
            state = .asked(failures: failures + 1)
            return false
        case .asked:
            state = .leftOut
            return true
        case .leftOut, .waits, .refused: return false
        }
    }

    /// All of a plan was answered.
    mutating func succeeded(now: Instant) {
        switch state {
        case .asked:
            state = .asked(failures: 0)
            isKnownMissing = false
        case .leftOut:
            state = .waits(until: now + (isKnownMissing ? .seconds(3_600) : .seconds(60)))
            isKnownMissing = true
        case .waits, .refused: break
        }
    }

    /// True where the phases are to be asked for again from now on.
    mutating func resumes(now: Instant) -> Bool {
        guard case .waits(let until) = state, now >= until else { return false }
        state = .asked(failures: 0)
        return true
    }
}
