import FrequencyResponse
import SiteConfiguration
import TestSupport
import Testing

/// The published check values of every service's curve, and of its energy and trigger rules.
@Suite("Services, by their published values")
struct ServiceTableTests {
    struct Value: Sendable, CustomTestStringConvertible {
        var kind: ServiceKind
        var hertz: Double
        var percent: Double
        var testDescription: String { "\(kind) at \(hertz) Hz: \(percent) %" }
        init(_ kind: ServiceKind, _ hertz: Double, _ percent: Double) {
            self.kind = kind
            self.hertz = hertz
            self.percent = percent
        }
    }

    static let values = [
        // NESO's closed forms; the low of 2 October 2020 among them.
        Value(.gbDynamicContainment, 49.985, 0), Value(.gbDynamicContainment, 49.9, 2.2973),
        Value(.gbDynamicContainment, 49.7, 36.6667),
        Value(.gbDynamicContainment, 49.597, 69.2833), Value(.gbDynamicContainment, 49.5, 100),
        Value(.gbDynamicContainment, 50.3, -36.6667),
        Value(.gbDynamicModeration, 49.85, 52.5), Value(.gbDynamicModeration, 49.9, 5),
        Value(.gbDynamicModeration, 50.2, -100),
        Value(.gbDynamicRegulation, 49.9, 45.9459), Value(.gbDynamicRegulation, 49.8, 100),
        Value(.gbDynamicRegulation, 50.015, 0),
        // (EU) 2017/1485 Annex V: everything at 200 mHz.
        Value(.ceFCR, 49.9, 50), Value(.ceFCR, 49.8, 100), Value(.ceFCR, 50.05, -25), Value(.ceFCR, 51, -100),
        // Nordic technical requirements.
        Value(.nordicFCRN, 49.95, 50), Value(.nordicFCRN, 50.1, -100), Value(.nordicFCRDUp, 49.9, 0),
        Value(.nordicFCRDUp, 49.7, 50),
        Value(.nordicFCRDUp, 49.5, 100), Value(.nordicFCRDUp, 50.5, 0), Value(.nordicFCRDDown, 50.3, -50),
        Value(.nordicFCRDDown, 49.5, 0),
        Value(.nordicFCRDUpStatic, 49.6, 75), Value(.nordicFCRDDownStatic, 50.5, -100),
        // AEMO: nothing inside 0.15 Hz, everything at the raise reference.
        Value(.aemoVeryFast, 49.85, 0), Value(.aemoFast, 49.675, 50), Value(.aemoSlow, 49.5, 100),
        Value(.aemoDelayed, 50.5, -100),
        // Droop of 5 % from 15 mHz on.
        Value(.aemoPrimary, 49.985, 0), Value(.aemoPrimary, 48.735, 50), Value(.aemoPrimary, 47.485, 100),
        // EN 50549-1: a droop of 5 % from 50.2 Hz on.
        Value(.lfsmO, 50.2, 0), Value(.lfsmO, 51.45, -50), Value(.lfsmO, 49, 0), Value(.lfsmU, 49.8, 0),
        Value(.lfsmU, 48.55, 50),
        // AS/NZS 4777.2: output 0.971 at 50.3 Hz and 0.286 at 51.5 Hz.
        Value(.asNzs4777, 50.25, 0), Value(.asNzs4777, 50.3, -2.857), Value(.asNzs4777, 51.5, -71.43),
        Value(.asNzs4777, 52, -100),
    ]

    @Test("the curve gives its published value", arguments: values)
    func curve(value: Value) throws {
        let curve = try #require(try value.kind.rules.shape?.curve())
        let share = value.kind.rules.direction.allowed(curve.response(at: Hertz(value.hertz - 50))).value * 100
        #expect(abs(share - value.percent) < 0.001 * max(1, abs(value.percent)))
    }

