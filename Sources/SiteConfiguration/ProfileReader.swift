public import Devices
import FrequencyResponse
import Modbus
import Yams

/// A device profile of either kind.
public enum Profile: Sendable {
    case meter(MeterProfile)
    case charger(ChargerProfile)

    /// The name.
    public var name: String {
        switch self {
        case .meter(let profile): profile.name
        case .charger(let profile): profile.name
        }
    }

    /// The full name, for people to read.
    public var title: String {
        switch self {
        case .meter(let profile): profile.title
        case .charger(let profile): profile.title
        }
    }
}

/// Reads one device profile, with the same checks as the site file.
public enum ProfileReader {
    /// Reads a profile's file.
    public static func read(path: String) throws(Problems) -> Profile {
        try read(text: SourceFile.text(at: path), file: path)
    }

    /// Reads a profile's text. `file` is its name in messages.
    public static func read(text: String, file: String) throws(Problems) -> Profile {
        let problems = ProblemCollector(file: file)
        let profile = SourceFile.root(of: text, problems: problems)
            .flatMap { Section($0, path: "", problems: problems) }
            .flatMap { Self.profile($0, problems: problems) }
        try problems.throwIfAny()
        guard let profile else { preconditionFailure("a profile without mistakes gave no profile") }
        return profile
    }

    private enum Kind { case meter, charger }

    private static func profile(_ root: Section, problems: ProblemCollector) -> Profile? {
        let kind = root.choice("kind", [("meter", Kind.meter), ("charger", Kind.charger)])
        let name = root.text("profile", need: "the profile's name") ?? ""
        let title = root.text("title", need: "what the device is called") ?? ""
        let provenance = self.provenance(root)
        let unverified = (root.list("unverified") ?? []).compactMap { $0.scalar?.string }
        let modbus = root.section("modbus", need: "how the registers are read")
        let points = root.section("points", need: "where the values are")
        guard let kind, let provenance, let modbus, let points else {
            // Nothing can be said of the other keys while the kind of file is not known.
            return nil
        }
        switch kind {
        case .meter:
            let meter = meter(root, name, title, provenance, modbus, points, unverified)
            root.finish()
            return meter.map { .meter($0) }
        case .charger:
            let charger = charger(root, name, title, provenance, modbus, points, unverified)
            root.finish()
            return charger.map { .charger($0) }
        }
    }

    private static func provenance(_ root: Section) -> Provenance? {
        guard let section = root.section("provenance", need: "where the register map comes from") else { return nil }
        let document = section.text("document", need: "the document or source")
        let revision = section.text("revision", need: "its revision")
        let verified = section.text("verified_on_hardware", need: "who verified it on hardware, or nobody")
        section.finish()
        guard let document, let revision, let verified else { return nil }
        return Provenance(document: document, revision: revision, verifiedBy: verified == "nobody" ? nil : verified)
    }

    private static func reading(_ section: Section) -> ReadRules? {
        let table = section.choice("table", [("holding", RegisterTable.holding), ("input", .input)])
        let unit = section.whole("unit", 0...255)
        let block = section.whole("block_limit", 1...RegisterBlock.countMax)
        let gap = section.whole("gap_limit", 0...RegisterBlock.countMax)
        let isSunSpec = section.choice("sunspec", [("true", true), ("false", false)], default: false)
        let boundary = section.has("block_boundary") ? section.whole("block_boundary", 2...65_536) : nil
        let spacing = section.interval("spacing", 0...10, default: 0)
        let delay = section.interval("connect_delay", 0...60, default: 0)
        let holdOff = section.interval("hold_off", 0...3_600, default: 0)
        guard let table, let unit, let block, let gap, let isSunSpec, let spacing, let delay, let holdOff else {
            return nil
        }
        var rules = ReadRules(
            table: table, unit: UInt8(unit), blockMaximum: block, gapMaximum: gap, isSunSpec: isSunSpec)
        rules.blockBoundary = boundary
        rules.spacing = spacing
        rules.connectDelay = delay
        rules.holdOff = holdOff
        return rules
    }

