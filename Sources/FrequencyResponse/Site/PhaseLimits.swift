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
/// A charger spreads its power evenly over its phases. The building's part of a phase is its declared extreme, since a meter's sum does not
/// tell it. Powers are currents times the lower of nominal and measured voltage.
struct PhaseLimits: BitwiseCopyable {
    private var most: Watts?
    private var unbalance: Watts?
    private var building: Watts
    private var otherImport: PhasePowers
    private var otherExport: PhasePowers

    /// `voltage` is the lowest phase-to-neutral voltage that is measured or, without, nominal less 10 %.
    init(_ limits: SiteLimits, voltage: Volts, otherImport: PhasePowers, otherExport: PhasePowers) {
        most = limits.phaseCurrent.map { Watts($0 * voltage.value) }
        unbalance = limits.unbalance
        building = limits.buildingPhaseMaximum
        self.otherImport = otherImport
        self.otherExport = otherExport
    }

    var isSet: Bool { most != nil || unbalance != nil }

    /// What the chargers may take, or give, on a phase.
    func room(_ phase: Int, side: Double) -> Watts {
        guard let most else { return Watts(1e12) }
        return max(.zero, side > 0 ? most - building - otherImport[phase] : most - otherExport[phase])
    }

    /// Lowers the tiers of chargers on phases that their shares would overload, so that another split can use the other phases; false when all
    /// phases are well. With `isLast` the shares themselves are lowered.
    func lower(
        side: Double, isLast: Bool, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>
    ) -> Bool {
        var sums = PhasePowers()
        var skewed = PhasePowers()
        for index in 0..<fleet.count where memory[index].share != .zero {
            sums.add(memory[index].share * side, on: fleet[index].phases)
            if fleet[index].phases != .all { skewed.add(memory[index].share * side, on: fleet[index].phases) }
        }
        let even = min(skewed[0], min(skewed[1], skewed[2]))
        var hasLowered = false
        for index in 0..<fleet.count where memory[index].share != .zero {
            var factor = 1.0
            for phase in 0..<3 where fleet[index].phases.has(phase) {
                let room = room(phase, side: side)
                if sums[phase] > room {
                    factor = min(factor, room / sums[phase])
                    memory[index].reasons.insert(.phase)
                }
                if let unbalance, fleet[index].phases != .all, skewed[phase] > even + unbalance {
                    factor = min(factor, (even + unbalance) / skewed[phase])
                    memory[index].reasons.insert(.unbalance)
                }
            }
            guard factor < 1 else { continue }
            hasLowered = true
            let part = memory[index].share.magnitude * factor
            memory[index].tiers.limit(to: part)
            if isLast { memory[index].share = fleet[index].lowered(part, side: side) * side }
        }
        return hasLowered
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
