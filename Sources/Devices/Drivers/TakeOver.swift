import FrequencyResponse

/// The steps by which a charger is taken over. Each is one request, or one reading.
///
/// A whole take-over shows what the device is, brings it to zero power, reads it, sets the power that the
/// device falls back to, makes the profile's writes, sets its timeout, reads both back, brings it to zero power again, and reads it. After a lost connection it is
/// enough to write what the lease says, to read timeout and fallback power back, and to read the device.
struct TakeOver: Sendable {
    enum Step: Equatable {
        case identify(Point)
        case read
        case zeroPower
        /// The power that the lease allows.
        case command
        case write(FixedWrite)
        case setFallback
        case setTimeout
        /// Reads the timeout back. A wrong value starts the whole take-over, or fails it when it was just written.
        case checkTimeout(isFresh: Bool)
        /// Reads the fallback power back, in the same way.
        case checkFallback(isFresh: Bool)
    }

    private let steps: [Step]
    private var index = 0

    private init(_ steps: [Step]) { self.steps = steps }

    /// From the beginning. A device that has not shown what it is is never written to.
    static func whole(_ profile: ChargerProfile, isIdentified: Bool) -> TakeOver {
        TakeOver(
            (isIdentified ? [] : profile.identity.map { .identify($0) }) + [.zeroPower, .read]
                + fallback(profile, .setFallback) + profile.takeOver.map { .write($0) }
                + (profile.timeout == nil ? [] : [.setTimeout, .checkTimeout(isFresh: true)])
                + fallback(profile, .checkFallback(isFresh: true)) + [.zeroPower, .read])
    }

    /// After a lost connection.
    static func resumption(_ profile: ChargerProfile) -> TakeOver {
        TakeOver(
            [.command, .checkTimeout(isFresh: false)]
                + fallback(profile, .checkFallback(isFresh: false)) + [.read])
    }

    private static func fallback(_ profile: ChargerProfile, _ step: Step) -> [Step] {
        profile.timeout?.fallback == nil ? [] : [step]
    }

    var step: Step { steps[index] }

    /// Many devices refuse a setpoint before they are under remote control: the first zero power may fail.
    var mayFail: Bool { step == .zeroPower && !steps[..<index].contains(.zeroPower) }

    /// Whether the step is the last of those that show what the device is.
    var completesIdentification: Bool {
        if case .identify = steps[min(index + 1, steps.count - 1)] { false } else { true }
    }

    /// Goes on to the next step. False when there is none.
    mutating func advance() -> Bool {
        guard index + 1 < steps.count else { return false }
        index += 1
        return true
    }
}
