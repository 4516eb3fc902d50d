public import FrequencyResponse
public import Modbus

/// What a charger's state register says, in our words.
public enum DeviceState: String, Sendable, CaseIterable {
    /// A vehicle is there and power can be set.
    case ready
    case charging
    case discharging
    case noVehicle = "no_vehicle"
    /// Somebody else holds it (an app, a schedule), or it is locked.
    case notControlled = "not_controlled"
    /// It will be ready by itself.
    case busy
    case faulted
}

/// What keeps a device's own timeout from running out.
public enum TimeoutFeed: String, Sendable, CaseIterable {
    case writes
    case anyTraffic = "any_traffic"
}

/// What one timeout of a device covers.
public enum TimeoutScope: String, Sendable, CaseIterable {
    case unit
    case connection
}

/// A device's own fall-back to zero power when it hears nothing.
public struct DeviceTimeout: Sendable, Equatable {
    /// The register that holds it, in seconds; nil when it is fixed.
    public var point: Point
    /// What traffic keeps the timeout from running out.
    public var fedBy: TimeoutFeed
    /// Whether it belongs to the unit or to the connection.
    public var scope: TimeoutScope
    /// The longest timeout that the device takes.
    public var maximum: Interval
    /// The power that it falls back to, where that can be set; nil where it is fixed.
    public var fallback: FixedWrite?

    package init(point: Point, fedBy: TimeoutFeed, scope: TimeoutScope, maximum: Interval) {
        self.point = point
        self.fedBy = fedBy
        self.scope = scope
        self.maximum = maximum
    }
}

/// One fixed value to write.
public struct FixedWrite: Sendable, Equatable {
    /// The point that is written.
    public var point: Point
    /// The value that is written.
    public var value: Double

    package init(point: Point, value: Double) {
        self.point = point
        self.value = value
    }
}

/// How a setpoint ends when nobody renews it.
public enum SetpointEnd: String, Sendable, CaseIterable {
    /// The device's own timeout brings it to zero power.
    case timeout
    /// It holds for ever.
    case never
    /// Nobody has said.
    case unknown
}

/// What is known of a kind of bidirectional charger.
public struct ChargerProfile: Sendable {
    /// The name.
    public var name: String
    /// The full name, for people to read.
    public var title: String
    /// Where the figures come from.
    public var provenance: Provenance
    /// How its registers are read.
    public var reading: ReadRules
    /// Whether single registers are written by function 6; 16 otherwise.
    public var writesSingly: Bool
    /// The measured power.
    public var power: Point
    /// The state.
    public var state: Point
    /// What each number of the state means.
    public var states: [Int: DeviceState]
    /// A register that is 0 while no vehicle is plugged in, for a device whose state does not say it; nil for none.
    public var plug: Point?
    /// The state of charge; nil where none is shown.
    public var stateOfCharge: Point?
    /// What it offers now, as positive powers.
    public var offeredCharge: Point?
    /// The discharging power that is offered; nil where none is shown.
    public var offeredDischarge: Point?
    /// A register that shows whether the remote control still holds, with its value when it does.
    public var remote: FixedWrite?
    /// The writes that take it under remote control, in order.
    public var takeOver: [FixedWrite]
    /// The setpoint.
    public var setpoint: Point
    /// What brings it to no power where a setpoint of 0 W does not, and what lets setpoints count again after that.
    public var zeroPower: FixedWrite?
    /// What takes back the idle command; nil where a setpoint does.
    public var resume: FixedWrite?
    /// Where the device wants a counter that grows once a second while somebody controls it.
    public var heartbeat: Point?
    /// Whether a setpoint of 0 W must never be written.
    public var forbidsZero = false
    /// How many phases the device uses; nil where that depends on the installation.
    public var phaseCount: Int? = 3
    /// How a setpoint ends by itself.
    public var setpointEnds = SetpointEnd.timeout
    /// What shows that the device is of this kind: each must hold a valid value.
    public var identity: [Point] = []
    /// The step of the setpoint register.
    public var resolution: Watts
    /// The smallest power of charging besides none.
    public var chargeMinimum: Watts
    /// The smallest power of discharging besides none.
    public var dischargeMinimum: Watts
    /// What it can be told at most, as positive numbers.
    public var chargeMaximum: Watts
    /// The highest power of discharging.
    public var dischargeMaximum: Watts
    /// The charging that makes an idle device show a state of charge; zero when it always does.
    public var wakePower: Watts
    /// Nil when the device goes on for ever with its last setpoint.
    public var timeout: DeviceTimeout?
    /// What it does by itself while it is not under control.
    public var endStates = EndStates.unknown
    /// The shortest time between two writes.
    public var writeSpacing: Interval
    /// The device's own certified grid protection; nil when the site has to name one.
    public var gridProtection: String?
    /// The statements that are not verified on a device.
    public var unverified: [String]

