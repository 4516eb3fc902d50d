extension Hertz {
    /// The nearest multiple of 1 nHz. Values of 1 kHz and more, and what is not a number, are returned unchanged.
    public var roundedToNanohertz: Hertz {
        guard magnitude < Hertz(1_000) else { return self }
        return Hertz(value.roundedToWhole(per: 1e9))
    }
}

extension Double {
    /// The nearest multiple of 1 / `steps`, ties away from zero. The product must stay below 2^53.
    func roundedToWhole(per steps: Double) -> Double {
        let scaled = self * steps
        precondition(scaled > -9.007e15 && scaled < 9.007e15, "a value is too large to round exactly")
        return Double(Int64(scaled < 0 ? scaled - 0.5 : scaled + 0.5)) / steps
    }
}

extension Double {
    func clamped(to range: ClosedRange<Double>) -> Double {
        self > range.upperBound ? range.upperBound : self >= range.lowerBound ? self : range.lowerBound
    }
}
