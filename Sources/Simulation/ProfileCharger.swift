public import Devices
public import FrequencyResponse
public import Modbus

/// A charger at the registers of any profile: remote control, setpoint, zero power and resume, its own timeout, state,
/// power and state of charge.
///
/// It is as strict as the profile says: a setpoint outside the limits, a forbidden zero, or one before it is under
/// remote control is refused, and a forbidden zero leaves it faulted, as some cars do.
public struct ProfileCharger: SimulatedCharger {
    private let profile: ChargerProfile
    private let chargeLimit: Watts
    private let dischargeLimit: Watts
    private var bank: RegisterBank
    private var stage: PowerStage
    /// The vehicle that is plugged in.
    public private(set) var vehicle: Vehicle
    private var now: Instant
    private var fedAt: Instant
    private var setpoint = Watts.zero
    /// What it does by itself until somebody writes to it.
    private var own = Watts.zero
    private var isStopped: Bool
    private var isFaulted = false
    /// How often its timeout has ended its setpoint.
    public private(set) var timeoutCount = 0
    /// Whether a vehicle is plugged in.
    public var isPluggedIn = true
    /// Refuses every write, as a device does that somebody else holds.
    public var refusesWrites = false

    /// The limits are the charger's own, as positive powers.
    public init(
        profile: ChargerProfile, chargeLimit: Watts, dischargeLimit: Watts, vehicle: Vehicle, dynamics: ChargerDynamics,
        now: Instant
    ) {
        self.profile = profile
        self.chargeLimit = chargeLimit
        self.dischargeLimit = dischargeLimit
        self.vehicle = vehicle
        self.now = now
        fedAt = now
        isStopped = profile.zeroPower != nil
        stage = PowerStage(dynamics: dynamics, now: now)
        bank = RegisterBank(rules: profile.reading, points: profile.everyPoint) { _ in 0 }
        for point in profile.written { bank.store(0, point, in: .holding) }
        for point in profile.identity { bank.store(point.valid?.lowerBound ?? 0, point) }
        // Where remote control is shown in a register that can't be written, somebody has given it already.
        if let remote = profile.remote, !profile.written.contains(remote.point) {
            bank.store(remote.value, remote.point)
        }
        publish()
    }

    /// The power that flows now, positive for charging.
    public var power: Watts { vehicle.accepts(stage.power) }

    /// The power that its registers ask for.
    public var commanded: Watts {
        if own != .zero { return own }
        return isStopped || isFaulted || !isRemote ? .zero : setpoint
    }

    private var isRemote: Bool {
        guard let remote = profile.remote else { return true }
        return bank.value(
            of: remote.point, in: profile.written.contains(remote.point) ? .holding : profile.reading.table)
            == remote.value
    }

    private var timeout: Interval? {
        guard let timeout = profile.timeout, let seconds = bank.value(of: timeout.point), seconds > 0 else {
            return nil
        }
        return Interval(nanoseconds: Int64(seconds * 1e9))
    }

    /// A request has come, whatever becomes of it: its timeout begins anew.
    public mutating func hear() { fedAt = now }

    /// What was written is lost. It takes the power that its profile states, or its limit where that is not known.
    public mutating func returnSupply() {
        for point in profile.written { bank.store(0, point, in: .holding) }
        isFaulted = false
        isStopped = profile.zeroPower != nil
        setpoint = .zero
        switch profile.endStates.afterPowerReturn {
        case .power(let power): own = power.clamped(to: -dischargeLimit...chargeLimit)
        case .chargeLimit, .unknown: own = chargeLimit
        }
        stage.command(commanded, now: now)
    }

    /// Moves on to a time, which never goes back.
    public mutating func advance(to time: Instant) {
        guard time > now else { return }
        if let timeout, setpoint != .zero, time >= fedAt + timeout {
            move(to: max(now, fedAt + timeout))
            setpoint = .zero
            bank.store(0, profile.setpoint, in: .holding)
            timeoutCount += 1
            stage.command(commanded, now: now)
        }
        move(to: time)
    }

