import Devices
public import FrequencyResponse
public import Modbus

/// What the site is and does not change while it runs.
public struct SiteNameplate: Sendable {
    /// The name.
    public var name: String
    /// The version of droopd.
    public var version: String
    /// The chargers' limits together, as positive powers.
    public var chargeRating: Watts
    /// The discharge limits together.
    public var dischargeRating: Watts
    /// The nominal voltage, phase to neutral.
    public var nominalVoltage: Volts
    /// Where the site answers with the droop of IEEE 1547.
    public var droop: DroopFacts?

    package init(
        name: String, version: String, chargeRating: Watts, dischargeRating: Watts, nominalVoltage: Volts,
        droop: DroopFacts? = nil
    ) {
        self.name = name
        self.version = version
        self.chargeRating = chargeRating
        self.dischargeRating = dischargeRating
        self.nominalVoltage = nominalVoltage
        self.droop = droop
    }

    /// With the ratings of the chargers together.
    public init(
        name: String, version: String, fleet: [ChargerSettings], nominalVoltage: Volts, droop: DroopFacts?
    ) {
        self.init(
            name: name, version: version, chargeRating: fleet.reduce(.zero) { $0 + $1.chargeLimit },
            dischargeRating: fleet.reduce(.zero) { $0 + $1.dischargeLimit }, nominalVoltage: nominalVoltage,
            droop: droop)
    }
}

/// The droop of IEEE 1547 that a site answers with.
public struct DroopFacts: Sendable {
    /// The deviation to each side that asks for nothing.
    public var deadband: Hertz
    /// The change of frequency for the whole rating, as a share of nominal.
    public var droop: Ratio
    /// The time to 90 % of a step.
    public var responseTime: Interval

    package init(deadband: Hertz, droop: Ratio, responseTime: Interval) {
        self.deadband = deadband
        self.droop = droop
        self.responseTime = responseTime
    }

    /// Nil for a service that is not a droop.
    public init?(_ service: ServiceSettings, nominalFrequency: Hertz) {
        guard service.kind == .droop else { return nil }
        let deadband = service.curve.edge(low: true)
        let full = service.curve[0].deviation.magnitude
        self.init(
            deadband: deadband, droop: Ratio((full - deadband) / nominalFrequency), responseTime: service.responseTime)
    }
}

/// What a tick has brought. Nil is what nobody knows, and is shown as not implemented.
public struct SiteSnapshot: Sendable {
    /// When it was.
    public var at: Instant
    /// The site's state.
    public var state: SiteState
    /// Only while it is trusted.
    public var frequency: Hertz?
    /// The lowest voltage of the phases, while frequency is trusted.
    public var voltage: Volts?
    /// Of all chargers, positive for charging.
    public var power: Watts?
    /// The batteries of the vehicles that are there, and what is stored in them.
    public var battery: WattHours?
    /// The energy in the batteries.
    public var stored: WattHours?

    package init(
        at: Instant, state: SiteState, frequency: Hertz? = nil, voltage: Volts? = nil, power: Watts? = nil,
        battery: WattHours? = nil,
        stored: WattHours? = nil
    ) {
        self.at = at
        self.state = state
        self.frequency = frequency
        self.voltage = voltage
        self.power = power
        self.battery = battery
        self.stored = stored
    }

    /// What a tick says of the site as a whole. What was read too long ago, or of a charger out of reach, is not known.
    public init(_ inputs: TickInputs, _ outputs: TickOutputs, chargers: [ChargerInputs], fleet: [ChargerSettings]) {
        let known = zip(fleet, chargers).map { settings, charger in
            charger.control(at: inputs.now, limit: settings.readingAgeLimit) == .unreachable ? nil : charger
        }
        let powers = known.compactMap { $0?.power }
        var battery = WattHours.zero
        var stored = WattHours.zero
        for (settings, charger) in zip(fleet, known) {
            guard let vehicle = settings.vehicle, let charge = charger?.stateOfCharge else { continue }
            battery += vehicle.battery
            stored += vehicle.battery * charge.value
        }
        let isTrusted = outputs.judged.trust.isTrusted
        self.init(
            at: inputs.now, state: outputs.state, frequency: isTrusted ? outputs.judged.frequency : nil,
            voltage: isTrusted ? inputs.sample?.voltageLowest : nil,
            power: powers.count == chargers.count ? powers.reduce(.zero, +) : nil,
            battery: battery > .zero ? battery : nil, stored: battery > .zero ? stored : nil)
    }
}

