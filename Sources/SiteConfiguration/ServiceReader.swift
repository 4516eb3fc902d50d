import FrequencyResponse
import Yams

/// Reads one service: one of the catalogue, or droop, curve or step with its own numbers.
struct ServiceReader {
    let section: Section
    let nominal: Hertz?

    func read() -> SiteService? {
        let kind = section.choice("kind", ServiceKind.all.map { ($0.rules.name.description, $0) })
        if let kind { section.narrow(to: .service(kind)) }
        let capacity = section.quantity("capacity")
        let wait = section.interval("recovery_wait")
        let ramp = section.quantity("recovery_ramp")
        let method = kind.flatMap { self.method($0, recoveryRamp: ramp) }
        let direction = direction(kind, method)
        guard let kind else { return nil }
        let rules = kind.rules
        let curve = curve(kind)
        let responseTime = kind == .droop ? section.interval("response_time") : .zero
        let own = method.flatMap { if case .triggered(let trigger) = $0, kind == .step { trigger.hold } else { nil } }
        let duration = section.interval("duration", default: own ?? rules.duration)
        let energy = EnergyReader.read(section, default: rules.energy)
        let baseline = baseline(kind)
        section.finish()
        if let fixed = rules.nominalFrequency, let nominal, fixed != nominal {
            section.report(
                "\(rules.name) belongs to a \(Int(fixed.value)) Hz grid, and the site's is \(Int(nominal.value)) Hz",
                key: "kind")
        }
        guard let direction, let capacity, let wait, let ramp, let curve, let responseTime, let duration, let baseline,
            let method
        else { return nil }
        var settings = ServiceSettings(
            kind: kind, curve: curve, direction: direction, capacity: Watts(capacity), baselineRule: baseline,
            responseTime: responseTime, duration: duration, method: method, energy: energy,
            timing: timing(kind, method, responseTime))
        settings.rebound = rebound(settings, guards: rules.guardsRebound, wait: wait, ramp: ramp)
        return SiteService(settings: settings, recoveryWait: wait, recoveryRamp: ramp)
    }

    /// A trigger answers on its own side alone, and some services are sold on one.
    private func direction(_ kind: ServiceKind?, _ method: ServiceMethod?) -> Direction? {
        var side = kind?.rules.direction ?? .both
        var reason = kind.map { "\($0.rules.name) is sold" } ?? ""
        if case .triggered(let trigger) = method, let nominal {
            side = trigger.trigger < nominal ? .low : .high
            reason = "a trigger at \(Dimension.frequency.text(trigger.trigger.value)) answers"
        }
        let direction = section.choice(
            "direction", [("low", Direction.low), ("high", .high), ("both", .both)], default: side)
        if let direction, side != .both, direction != side {
            section.report(
                "\(direction) stands here; \(reason) on the \(side) side alone: write \(side), or leave the key out",
                key: "direction")
        }
        return direction
    }

    private func baseline(_ kind: ServiceKind) -> BaselineRule? {
        switch kind {
        case .curve, .droop, .step:
            section.choice(
                "baseline", [("scheduled", BaselineRule.scheduled), ("frozen", .frozen), ("zero", .zero)])
        default: kind.rules.baselineRule
        }
    }

    /// A triggered service keeps what it stopped from charging stopped until its own release; a variable one of the
    /// same market until frequency has been back in the band for the recovery wait.
    private func rebound(_ settings: ServiceSettings, guards: Bool, wait: Interval, ramp: Double) -> ReboundSettings? {
        guard settings.direction.answersLow, let nominal else { return nil }
        if let trigger = settings.trigger {
            guard trigger.trigger < nominal else { return nil }
            return ReboundSettings(edge: nominal - trigger.release, time: max(wait, trigger.releaseTime), ramp: ramp)
        }
        return guards ? ReboundSettings(edge: settings.curve.edge(low: true), time: wait, ramp: ramp) : nil
    }

