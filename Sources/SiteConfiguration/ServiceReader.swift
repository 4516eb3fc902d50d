import FrequencyResponse
import Yams

/// Reads the `service` section: one of the catalogue, or droop or curve with its own numbers.
struct ServiceReader {
    struct Result {
        var settings: ServiceSettings
        var recoveryWait: Interval
        var recoveryRamp: Double
    }

    let section: Section
    let nominal: Hertz?

    func read() -> Result? {
        let kinds = (0..<ServiceKind.count).compactMap { ServiceKind(rawValue: UInt8($0)) }
        let kind = section.choice("kind", kinds.map { ($0.rules.name.description, $0) })
        let sold = kind?.rules.direction ?? .both
        let direction = section.choice(
            "direction", [("low", Direction.low), ("high", .high), ("both", .both)], default: sold)
        let capacity = section.quantity("capacity", .power, 1...1e9)
        let wait = section.interval("recovery_wait", 0...3_600, default: 60)
        let ramp = section.quantity("recovery_ramp", .rate, 0.000_1...1, default: 20.0 / 6_000)
        guard let kind else { return nil }
        if let direction, sold != .both, direction != sold {
            section.report("\(kind.rules.name) is sold on the \(sold) side alone", key: "direction")
        }
        let trigger = kind == .step ? self.trigger(recoveryRamp: ramp) : nil
        let curve = curve(kind)
        let responseTime = kind == .droop ? section.interval("response_time", 0...60) : .zero
        section.finish()
        if let fixed = kind.rules.nominalFrequency, let nominal, fixed != nominal {
            section.report(
                "\(kind.rules.name) belongs to a \(Int(fixed.value)) Hz grid, and the site's is \(Int(nominal.value)) Hz", key: "kind")
        }
        if kind == .step, trigger == nil { return nil }
        guard let direction, let capacity, let wait, let ramp, let curve, let responseTime else { return nil }
        return Result(
            settings: ServiceSettings(
                kind: kind, curve: curve, direction: direction, capacity: Watts(capacity),
                baselineRule: kind.rules.baselineRule, responseTime: responseTime,
                duration: trigger?.hold ?? kind.rules.duration, trigger: trigger),
            recoveryWait: wait, recoveryRamp: ramp)
    }

    private func curve(_ kind: ServiceKind) -> Curve? {
        switch kind {
        case .ceFCR:
            // The source allows 10 mHz of insensitivity and deadband together.
            guard let deadband = section.quantity("deadband", .frequency, 0...0.01, default: 0),
                var shape = kind.rules.shape
            else { return nil }
            shape.deadband = Hertz(deadband)
            return try? shape.curve()
        case .droop:
            let deadband = section.quantity("deadband", .frequency, 0...1)
            let droop = section.quantity("droop", .share, 0.005...0.5)
            guard let deadband, let droop, let nominal else { return nil }
            return try? CurveShape.droop(deadband: Hertz(deadband), droop: Ratio(droop), nominal: nominal).curve()
        case .curve: return points()
        case .step: return try? CurveShape(deadband: Hertz(0.001), full: Hertz(0.002)).curve()
        default: return kind.rules.shape.flatMap { try? $0.curve() }
        }
    }

    /// The keys of a triggered service.
    private func trigger(recoveryRamp: Double?) -> TriggerSettings? {
        let trigger = section.quantity("trigger", .frequency, 40...70)
        let power = section.quantity("power", .share, 0.01...1, default: 1)
        let hold = section.interval("hold", 1...7_200)
        let release = section.section("release", need: "above or below, and for")
        let isLow = nominal.flatMap { nominal in trigger.map { $0 < nominal.value } }
        let edge = release.flatMap { $0.quantity(isLow == false ? "below" : "above", .frequency, 40...70) }
        let time = release.flatMap { $0.interval("for", 0...3_600) }
        release?.finish()
        guard let trigger, let power, let hold, let edge, let time, let recoveryRamp, let nominal, let isLow else { return nil }
        if trigger == nominal.value { section.report("a trigger at the nominal frequency would never rest", key: "trigger") }
        let isBetween = isLow ? edge >= trigger && edge <= nominal.value : edge <= trigger && edge >= nominal.value
        if !isBetween {
            release?.report("the release must lie between the trigger and the nominal frequency", key: isLow ? "above" : "below")
        }
        return TriggerSettings(
            trigger: Hertz(trigger), power: Ratio(power), hold: hold, release: Hertz(edge), releaseTime: time,
            recoveryRamp: recoveryRamp)
    }

