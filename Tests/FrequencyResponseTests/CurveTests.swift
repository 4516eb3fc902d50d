import FrequencyResponse
import Testing

private func curve(_ points: [(Double, Double)]) throws(CurveError) -> Curve {
    let points = points.map { CurvePoint(deviation: Hertz($0.0), response: Ratio($0.1)) }
    return try Curve(points.span)
}

private func refusal(_ points: [(Double, Double)]) -> CurveError? {
    do {
        _ = try curve(points)
        return nil
    } catch {
        return error
    }
}

@Suite("Droop curve")
struct CurveTests {
    @Test("legs of any width interpolate with their own width", arguments: [0.013, 0.2, 1.7])
    func widths(width: Double) throws {
        let curve = try curve([(-width, 0.8), (0, 0.3), (2 * width, -0.5)])
        for share in stride(from: 0.0, through: 1, by: 0.125) {
            let left = curve.response(at: Hertz(-width * (1 - share))).value
            #expect(abs(left - (0.8 - 0.5 * share)) < 1e-7 / width)
            let right = curve.response(at: Hertz(2 * width * share)).value
            #expect(abs(right - (0.3 - 0.8 * share)) < 1e-7 / width)
        }
    }

    @Test("a curve with legs 13 mHz, 0.2 Hz and 1.7 Hz wide is exact in each of them")
    func unequalWidths() throws {
        let curve = try curve([(-0.1, 1), (-0.087, 0.5), (0.113, 0.1), (1.813, -1)])
        #expect(curve.response(at: Hertz(-0.0935)).value == 0.75)
        #expect(abs(curve.response(at: Hertz(0.013)).value - 0.3) < 1e-12)
        #expect(abs(curve.response(at: Hertz(0.963)).value - -0.45) < 1e-12)
    }

    @Test("beyond its ends a curve stays at the end values")
    func saturation() throws {
        let curve = try curve([(-0.5, 1), (0.5, -1)])
        #expect(curve.response(at: Hertz(-30)) == Ratio(1))
        #expect(curve.response(at: Hertz(30)) == Ratio(-1))
    }

    @Test("what is no curve is refused at its point")
    func refusals() {
        #expect(refusal([]) == .tooFewPoints(count: 0))
        #expect(refusal([(0, 0)]) == .tooFewPoints(count: 1))
        let tooMany = (0...64).map { (Double($0) * 0.01, 0.0) }
        #expect(refusal(tooMany) == .tooManyPoints(count: 65))
        #expect(refusal([(0, 1), (0, 0)]) == .notAscending(index: 1))
        #expect(refusal([(0, 1), (0.000_000_000_4, 0)]) == .notAscending(index: 1))
        #expect(refusal([(0.2, 0.5), (0.1, 0)]) == .notAscending(index: 1))
        #expect(refusal([(0, .nan), (1, 0)]) == .notANumber(index: 0))
        #expect(refusal([(.nan, 0), (1, 0)]) == .notANumber(index: 0))
        #expect(refusal([(0, 1), (.infinity, 0)]) == .notANumber(index: 1))
        #expect(refusal([(-.infinity, 1), (0, 0)]) == .notANumber(index: 0))
        #expect(refusal([(0, .infinity), (1, 0)]) == .responseOutOfRange(index: 0))
        #expect(refusal([(0, 1.01), (1, 0)]) == .responseOutOfRange(index: 0))
        #expect(refusal([(0, 0), (1, 0.1)]) == .risingResponse(index: 1))
    }

    @Test("64 points are taken")
    func mostPoints() throws {
        let curve = try curve((0...63).map { (Double($0) * 0.01, -Double($0) / 64) })
        #expect(curve.pointCount == 64)
        #expect(abs(curve.response(at: Hertz(0.305)).value + 30.5 / 64) < 1e-9)
    }

    @Test("49.985 Hz is on the edge of a 15 mHz deadband and not beside it")
    func deadbandEdge() throws {
        let shape = try #require(ServiceKind.gbDynamicContainment.rules.shape)
        let curve = try shape.curve()
        #expect(curve.response(at: Hertz(49.985) - Hertz(50)) == .zero)
        #expect(curve.response(at: Hertz(50.015) - Hertz(50)) == .zero)
        #expect(curve.response(at: Hertz(49.984_999) - Hertz(50)) > .zero)
    }

    struct CheckValue: CustomTestStringConvertible, Sendable {
        var kind: ServiceKind
        var frequency: Double
        var response: Double
        var testDescription: String { "\(kind) at \(frequency) Hz" }
    }