    private static func meter(
        _ root: Section, _ name: String, _ title: String, _ provenance: Provenance, _ modbus: Section,
        _ points: Section,
        _ unverified: [String]
    ) -> MeterProfile? {
        let rules = reading(modbus)
        modbus.finish()
        let frequency = point("frequency", in: points, need: "the frequency register")
        let power = points.has("power") ? point("power", in: points, need: nil) : nil
        let export = optionalPoint("power_export", in: points)
        if export != nil, !points.has("power") {
            points.report("a power_export needs the power of import beside it", key: "power_export")
        }
        let identity = identity(root)
        let voltages =
            points.has("voltages")
            ? points.sections("voltages", need: "one register per phase").map { point(in: $0) } : []
        if voltages.count > 3 { points.report("more than three phases", key: "voltages") }
        let phases = phases(points, voltages: voltages.count)
        points.finish()
        guard let section = root.section("frequency", need: "resolution, update, averaging and plausible range") else {
            return nil
        }
        let resolution = section.quantity("resolution", .frequency, 0.000_001...1)
        let update = section.interval("update", 0.001...60)
        let averaging = section.interval("averaging", 0...60)
        let plausible = range("plausible", .frequency, 10...400, in: section)
        section.finish()
        guard let rules, let frequency, let resolution, let update, let averaging, let plausible else { return nil }
        var profile = MeterProfile(
            name: name, title: title, provenance: provenance, reading: rules, frequency: frequency,
            voltages: voltages.compactMap { $0 },
            power: power, resolution: Hertz(resolution), updateTime: update, averagingTime: averaging,
            plausible: Hertz(plausible.lowerBound)...Hertz(plausible.upperBound), unverified: unverified)
        profile.powerExport = export
        profile.phases = phases
        profile.identity = identity
        return profile
    }

    /// Currents and powers of three phases, which come together and beside three voltages and the power of all.
    private static func phases(_ points: Section, voltages: Int) -> PhasePoints? {
        guard points.has("currents") || points.has("phase_powers") else { return nil }
        let currents = points.sections("currents", need: "one register per phase").map { point(in: $0) }
        let powers = points.sections("phase_powers", need: "one register per phase").map { point(in: $0) }
        guard currents.count == 3, powers.count == 3, voltages == 3, points.has("power") else {
            points.report(
                "currents and phase_powers need three registers each, beside three voltages and the power of all",
                key: points.has("currents") ? "currents" : "phase_powers")
            return nil
        }
        return PhasePoints(currents: currents.compactMap { $0 }, powers: powers.compactMap { $0 })
    }

    /// Registers whose values show that the device is of this kind.
    private static func identity(_ root: Section) -> [Point] {
        guard root.has("identity") else { return [] }
        return root.sections("identity", need: "registers with their valid values").compactMap { section in
            if !section.has("valid") { section.report("an identity needs valid values, such as valid: [0, 1]") }
            return point(in: section)
        }
    }

