/// The voltage that live meters see, phase to neutral. It counts at any level, whether frequency is trusted or not.
public enum WitnessedVoltage: BitwiseCopyable, Sendable, Equatable {
    /// No meter of the site measures voltage.
    case notMeasured
    /// No meter that measures it answers, or its registers stand still, or it has no value.
    case unknown
    /// The lowest and the highest phase.
    case known(lowest: Volts, highest: Volts)

    /// The lowest phase; nil while no voltage is known.
    public var lowest: Volts? { if case .known(let lowest, _) = self { lowest } else { nil } }

    /// The highest phase; nil while no voltage is known.
    public var highest: Volts? { if case .known(_, let highest) = self { highest } else { nil } }

    /// What several meters see together. Of three known voltages the middle one counts, of two the one farther out.
    static func combined(_ first: Self, _ second: Self, _ third: Self) -> Self {
        if let low1 = first.lowest, let low2 = second.lowest, let low3 = third.lowest,
            let high1 = first.highest, let high2 = second.highest, let high3 = third.highest
        {
            return .known(lowest: middle(low1, low2, low3), highest: middle(high1, high2, high3))
        }
        return first.farther(second).farther(third)
    }

    private func farther(_ other: Self) -> Self {
        switch (self, other) {
        case (.known(let low, let high), .known(let otherLow, let otherHigh)):
            .known(lowest: min(low, otherLow), highest: max(high, otherHigh))
        case (.known, _): self
        case (_, .known): other
        case (.unknown, _), (_, .unknown): .unknown
        case (.notMeasured, .notMeasured): .notMeasured
        }
    }

    private static func middle(_ a: Volts, _ b: Volts, _ c: Volts) -> Volts { max(min(a, b), min(max(a, b), c)) }
}
