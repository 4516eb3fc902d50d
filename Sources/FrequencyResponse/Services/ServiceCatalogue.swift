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

    /// The side that the service is sold on.
    public var direction: Direction { shape?.sides ?? .both }
}

/// A curve by its corners: nothing up to `deadband`, `kneeResponse` at `knee`, everything at `full`, on one side or mirrored on both.
public struct CurveShape: BitwiseCopyable, Sendable {
    public var deadband: Hertz
    public var knee: Hertz?
    public var kneeResponse: Ratio
    public var full: Hertz
    public var sides: Direction

    public init(
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

extension ServiceKind {
    /// The rules of this service. GB figures: NESO service pages and Response Service Terms effective
    /// 31 July 2026, Schedule 2 and Table 1. Continental Europe: (EU) 2017/1485 Annex V and TenneT's FCR manual
    /// for BSPs, 8 April 2026. Droop: IEEE 1547-2018, clause 6.5.2.7. Nordic: "Technical Requirements for Frequency Containment
    /// Reserve Provision", 26 May 2023, updated 28 March 2025. Australia: Market Ancillary Service Specification v8.2, 3 June 2024, and
    /// the Frequency Operating Standard of 9 October 2023. LFSM: EN 50549-1.
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
        case .nordicFCRN:
            nordic("nordic-fcr-n", "Nordic FCR-N, normal operation", minutes: 60, CurveShape(deadband: .zero, full: Hertz(0.1)))
        case .nordicFCRDUp:
            nordic(
                "nordic-fcr-d-up", "Nordic FCR-D upwards, dynamic", minutes: 20,
                CurveShape(deadband: Hertz(0.1), full: Hertz(0.5), sides: .low))
        case .nordicFCRDDown:
            nordic(
                "nordic-fcr-d-down", "Nordic FCR-D downwards, dynamic", minutes: 20,
                CurveShape(deadband: Hertz(0.1), full: Hertz(0.5), sides: .high))
        case .aemoVeryFast:
            aemo("aemo-very-fast", "AEMO very fast contingency FCAS (R1, L1), variable", full: .seconds(1), lasting: .seconds(6))
        case .aemoFast:
            aemo("aemo-fast", "AEMO fast contingency FCAS (R6, L6), variable", full: .seconds(6), lasting: .seconds(60))
        case .aemoSlow:
            aemo("aemo-slow", "AEMO slow contingency FCAS (R60, L60), variable", full: .seconds(60), lasting: .seconds(300))
        case .aemoDelayed:
            aemo("aemo-delayed", "AEMO delayed contingency FCAS (R5, L5), variable", full: .seconds(300), lasting: .seconds(600))
        case .lfsmO:
            lfsm("lfsm-o", "LFSM-O: less export, more import at high frequency", .high, unverified: "")
        case .lfsmU:
            lfsm(
                "lfsm-u", "LFSM-U: less import, more export at low frequency", .low,
                unverified: "the threshold of 49.8 Hz and the droop of 5 %")
        case .droop:
            ServiceRules(
                name: "droop", title: "Frequency droop in IEEE 1547 terms", source: "IEEE 1547-2018, clause 6.5.2.7",
                unverified: "the duration that counts as available (15 min)", startWithin: nil, fullWithin: nil,
                duration: .seconds(15 * 60), baselineRule: .frozen, shape: nil, nominalFrequency: nil)
        case .step:
            ServiceRules(
                name: "step", title: "A triggered response with hold, release and recovery", source: "the site file",
                unverified: "", startWithin: nil, fullWithin: nil, duration: .seconds(10 * 60), baselineRule: .frozen,
                shape: nil, nominalFrequency: nil)
        case .curve:
            ServiceRules(
                name: "curve", title: "A curve of the site file's own", source: "the site file",
                unverified: "", startWithin: nil, fullWithin: nil, duration: .seconds(15 * 60),
                baselineRule: .scheduled, shape: nil, nominalFrequency: nil)
        }
    }

    private func nordic(_ name: StaticString, _ title: StaticString, minutes: Int64, _ shape: CurveShape) -> ServiceRules {
        ServiceRules(
            name: name, title: title,
            source: "Nordic TSOs, Technical Requirements for FCR Provision, 28 March 2025, requirements 1 to 4",
            unverified: "", startWithin: nil, fullWithin: nil, duration: .seconds(60 * minutes), baselineRule: .scheduled,
            shape: shape, nominalFrequency: Hertz(50))
    }

    /// Nothing inside the normal operating band of 0.15 Hz, everything at the reference of 0.5 Hz (mainland).
    private func aemo(_ name: StaticString, _ title: StaticString, full: Interval, lasting: Interval) -> ServiceRules {
        ServiceRules(
            name: name, title: title, source: "AEMO, MASS v8.2, 3 June 2024; Frequency Operating Standard, 9 October 2023",
            unverified: "that a variable controller is proportional between the band and the reference; how long the response must last",
            startWithin: nil, fullWithin: full, duration: lasting, baselineRule: .frozen,
            shape: CurveShape(deadband: Hertz(0.15), full: Hertz(0.5)), nominalFrequency: Hertz(50))
    }

    /// From 0.2 Hz on with a droop of 5 %: everything 2.5 Hz further out.
    private func lfsm(
        _ name: StaticString, _ title: StaticString, _ side: Direction, unverified: StaticString
    ) -> ServiceRules {
        ServiceRules(
            name: name, title: title, source: "EN 50549-1, default settings", unverified: unverified,
            startWithin: .seconds(2), fullWithin: nil, duration: .seconds(15 * 60), baselineRule: .scheduled,
            shape: CurveShape(deadband: Hertz(0.2), full: Hertz(2.7), sides: side), nominalFrequency: Hertz(50))
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
