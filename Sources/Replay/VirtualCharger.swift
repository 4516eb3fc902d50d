import Devices
import FrequencyResponse
import Modbus
import Simulation

/// A simulated charger in virtual time, commanded by the same encoding as a real one.
struct VirtualCharger {
    private(set) var model: any SimulatedCharger
    private let profile: ChargerProfile
    private let map: SunSpecMap
    private let exponent: Int?
    private var written: Watts?
    private var advancedTo: Instant
    private let refresh: Interval

    /// Takes the charger over as a link would: the profile's writes, then zero power.
    init(_ charger: ReplayCharger, now: Instant) {
        model = ChargerFactory.make(
            charger.profile, charger.settings, charge: charger.initialCharge, serial: charger.name, now: now)
        profile = charger.profile
        advancedTo = now
        refresh = max(.milliseconds(500), charger.settings.deviceTimeout / 3)
        map = profile.reading.isSunSpec ? Self.walk(&self.model) : SunSpecMap()
        exponent = Self.exponent(of: profile.setpoint, in: &self.model, map: map)
        for fixed in profile.takeOver { write(profile.write(fixed.value, to: fixed.point, map: map, exponent: nil)) }
        if let timeout = profile.timeout {
            write(profile.write(charger.settings.deviceTimeout.seconds, to: timeout.point, map: map, exponent: nil))
        }
        command(.zero)
    }

    private static func walk(_ model: inout any SimulatedCharger) -> SunSpecMap {
        var walk = SunSpecWalk()
        while true {
            switch walk.next {
            case .found(let map): return map
            case .failed(let reason): preconditionFailure("a simulated device has no SunSpec map: \(reason)")
            case .read(let address, let count):
                guard case .registers(let block) = model.answer(.read(.holding, address: address, count: count)) else {
                    walk.take(nil)
                    continue
                }
                walk.take(block)
            }
        }
    }

    private static func exponent(of point: Point, in model: inout any SimulatedCharger, map: SunSpecMap) -> Int? {
        guard case .exponent(let location) = point.scale, let address = location.address(in: map),
            case .registers(let block) = model.answer(.read(.holding, address: address, count: 1))
        else { return nil }
        return Int(Int16(bitPattern: block[0]))
    }

    /// Moves on as a link keeps it: it hears of droopd well within its own timeout, however far apart the ticks are.
    mutating func advance(to now: Instant) {
        while advancedTo < now {
            advancedTo = min(now, advancedTo + refresh)
            model.advance(to: advancedTo)
            model.hear()
        }
    }

    /// Writes a setpoint when it differs from the last one.
    mutating func command(_ power: Watts) {
        guard power != written else { return }
        let wasZeroPower = written == .zero
        written = power
        write(profile.write(setpoint: power, map: map, exponent: exponent))
        if wasZeroPower, let resume = profile.resume {
            write(profile.write(resume.value, to: resume.point, map: map, exponent: nil))
        }
    }

    private mutating func write(_ request: Request?) {
        guard let request, case .written = model.answer(request) else {
            preconditionFailure("a simulated charger refused a write that its profile plans")
        }
    }
}