/// The site as the registers of one SunSpec DER: models 1, 701, 702, 703, 704, 711, 713 and 715 from 40000 on. SunSpec
/// counts export as positive.
///
/// What may be written steers the baseline: 704's WSet in watts, with its reversion. Everything else is read only.
/// Pure: time comes in.
public struct SiteImage: Sendable {
    /// The first register of the SunSpec map.
    public static let base: UInt16 = 40_000
    private static let models: [UInt16] = [1, 701, 702, 703, 704, 711, 713, 715]
    /// News older than this are shown as nothing.
    private static var newsAgeLimit: Interval { .seconds(2) }

    private let facts: SiteNameplate
    private var words: [UInt16] = [0x5375, 0x6E53]
    private var starts: [UInt16: Int] = [:]
    private var controlledAt: Instant?
    private var news: SiteWrite?
    private var heartbeat: UInt32 = 0
    private var beatAt: Instant?

    package init(_ facts: SiteNameplate, mayBeWritten: Bool) {
        self.facts = facts
        for id in Self.models {
            guard let model = SunSpecModels[id] else { preconditionFailure("SunSpec model \(id) is not in the table") }
            starts[id] = words.count
            words += [id, UInt16(model.registerCount - 2)]
            for point in model.points { words += point.notImplemented }
            for group in model.groups { for point in group.points { words += point.notImplemented } }
        }
        words += [0xFFFF, 0]
        describe(mayBeWritten: mayBeWritten)
    }

    private mutating func describe(mayBeWritten: Bool) {
        set("droopd", 1, "Mn")
        set("frequency response site", 1, "Md")
        set(facts.version, 1, "Vr")
        set(facts.name, 1, "SN")
        let rating = max(facts.chargeRating, facts.dischargeRating)
        // The smallest step with which 16 bits hold the rating.
        let exponent = rating.value <= 32_000 ? 0 : rating.value <= 320_000 ? 1 : rating.value <= 3_200_000 ? 2 : 3
        for model: UInt16 in [701, 702] { set(Double(exponent), model, "W_SF") }
        set(2, 701, "ACType")
        set(-3, 701, "Hz_SF")
        set(-1, 701, "V_SF")
        set(-1, 702, "V_SF")
        for name in ["WMaxRtg", "WDisChaRteMaxRtg", "WMax", "WDisChaRteMax"] {
            set(facts.dischargeRating.value, 702, name)
        }
        for name in ["WChaRteMaxRtg", "WChaRteMax"] { set(facts.chargeRating.value, 702, name) }
        set(facts.nominalVoltage.value, 702, "VNomRtg")
        set(0, 704, "WSet_SF")
        set(0, 704, "WSetEna")
        set(1, 704, "WSetMod")
        set(0, 704, "WSet")
        set(0, 704, "WSetRvrt")
        set(0, 704, "WSetEnaRvrt")
        set(0, 704, "WSetRvrtTms")
        set(0, 704, "WSetRvrtRem")
        set(mayBeWritten ? 0 : 1, 715, "LocRemCtl")
        set(0, 715, "ControllerHb")
        describeDroop()
    }

    private mutating func describeDroop() {
        set(facts.droop == nil ? 0 : 1, 711, "Ena")
        set(facts.droop == nil ? 0 : 1, 711, "AdptCtlReq")
        set(1, 711, "AdptCtlRslt")
        set(1, 711, "NCtl")
        set(-3, 711, "Db_SF")
        set(-3, 711, "K_SF")
        set(-2, 711, "RspTms_SF")
        set(1, 711, "Ctl.ReadOnly")
        guard let droop = facts.droop else { return }
        for name in ["Ctl.DbOf", "Ctl.DbUf"] { set(droop.deadband.value, 711, name) }
        for name in ["Ctl.KOf", "Ctl.KUf"] { set(droop.droop.value, 711, name) }
        set(droop.responseTime.seconds, 711, "Ctl.RspTms")
    }

    // MARK: News

    /// Shows what is known at a time; old news are shown as nothing, and stop the heartbeat.
    public mutating func show(_ news: SiteSnapshot?, now: Instant) {
        let fresh = news.flatMap { now.elapsed(since: min(now, $0.at)) <= Self.newsAgeLimit ? $0 : nil }
        set(fresh.map { $0.state.isActive ? 1 : 0 } ?? 0, 701, "St")
        set(fresh.map { Self.inverterState($0.state) } ?? 6, 701, "InvSt")
        set(fresh.map { $0.state == .starting ? 0 : 1 } ?? 0, 701, "ConnSt")
        set(fresh?.power.map { -$0.value }, 701, "W")
        set(fresh?.frequency?.value, 701, "Hz")
        set(fresh?.voltage?.value, 701, "LNV")
        let battery = fresh?.battery
        let exponent = battery.map {
            $0.value <= 65_000 ? 0.0 : $0.value <= 650_000 ? 1 : $0.value <= 6_500_000 ? 2 : 3
        }
        set(exponent, 713, "WH_SF")
        set(-1, 713, "Pct_SF")
        set(battery?.value, 713, "WHRtg")
        set(fresh?.stored?.value, 713, "WHAvail")
        set(battery.flatMap { battery in battery > .zero ? fresh?.stored.map { $0 / battery * 100 } : nil }, 713, "SoC")
        set(fresh == nil ? 2 : 0, 713, "Sta")
        if fresh != nil, beatAt.map({ now.elapsed(since: $0) >= .seconds(1) }) ?? true {
            beatAt = now
            heartbeat &+= 1
            set(Double(heartbeat), 715, "DERHb")
        }
    }

