import FrequencyResponse
import Realtime
import Synchronization

/// What persons ask of control while it runs. For one thread.
public struct PersonActs: Sendable {
    private let control: ControlThread
    private let mailboxes: Mailboxes
    private var number: UInt32 = 0

    package init(control: ControlThread, mailboxes: Mailboxes) {
        self.control = control
        self.mailboxes = mailboxes
    }

    /// From the next tick on the site is armed, or not.
    public func arm(_ isArmed: Bool) { control.arm(isArmed) }

    /// From the next tick on the charger with the index is locked, or not.
    public func lock(charger: Int, _ isLocked: Bool) {
        mailboxes.locks[charger].value.store(isLocked ? 1 : 0, ordering: .releasing)
    }

    /// The meter with the index shall count, or not; false when control has not done it within two seconds.
    public mutating func order(meter: Int, isTrusted: Bool) -> Bool {
        number += 1
        mailboxes.meterOrder.publish(MeterOrder(number: number, meter: UInt8(meter), isTrusted: isTrusted))
        let deadline = LiveClock.now() + .seconds(2)
        let woken = WakeEvent()
        while mailboxes.obeyedOrder.load(ordering: .acquiring) != number {
            guard LiveClock.now() < deadline else { return false }
            woken.wait(while: woken.count, until: LiveClock.now() + .milliseconds(10))
        }
        return true
    }
}