    private static func charger(
        _ root: Section, _ name: String, _ title: String, _ provenance: Provenance, _ modbus: Section,
        _ points: Section,
        _ unverified: [String]
    ) -> ChargerProfile? {
        let rules = reading(modbus)
        let singly = modbus.choice("write", [("single", true), ("multiple", false)])
        let spacing = modbus.interval("write_spacing", 0...10, default: 0)
        modbus.finish()
        let power = point("power", in: points, need: "the register of the measured power")
        let state = point("state", in: points, need: "the state register")
        let plug = optionalPoint("plug", in: points)
        let stateOfCharge = optionalPoint("state_of_charge", in: points)
        let offeredCharge = optionalPoint("offered_charge", in: points)
        let offeredDischarge = optionalPoint("offered_discharge", in: points)
        points.finish()
        let states = states(root)
        guard let control = root.section("control", need: "how the charger is commanded") else { return nil }
        let setpoint = point("setpoint", in: control, need: "the setpoint register")
        let zeroPower = control.section("zero_power").flatMap { fixedWrite(in: $0) }
        let resume = control.section("resume").flatMap { fixedWrite(in: $0) }
        let heartbeat = optionalPoint("heartbeat", in: control)
        let forbidsZero = control.choice("forbids_zero", [("true", true), ("false", false)], default: false)
        let identity = identity(root)
        let remote = control.section("remote").flatMap { fixedWrite(in: $0) }
        let takeOver =
            (control.list("take_over") ?? []).isEmpty
            ? [] : control.sections("take_over", need: "registers with values").compactMap { fixedWrite(in: $0) }
        let resolution = control.quantity("resolution", .power, 0.001...100_000)
        let chargeMaximum = control.quantity("charge_maximum", .power, 0...10_000_000)
        let dischargeMaximum = control.quantity("discharge_maximum", .power, 0...10_000_000)
        let chargeMinimum = control.quantity("charge_minimum", .power, 0...100_000, default: 0)
        let dischargeMinimum = control.quantity("discharge_minimum", .power, 0...100_000, default: 0)
        let wakePower = control.quantity("wake_power", .power, 0...10_000, default: 0)
        let timeout = control.section("timeout").flatMap { deviceTimeout($0) }
        if forbidsZero == true, zeroPower == nil {
            control.report(
                "where 0 W is forbidden, zero_power has to say what brings the device to no power", key: "forbids_zero")
        }
        if resume != nil, zeroPower == nil {
            control.report("resume undoes zero_power, and there is none", key: "resume")
        }
        let ends = root.choice(
            "setpoint_ends", [("never", SetpointEnd.never), ("unknown", .unknown)], default: .timeout)
        if let ends, (ends == .timeout) != control.has("timeout") {
            root.report(
                ends == .timeout
                    ? "a profile without a timeout has to say how a setpoint ends, with setpoint_ends: never or unknown"
                    : "a setpoint ends by the timeout that stands under control, so this key must not stand here",
                key: "setpoint_ends")
        }
        control.finish()
        let protection = root.text("grid_protection")
        let endStates = root.section(
            "end_states", need: "after_timeout, after_power_return and after_local_takeover, each a power or unknown"
        ).flatMap { EndStatesReader.whole($0) }
        let phases = root.choice(
            "phases", [("1", 1), ("2", 2), ("3", 3), ("by_installation", 0)])
        guard let rules, let singly, let spacing, let power, let state, let states, let setpoint, let resolution,
            let chargeMaximum, let dischargeMaximum, let chargeMinimum, let dischargeMinimum, let wakePower,
            let forbidsZero, let ends, let phases, let endStates
        else { return nil }
        var profile = ChargerProfile(
            name: name, title: title, provenance: provenance, reading: rules, writesSingly: singly, power: power,
            state: state, states: states, setpoint: setpoint)
        profile.plug = plug
        profile.stateOfCharge = stateOfCharge
        profile.offeredCharge = offeredCharge
        profile.offeredDischarge = offeredDischarge
        profile.remote = remote
        profile.zeroPower = zeroPower
        profile.resume = resume
        profile.heartbeat = heartbeat
        profile.forbidsZero = forbidsZero
        profile.phaseCount = phases == 0 ? nil : phases
        profile.setpointEnds = ends
        profile.identity = identity
        profile.takeOver = takeOver
        profile.resolution = Watts(resolution)
        profile.chargeMaximum = Watts(chargeMaximum)
        profile.dischargeMaximum = Watts(dischargeMaximum)
        profile.chargeMinimum = Watts(chargeMinimum)
        profile.dischargeMinimum = Watts(dischargeMinimum)
        profile.wakePower = Watts(wakePower)
        profile.timeout = timeout
        profile.endStates = endStates
        profile.writeSpacing = spacing
        profile.gridProtection = protection
        profile.unverified = unverified
        return profile
    }

    private static func states(_ root: Section) -> [Int: DeviceState]? {
        guard let section = root.section("states", need: "what each number of the state register means") else {
            return nil
        }
        var states: [Int: DeviceState] = [:]
        for state in DeviceState.allCases {
            for node in section.list(state.rawValue) ?? [] {
                guard let number = section.whole(node, key: state.rawValue, 0...65_535) else { continue }
                if states.updateValue(state, forKey: number) != nil {
                    section.report("the number \(number) already has a meaning", at: node, key: state.rawValue)
                }
            }
        }
        section.finish()
        return states
    }

    private static func deviceTimeout(_ section: Section) -> DeviceTimeout? {
        let point = locate(in: section)
        let maximum = section.interval("maximum", 1...86_400)
        let fedBy = section.choice("fed_by", TimeoutFeed.allCases.map { ($0.rawValue, $0) })
        let scope = section.choice("timeout_scope", TimeoutScope.allCases.map { ($0.rawValue, $0) })
        let fallback = section.section("fallback_power").flatMap { fixedWrite(in: $0) }
        section.finish()
        guard let point, let maximum, let fedBy, let scope else { return nil }
        var timeout = DeviceTimeout(point: point, fedBy: fedBy, scope: scope, maximum: maximum)
        timeout.fallback = fallback
        return timeout
    }