    private mutating func move(to time: Instant) {
        guard time > now else { return }
        vehicle.carry(power, for: time.elapsed(since: now))
        now = time
        stage.advance(to: time)
    }

    /// The answer to one request.
    public mutating func answer(_ request: Request) -> Answer {
        if profile.timeout?.fedBy == .anyTraffic || request.isWrite { hear() }
        switch request {
        case .read(let table, let address, let count):
            publish()
            return bank.read(table, address, count)
        case .writeOne(let address, let value): return write(RegisterBlock(value), to: address)
        case .write(let address, let values):
            if profile.writesSingly, values.count == 1 { return .exception(.illegalFunction) }
            return write(values, to: address)
        }
    }

    // MARK: Writing

    private mutating func write(_ values: RegisterBlock, to address: UInt16) -> Answer {
        if refusesWrites { return .exception(.deviceFailure) }
        own = .zero
        for index in 0..<values.count where bank[.holding, address &+ UInt16(index)] == nil {
            return .exception(.illegalAddress)
        }
        let before = bank
        for index in 0..<values.count { bank[.holding, address &+ UInt16(index)] = values[index] }
        let touched = { (point: Point) -> Bool in
            guard let first = point.location.address(in: before.map) else { return false }
            return Int(first) < Int(address) + values.count && Int(first) + point.type.registerCount > Int(address)
        }
        if touched(profile.setpoint), let refusal = takeSetpoint() {
            bank = before
            return .exception(refusal)
        }
        if let zeroPower = profile.zeroPower, touched(zeroPower.point),
            bank.value(of: zeroPower.point) == zeroPower.value
        {
            isStopped = true
        }
        if let resume = profile.resume, touched(resume.point), bank.value(of: resume.point) == resume.value {
            isStopped = false
        }
        stage.command(commanded, now: now)
        return .written
    }

    /// Nil when the setpoint counts.
    private mutating func takeSetpoint() -> ExceptionCode? {
        guard isRemote else { return .deviceFailure }
        guard let value = bank.value(of: profile.setpoint) else { return .illegalValue }
        if value == 0, profile.forbidsZero {
            isFaulted = true
            return nil
        }
        guard value <= chargeLimit.value + 0.5, value >= -dischargeLimit.value - 0.5 else { return .illegalValue }
        setpoint = Watts(value)
        return nil
    }

    // MARK: Reading

    private mutating func publish() {
        bank.store(power.value, profile.power)
        if let number = profile.number(of: state) { bank.store(Double(number), profile.state) }
        if let point = profile.plug { bank.store(isPluggedIn ? 1 : 0, point) }
        if let point = profile.stateOfCharge { bank.store(vehicle.stateOfCharge.value * 100, point) }
        if let point = profile.offeredCharge { bank.store(chargeLimit.value, point) }
        if let point = profile.offeredDischarge { bank.store(dischargeLimit.value, point) }
    }

    private var state: DeviceState {
        if isFaulted { return .faulted }
        if power > .zero { return .charging }
        if power < .zero { return .discharging }
        return .ready
    }
}

extension ChargerProfile {
    /// Every register that the profile may write.
    var written: [Point] {
        takeOver.map(\.point) + [setpoint]
            + [zeroPower?.point, resume?.point, timeout?.point, timeout?.fallback?.point, heartbeat].compactMap { $0 }
    }

    var everyPoint: [Point] { telemetry + written + identity }

    /// A number of the state register with this meaning, or with one that is as good.
    func number(of state: DeviceState) -> Int? {
        let wanted: [DeviceState] =
            switch state {
            case .ready: [.ready, .charging, .discharging]
            case .charging, .discharging: [state, .ready]
            default: [state]
            }
        return wanted.lazy.compactMap { meaning in states.filter { $0.value == meaning }.keys.min() }.first
    }
}
