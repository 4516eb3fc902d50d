public import FrequencyResponse
public import Modbus

/// A Wallbox Quasar at its registers: remote control, power setpoint, its idle timeout and its state (facts of public
/// drivers, see the profile). Charging limits are those of the device; the state of charge reads 0 while no power
/// flows.
public struct QuasarModel: SimulatedCharger {
    private enum Register {
        static let control: UInt16 = 81
        static let autoCharge: UInt16 = 82
        static let setpointKind: UInt16 = 83
        static let timeout: UInt16 = 88
        static let action: UInt16 = 257
        static let setpoint: UInt16 = 260
        static let power: UInt16 = 526
        static let state: UInt16 = 537
        static let stateOfCharge: UInt16 = 538
    }

    private static let limit = Watts(7_400)
    private var stage: PowerStage
    /// The vehicle that is plugged in.
    public private(set) var vehicle: Vehicle
    private var now: Instant
    private var heardAt: Instant
    private var isRemote = false
    private var autoCharge: UInt16
    private var setpointKind: UInt16 = 0
    private var timeout: UInt16 = 0
    private var setpoint: Int16 = 0
    private var isStarted = false
    /// It has latched an error and gives no power until it is reset.
    public var isFaulted = false { didSet { stage.command(commanded, now: now) } }
    /// How often the timeout has run out.
    public private(set) var timeoutCount = 0

    /// A charger in user mode, with a vehicle plugged in. `autoCharge` makes it charge at full power until it is taken
    /// over.
    public init(vehicle: Vehicle, dynamics: ChargerDynamics, now: Instant, autoCharge: Bool = false) {
        self.vehicle = vehicle
        self.now = now
        self.autoCharge = autoCharge ? 1 : 0
        stage = PowerStage(dynamics: dynamics, now: now)
        heardAt = now
    }

    /// The power that flows now, positive for charging.
    public var power: Watts { vehicle.accepts(stage.power) }

    /// The power that its registers ask for.
    public var commanded: Watts {
        if isFaulted { return .zero }
        if isRemote { return isStarted && setpointKind == 1 ? Watts(Double(setpoint)) : .zero }
        return autoCharge == 1 ? Self.limit : .zero
    }

    /// A request has come, whatever becomes of it: its timeout begins anew.
    public mutating func hear() { heardAt = now }

    /// It is in user mode again, and charges by itself.
    public mutating func returnSupply() {
        isFaulted = false
        setRemote(false)
        setpointKind = 0
        stage.command(commanded, now: now)
    }

    /// Moves on to a time, which never goes back.
    public mutating func advance(to time: Instant) {
        guard time > now else { return }
        // With no message for the timeout the charger idles.
        if isRemote, timeout > 0, commanded != .zero || isStarted {
            let expiry = heardAt + .seconds(Int64(timeout))
            if time >= expiry {
                move(to: max(now, expiry))
                setpoint = 0
                isStarted = false
                timeoutCount += 1
                stage.command(.zero, now: now)
            }
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
        hear()
        switch request {
        case .read(.input, _, _): return .exception(.illegalFunction)
        case .read(.holding, let address, let count):
            var block = RegisterBlock(count: Int(count))
            for index in 0..<Int(count) { block[index] = value(at: address &+ UInt16(index)) }
            return .registers(block)
        case .writeOne(let address, let value): return write(value, to: address)
        case .write(let address, let values):
            // The device knows function 6 only.
            return values.count == 1 ? write(values[0], to: address) : .exception(.illegalFunction)
        }
    }

    private func value(at address: UInt16) -> UInt16 {
        switch address {
        case Register.control: isRemote ? 1 : 0
        case Register.autoCharge: autoCharge
        case Register.setpointKind: setpointKind
        case Register.timeout: timeout
        case Register.setpoint: UInt16(bitPattern: setpoint)
        case Register.power: UInt16(bitPattern: Int16(power.value))
        case Register.state: state
        case Register.stateOfCharge: power == .zero ? 0 : UInt16(vehicle.stateOfCharge.value * 100 + 0.5)
        default: 0
        }
    }

    private var state: UInt16 {
        if isFaulted { return 7 }
        if power > .zero { return 1 }
        if power < .zero { return 11 }
        return isStarted ? 2 : 4
    }

    private mutating func write(_ value: UInt16, to address: UInt16) -> Answer {
        switch address {
        case Register.control:
            guard value <= 1 else { return .exception(.illegalValue) }
            setRemote(value == 1)
        case Register.autoCharge where isRemote: autoCharge = value
        case Register.setpointKind where isRemote: setpointKind = value
        case Register.timeout where isRemote: timeout = value
        case Register.action where isRemote:
            guard (1...2).contains(value) else { return .exception(.illegalValue) }
            isStarted = value == 1
        case Register.setpoint where isRemote:
            guard Watts(Double(Int16(bitPattern: value))).magnitude <= Self.limit else {
                return .exception(.illegalValue)
            }
            setpoint = Int16(bitPattern: value)
        case Register.autoCharge, Register.setpointKind, Register.timeout, Register.action, Register.setpoint:
            return .exception(.deviceFailure)
        default: return .exception(.illegalAddress)
        }
        stage.command(commanded, now: now)
        return .written
    }

    private mutating func setRemote(_ remote: Bool) {
        if !remote {
            timeout = 0
            autoCharge = 1
            isStarted = false
            setpoint = 0
        }
        isRemote = remote
    }
}
