/// The phases of the connection that a charger uses.
public struct PhaseSet: BitwiseCopyable, Sendable, Equatable {
    /// A bit for each phase.
    public var rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Phase L1 alone.
    public static var l1: Self { Self(rawValue: 1) }
    /// Phase L2 alone.
    public static var l2: Self { Self(rawValue: 2) }
    /// Phase L3 alone.
    public static var l3: Self { Self(rawValue: 4) }

    /// Adds the phases of another set.
    public mutating func insert(_ other: Self) { rawValue |= other.rawValue }
    /// All three phases.
    public static var all: Self { Self(rawValue: 7) }

    /// The number of phases, 0 to 3.
    public var count: Int { Int(rawValue & 1) + Int(rawValue >> 1 & 1) + Int(rawValue >> 2 & 1) }

    /// Whether a phase is among them: 0 for L1, 1 for L2, 2 for L3.
    public func has(_ phase: Int) -> Bool { rawValue >> UInt8(phase) & 1 == 1 }
}

/// Powers of chargers that use all phases evenly, and of those that do not.
struct PhaseShares: BitwiseCopyable, Sendable {
    /// The sum of those that use all phases.
    private(set) var even = Watts.zero
    /// The others by phase.
    private(set) var uneven = PhasePowers()

    mutating func add(_ power: Watts, on phases: PhaseSet) {
        if phases == .all { even += power } else { uneven.add(power, on: phases) }
    }
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