    private static func inverterState(_ state: SiteState) -> Double {
        switch state {
        case .starting: 2
        case .standby, .blocked: 7
        case .armed, .responding, .recovering: 3
        case .stopping: 5
        case .tripped: 6
        }
    }

    // MARK: Control

    /// What is asked of the baseline now, positive for charging; nil for nothing. A request whose time is over has
    /// reverted.
    public mutating func request(now: Instant) -> Watts? {
        let time = number(704, "WSetRvrtTms") ?? 0
        if number(704, "WSetEna") == 1, time > 0, let controlledAt {
            let left = time - now.elapsed(since: controlledAt).seconds
            set(max(0, left.rounded(.up)), 704, "WSetRvrtRem")
            if left <= 0 {
                set(number(704, "WSetRvrt") ?? 0, 704, "WSet")
                set(number(704, "WSetEnaRvrt") ?? 0, 704, "WSetEna")
                self.controlledAt = nil
                news = .reverted
            }
        } else {
            set(0, 704, "WSetRvrtRem")
        }
        guard number(704, "WSetEna") == 1 else { return nil }
        return number(704, "WSet").map { -Watts($0) }
    }

    /// Answers one request. Without the right to write every writing function is unknown.
    public mutating func answer(_ request: Request, mayWrite: Bool, now: Instant) -> Answer {
        switch request {
        case .read(.input, _, _): return .exception(.illegalFunction)
        case .read(.holding, let address, let count):
            guard let first = index(of: address), first + Int(count) <= words.count else {
                return .exception(.illegalAddress)
            }
            var block = RegisterBlock(count: Int(count))
            for index in 0..<Int(count) { block[index] = words[first + index] }
            return .registers(block)
        case .writeOne(let address, let value):
            return judged(RegisterBlock(value), to: address, mayWrite: mayWrite, now: now)
        case .write(let address, let values): return judged(values, to: address, mayWrite: mayWrite, now: now)
        }
    }

    /// What a write or the end of a request has brought since this was asked last.
    public mutating func takeNews() -> SiteWrite? {
        defer { news = nil }
        return news
    }

    private mutating func judged(_ values: RegisterBlock, to address: UInt16, mayWrite: Bool, now: Instant) -> Answer {
        do throws(WriteRefusal) {
            guard mayWrite else {
                throw WriteRefusal(code: .illegalFunction, reason: "its address is not in the list sunspec.write")
            }
            try write(values, to: address, now: now)
            news = .accepted(number(704, "WSetEna") == 1 ? number(704, "WSet").map { -Watts($0) } : nil)
            return .written
        } catch {
            news = .refused(register: address, count: values.count, reason: error.reason)
            return .exception(error.code)
        }
    }

    private struct WriteRefusal: Error {
        var code: ExceptionCode
        var reason: String
    }

    private func index(of address: UInt16) -> Int? { address >= Self.base ? Int(address - Self.base) : nil }

    private static let writable: [UInt16: Set<String>] = [
        704: ["WSetEna", "WSetMod", "WSet", "WSetRvrt", "WSetEnaRvrt", "WSetRvrtTms"], 715: ["ControllerHb"],
    ]

    /// Whole points only, all of them or none.
    private mutating func write(_ values: RegisterBlock, to address: UInt16, now: Instant) throws(WriteRefusal) {
        let closed = WriteRefusal(code: .illegalAddress, reason: "these registers can't be written")
        guard let first = index(of: address) else { throw closed }
        var covered = 0
        for (id, names) in Self.writable {
            guard let start = starts[id], let model = SunSpecModels[id] else { continue }
            for point in model.points where names.contains(point.name) {
                let place = start + point.offset
                guard place < first + values.count, place + point.registerCount > first else { continue }
                guard place >= first, place + point.registerCount <= first + values.count else {
                    throw WriteRefusal(code: .illegalValue, reason: "\(point.name) has to be written as a whole")
                }
                covered += point.registerCount
            }
        }
        guard covered == values.count else { throw closed }
        let before = words
        for index in 0..<values.count { words[first + index] = values[index] }
        if let objection {
            words = before
            throw WriteRefusal(code: .illegalValue, reason: objection)
        }
        let control = starts[704]! + 22..<starts[704]! + 33
        if control.overlaps(first..<first + values.count) { controlledAt = now }
    }

