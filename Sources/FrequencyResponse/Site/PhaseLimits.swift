/// The phases of the connection that a charger uses.
public struct PhaseSet: BitwiseCopyable, Sendable, Equatable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static var l1: Self { Self(rawValue: 1) }
    public static var l2: Self { Self(rawValue: 2) }
    public static var l3: Self { Self(rawValue: 4) }

    public mutating func insert(_ other: Self) { rawValue |= other.rawValue }
    public static var all: Self { Self(rawValue: 7) }

    public var count: Int { Int(rawValue & 1) + Int(rawValue >> 1 & 1) + Int(rawValue >> 2 & 1) }
    func has(_ phase: Int) -> Bool { rawValue >> UInt8(phase) & 1 == 1 }
}

/// A power on each of three phases.
struct PhasePowers: BitwiseCopyable, Sendable {
    private var values = InlineArray<3, Watts>(repeating: .zero)

    subscript(phase: Int) -> Watts { values[phase] }

    /// Adds a power that a charger spreads evenly over its phases.
    mutating func add(_ power: Watts, on phases: PhaseSet) {
        guard phases.count > 0 else { return }
        let part = power / Double(phases.count)
        for phase in 0..<3 where phases.has(phase) { values[phase] += part }
    }
}

/// Keeps each phase of the connection within its current, and the phases within their unbalance.
///
/// A charger spreads its power evenly over its phases. The building's part of a phase is its declared extreme, since a
/// meter's sum does not tell it. Powers are currents times the lower of nominal and measured voltage.
struct PhaseLimits: BitwiseCopyable {
    private var most: Watts?
    private var unbalance: Watts?
    private var building: Watts
    private var otherImport: PhasePowers
    private var otherExport: PhasePowers
    private var unevenImport: PhasePowers
    private var unevenExport: PhasePowers

    /// `voltage` is the lowest phase-to-neutral voltage that is measured or, without, nominal less 10 %.
    init(_ limits: SiteLimits, voltage: Volts, survey: FleetSurvey) {
        most = limits.phaseCurrent.map { Watts($0 * voltage.value) }
        unbalance = limits.unbalance
        building = limits.buildingPhaseMaximum
        otherImport = survey.otherImportPhases
        otherExport = survey.otherExportPhases
        unevenImport = survey.otherImportUneven
        unevenExport = survey.otherExportUneven
    }

    var isSet: Bool { most != nil || unbalance != nil }

    /// What the chargers may take, or give, on a phase.
    func room(_ phase: Int, side: Double) -> Watts {
        guard let most else { return Watts(1e12) }
        return max(.zero, side > 0 ? most - building - otherImport[phase] : most - otherExport[phase])
    }

    /// The power that each phase leaves to the chargers on one side, with its sign.
    func rooms(side: Double) -> InlineArray<3, Watts> {
        var rooms = InlineArray<3, Watts>(repeating: .zero)
        for phase in 0..<3 { rooms[phase] = room(phase, side: side) * side }
        return rooms
    }

    /// Gives every charger what of its driver's plan the phases let flow as its share, and returns the sum.
    func planned(fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>) -> Watts {
        for index in 0..<fleet.count { memory[index].share = min(memory[index].plan, memory[index].highest) }
        enforce(fleet: fleet, memory: &memory)
        var sum = Watts.zero
        for index in 0..<fleet.count { sum += memory[index].share }
        return sum
    }

    /// Lowers the tiers of chargers on phases that their shares would overload, so that another split can use the other
    /// phases; false when all phases are well.
    func lowerTiers(fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>) -> Bool {
        let cuts = cuts(fleet: fleet, memory: memory)
        guard cuts.isNeeded else { return false }
        for index in 0..<fleet.count where memory[index].share != .zero {
            let factor = cuts.factor(fleet[index].phases, share: memory[index].share)
            if factor < 1 { memory[index].tiers.limit(to: memory[index].share.magnitude * factor) }
        }
        return true
    }

