/// What the rules of a service say, with their source. Times are from the change of frequency.
public struct ServiceRules: Sendable {
    /// The name in the site file.
    public var name: StaticString
    public var title: StaticString
    public var source: StaticString
    /// What of these figures was not read in the original rules; empty when all was.
    public var unverified: StaticString
    /// The latest start of a response; nil where the rules name none.
    public var startWithin: Interval?
    /// The latest full response; nil where it is a setting.
    public var fullWithin: Interval?
    /// How long the full response must last.
    public var duration: Interval
    public var baselineRule: BaselineRule
    /// The deviation from which nothing is asked and up to which the knee reaches; nil without a fixed curve.
    public var shape: CurveShape?
    /// The nominal frequency that the service belongs to; nil where it serves any.
    public var nominalFrequency: Hertz?
}

/// A symmetric curve: nothing up to `deadband`, `kneeResponse` at `knee`, everything at `full`.
public struct CurveShape: BitwiseCopyable, Sendable {
    public var deadband: Hertz
    public var knee: Hertz?
    public var kneeResponse: Ratio
    public var full: Hertz

    public init(deadband: Hertz, knee: Hertz? = nil, kneeResponse: Ratio = .zero, full: Hertz) {
        self.deadband = deadband
        self.knee = knee
        self.kneeResponse = kneeResponse
        self.full = full
    }

    /// The curve with both legs, mirrored about the nominal frequency.
    public func curve() throws(CurveError) -> Curve {
        var points = InlineArray<6, CurvePoint>(repeating: CurvePoint(deviation: .zero, response: .zero))
        var count = 0
        append(-full, Ratio(1), to: &points, &count)
        if let knee { append(-knee, kneeResponse, to: &points, &count) }
        append(-deadband, .zero, to: &points, &count)
        if deadband > .zero { append(deadband, .zero, to: &points, &count) }
        if let knee { append(knee, -kneeResponse, to: &points, &count) }
        append(full, Ratio(-1), to: &points, &count)
        return try Curve(points.span.extracting(first: count))
    }

    private func append(
        _ deviation: Hertz, _ response: Ratio, to points: inout InlineArray<6, CurvePoint>, _ count: inout Int
    ) {
        points[count] = CurvePoint(deviation: deviation, response: response)
        count += 1
    }
}

extension ServiceKind {
    /// The rules of this service. GB figures: NESO service pages and Response Service Terms effective
    /// 31 July 2026, Schedule 2 and Table 1. Continental Europe: (EU) 2017/1485 Annex V and TenneT's FCR manual
    /// for BSPs, 8 April 2026. Droop: IEEE 1547-2018, clause 6.5.2.7.
    public var rules: ServiceRules {
        switch self {
        case .gbDynamicContainment:
            gb(
                "gb-dynamic-containment", "GB Dynamic Containment", start: .milliseconds(500), full: .seconds(1),
                minutes: 15, CurveShape(deadband: Hertz(0.015), knee: Hertz(0.2), kneeResponse: Ratio(0.05), full: Hertz(0.5)))
        case .gbDynamicModeration:
            gb(
                "gb-dynamic-moderation", "GB Dynamic Moderation", start: .milliseconds(500), full: .seconds(1),
                minutes: 30, CurveShape(deadband: Hertz(0.015), knee: Hertz(0.1), kneeResponse: Ratio(0.05), full: Hertz(0.2)))
        case .gbDynamicRegulation:
            gb(
                "gb-dynamic-regulation", "GB Dynamic Regulation", start: .seconds(2), full: .seconds(10),
                minutes: 60, CurveShape(deadband: Hertz(0.015), full: Hertz(0.2)))
        case .ceFCR:
            ServiceRules(
                name: "ce-fcr", title: "Continental Europe Frequency Containment Reserve",
                source: "(EU) 2017/1485 Annex V; TenneT FCR manual for BSPs, 8 April 2026",
                unverified: "", startWithin: .seconds(2), fullWithin: .seconds(30), duration: .seconds(15 * 60),
                baselineRule: .scheduled, shape: CurveShape(deadband: .zero, full: Hertz(0.2)), nominalFrequency: Hertz(50))
        case .droop:
            ServiceRules(
                name: "droop", title: "Frequency droop in IEEE 1547 terms", source: "IEEE 1547-2018, clause 6.5.2.7",
                unverified: "the duration that counts as available (15 min)", startWithin: nil, fullWithin: nil,
                duration: .seconds(15 * 60), baselineRule: .frozen, shape: nil, nominalFrequency: nil)
        case .curve:
            ServiceRules(
                name: "curve", title: "A curve of the site file's own", source: "the site file",
                unverified: "", startWithin: nil, fullWithin: nil, duration: .seconds(15 * 60),
                baselineRule: .scheduled, shape: nil, nominalFrequency: nil)
        }
    }

    private func gb(
        _ name: StaticString, _ title: StaticString, start: Interval, full: Interval, minutes: Int64, _ shape: CurveShape
    ) -> ServiceRules {
        ServiceRules(
            name: name, title: title,
            source: "NESO service pages; Response Service Terms, 31 July 2026, Schedule 2 and Table 1",
            unverified: "curve points and durations, read in a text that quotes the terms",
            startWithin: start, fullWithin: full, duration: .seconds(60 * minutes), baselineRule: .scheduled,
            shape: shape, nominalFrequency: Hertz(50))
    }
}

extension CurveShape {
    /// The line of IEEE 1547-2018: full response at the deadband plus nominal frequency times droop.
    public static func droop(deadband: Hertz, droop: Ratio, nominal: Hertz) -> CurveShape {
        CurveShape(deadband: deadband, full: deadband + nominal * droop.value)
    }
}