    /// Watts, on or off, within the ratings, and with a reversion that ends it, after a day at most: nobody may steer
    /// the site who is no longer there. Nil where the registers are sound.
    private var objection: String? {
        for name in ["WSetEna", "WSetEnaRvrt"] where ![0, 1].contains(number(704, name)) {
            return "\(name) has to be 0 or 1"
        }
        guard number(704, "WSetMod") == 1 else { return "WSetMod has to be 1, a power in watts" }
        guard let time = number(704, "WSetRvrtTms"), time <= 86_400 else {
            return "WSetRvrtTms has to be at most 86400 s"
        }
        if number(704, "WSetEna") == 1 {
            if time == 0 { return "WSetEna of 1 needs a WSetRvrtTms of 1 to 86400 s" }
            if number(704, "WSetEnaRvrt") == 1 { return "WSetEnaRvrt has to be 0, or the request would not end" }
        }
        for name in ["WSet", "WSetRvrt"] {
            guard let power = number(704, name), power <= facts.dischargeRating.value,
                power >= -facts.chargeRating.value
            else {
                return
                    """
                    \(name) has to be \(Formatting.kilowatts(-facts.chargeRating)) to \
                    \(Formatting.kilowatts(facts.dischargeRating)), positive for export
                    """
            }
        }
        return nil
    }

    // MARK: Points by name

    private func find(_ model: UInt16, _ name: String) -> (point: SunSpecPoint, first: Int) {
        guard let table = SunSpecModels[model], let start = starts[model] else {
            preconditionFailure("the site has no SunSpec model \(model)")
        }
        if let point = table[name] { return (point, start + point.offset) }
        var base = start + 2 + table.points.reduce(0) { $0 + $1.registerCount }
        for group in table.groups {
            for point in group.points where "\(group.name).\(point.name)" == name {
                return (point, base + point.offset)
            }
            base += group.registerCount
        }
        preconditionFailure("SunSpec model \(model) has no point \(name)")
    }

    private func exponent(_ point: SunSpecPoint, _ model: UInt16) -> Int? {
        switch point.scale {
        case .none: return 0
        case .fixed(let exponent): return exponent
        case .point(let name):
            let word = words[find(model, name).first]
            return word == 0x8000 ? nil : Int(Int16(bitPattern: word))
        }
    }

    private func number(_ model: UInt16, _ name: String) -> Double? {
        let (point, first) = find(model, name)
        let value = point.value(Array(words[first..<first + point.registerCount]), exponent: exponent(point, model))
        if case .number(let number) = value { return number }
        return nil
    }

    /// A number as near as the point can hold it; nil, and what does not fit, is not implemented.
    private mutating func set(_ value: Double?, _ model: UInt16, _ name: String) {
        let (point, first) = find(model, name)
        var raw = point.notImplemented
        if let value, value.isFinite, let exponent = exponent(point, model) {
            var power = 1.0
            for _ in 0..<abs(exponent) { power *= 10 }
            raw = point.registers((exponent < 0 ? value * power : value / power).rounded()) ?? raw
        }
        for (index, word) in raw.enumerated() { words[first + index] = word }
    }

    private mutating func set(_ text: String, _ model: UInt16, _ name: String) {
        let (point, first) = find(model, name)
        let bytes =
            Array(text.utf8.prefix(point.registerCount * 2)) + [UInt8](repeating: 0, count: point.registerCount * 2)
        for index in 0..<point.registerCount {
            words[first + index] = UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1])
        }
    }
}

extension SunSpecPoint {
    /// The registers of a whole number; nil when it does not fit, or would read as not implemented.
    func registers(_ number: Double) -> [UInt16]? {
        let raw: UInt64?
        switch kind {
        case .int16, .sunssf: raw = Int16(exactly: number).map { UInt64(UInt16(bitPattern: $0)) }
        case .int32: raw = Int32(exactly: number).map { UInt64(UInt32(bitPattern: $0)) }
        case .uint16, .enum16, .bitfield16: raw = UInt16(exactly: number).map { UInt64($0) }
        case .uint32, .acc32, .bitfield32: raw = UInt32(exactly: number).map { UInt64($0) }
        case .uint64, .acc64: raw = UInt64(exactly: number)
        case .string, .pad, .float32: raw = nil
        }
        guard let raw else { return nil }
        let words = (0..<registerCount).map { UInt16(truncatingIfNeeded: raw >> UInt64(16 * (registerCount - 1 - $0))) }
        return words == notImplemented ? nil : words
    }
}