    @Test(
        "from rest: a service asks what its published curve says, on each sold side", arguments: values)
    func fromRest(value: Value) throws {
        let library = try ProfileLibrary(directory: TestData.profiles)
        let sold = value.kind.rules.direction
        for direction in sold == .both ? [Direction.both, .low, .high] : [sold] {
            let text = BrokenSite.base.replacing(
                "  kind: gb-dynamic-containment\n  direction: both",
                with: "  kind: \(value.kind.rules.name)\n  direction: \(direction)")
            let settings = try SiteReader.read(text: text, file: "site.yaml", library: library).services[0].settings
            var response = ServiceResponse()
            var now = Instant(nanoseconds: 1_000_000_000_000)
            var share = 0.0
            for hertz in [50, value.hertz, value.hertz] {
                now = now + .milliseconds(100)
                share =
                    response.update(
                        ServiceResponse.Question(
                            frequency: Hertz(hertz), nominal: Hertz(50), reference: Hertz(50), now: now,
                            elapsed: .milliseconds(100)), settings: settings
                    ).value
            }
            let isSold = value.percent > 0 ? direction != .high : direction != .low
            #expect(
                abs(share * 100 - (isSold ? value.percent : 0)) < 0.001 * max(1, abs(value.percent)), "\(direction)")
        }
    }

    @Test("every service has a name of its own, a source, and is reachable by it")
    func names() {
        let kinds = (0..<ServiceKind.count).compactMap { ServiceKind(rawValue: UInt8($0)) }
        #expect(kinds.count == ServiceKind.count)
        #expect(ServiceKind(rawValue: UInt8(ServiceKind.count)) == nil)
        #expect(Set(kinds.map { $0.rules.name.description }).count == kinds.count)
        for kind in kinds { #expect(!kind.rules.source.description.isEmpty, "\(kind)") }
        // Everything that is not continuous or described by the site file has a curve or a method.
        for kind in kinds where ![.droop, .curve, .step].contains(kind) {
            if case .continuous = kind.rules.method { #expect(kind.rules.shape != nil, "\(kind)") }
        }
    }

    private static func feed(_ kind: ServiceKind, _ points: [(seconds: Int, hertz: Double)], capacity: Double = 10_000)
        -> [Double]
    {
        var response = ServiceResponse()
        let rules = kind.rules
        let curve = try! (rules.shape ?? CurveShape(deadband: Hertz(0.001), full: Hertz(0.002))).curve()
        let nominal = rules.nominalFrequency ?? Hertz(50)
        let settings = ServiceSettings(
            kind: kind, curve: curve, direction: rules.direction, capacity: Watts(capacity),
            baselineRule: rules.baselineRule,
            responseTime: .zero, duration: rules.duration, method: rules.method)
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var shares: [Double] = []
        for (seconds, hertz) in points {
            for _ in 0..<seconds {
                now = now + .seconds(1)
                shares.append(
                    response.update(
                        ServiceResponse.Question(
                            frequency: Hertz(hertz), nominal: nominal, reference: nominal, now: now,
                            elapsed: .seconds(1)),
                        settings: settings
                    ).value)
            }
        }
        return shares
    }

    @Test(
        """
        AS/NZS 4777.2: output only falls until frequency was at 50.15 Hz for 20 s, then comes back at 16.67 % per \
        minute
        """
    )
    func lowestHeld() {
        // The vector of the facts: 50.25, 50.3, 51.5, then 50.5 and on: 1, 0.971, 0.286, held 0.286.
        let shares = Self.feed(
            .asNzs4777,
            [(1, 50.25), (1, 50.3), (1, 51.5), (60, 50.5), (19, 50.15), (1, 50.16), (20, 50.15), (60, 50.1)])
        #expect(shares[0] == 0)
        #expect(abs(1 + shares[1] - 0.971) < 0.001)
        #expect(abs(1 + shares[2] - 0.286) < 0.001)
        #expect(shares[3..<103].allSatisfy { $0 == shares[2] })
        #expect(abs(shares[163 - 1] - shares[2] - 0.1667) < 0.01)
    }

    @Test("static FCR-D is deactivated after 60 s back in band, by at most 2.5 % a second")
    func staticDisturbance() {
        let shares = Self.feed(
            .nordicFCRDUpStatic, [(10, 49.5), (10, 49.8), (59, 49.9), (1, 49.89), (60, 49.9), (50, 49.95)])
        #expect(shares[0..<140].allSatisfy { $0 == 1 })
        let after = Array(shares[140...])
        #expect(zip(after, after.dropFirst()).allSatisfy { $0 - $1 <= 0.025 + 1e-12 && $1 <= $0 })
        #expect(abs(after[39]) < 1e-9)
    }

    @Test(
        "Nordic FFR gives everything at its trigger, for 30 s, away within 5 s, and again only after frequency was back"
    )
    func fastReserve() {
        let shares = Self.feed(.nordicFFR, [(1, 49.71), (45, 49.7), (10, 49.6), (1, 49.81), (3, 49.7)])
        #expect(shares[0] == 0)
        #expect(shares[1...31].allSatisfy { $0 == 1 })
        #expect(shares[40] == 0 && shares[50] == 0)
        #expect(shares[57] == 1)
    }

    @Test("ERCOT answers 59.85 Hz, DS3 its contract's trigger, and both hold")
    func triggers() {
        let ercot = Self.feed(.ercotFFR, [(1, 59.851), (1, 59.85), (899, 60), (200, 60)])
        #expect(ercot[0] == 0 && ercot[1] == 1 && ercot[900] == 1 && ercot[1_050] < 1)
        let ireland = Self.feed(.ds3FFR, [(1, 49.81), (1, 49.8), (9, 50)])
        #expect(ireland[0] == 0 && ireland[1] == 1 && ireland[10] == 1)
    }

    @Test("PJM's signal is followed, counts for 6 s, then fades within 2 s")
    func signal() {
        var response = ServiceResponse()
        let settings = ServiceSettings(
            kind: .pjmRegD, curve: try! CurveShape(deadband: Hertz(0.001), full: Hertz(0.002)).curve(),
            direction: .both,
            capacity: Watts(10_000), baselineRule: .scheduled, responseTime: .zero, duration: .seconds(900),
            method: .signal(ageLimit: .seconds(6)))
        let start = Instant(nanoseconds: 1_000_000_000_000)
        func share(after seconds: Int64, _ value: Double?, sent: Int64 = 0) -> Double {
            response.update(
                ServiceResponse.Question(
                    frequency: Hertz(60), nominal: Hertz(60), reference: Hertz(60),
                    signal: value.map { ExternalSignal(share: Ratio($0), takenAt: start + .seconds(sent)) },
                    now: start + .seconds(seconds),
                    elapsed: .seconds(1)), settings: settings
            ).value
        }
        #expect(share(after: 0, -0.5) == -0.5)
        #expect(share(after: 2, 0.8, sent: 2) == 0.8)
        #expect(share(after: 8, 0.8, sent: 2) == 0.8)
        #expect(abs(share(after: 9, 0.8, sent: 2) - 0.3) < 1e-12)
        #expect(share(after: 10, 0.8, sent: 2) == 0)
        // Nothing outside -1 to 1, and nothing that is no number, is followed.
        #expect(share(after: 11, 1.5, sent: 11) == 0)
        #expect(share(after: 12, .nan, sent: 12) == 0)
    }

    @Test("the example of Great Britain's energy rules: 50 stored, 2 delivered, 48 until the sixth period, then 50")
    func volumes() {
        var volumes = EnergyVolumes()
        // 50 MWh are 100 MW for half an hour.
        func update(period: Int64, delivered: Double = 0) -> EnergyDemand {
            volumes.update(
                EnergyState(
                    raise: WattHours(50e6), lower: WattHours(50e6), powerRaise: Watts(100e6), powerLower: Watts(100e6),
                    soldRaise: Watts(100e6), soldLower: Watts(100e6),
                    delivered: Watts(delivered), deviation: .zero, period: period), rules: VolumeRules(),
                capacity: Watts(100e6),
                duration: .seconds(1_800), direction: .low, elapsed: .seconds(1_800))
        }
        func required() -> Double {
            volumes.required(capacity: Watts(100e6), duration: .seconds(1_800)).raise.value / 1e6
        }
        _ = update(period: 1)
        _ = update(period: 1, delivered: 4e6)
        var seen: [Int64: (required: Double, restore: Double)] = [:]
        for period in Int64(2)...7 {
            let demand = update(period: period)
            seen[period] = (required(), demand.restore.value)
        }
        for period in Int64(2)...5 { #expect(seen[period]?.required == 48) }
        #expect(seen[4]?.restore == 0 && seen[5]?.restore == 4e6)
        #expect(seen[6]?.required == 50 && seen[7]?.required == 50)
        #expect(seen[6]?.restore == 0)
        // At most 20 % of the volume comes back per period.
        _ = update(period: 8, delivered: 100e6)
        for period in Int64(9)...11 { _ = update(period: period) }
        #expect(update(period: 12).restore.value == 20e6)
    }
}