    package init(
        name: String, title: String, provenance: Provenance, reading: ReadRules, writesSingly: Bool,
        power: Point, state: Point, states: [Int: DeviceState], setpoint: Point
    ) {
        self.name = name
        self.title = title
        self.provenance = provenance
        self.reading = reading
        self.writesSingly = writesSingly
        self.power = power
        self.state = state
        self.states = states
        self.setpoint = setpoint
        takeOver = []
        resolution = Watts(1)
        chargeMinimum = .zero
        dischargeMinimum = .zero
        chargeMaximum = .zero
        dischargeMaximum = .zero
        wakePower = .zero
        writeSpacing = .zero
        unverified = []
    }

    /// How often an unchanged setpoint is written again: four times within the device's timeout, and once a second at
    /// least; less often only where the device wants so much time between requests that nothing else would come
    /// between.
    public func refreshInterval(deviceTimeout: Interval) -> Interval {
        max(min(deviceTimeout / 4, .seconds(1)), reading.spacing * 3)
    }

    /// Whether it can be read that no vehicle is plugged in.
    public var showsEmpty: Bool { plug != nil || states.values.contains(.noVehicle) }

    /// All points that one reading of its state needs.
    public var telemetry: [Point] {
        [power, state] + [plug, stateOfCharge, offeredCharge, offeredDischarge, remote?.point].compactMap { $0 }
    }
}

/// The values of one reading of a charger.
public struct ChargerReading: Sendable, Equatable, BitwiseCopyable {
    /// The measured power, positive for charging.
    public var power: Watts?
    /// The state.
    public var state: DeviceState
    /// The state of charge.
    public var stateOfCharge: Ratio?
    /// The charging power that it offers now.
    public var offeredCharge: Watts?
    /// The discharging power that it offers now, as a positive number.
    public var offeredDischarge: Watts?
    /// Whether the register that shows the remote control says that we hold it.
    public var isRemote: Bool
}

extension DeviceState: BitwiseCopyable {}

extension ChargerProfile {
    /// Takes the values out of the blocks of a plan made for ``telemetry``. A state that the profile does not know is a
    /// fault.
    public func reading(from replies: [RegisterBlock], plan: ReadPlan) -> ChargerReading {
        let raw = plan.value(of: state, in: replies).flatMap { Int(exactly: $0) }
        let shown = raw.flatMap { states[$0] } ?? .faulted
        let isEmpty = plug.map { plan.value(of: $0, in: replies) == 0 } ?? false
        return ChargerReading(
            power: plan.value(of: power, in: replies).map { Watts($0) },
            state: isEmpty && shown != .faulted ? .noVehicle : shown,
            stateOfCharge: stateOfCharge.flatMap { plan.value(of: $0, in: replies) }.map { Ratio($0 / 100) },
            offeredCharge: offeredCharge.flatMap { plan.value(of: $0, in: replies) }.map { Watts($0) },
            offeredDischarge: offeredDischarge.flatMap { plan.value(of: $0, in: replies) }.map { Watts($0) },
            isRemote: remote.map { plan.value(of: $0.point, in: replies) == $0.value } ?? true)
    }

    /// The request that writes a value to a point; nil when the value does not fit its registers or the device lacks
    /// it.
    public func write(_ value: Double, to point: Point, map: SunSpecMap, exponent: Int?) -> Request? {
        guard let address = point.location.address(in: map), let words = point.encode(value, exponent: exponent) else {
            return nil
        }
        if words.count == 1, writesSingly { return .writeOne(address: address, value: words[0]) }
        var block = RegisterBlock(count: words.count)
        for (index, word) in words.enumerated() { block[index] = word }
        return .write(address: address, values: block)
    }

    /// The request that commands a power. The limits of the device are checked a second time here. No power is the
    /// profile's zero power.
    public func write(setpoint power: Watts, map: SunSpecMap, exponent: Int?) -> Request? {
        if power == .zero, let zeroPower { return write(zeroPower.value, to: zeroPower.point, map: map, exponent: nil) }
        guard power >= -dischargeMaximum, power <= chargeMaximum, !(power == .zero && forbidsZero) else { return nil }
        return write(power.value, to: setpoint, map: map, exponent: exponent)
    }
}