    private func timing(_ kind: ServiceKind, _ method: ServiceMethod, _ responseTime: Interval) -> TimingRule {
        var timing = kind.rules.timing
        switch kind {
        case .nordicFFR:
            // The three pairs of the rules: the deeper the trigger, the faster.
            if case .triggered(let trigger) = method {
                timing.fullWithin =
                    trigger.trigger > Hertz(49.65)
                    ? .milliseconds(1_300) : trigger.trigger > Hertz(49.55) ? .seconds(1) : .milliseconds(700)
            }
        case .droop where responseTime > .zero:
            // 90 % of a step within the response time, less the accuracy of 7.5 % that IEEE 1547.1 allows.
            timing.partial = TimedShare(share: Ratio(0.9 - 0.075), within: responseTime)
        default: break
        }
        return timing
    }

    private func method(_ kind: ServiceKind, recoveryRamp: Double?) -> ServiceMethod? {
        switch kind {
        case .step: return trigger(recoveryRamp: recoveryRamp).map { .triggered($0) }
        case .nordicFFR: return fastReserve()
        case .ds3FFR: return contracted(kind)
        case .ercotFFR: return contracted(kind)
        case .aemoVeryFast, .aemoFast, .aemoSlow, .aemoDelayed: return switching(recoveryRamp: recoveryRamp)
        case .pjmRegD:
            return section.interval("signal_age_limit").map { .signal(ageLimit: $0) }
        case .asNzs4777:
            guard case .held(var hold) = kind.rules.method else { return nil }
            // 20 s in the edition of 2020, 60 s in that of 2015.
            guard let time = section.interval("release_time") else { return nil }
            hold.releaseTime = time
            return .held(hold)
        default: return kind.rules.method
        }
    }

    /// Nordic FFR: one of three triggers, and a short support that ramps away or a long one.
    private func fastReserve() -> ServiceMethod? {
        guard case .triggered(var trigger) = ServiceKind.nordicFFR.rules.method else { return nil }
        let at = section.choice(
            "trigger", [("49.7 Hz", Hertz(49.7)), ("49.6 Hz", Hertz(49.6)), ("49.5 Hz", Hertz(49.5))])
        let support = section.choice(
            "support", [("short", Interval.seconds(5)), ("long", .seconds(30))])
        let release = section.quantity("release")
        let readiness = section.interval("readiness")
        guard let at, let support, let release, let readiness else { return nil }
        if release < at.value { section.report("the release must lie above the trigger", key: "release") }
        trigger.trigger = at
        trigger.hold = support
        trigger.release = Hertz(release)
        trigger.readiness = readiness
        return .triggered(trigger)
    }

    private func contracted(_ kind: ServiceKind) -> ServiceMethod? {
        guard case .triggered(var trigger) = kind.rules.method else { return nil }
        let at = section.quantity("trigger")
        let hold = section.interval("hold")
        let readiness = section.interval("readiness")
        guard let at, let hold, let readiness else { return nil }
        trigger.release = max(trigger.release, Hertz(at))
        trigger.trigger = Hertz(at)
        trigger.hold = hold
        trigger.readiness = readiness
        return .triggered(trigger)
    }

    /// AEMO: a variable controller follows the curve; a switching one gives its block at the setting that AEMO
    /// allocates.
    private func switching(recoveryRamp: Double?) -> ServiceMethod? {
        guard
            let isSwitching = section.choice("controller", [("variable", false), ("switching", true)])
        else { return nil }
        guard isSwitching else { return .continuous }
        return trigger(recoveryRamp: recoveryRamp).map { .triggered($0) }
    }

    private func curve(_ kind: ServiceKind) -> Curve? {
        switch kind {
        case .ceFCR:
            // The source allows 10 mHz of insensitivity and deadband together.
            guard let deadband = section.quantity("deadband"),
                var shape = kind.rules.shape
            else { return nil }
            shape.deadband = Hertz(deadband)
            return try? shape.curve()
        case .lfsmO: return lfsm(sides: .high)
        case .lfsmU: return lfsm(sides: .low)
        case .aemoPrimary: return droop()
        case .aemoVeryFast, .aemoFast, .aemoSlow, .aemoDelayed:
            guard let reference = section.quantity("reference"),
                var shape = kind.rules.shape
            else {
                return nil
            }
            shape.full = Hertz(reference)
            return try? shape.curve()
        case .droop: return droop()
        case .curve: return points()
        default: return try? (kind.rules.shape ?? Self.picture(of: kind)).curve()
        }
    }

