/// A curve by its corners: nothing up to `deadband`, `kneeResponse` at `knee`, everything at `full`, on one side or
/// mirrored on both.
public struct CurveShape: BitwiseCopyable, Sendable {
    /// The deviation up to which nothing is asked.
    public var deadband: Hertz
    /// The deviation of the corner between deadband and full response; nil for none.
    public var knee: Hertz?
    /// The share of the capacity at that corner.
    public var kneeResponse: Ratio
    /// The deviation at which the whole capacity is asked.
    public var full: Hertz
    /// The sides on which anything is asked.
    public var sides: Direction

    package init(
        deadband: Hertz, knee: Hertz? = nil, kneeResponse: Ratio = .zero, full: Hertz, sides: Direction = .both
    ) {
        self.sides = sides
        self.deadband = deadband
        self.knee = knee
        self.kneeResponse = kneeResponse
        self.full = full
    }

    /// The curve with its legs; beyond the deadband of a side that is not sold it stays at nothing.
    public func curve() throws(CurveError) -> Curve {
        var points = InlineArray<6, CurvePoint>(repeating: CurvePoint(deviation: .zero, response: .zero))
        var count = 0
        if sides != .high {
            append(-full, Ratio(1), to: &points, &count)
            if let knee { append(-knee, kneeResponse, to: &points, &count) }
            append(-deadband, .zero, to: &points, &count)
        }
        if sides != .low {
            if sides == .high || deadband > .zero { append(deadband, .zero, to: &points, &count) }
            if let knee { append(knee, -kneeResponse, to: &points, &count) }
            append(full, Ratio(-1), to: &points, &count)
        }
        return try Curve(points.span.extracting(first: count))
    }

    private func append(
        _ deviation: Hertz, _ response: Ratio, to points: inout InlineArray<6, CurvePoint>, _ count: inout Int
    ) {
        points[count] = CurvePoint(deviation: deviation, response: response)
        count += 1
    }
}

extension CurveShape {
    /// The line of IEEE 1547-2018: full response at the deadband plus nominal frequency times droop.
    public static func droop(deadband: Hertz, droop: Ratio, nominal: Hertz) -> CurveShape {
        CurveShape(deadband: deadband, full: deadband + nominal * droop.value)
    }
}
