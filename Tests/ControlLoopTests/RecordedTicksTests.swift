import Devices
import FrequencyResponse
import Interlocks
import Synchronization
import TestSupport
import Testing

@testable import ControlLoop

/// What the control thread records is all that the law was given: the same ticks follow from the records alone.
@Suite("Recorded ticks")
struct RecordedTicksTests {
    /// A site in virtual time: the control thread's own turn, the interlock machine, a meter, and two chargers that
    /// lose their supply with their permits. Charger 1 does not fall back by itself.
    private final class Bench {
        static let start = Instant(nanoseconds: 1_000_000_000_000)
        let settings: LawSettings
        let fleet: [ChargerSettings]
        let mailboxes = Mailboxes(chargerCount: 2, meterCount: 1)
        let rings = TickRings(chargerCount: 2)
        var turn: ControlTurn
        var machine: InterlockMachine
        var step: Int64 = 0
        var records: [(tick: TickRecord, chargers: [ChargerRecord])] = []
        /// Contacts of ``InterlockSite`` that stand open, and whether the reset button is pressed.
        var open: Set<Int> = []
        var isPressed = false
        var isMeterLost = false
        /// Charger 1 does not answer.
        var isLost = false
        private var powers = [0.0, 0.0]
        private var zeroPower: [ZeroPowerAcknowledgement?] = [nil, nil]

        init() throws {
            let curve = try #require(try ServiceKind.gbDynamicContainment.rules.shape?.curve())
            settings = LawSettings(
                services: ServiceStack(
                    ServiceSettings(
                        kind: .gbDynamicContainment, curve: curve, direction: .both, capacity: Watts(10_000),
                        baselineRule: .scheduled, responseTime: .zero, duration: .seconds(900),
                        energy: .volumes(VolumeRules()))),
                sensing: SensingSettings(
                    first: JudgementSettings(nominalFrequency: Hertz(50), nominalVoltage: Volts(230))),
                limits: SiteLimits(importLimit: Watts(40_000), exportLimit: Watts(40_000)),
                permits: PermitRules(stopDeadline: .seconds(15)), baselineRise: Watts(1_000))
            let vehicle = VehicleSettings(battery: WattHours(40_000), minimumCharge: Ratio(0.4))
            fleet = [nil, OwnPermit(number: 1, lossLimit: .seconds(2))].map {
                ChargerSettings(
                    chargeLimit: Watts(7_400), dischargeLimit: Watts(7_400), vehicle: vehicle, permit: $0)
            }
            turn = ControlTurn(
                settings: settings, fleet: fleet, period: .milliseconds(50), mailboxes: mailboxes, rings: rings)
            machine = InterlockMachine(settings: InterlockSite.settings, now: Self.start)
        }

        var now: Instant { Self.start + .milliseconds(50) * step }

        func pass(_ seconds: Double, change: (Bench) -> Void = { _ in }) {
            change(self)
            for _ in 0..<Int(seconds * 20) {
                step += 1
                lookAtContacts()
                readDevices()
                _ = turn.takeSamples()
                turn.tick(now: now, lateness: .zero, armed: true, stopping: false)
                if let request = mailboxes.interlocks.permitRequest.latest().value { machine.take(request, now: now) }
                machine.settle(now: now)
                _ = mailboxes.interlocks.publish(machine)
                while let popped = rings.ticks.pop(), let tick = popped {
                    records.append((tick, fleet.indices.compactMap { _ in rings.chargers.pop().flatMap { $0 } }))
                }
            }
        }

        private func lookAtContacts() {
            for (index, contact) in InterlockSite.settings.contacts.enumerated() {
                let isClosed =
                    switch contact.role {
                    case .interlock: !open.contains(index)
                    case .reset: isPressed
                    case .feedback(let permit): !machine.permits[permit]
                    }
                machine.see(contact: index, isHigh: isClosed == contact.closedIsHigh, at: now)
            }
            machine.settle(now: now)
            _ = mailboxes.interlocks.publish(machine)
            mailboxes.progress.lineTurns.wrappingAdd(1, ordering: .relaxed)
        }

