/// One corner of a droop curve.
@frozen public struct CurvePoint: BitwiseCopyable, Sendable, Equatable {
    /// Deviation from the nominal frequency.
    public var deviation: Hertz
    /// The share of the capacity asked for, -1 to 1; positive supports a low frequency.
    public var response: Ratio

    package init(deviation: Hertz, response: Ratio) {
        self.deviation = deviation
        self.response = response
    }
}

/// Why a list of points is not a droop curve. The index counts from 0.
public enum CurveError: Error, Equatable, Sendable {
    case tooFewPoints(count: Int)
    case tooManyPoints(count: Int)
    case notANumber(index: Int)
    /// The deviation at `index` does not lie above the one before it (after rounding to 1 nHz).
    case notAscending(index: Int)
    /// The response at `index` lies outside -1 to 1.
    case responseOutOfRange(index: Int)
    /// The response rises from the point before: such a leg would push frequency further away.
    case risingResponse(index: Int)
}

/// A piecewise-linear droop curve with unequally spaced points; beyond its ends it stays at the end values.
///
/// Every leg interpolates with its own width, exact at both of its ends. Deviations are rounded to 1 nHz
/// first, on both sides of the comparison, so that 49.985 Hz is on the edge of a 15 mHz deadband and not beside it.
public struct Curve: BitwiseCopyable, Sendable {
    /// The most points that a curve has.
    public static var pointCountMax: Int { 64 }

    private var points: InlineArray<64, CurvePoint>
    /// The number of its points.
    public private(set) var pointCount: Int

    /// Checks and takes 2 to 64 points in ascending order of deviation, with a response that never rises.
    public init(_ source: Span<CurvePoint>) throws(CurveError) {
        guard source.count >= 2 else { throw .tooFewPoints(count: source.count) }
        guard source.count <= Self.pointCountMax else { throw .tooManyPoints(count: source.count) }
        points = InlineArray(repeating: CurvePoint(deviation: .zero, response: .zero))
        pointCount = source.count
        for index in 0..<source.count {
            let point = source[index]
            guard point.deviation.magnitude < Hertz(1_000), point.response.value == point.response.value else {
                throw .notANumber(index: index)
            }
            guard point.response.magnitude <= Ratio(1) else { throw .responseOutOfRange(index: index) }
            let deviation = point.deviation.roundedToNanohertz
            if index > 0 {
                guard deviation > points[index - 1].deviation else { throw .notAscending(index: index) }
                guard point.response <= points[index - 1].response else { throw .risingResponse(index: index) }
            }
            points[index] = CurvePoint(deviation: deviation, response: point.response)
        }
    }

    /// The point at an index below `pointCount`.
    public subscript(index: Int) -> CurvePoint {
        precondition(index < pointCount, "a curve was asked for a point that it does not have")
        return points[index]
    }

    /// The share of the capacity asked for at a deviation, which must be a number.
    public func response(at deviation: Hertz) -> Ratio {
        let deviation = deviation.roundedToNanohertz
        // A span, since an index into the array itself copies all of it.
        let points = points.span
        if deviation <= points[0].deviation { return points[0].response }
        var upper = 1
        while upper < pointCount {
            if deviation <= points[upper].deviation {
                return Self.interpolated(deviation, from: points[upper - 1], to: points[upper])
            }
            upper += 1
        }
        return points[pointCount - 1].response
    }

    /// The same, with the outermost legs drawn on beyond the ends.
    func extendedResponse(at deviation: Hertz) -> Ratio {
        let deviation = deviation.roundedToNanohertz
        let points = points.span
        if deviation < points[0].deviation {
            return Self.interpolated(deviation, from: points[0], to: points[1])
        }
        if deviation > points[pointCount - 1].deviation {
            return Self.interpolated(deviation, from: points[pointCount - 2], to: points[pointCount - 1])
        }
        return response(at: deviation)
    }

    private static func interpolated(_ deviation: Hertz, from left: CurvePoint, to right: CurvePoint) -> Ratio {
        if deviation == right.deviation { return right.response }
        let position = (deviation - left.deviation) / (right.deviation - left.deviation)
        return left.response + (right.response - left.response) * position
    }

    /// Whether the curve asks for nothing at this deviation.
    public func isWithinDeadband(_ deviation: Hertz) -> Bool { response(at: deviation) == .zero }
}

extension Curve {
    /// The deviation without its sign up to which nothing is asked on one side.
    public func edge(low: Bool) -> Hertz {
        var edge = Hertz.zero
        for index in 0..<pointCount where self[index].response == .zero {
            let deviation = low ? -self[index].deviation : self[index].deviation
            edge = max(edge, deviation)
        }
        return edge
    }
}
