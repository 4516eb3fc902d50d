import FrequencyResponse
import TestSupport
import Testing

/// Notes the fields that it is shown, and what has no place in a saved state.
private struct FieldNotes: FieldVisitor {
    private var path: [String] = []
    private(set) var names: [String] = []
    private(set) var instants: [String] = []
    private(set) var refused = 0
    /// What every field is set to; nil leaves them.
    private let number: Int64?

    init(number: Int64? = nil) { self.number = number }

    /// The fields of the value itself, without those of its parts.
    var own: Set<String> { Set(names.map { String($0.prefix { $0 != "." }) }) }

    mutating func begin(_ name: StaticString) { path.append(name.description) }
    mutating func begin(_ index: Int) { path.append("\(index)") }
    mutating func end() { path.removeLast() }
    mutating func take(_ value: inout Int64) {
        names.append(path.joined(separator: "."))
        if let number { value = number }
    }
    mutating func take(_ value: inout Double) {
        names.append(path.joined(separator: "."))
        if let number { value = Double(number) }
    }
    mutating func take(_ value: inout Instant) { instants.append(path.joined(separator: ".")) }
    mutating func refuse() { refused += 1 }
}

@Suite("Saved state")
struct SavedStateTests {
    private static let types: [any Visitable & Sendable] = [
        SavedState.blank, SavedCharger.blank, SavedService.blank, SavedSensing.blank, GridCodeWatch.Saved.blank,
        ServiceResponse.Saved.blank, TriggeredResponse.Saved.blank, ReboundGuard.Saved.blank,
        EnergyManager.Saved.blank, EnergyReservoir.Saved.blank, EnergyVolumes.Saved.blank, EnergyVolumes.Side.blank,
    ]

    @Test("every type names each of its fields once, and holds no instant", arguments: types.indices)
    func fields(index: Int) {
        func check(_ value: some Visitable) {
            var value = value
            var notes = FieldNotes()
            value.visit(&notes)
            #expect(notes.own.count == Mirror(reflecting: value).children.count, "\(type(of: value)): \(notes.own)")
            #expect(Set(notes.names).count == notes.names.count && notes.instants.isEmpty, "\(type(of: value))")
        }
        check(Self.types[index])
    }

    @Test("a number that a field can't hold is refused and changes nothing")
    func refusals() {
        var state = SavedState.blank
        var notes = FieldNotes(number: 300)
        state.visit(&notes)
        #expect(notes.refused > 20)
        #expect(state.site == .starting)
    }

    @Test("a meter that was frozen before a restart stays so until its registers move")
    func frozenMeter() {
        let settings = JudgementSettings(nominalFrequency: Hertz(50), nominalVoltage: Volts(230))
        for wasFrozen in [true, false] {
            var judge = FrequencyJudge(wasFrozen: wasFrozen)
            func trust(_ count: Int, changes: UInt32) -> Trust {
                judge.update(
                    FrequencySample(
                        frequency: Hertz(50), voltageLowest: Volts(230), voltageHighest: Volts(230),
                        takenAt: at(Int64(count) * 50), sequence: UInt32(count), changes: changes),
                    now: at(Int64(count) * 50), settings: settings
                ).trust
            }
            for count in 1...100 {
                let found = trust(count, changes: 1)
                if count > 3 { #expect(found == (wasFrozen ? .frozen : .trusted)) }
            }
            for count in 101...110 {
                let found = trust(count, changes: UInt32(count))
                if count > 104 { #expect(found == .trusted) }
            }
        }
    }

    @Test("what is known of meters goes with them when their order changes, and is dropped with one that is gone")
    func movedMeters() {
        var state = SavedState.blank
        state.sensing.frozen[0] = true
        state.sensing.distrusted[1] = true
        state.sensing.contradiction.pair = 1
        state.sensing.contradiction.preferred = 0
        let swapped = state.withMeters([1, 0]).sensing
        #expect(!swapped.frozen[0] && swapped.frozen[1] && swapped.distrusted[0] && !swapped.distrusted[1])
        #expect(swapped.contradiction.pair == 1 && swapped.contradiction.preferred == 1)
        let added = state.withMeters([1, 2]).sensing
        #expect(added.contradiction.pair == 3 && added.contradiction.preferred == 1 && added.distrusted[2])
        let gone = state.withMeters([nil, 0]).sensing
        #expect(gone.contradiction.pair == 0 && gone.distrusted[0] && !gone.frozen[0])
    }
}
