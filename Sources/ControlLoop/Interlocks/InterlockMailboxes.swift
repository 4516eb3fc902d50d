package import FrequencyResponse
public import GPIO
import Interlocks
package import Synchronization

/// What the lines' thread and control leave for each other, and what it forbids the links.
public final class InterlockMailboxes: Sendable {
    /// A number that one thread raises and others read.
    package final class Counter: Sendable {
        package let value = Atomic<UInt32>(0)
    }

    /// The condition of the site; written before the epoch and the inhibits are raised.
    package let condition = Atomic<UInt8>(InterlockCondition.clear.rawValue)
    package let isDisarmed = Atomic<Bool>(false)
    package let epoch = Atomic<UInt64>(0)
    /// A bit for each permit that is on, or whose contactor is known to be welded.
    package let standingPermits = Atomic<UInt64>(0)
    /// One for each charger. A setpoint counts only while the number is the one that its tick saw.
    package let inhibits: [Counter]
    /// One for each charger: its ``ChargerBlock``.
    package let blocks: [Counter]
    /// The newest permit request of control.
    package let permitRequest: LatestValueBox<PermitRequest?>
    /// Rings for the lines' thread.
    public let bell = LineBell()

    init(chargerCount: Int) {
        inhibits = (0..<chargerCount).map { _ in Counter() }
        blocks = (0..<chargerCount).map { _ in Counter() }
        permitRequest = LatestValueBox(nil)
    }

    /// Publishes what the machine has decided: what forbids setpoints comes last. True when a charger's setpoints stop
    /// counting by it.
    func publish(_ machine: InterlockMachine) -> Bool {
        isDisarmed.store(machine.isDisarmed, ordering: .relaxed)
        for charger in blocks.indices {
            blocks[charger].value.store(UInt32(machine.block(charger: charger).rawValue), ordering: .releasing)
        }
        condition.store(machine.condition.rawValue, ordering: .releasing)
        standingPermits.store(machine.standingPermits, ordering: .releasing)
        epoch.store(machine.epoch, ordering: .releasing)
        var isRaised = false
        for charger in inhibits.indices
        where inhibits[charger].value.exchange(machine.inhibits[charger], ordering: .acquiringAndReleasing)
            != machine.inhibits[charger]
        {
            isRaised = true
        }
        return isRaised
    }
}
