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
        var interlock: InterlockCondition
        var testDescription: String {
            """
            \(from), trusted \(trusted), controlled \(controlled), arm \(arm), stop \(stop), asking \(asking), \
            recovering \(recovering), interlock \(interlock)
            """
        }
    }

    static let entries = states.flatMap { from in
        (0..<64).flatMap { bits in
            [InterlockCondition.clear, .withdrawn, .tripped].map { interlock in
                Entry(
                    from: from, trusted: bits & 1 != 0, controlled: bits & 2 != 0, arm: bits & 4 != 0,
                    stop: bits & 8 != 0,
                    asking: bits & 16 != 0, recovering: bits & 32 != 0, interlock: interlock)
            }
        }
    }

    /// What the table says, written down a second time in the order in which a person decides.
    private static func expected(_ entry: Entry) -> SiteState {
        if entry.stop || entry.from == .stopping { return .stopping }
        if entry.interlock == .tripped { return .tripped }
        let healthy = entry.trusted && entry.controlled && entry.interlock == .clear
        let wasActive =
            entry.from == .armed || entry.from == .responding || entry.from == .withdrawn || entry.from == .recovering
        if !healthy { return wasActive && entry.arm ? .withdrawn : .starting }
        if !entry.arm { return .standby }
        if entry.recovering { return .recovering }
        return entry.asking ? .responding : .armed
    }

    @Test("every state answers every condition as the table says", arguments: entries)
    func table(entry: Entry) {
        var machine = SiteStateMachine(in: entry.from)
        let state = machine.update(
            SiteConditions(
                frequencyTrusted: entry.trusted, chargerControlled: entry.controlled, armRequested: entry.arm,
                stopRequested: entry.stop, recovering: entry.recovering, asking: entry.asking,
                interlock: entry.interlock),
            now: Instant(nanoseconds: 0))
        #expect(state == Self.expected(entry))
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
