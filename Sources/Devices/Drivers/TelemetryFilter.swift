import FrequencyResponse

/// Bridges a single absurd value in a charger's readings: a state of charge that moves faster than any battery, or a
/// power that the device can't have. The value before it serves for one reading. The next one decides: a value that
/// stays is believed.
struct TelemetryFilter: Sendable {
    /// The change of the state of charge that is believed at once, and what is added per second. A 40 kWh battery at
    /// 22 kW moves by 0.015 % a second.
    private static var jump: Ratio { Ratio(0.03) }
    private static var rate: Double { 0.001 }
    /// How far beyond its ratings a power may be read.
    private static var excess: Double { 1.5 }
    /// After this long another vehicle may stand there.
    private static var memory: Interval { .seconds(10) }

    private let most: Watts
    private var last: (reading: ChargerReading, at: Instant)?
    /// The state of charge that was bridged last, for the next reading to confirm.
    private var suspectCharge: Ratio?
    private var bridgedPower = false
    private var saidAt: Instant?
    /// A device that shows absurd values again and again is said at most this often.
    private static var repeated: Interval { .seconds(60) }

    init(most: Watts) { self.most = most }

    /// The reading to use, and whether it is to be said that a value of it was bridged.
    mutating func take(_ reading: ChargerReading, now: Instant) -> (reading: ChargerReading, isSaid: Bool) {
        if reading.state == .noVehicle || last.map({ now.elapsed(since: $0.at) > Self.memory }) ?? true { forget() }
        var used = reading
        let isChargeBridged = bridgeCharge(&used, now: now)
        let isPowerBridged = bridgePower(&used)
        // Nothing of one vehicle serves for the next.
        last = reading.state == .noVehicle ? nil : (used, now)
        return (used, isChargeBridged || isPowerBridged ? isDue(now) : false)
    }

    private mutating func isDue(_ now: Instant) -> Bool {
        if let saidAt, now.elapsed(since: saidAt) < Self.repeated { return false }
        saidAt = now
        return true
    }

    private mutating func forget() {
        last = nil
        suspectCharge = nil
        bridgedPower = false
    }

    private mutating func bridgeCharge(_ reading: inout ChargerReading, now: Instant) -> Bool {
        guard let charge = reading.stateOfCharge, let last, let before = last.reading.stateOfCharge else {
            suspectCharge = nil
            return false
        }
        let reach = Self.jump + Ratio(Self.rate * now.elapsed(since: last.at).seconds)
        let isConfirmed = suspectCharge.map { (charge - $0).magnitude <= Self.jump } ?? false
        guard (charge - before).magnitude > reach, !isConfirmed else {
            suspectCharge = nil
            return false
        }
        suspectCharge = charge
        reading.stateOfCharge = before
        return true
    }

    private mutating func bridgePower(_ reading: inout ChargerReading) -> Bool {
        guard let power = reading.power, power.magnitude > most * Self.excess, !bridgedPower, let last else {
            bridgedPower = false
            return false
        }
        bridgedPower = true
        reading.power = last.reading.power
        return true
    }
}
