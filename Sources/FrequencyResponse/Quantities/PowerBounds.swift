/// The range that limits leave to a sum of powers. A side without a limit is nil.
public struct PowerBounds: BitwiseCopyable, Sendable, Equatable {
    /// The lowest power, zero or below: the most that may be exported.
    public var lowest: Watts?
    /// The highest power, zero or above: the most that may be imported.
    public var highest: Watts?

    package init(lowest: Watts? = nil, highest: Watts? = nil) {
        self.lowest = lowest
        self.highest = highest
    }

    /// The range that lies inside both.
    public func narrowed(to other: PowerBounds) -> PowerBounds {
        PowerBounds(
            lowest: lowest.map { $0.atLeast(other.lowest) } ?? other.lowest,
            highest: highest.map { $0.atMost(other.highest) } ?? other.highest)
    }

    /// The nearest power inside the range. A power that is not a number becomes the lowest; without a
    /// lowest it is returned as it is.
    func clamp(_ power: Watts) -> Watts {
        if let highest, power > highest { return highest }
        if let lowest, !(power >= lowest) { return lowest }
        return power
    }

    /// The most power on one side as a positive number: 1 import, -1 export. Nil without a limit.
    func room(side: Double) -> Watts? { side > 0 ? highest : lowest.map { -$0 } }
}

extension Quantity {
    /// The smaller of the two; the value itself without a limit.
    @inlinable public func atMost(_ limit: Self?) -> Self { limit.map { min(self, $0) } ?? self }

    /// The greater of the two; the value itself without a limit.
    @inlinable public func atLeast(_ limit: Self?) -> Self { limit.map { max(self, $0) } ?? self }
}
