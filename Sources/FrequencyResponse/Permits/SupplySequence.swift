/// Whose supply comes back next, where not all chargers fit together while they are not under control yet.
///
/// A charger for which there is room starts at once. Where there is none, room is kept for one charger at a time: it
/// counts as if it charged with all that it may take by itself, the others come down, and then it starts. The turn goes
/// round, so that one charger that never answers does not keep the others waiting.
///
/// Where what counts does not fit for 5 s, a charger that is beyond control loses its supply, one after another.
package struct SupplySequence: BitwiseCopyable, Sendable {
    /// The charger after the last for which room was kept.
    private var next = 0
    /// Whether a charger starts, or room is kept for one.
    package private(set) var isUnderWay = false
    /// Since when what counts does not fit.
    private var beyondSince: Instant?
    private static var patience: Interval { .seconds(5) }

    package init() {}

    /// The room for chargers that start.
    package struct Room: BitwiseCopyable, Sendable {
        /// The import limit less the building, the chargers beyond control and those under control; below zero where
        /// they take more. Nil without a limit.
        package var connection: Watts?
        package var phases: PhaseLimits
        package var loads: PhaseLimits.Loads

        package init(connection: Watts?, phases: PhaseLimits, loads: PhaseLimits.Loads) {
            self.connection = connection
            self.phases = phases
            self.loads = loads
        }

        /// Whether everything that counts already fits.
        fileprivate var isKept: Bool { (connection ?? .zero) >= .zero && phases.carry(loads) }

        /// Takes a charger in where it fits.
        fileprivate mutating func take(_ power: Watts, on phases: PhaseSet) -> Bool {
            var more = self
            more.connection = connection.map { $0 - power }
            more.loads.add(power, on: phases)
            guard more.isKept else { return false }
            self = more
            return true
        }
    }

    package mutating func update(
        _ given: Room, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>, now: Instant
    ) {
        var room = given
        isUnderWay = false
        beyondSince = room.isKept ? nil : beyondSince ?? now
        if beyondSince.map({ now.elapsed(since: $0) >= Self.patience }) ?? false {
            shed(fleet: fleet, memory: &memory, now: now)
            beyondSince = now
        }
        for index in 0..<fleet.count where fleet[index].permit != nil {
            if memory[index].supply.start.isDue(now), room.isKept { memory[index].supply.start.start(now) }
            isUnderWay = isUnderWay || memory[index].supply.start.isUnderWay
        }
        for step in 0..<fleet.count {
            let index = (next + step) % fleet.count
            guard let permit = fleet[index].permit, memory[index].supply.start.waits(now),
                !memory[index].supply.isForbidden(permit)
            else { continue }
            // One that has only just lost its supply counts already.
            let more = memory[index].supply.start.isOff(now) ? fleet[index].worstImport : .zero
            // What it may give by itself is judged for one charger at a time.
            if fleet[index].ownExport == .zero, room.take(more, on: fleet[index].phases) {
                memory[index].supply.start.start(now)
            } else if !isUnderWay {
                memory[index].supply.start.reserve(now)
                isUnderWay = true
                next = (index + 1) % fleet.count
            }
        }
    }

    /// Takes the supply of one charger that is beyond control and has had its time to start.
    private func shed(fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>, now: Instant) {
        for index in 0..<fleet.count where fleet[index].permit != nil {
            guard memory[index].supply.start.phase == .running, !memory[index].supply.isControlled else { continue }
            memory[index].supply.start.withhold(until: now)
            return
        }
    }
}
