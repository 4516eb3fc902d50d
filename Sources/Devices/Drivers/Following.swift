import FrequencyResponse

/// Decides what is written next to a charger that follows its setpoint.
///
/// In this order: zero power where the lease has ended or asks for it, and nothing else until the device has
/// acknowledged it. The heartbeat, which only a lease that lives keeps going. The end of a stop. A changed setpoint. A
/// refresh. Where none of these is due, the charger is read.
enum Following {
    enum Write {
        case zeroPower
        case heartbeat
        case resume
        case setpoint(Setpoint, Urgency)
    }

    /// What is due now, or until when the charger may be read.
    enum Intent {
        case write(Write)
        case read(until: Instant)
    }

    /// How the device wants to be written to, and what is under way.
    struct Conditions {
        var isHeartbeatDue: Bool
        /// The device has a command that lets setpoints count again after zero power.
        var hasResume: Bool
        /// The shortest time between two writes, and the time after which an unchanged setpoint is written again.
        var writeSpacing: Interval
        var refreshInterval: Interval
        var nextReadingAt: Instant
        var isReadingUnderWay: Bool
    }

    static func intent(
        _ lease: Setpoint?, after command: CommandRecord, _ conditions: Conditions, now: Instant
    ) -> Intent {
        guard let live = lease.flatMap({ now < $0.expires ? $0 : nil }) else {
            return command.isZeroPowerAcknowledged ? .read(until: now + .seconds(1)) : .write(.zeroPower)
        }
        if live.isZeroPower, !command.isZeroPowerAcknowledged { return .write(.setpoint(live, .safety)) }
        if conditions.isHeartbeatDue { return .write(.heartbeat) }
        let power = live.isZeroPower ? Watts.zero : live.power
        guard let written = command.written else { return .write(.setpoint(live, .setpoint)) }
        if conditions.hasResume, !command.isResumed, power != .zero, written.power != .zero { return .write(.resume) }
        let changed = written.power != power
        let due = written.at + (changed ? conditions.writeSpacing : conditions.refreshInterval)
        if now < due { return .read(until: min(due, live.expires)) }
        // A setpoint that changes with every tick must not keep the charger from being read.
        if changed, now > conditions.nextReadingAt + .milliseconds(150) || conditions.isReadingUnderWay {
            return .read(until: live.expires)
        }
        return .write(.setpoint(live, .setpoint))
    }
}