    // MARK: Points

    private static func point(_ key: String, in section: Section, need: String?) -> Point? {
        section.section(key, need: need).flatMap { point(in: $0) }
    }

    private static func optionalPoint(_ key: String, in section: Section) -> Point? {
        section.section(key).flatMap { point(in: $0) }
    }

    private static func point(in section: Section) -> Point? {
        let point = locate(in: section)
        section.finish()
        return point
    }

    private static func fixedWrite(in section: Section) -> FixedWrite? {
        let point = locate(in: section)
        let value = section.whole("value", -2_147_483_648...4_294_967_295)
        section.finish()
        guard let point, let value else { return nil }
        return FixedWrite(point: point, value: Double(value))
    }

    private static func locate(in section: Section) -> Point? {
        let type = section.choice("type", RegisterType.allCases.map { ($0.rawValue, $0) })
        let order = section.choice("words", WordOrder.allCases.map { ($0.rawValue, $0) }, default: .highFirst)
        let sign = section.choice("sign", [("import_positive", false), ("export_positive", true)], default: false)
        let location: Location?
        var scale = Scale.factor(1)
        if section.has("model") {
            let model = section.whole("model", 1...65_534)
            let offset = section.whole("offset", 0...2_000)
            if let model, section.has("scale_offset"), let exponent = section.whole("scale_offset", 0...2_000) {
                scale = .exponent(.model(UInt16(model), offset: UInt16(exponent)))
            }
            location = model.flatMap { model in offset.map { .model(UInt16(model), offset: UInt16($0)) } }
        } else {
            location = section.whole("address", 0...65_535).map { .address(UInt16($0)) }
            if section.has("scale_address") {
                if section.has("scale") {
                    section.report("a scale and a scale_address can't both be", key: "scale_address")
                }
                if let exponent = section.whole("scale_address", 0...65_535) {
                    scale = .exponent(.address(UInt16(exponent)))
                }
            } else if let factor = number("scale", in: section) {
                scale = .factor(factor)
            }
        }
        let valid = section.has("valid") ? numbers("valid", in: section) : nil
        let notAvailable = (section.list("not_available") ?? []).compactMap {
            section.whole($0, key: "not_available", 0...Int.max)
        }
        guard let type, let order, let sign, let location else { return nil }
        var point = Point(location, type)
        point.wordOrder = order
        point.isNegated = sign
        point.scale = scale
        point.valid = valid
        point.notAvailable = notAvailable.map { UInt64($0) }
        if section.has("model"), let sentinel = type.notImplemented { point.notAvailable.append(sentinel) }
        return point
    }

    private static func number(_ key: String, in section: Section) -> Double? {
        guard let node = section.node(key) else { return nil }
        guard let value = node.scalar.flatMap({ Double($0.string) }), value.isFinite, value > 0 else {
            section.report("a scale is a number above 0", at: node, key: key)
            return nil
        }
        return value
    }

    private static func numbers(_ key: String, in section: Section) -> ClosedRange<Double>? {
        let values = (section.list(key) ?? []).compactMap { $0.scalar.flatMap { Double($0.string) } }.filter(\.isFinite)
        guard values.count == 2, values[0] < values[1] else {
            section.report("two numbers in ascending order are needed, for example [2, 97]", key: key)
            return nil
        }
        return values[0]...values[1]
    }

    private static func range(
        _ key: String, _ dimension: Dimension, _ allowed: ClosedRange<Double>, in section: Section
    ) -> ClosedRange<Double>? {
        guard let nodes = section.list(key, need: "two values, for example [45 Hz, 65 Hz]") else { return nil }
        let values = nodes.compactMap { section.quantity($0, key: key, dimension, allowed) }
        guard nodes.count == 2, values.count == 2, values[0] < values[1] else {
            if values.count == nodes.count { section.report("two values in ascending order are needed", key: key) }
            return nil
        }
        return values[0]...values[1]
    }
}