    /// Lowers shares until all phases are well. Minimum powers make one cut ask for another; when eight are not enough,
    /// whoever does not use all phases evenly gets nothing.
    func enforce(fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>) {
        guard isSet else { return }
        for round in 0..<9 {
            let cuts = cuts(fleet: fleet, memory: memory)
            guard cuts.isNeeded else { return }
            for index in 0..<fleet.count where memory[index].share != .zero {
                let share = memory[index].share
                let factor = cuts.factor(fleet[index].phases, share: share)
                guard factor < 1 || (round == 8 && fleet[index].phases != .all) else { continue }
                memory[index].reasons.insert(cuts.overloaded ? .phase : .unbalance)
                let side: Double = share > .zero ? 1 : -1
                memory[index].share =
                    round == 8 ? .zero : fleet[index].lowered(share.magnitude * factor, side: side) * side
            }
        }
    }

    /// Lets one charger of a phase go down before another goes up, as ``HandOver`` does for the connection.
    func handOver(fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>) {
        guard most != nil else { return }
        for phase in 0..<3 {
            for side in 0..<2 {
                HandOver.hold(
                    side: side == 0 ? 1 : -1, limit: room(phase, side: side == 0 ? 1 : -1), phase: phase, fleet: fleet,
                    memory: &memory)
            }
        }
    }

    /// What is to be left of charging and of discharge on each phase.
    private struct Cuts {
        var charge = InlineArray<3, Double>(repeating: 1)
        var discharge = InlineArray<3, Double>(repeating: 1)
        /// The same for chargers that do not use all phases evenly.
        var unevenCharge = InlineArray<3, Double>(repeating: 1)
        var unevenDischarge = InlineArray<3, Double>(repeating: 1)
        var isNeeded = false
        var overloaded = false

        func factor(_ phases: PhaseSet, share: Watts) -> Double {
            var factor = 1.0
            for phase in 0..<3 where phases.has(phase) {
                factor = min(factor, share > .zero ? charge[phase] : discharge[phase])
                if phases != .all { factor = min(factor, share > .zero ? unevenCharge[phase] : unevenDischarge[phase]) }
            }
            return factor
        }
    }

    private func cuts(fleet: Span<ChargerSettings>, memory: borrowing MutableSpan<ChargerMemory>) -> Cuts {
        var sums = PhasePowers()
        var uneven = PhasePowers()
        for index in 0..<fleet.count where memory[index].share != .zero {
            sums.add(memory[index].share, on: fleet[index].phases)
            if fleet[index].phases != .all { uneven.add(memory[index].share, on: fleet[index].phases) }
        }
        // A watt of slack, so that rounding asks for no cut.
        let slack = Watts(1)
        // The worst of chargers beyond control lies on the phase where it hurts.
        var least = Watts(1e12)
        var most = Watts(-1e12)
        for phase in 0..<3 {
            least = min(least, uneven[phase] - unevenExport[phase])
            most = max(most, uneven[phase] + unevenImport[phase])
        }
        var cuts = Cuts()
        for phase in 0..<3 {
            let charge = room(phase, side: 1)
            let discharge = room(phase, side: -1)
            if sums[phase] > charge + slack {
                cuts.charge[phase] = max(0, charge / sums[phase])
                cuts.isNeeded = true
                cuts.overloaded = true
            }
            if -sums[phase] > discharge + slack {
                cuts.discharge[phase] = max(0, discharge / -sums[phase])
                cuts.isNeeded = true
                cuts.overloaded = true
            }
            guard let unbalance, most - least > unbalance + slack else { continue }
            cuts.isNeeded = true
            let highest = least + unbalance - unevenImport[phase]
            if uneven[phase] > highest, uneven[phase] > .zero {
                cuts.unevenCharge[phase] = max(0, highest / uneven[phase])
            }
            let lowest = most - unbalance + unevenExport[phase]
            if uneven[phase] < lowest, uneven[phase] < .zero {
                cuts.unevenDischarge[phase] = max(0, lowest / uneven[phase])
            }
        }
        return cuts
    }
}

extension Tiers {
    mutating func limit(to power: Watts) {
        planned = min(planned, power)
        spared = min(spared, power)
        sustained = min(sustained, power)
        most = min(most, power)
    }
}

extension ChargerSettings {
    /// The largest power of at most `power` (zero or above) that the charger can be told.
    func lowered(_ power: Watts, side: Double) -> Watts {
        let part = resolution * Double(Int64(max(0, power / resolution) + 1e-9))
        return part >= minimum(side: side) ? part : .zero
    }
}
