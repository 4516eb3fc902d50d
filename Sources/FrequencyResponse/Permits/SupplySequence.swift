/// Whose supply comes back next, where not all chargers fit together while they are not under control yet.
///
/// A charger for which there is room starts at once. Where there is none, room is kept for one charger at a time: it
/// counts as if it charged with all that it may take by itself, the others come down, and then it starts. The turn goes
/// round, so that one charger that never answers does not keep the others waiting, and room is kept for a minute at
/// most.
///
/// Where what counts does not fit for a second, chargers that are beyond control lose their supply, as many at once as
/// it takes: before the timeout of their own brings them to what they do by themselves.
package struct SupplySequence: BitwiseCopyable, Sendable {
    /// The charger after the last for which room was kept.
    private var next = 0
    /// Whether a charger starts, or room is kept for one.
    package private(set) var isUnderWay = false
    /// Since when what counts does not fit.
    private var beyondSince: Instant?
    private static var patience: Interval { .seconds(1) }

    package init() {}

    /// The room for chargers that start.
    package struct Room: BitwiseCopyable, Sendable {
        /// The import limit less the building and the chargers beyond control; below zero where they take more. Nil
        /// without a limit.
        package var importing: Watts?
        /// The same for export.
        package var exporting: Watts?
        /// What the chargers under control may still take, as a positive number.
        package var taken: Watts
        package var phases: PhaseLimits
        package var loads: PhaseLimits.Loads

        package init(
            importing: Watts?, exporting: Watts?, taken: Watts, phases: PhaseLimits, loads: PhaseLimits.Loads
        ) {
            self.importing = importing
            self.exporting = exporting
            self.taken = taken
            self.phases = phases
            self.loads = loads
        }

        /// Whether everything that counts already fits.
        fileprivate var isKept: Bool {
            (importing.map { $0 >= taken } ?? true) && (exporting.map { $0 >= .zero } ?? true) && phases.carry(loads)
        }

        /// Whether what is beyond control fits, with every charger under control at zero power.
        fileprivate var isKeptAlone: Bool {
            var alone = self
            alone.taken = .zero
            alone.loads = PhaseLimits.Loads()
            return alone.isKept
        }

        /// The room with one charger more, or with one less.
        fileprivate func with(_ charger: ChargerSettings, count: Double = 1) -> Room {
            var room = self
            room.importing = importing.map { $0 - charger.worstImport * count }
            room.exporting = exporting.map { $0 - charger.ownExport * count }
            if count > 0 { room.loads.add(charger.worstImport, on: charger.phases) }
            return room
        }
    }

    /// Moves on by a tick in which chargers may have their supply.
    package mutating func update(
        _ given: Room, fleet: Span<ChargerSettings>, chargers: Span<ChargerInputs>,
        memory: inout MutableSpan<ChargerMemory>, pause: Interval, now: Instant
    ) {
        var room = given
        isUnderWay = false
        for index in 0..<fleet.count {
            guard let permit = fleet[index].permit else { continue }
            let isBarred = memory[index].supply.isForbidden(permit) || chargers[index].allowance != .none
            memory[index].supply.start.proceed(isBarred: isBarred, isRoomKept: room.isKept, pause: pause, now: now)
            isUnderWay = isUnderWay || memory[index].supply.start.isUnderWay
        }
        shed(&room, fleet: fleet, memory: &memory, pause: pause, now: now)
        for step in 0..<fleet.count {
            let index = (next + step) % fleet.count
            guard let permit = fleet[index].permit, memory[index].supply.start.mayStart(now),
                !memory[index].supply.isForbidden(permit), chargers[index].allowance == .none
            else { continue }
            let more = room.with(fleet[index])
            if more.isKept {
                room = more
                memory[index].supply.start.start(now)
                isUnderWay = true
            } else if !isUnderWay, more.isKeptAlone {
                memory[index].supply.start.reserve(now)
                isUnderWay = true
                next = (index + 1) % fleet.count
            }
        }
    }

    /// The permits are off: nothing starts.
    package mutating func rest() {
        isUnderWay = false
        beyondSince = nil
    }

    private mutating func shed(
        _ room: inout Room, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>, pause: Interval,
        now: Instant
    ) {
        let since = room.isKeptAlone ? nil : beyondSince ?? now
        beyondSince = since
        guard let since, now.elapsed(since: since) >= Self.patience else { return }
        for index in 0..<fleet.count where fleet[index].permit != nil && !room.isKeptAlone {
            guard memory[index].supply.start.hasSupply, !memory[index].supply.isControlled else { continue }
            memory[index].supply.start.withhold(until: now + pause)
            room = room.with(fleet[index], count: -1)
        }
    }
}
