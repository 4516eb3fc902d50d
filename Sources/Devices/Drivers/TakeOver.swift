import FrequencyResponse

/// The steps by which a charger is taken over. Each is one request, or one reading.
///
/// A whole take-over shows what the device is, brings it to zero power, reads it, makes the profile's writes, sets the
/// device's timeout and reads it back, brings it to zero power again, and reads it. After a lost connection it is
/// enough to write what the lease says, to read the timeout back, and to read the device.
struct TakeOver: Sendable {
    enum Step: Equatable {
        case identify(Point)
        case read
        case zeroPower
        /// The power that the lease allows.
        case command
        case write(FixedWrite)
        case setTimeout
        /// Reads the timeout back. A wrong value starts the whole take-over, or fails it when it was just written.
        case checkTimeout(isFresh: Bool)
    }

    private let steps: [Step]
    private var index = 0

    private init(_ steps: [Step]) { self.steps = steps }

    /// From the beginning. A device that has not shown what it is is never written to.
    static func whole(_ profile: ChargerProfile, isIdentified: Bool) -> TakeOver {
        TakeOver(
            (isIdentified ? [] : profile.identity.map { .identify($0) }) + [.zeroPower, .read]
                + profile.takeOver.map { .write($0) }
                + (profile.timeout == nil ? [] : [.setTimeout, .checkTimeout(isFresh: true)]) + [.zeroPower, .read])
    }

    /// After a lost connection.
    static var resumption: TakeOver { TakeOver([.command, .checkTimeout(isFresh: false), .read]) }

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