    /// Published or computed from the published closed forms.
    static let checkValues = [
        CheckValue(kind: .gbDynamicContainment, frequency: 49.9, response: 0.05 * 0.085 / 0.185),
        CheckValue(kind: .gbDynamicContainment, frequency: 49.7, response: 0.05 + 0.95 / 3),
        CheckValue(kind: .gbDynamicContainment, frequency: 49.597, response: 0.05 + 0.95 * 0.203 / 0.3),
        CheckValue(kind: .gbDynamicContainment, frequency: 49.5, response: 1),
        CheckValue(kind: .gbDynamicContainment, frequency: 48.8, response: 1),
        CheckValue(kind: .gbDynamicContainment, frequency: 50.2, response: -0.05),
        CheckValue(kind: .gbDynamicModeration, frequency: 49.85, response: 0.525),
        CheckValue(kind: .gbDynamicModeration, frequency: 50.2, response: -1),
        CheckValue(kind: .gbDynamicRegulation, frequency: 49.9, response: 0.085 / 0.185),
        CheckValue(kind: .gbDynamicRegulation, frequency: 50.1, response: -0.085 / 0.185),
        CheckValue(kind: .ceFCR, frequency: 49.9, response: 0.5),
        CheckValue(kind: .ceFCR, frequency: 50.01, response: -0.05),
        CheckValue(kind: .ceFCR, frequency: 49.8, response: 1),
        CheckValue(kind: .nordicFCRN, frequency: 49.95, response: 0.5),
        CheckValue(kind: .nordicFCRN, frequency: 50.1, response: -1),
        CheckValue(kind: .nordicFCRDUp, frequency: 49.9, response: 0),
        CheckValue(kind: .nordicFCRDUp, frequency: 49.7, response: 0.5),
        CheckValue(kind: .nordicFCRDUp, frequency: 49.5, response: 1),
        CheckValue(kind: .nordicFCRDUp, frequency: 50.5, response: 0),
        CheckValue(kind: .nordicFCRDDown, frequency: 50.1, response: 0),
        CheckValue(kind: .nordicFCRDDown, frequency: 50.3, response: -0.5),
        CheckValue(kind: .nordicFCRDDown, frequency: 49.5, response: 0),
        CheckValue(kind: .aemoVeryFast, frequency: 49.85, response: 0),
        CheckValue(kind: .aemoFast, frequency: 49.675, response: 0.5),
        CheckValue(kind: .aemoSlow, frequency: 49.5, response: 1),
        CheckValue(kind: .aemoDelayed, frequency: 50.5, response: -1),
        CheckValue(kind: .lfsmO, frequency: 50.2, response: 0),
        CheckValue(kind: .lfsmO, frequency: 51.2, response: -0.4),
        CheckValue(kind: .lfsmO, frequency: 49, response: 0),
        CheckValue(kind: .lfsmU, frequency: 48.8, response: 0.4),
    ]

    @Test("services answer with their published values", arguments: checkValues)
    func published(check: CheckValue) throws {
        let shape = try #require(check.kind.rules.shape)
        let curve = try shape.curve()
        #expect(abs(curve.response(at: Hertz(check.frequency) - Hertz(50)).value - check.response) < 1e-9)
    }

    @Test("every service of the catalogue has a name of its own, a source, and a curve that is one")
    func catalogue() throws {
        let kinds = (0..<ServiceKind.count).compactMap { ServiceKind(rawValue: UInt8($0)) }
        #expect(kinds.count == ServiceKind.count && ServiceKind(rawValue: UInt8(ServiceKind.count)) == nil)
        #expect(Set(kinds.map { $0.rules.name.description }).count == kinds.count)
        for kind in kinds {
            #expect(!kind.rules.source.description.isEmpty)
            if let shape = kind.rules.shape {
                let curve = try shape.curve()
                #expect(curve.response(at: .zero) == .zero)
            }
        }
    }

    @Test("a direction sells its own side only")
    func directions() {
        #expect(Direction.low.allowed(Ratio(0.5)) == Ratio(0.5))
        #expect(Direction.low.allowed(Ratio(-0.5)) == .zero)
        #expect(Direction.high.allowed(Ratio(0.5)) == .zero)
        #expect(Direction.high.allowed(Ratio(-0.5)) == Ratio(-0.5))
        #expect(Direction.both.allowed(Ratio(-0.5)) == Ratio(-0.5))
    }
}