    /// What stands for the curve of a service that has none.
    private static func picture(of kind: ServiceKind) -> CurveShape {
        CurveShape(deadband: Hertz(0.001), full: Hertz(0.002))
    }

    private func lfsm(sides: Direction) -> Curve? {
        let threshold = section.quantity("threshold")
        let droop = section.quantity("droop")
        guard let threshold, let droop, let nominal else { return nil }
        var shape = CurveShape.droop(
            deadband: (Hertz(threshold) - nominal).magnitude.roundedToNanohertz, droop: Ratio(droop), nominal: nominal)
        shape.sides = sides
        return try? shape.curve()
    }

    private func droop() -> Curve? {
        let deadband = section.quantity("deadband")
        let droop = section.quantity("droop")
        guard let deadband, let droop, let nominal else { return nil }
        return try? CurveShape.droop(deadband: Hertz(deadband), droop: Ratio(droop), nominal: nominal).curve()
    }

    /// The keys of a triggered service.
    private func trigger(recoveryRamp: Double?) -> TriggerSettings? {
        let trigger = section.quantity("trigger")
        let power = section.quantity("power")
        let hold = section.interval("hold")
        let release = section.section("release", need: "above or below, and for")
        let isLow = nominal.flatMap { nominal in trigger.map { $0 < nominal.value } }
        let edge = release.flatMap { release -> Double? in
            let key = isLow == false ? "below" : "above"
            return release.quantity(key, isNeeded: true)
        }
        let time = release.flatMap { $0.interval("for") }
        let after = section.choice(
            "after_hold", [("continue", AfterHold.continues), ("end", .ends)])
        let readiness = section.interval("readiness")
        release?.finish()
        guard let trigger, let power, let hold, let edge, let time, let after, let recoveryRamp, let nominal, let isLow,
            let readiness
        else { return nil }
        if trigger == nominal.value {
            section.report("a trigger at the nominal frequency would never rest", key: "trigger")
        }
        let isBetween = isLow ? edge >= trigger && edge <= nominal.value : edge <= trigger && edge >= nominal.value
        if !isBetween {
            release?.report(
                "the release must lie between the trigger and the nominal frequency", key: isLow ? "above" : "below")
        }
        return TriggerSettings(
            trigger: Hertz(trigger), power: Ratio(power), hold: hold, release: Hertz(edge), releaseTime: time,
            recoveryRamp: recoveryRamp, afterHold: after, readiness: readiness)
    }

    private func points() -> Curve? {
        guard let nodes = section.list("points"), let nominal
        else { return nil }
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
                    """
                    the curve asks for \(Dimension.share.text(atNominal.value)) at the nominal frequency, where it \
                    must ask for nothing
                    """,
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
        let battery = section.quantity("battery")
        let minimum = section.quantity("minimum_charge")
        let target = section.quantity("target_charge")
        let simulated = section.quantity("simulated_charge")
        let departure = section.text("departure").flatMap { timeOfDay($0, section) }
        let grace = section.interval("grace")
        let maximum = section.quantity("maximum_charge")
        let throughput = section.quantity("throughput_limit")
        let takesPart = section.choice("takes_part", [("yes", true), ("no", false)])
        let efficiency = section.quantity("efficiency")
        if let minimum, let target, target < minimum {
            section.report("the target lies below minimum_charge", key: "target_charge")
        }
        if let minimum, let maximum, maximum < minimum {
            section.report("the maximum lies below minimum_charge", key: "maximum_charge")
        }
        if let minimum, let maximum, let target, target > maximum, maximum >= minimum {
            section.report("the target lies above maximum_charge", key: "target_charge")
        }
        if section.has("departure") && !section.has("target_charge") {
            section.report("a departure needs a target_charge", key: "departure")
        }
        section.finish()
        guard let battery, let minimum, let simulated, let maximum, let takesPart, let efficiency, let grace else {
            return nil
        }
        return Result(
            settings: VehicleSettings(
                battery: WattHours(battery), minimumCharge: Ratio(minimum), maximumCharge: Ratio(maximum),
                targetCharge: target.map { Ratio($0) }, departure: departure, grace: grace,
                throughputLimit: throughput.map { WattHours($0) },
                participates: takesPart, efficiency: efficiency),
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