    private func points() -> Curve? {
        guard let nodes = section.list("points", need: "at least two points such as [49.5 Hz, 100 %]"), let nominal else { return nil }
        var points: [CurvePoint] = []
        for (index, node) in nodes.enumerated() {
            let key = "points[\(index + 1)]"
            guard let pair = node.sequence, pair.count == 2 else {
                section.report("a point is a frequency and a response such as [49.5 Hz, 100 %]", at: node, key: key)
                continue
            }
            guard let frequency = section.quantity(pair[0], key: key, .frequency, 40...70),
                let response = section.quantity(pair[1], key: key, .share, -1...1)
            else { continue }
            points.append(CurvePoint(deviation: Hertz(frequency) - nominal, response: Ratio(response)))
        }
        guard points.count == nodes.count else { return nil }
        do {
            let curve = try Curve(points.span)
            let atNominal = curve.response(at: .zero)
            if atNominal != .zero {
                section.report(
                    "the curve asks for \(Dimension.share.text(atNominal.value)) at the nominal frequency, where it must ask for nothing",
                    key: "points")
            }
            return curve
        } catch {
            report(error, nodes: nodes)
            return nil
        }
    }

    private func report(_ error: CurveError, nodes: [Node]) {
        func at(_ index: Int, _ statement: String) {
            section.report(statement, at: nodes[index], key: "points[\(index + 1)]")
        }
        switch error {
        case .tooFewPoints(let count): section.report("a curve needs at least 2 points, not \(count)", key: "points")
        case .tooManyPoints(let count):
            section.report("a curve has at most \(Curve.pointCountMax) points, not \(count)", key: "points")
        case .notANumber(let index): at(index, "the point is not a number")
        case .notAscending(let index):
            at(index, "its frequency does not lie above that of the point before it; points go upwards in frequency")
        case .responseOutOfRange(let index): at(index, "its response is outside -100 % to 100 %")
        case .risingResponse(let index):
            at(index, "its response rises from the point before it; a rising leg would push frequency further away")
        }
    }
}

/// Reads a `vehicle` section.
enum VehicleReader {
    struct Result {
        var settings: VehicleSettings
        /// What a simulated vehicle starts with.
        var simulatedCharge: Ratio
    }

    static func read(_ section: Section) -> Result? {
        let battery = section.quantity("battery", .energy, 1_000...1e6)
        let minimum = section.quantity("minimum_charge", .share, 0...1)
        let target = section.quantity("target_charge", .share, 0...1, isNeeded: false)
        let simulated = section.quantity("simulated_charge", .share, 0...1, default: 0.6)
        let departure = section.text("departure").flatMap { timeOfDay($0, section) }
        if let minimum, let target, target < minimum {
            section.report("the target lies below minimum_charge", key: "target_charge")
        }
        if section.has("departure") && !section.has("target_charge") {
            section.report("a departure needs a target_charge", key: "departure")
        }
        section.finish()
        guard let battery, let minimum, let simulated else { return nil }
        return Result(
            settings: VehicleSettings(
                battery: WattHours(battery), minimumCharge: Ratio(minimum), targetCharge: target.map { Ratio($0) },
                departure: departure),
            simulatedCharge: Ratio(simulated))
    }

    private static func timeOfDay(_ text: String, _ section: Section) -> Interval? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let hour = Int64(parts[0]), let minute = Int64(parts[1]), hour < 24, minute < 60
        else {
            section.report("“\(text)” is not a time of day such as \"07:30\"", key: "departure")
            return nil
        }
        return .seconds(hour * 3_600 + minute * 60)
    }
}

/// Reads a `connection` key.
enum ConnectionReader {
    static func read(_ section: Section) -> Connection? {
        guard let text = section.text("connection", need: "an address such as tcp://192.0.2.20:502") else { return nil }
        guard text.hasPrefix("tcp://") else {
            section.report(
                text.hasPrefix("rtu:")
                    ? "serial connections are not supported yet; use a Modbus TCP gateway and tcp://"
                    : "“\(text)” is not an address such as tcp://192.0.2.20:502", key: "connection")
            return nil
        }
        guard let endpoint = endpoint(String(text.dropFirst(6)), defaultPort: 502) else {
            section.report("“\(text)” is not a numeric IPv4 address and port such as tcp://192.0.2.20:502", key: "connection")
            return nil
        }
        return endpoint
    }

    /// A numeric IPv4 address with a port of 1 to 65535; names are not resolved.
    static func endpoint(_ text: String, defaultPort: UInt16?) -> Connection? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard octets.count == 4,
            octets.allSatisfy({ $0.count <= 3 && $0.allSatisfy { $0.isASCII && $0.isNumber } && UInt8($0) != nil })
        else { return nil }
        guard let port = parts.count == 2 ? UInt16(parts[1]) : defaultPort, port > 0 else { return nil }
        return Connection(host: String(parts[0]), port: port)
    }
}