        private func readDevices() {
            if !isMeterLost {
                let frequency = 50 + 0.4 * Double((step / 40) % 20 - 10) / 10
                let sample = FrequencySample(
                    frequency: Hertz(frequency), voltageLowest: Volts(229), voltageHighest: Volts(231), takenAt: now,
                    sequence: UInt32(step))
                mailboxes.samples[0].publish(
                    MeterSample(sample: sample, sitePower: SitePower(power: Watts(1_000), takenAt: now)))
            }
            for index in fleet.indices {
                let hasSupply = machine.permits[0] && (index == 0 || machine.permits[1])
                guard hasSupply, !(index == 1 && isLost) else {
                    zeroPower[index] = nil
                    mailboxes.statuses[index].publish(.unknown)
                    continue
                }
                if let setpoint = mailboxes.setpoints[index].latest().value {
                    let counts = setpoint.inhibit == machine.inhibits[index] && !setpoint.isZeroPower
                    powers[index] = counts ? setpoint.power.value : 0
                    zeroPower[index] =
                        counts
                        ? nil
                        : ZeroPowerAcknowledgement(tick: setpoint.tick, since: zeroPower[index]?.since ?? now)
                }
                mailboxes.statuses[index].publish(
                    ChargerInputs(
                        control: .controlled, takenAt: now, power: Watts(powers[index]), stateOfCharge: Ratio(0.6),
                        zeroPower: zeroPower[index]))
            }
        }
    }

    /// Every field as text, doubles in their shortest exact form, so that equal texts are equal outputs.
    private static func text(_ outputs: TickOutputs, _ setpoints: [Setpoint]) -> String {
        let services = outputs.services.indices.map { "\(outputs.services[$0])" }
        let phases = outputs.phaseBounds.indices.map { "\(outputs.phaseBounds[$0])" }
        return "\(outputs) \(services) \(phases) \(setpoints)"
    }

    @Test("a recorded run with contacts, permits and a loss: steps again to the same")
    func steppedAgain() throws {
        let bench = try Bench()
        bench.pass(15)
        bench.pass(2) { $0.open = [0] }
        bench.pass(2) { $0.open = [] }
        bench.pass(1) { $0.isPressed = true }
        bench.pass(14) { $0.isPressed = false }
        bench.pass(1) { $0.isPressed = true }
        bench.pass(10) { $0.isPressed = false }
        bench.pass(5) { $0.open = [3] }
        bench.pass(15) { $0.open = [] }
        bench.pass(20) { $0.isLost = true }
        bench.pass(15) { $0.isLost = false }
        bench.pass(5) { $0.open = [1] }
        bench.pass(15) { $0.open = [] }
        bench.pass(5) { $0.open = [2] }
        bench.pass(5) { $0.open = [] }
        bench.pass(10) { $0.isMeterLost = true }
        bench.pass(20) { $0.isMeterLost = false }

        let requests = bench.records.compactMap(\.tick.outputs.permitRequest)
        #expect(bench.records.count == Int(bench.step) && requests.count == bench.records.count)
        // The run has shown what it is for.
        let states = Set(bench.records.map(\.tick.outputs.state))
        #expect(states.isSuperset(of: [.tripped, .blocked, .standby, .armed, .responding]))
        #expect(bench.records.contains { $0.tick.inputs.interlocks.isDisarmed })
        #expect(bench.records.contains { $0.tick.inputs.interlocks.condition == .blocked })
        #expect(bench.records.contains { $0.chargers[1].inputs.block != .none })
        #expect(requests.contains { !$0.isPermitted } && requests.contains { $0.withheld == 0b10 && $0.isPermitted })
        #expect(requests.contains { !$0.allowsHeartbeat || $0.isFault } && requests.contains { !$0.isFault })
        #expect(Set(requests.map(\.epoch)).count > 4)

        var law = ControlLaw(settings: bench.settings)
        var memory = bench.fleet.map { _ in ChargerMemory() }
        var turns = bench.fleet.map { _ in ChargerTurn() }
        var setpoints = bench.fleet.map { _ in Setpoint.zeroPower(until: Instant(nanoseconds: 0), tick: 0) }
        for record in bench.records {
            let outputs = law.step(
                record.tick.inputs, fleet: bench.fleet, chargers: record.chargers.map(\.inputs), memory: &memory,
                turns: &turns, setpoints: &setpoints)
            let again = Self.text(outputs, setpoints)
            let recorded = Self.text(record.tick.outputs, record.chargers.map(\.setpoint))
            guard again == recorded else {
                Issue.record("tick \(outputs.tick):\n\(recorded)\n\(again)")
                return
            }
        }
    }
}
