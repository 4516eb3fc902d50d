import FrequencyResponse
import Modbus

/// Makes the requests for one charger from its profile and from where its registers are.
struct ChargerRequests: Sendable {
    /// The profile, with requests as small as the device wants them.
    private(set) var profile: ChargerProfile
    /// Where the registers are.
    var map: RegisterMap

    init(_ profile: ChargerProfile) {
        self.profile = profile
        map = RegisterMap(isSunSpec: profile.reading.isSunSpec)
    }

    private var registers: SunSpecMap { map.known ?? SunSpecMap() }

    /// The plan of a reading, with the scale factor of the setpoint where there is one.
    func plan(_ known: SunSpecMap) throws(MissingModel) -> ReadPlan {
        var points = profile.telemetry
        if case .exponent(let location) = profile.setpoint.scale { points.append(Point(location, .s16)) }
        return try ReadPlan(points, rules: profile.reading, map: known)
    }

    /// The plan of a reading by smaller requests, after the device has refused one of `count` registers. Nil where they
    /// can't be smaller.
    mutating func smallerPlan(refused count: UInt16) -> ReadPlan? {
        guard profile.reading.shrink(refused: Int(count)), let known = map.known else { return nil }
        return try? plan(known)
    }

    /// The write of a setpoint; nil where the registers can't take it.
    func write(setpoint power: Watts, exponent: Int?) -> Request? {
        profile.write(setpoint: power, map: registers, exponent: exponent)
    }

    /// The write of another value; nil where the device has no place for it.
    func write(_ value: Double, to point: Point) -> Request? {
        profile.write(value, to: point, map: registers, exponent: nil)
    }

    /// The read of a value of the device; nil where the device has no place for it.
    func read(_ point: Point) -> Request? {
        point.location.address(in: registers).map {
            .read(profile.reading.table, address: $0, count: UInt16(point.type.registerCount))
        }
    }

    /// The read of what was written. That is a holding register, whatever the device's values are read from.
    func readBack(_ point: Point) -> Request? {
        point.location.address(in: registers).map {
            .read(.holding, address: $0, count: UInt16(point.type.registerCount))
        }
    }
}
