import FrequencyResponse
import Testing

/// The table of ARCHITECTURE.md, entry by entry: every state times every combination of conditions.
@Suite("Site states")
struct SiteStateTests {
    private static let states = (0..<SiteState.count).compactMap { SiteState(rawValue: UInt8($0)) }

    struct Entry: Sendable, CustomTestStringConvertible {
        var from: SiteState
        var trusted: Bool
        var controlled: Bool
        var arm: Bool
        var stop: Bool
        var asking: Bool
        var recovering: Bool
        var contacts: InterlockCondition
        var outOfService: Bool
        var permitsOff: Bool
        var firstEntry: Bool
        var charges: Bool
        var testDescription: String {
            """
            \(from), trusted \(trusted), controlled \(controlled), arm \(arm), stop \(stop), asking \(asking), \
            recovering \(recovering), contacts \(contacts), out of service \(outOfService), permits off \(permitsOff), first entry \(firstEntry), \
            charges \(charges)
            """
        }
    }

    static let entries = states.flatMap { from in
        (0..<1_024).flatMap { bits in
            [InterlockCondition.clear, .blocked, .tripped].map { contacts in
                Entry(
                    from: from, trusted: bits & 1 != 0, controlled: bits & 2 != 0, arm: bits & 4 != 0,
                    stop: bits & 8 != 0,
                    asking: bits & 16 != 0, recovering: bits & 32 != 0, contacts: contacts,
                    outOfService: bits & 64 != 0, permitsOff: bits & 128 != 0, firstEntry: bits & 256 != 0,
                    charges: bits & 512 != 0)
            }
        }
    }

    /// What the table says, written down a second time in the order in which a person decides.
    private static func expected(_ entry: Entry) -> SiteState {
        if entry.stop || entry.from == .stopping { return .stopping }
        if entry.contacts == .tripped || entry.outOfService { return .tripped }
        let healthy =
            entry.trusted && entry.controlled && entry.contacts == .clear && !entry.permitsOff && !entry.firstEntry
        let wasActive =
            entry.from == .armed || entry.from == .responding || entry.from == .blocked || entry.from == .recovering
        // Without a meter, and with nothing else in the way, a start goes on to charging by plan.
        let isMeterAlone = entry.contacts == .clear && !entry.permitsOff && !entry.firstEntry && !entry.trusted
        let charges = entry.charges && isMeterAlone
        if !healthy { return (wasActive || charges) && entry.arm ? .blocked : .starting }
        if !entry.arm { return .standby }
        if entry.recovering { return .recovering }
        return entry.asking ? .responding : .armed
    }

    @Test("every state answers every condition as the table says", arguments: entries)
    func table(entry: Entry) {
        var machine = SiteStateMachine(in: entry.from)
        let state = machine.update(
            SiteConditions(
                frequencyTrusted: entry.trusted, chargesByPlan: entry.charges, chargerControlled: entry.controlled,
                armRequested: entry.arm,
                stopRequested: entry.stop, recovering: entry.recovering, asking: entry.asking,
                contacts: entry.contacts, isOutOfService: entry.outOfService,
                awaitsFirstEntry: entry.firstEntry, permitsRequireZeroPower: entry.permitsOff),
            now: Instant(nanoseconds: 0))
        #expect(state == Self.expected(entry))
        #expect(machine.rung == Self.expectedRung(entry))
    }

    /// The ladder, written down a second time.
    private static func expectedRung(_ entry: Entry) -> Rung? {
        let rungs: [(Bool, Rung)] = [
            (entry.stop, .orderedStop), (entry.contacts == .tripped, .tripContact), (entry.outOfService, .gridCode),
            (entry.firstEntry, .firstEntry),
            (entry.contacts == .blocked, .blockingContact), (entry.permitsOff, .supplyWithheld),
            (!entry.trusted, .frequencyNotTrusted), (!entry.controlled, .noCharger),
        ]
        return rungs.first { $0.0 }?.1
    }

    @Test("the ladder: has every rung, and stopping has no way back")
    func ladder() {
        #expect(Rung(rawValue: Rung.count) == nil && Rung(rawValue: Rung.count - 1) == .noCharger)
        var machine = SiteStateMachine(in: .stopping)
        let conditions = SiteConditions(
            frequencyTrusted: true, chargerControlled: true, armRequested: true, stopRequested: false, asking: false)
        #expect(machine.update(conditions, now: Instant(nanoseconds: 0)) == .stopping && machine.rung == nil)
    }

    @Test("responding lasts 5 s beyond the last asking")
    func offDelay() {
        var machine = SiteStateMachine(in: .armed)
        func conditions(asking: Bool) -> SiteConditions {
            SiteConditions(
                frequencyTrusted: true, chargerControlled: true, armRequested: true, stopRequested: false,
                asking: asking)
        }
        #expect(machine.update(conditions(asking: true), now: Instant(nanoseconds: 0)) == .responding)
        #expect(machine.update(conditions(asking: false), now: Instant(nanoseconds: 4_999_999_999)) == .responding)
        #expect(machine.update(conditions(asking: false), now: Instant(nanoseconds: 5_000_000_000)) == .armed)
    }
}
