import FrequencyResponse
import Testing

@testable import Devices

@Suite("Absurd values in a charger's readings")
struct TelemetryFilterTests {
    private struct Bench {
        var filter = TelemetryFilter(most: Watts(7_400))
        var now = Instant(nanoseconds: 1_000_000_000_000)

        mutating func read(_ charge: Double?, _ power: Double = 0, _ state: DeviceState = .charging, after: Int64 = 500)
            -> (charge: Double?, power: Double?, isSaid: Bool)
        {
            now = now + .milliseconds(after)
            let reading = ChargerReading(
                power: Watts(power), state: state, stateOfCharge: charge.map { Ratio($0) }, isRemote: true)
            let (used, isSaid) = filter.take(reading, now: now)
            return (used.stateOfCharge?.value, used.power?.value, isSaid)
        }
    }

    @Test("one absurd state of charge is bridged and said, one that stays is believed", arguments: [0.0, 1, 0.5, 0.56])
    func stateOfCharge(absurd: Double) {
        var bench = Bench()
        _ = bench.read(0.6)
        let bridged = bench.read(absurd)
        #expect(bridged.charge == 0.6 && bridged.isSaid)
        let back = bench.read(0.6)
        #expect(back.charge == 0.6 && !back.isSaid)
        _ = bench.read(absurd)
        let stays = bench.read(absurd)
        #expect(stays.charge == absurd && !stays.isSaid)
    }

    @Test("absurd values every other reading: each is bridged, and said once a minute")
    func saidOnceAMinute() {
        var bench = Bench()
        var said = 0
        for _ in 0..<119 {
            _ = bench.read(0.6)
            let used = bench.read(0)
            #expect(used.charge == 0.6)
            said += used.isSaid ? 1 : 0
        }
        #expect(said == 2)
    }

    @Test("what a battery does passes: whole percents, fast charging, gaps")
    func plausible() {
        var bench = Bench()
        var charge = 0.2
        for _ in 0..<200 {
            let used = bench.read(charge)
            #expect(used.charge == charge && !used.isSaid)
            charge = min(1, charge + 0.01)
        }
        var result = bench.read(nil)
        #expect(result.charge == nil && !result.isSaid)
        result = bench.read(0.7)
        #expect(result.charge == 0.7 && !result.isSaid)
    }

    @Test("another vehicle is no jump")
    func vehicle() {
        var bench = Bench()
        _ = bench.read(0.9)
        // Some devices go on showing the state of charge of the vehicle that has left.
        _ = bench.read(0.9, 0, .noVehicle)
        var result = bench.read(0.2)
        #expect(result.charge == 0.2 && !result.isSaid)
        result = bench.read(0.9, after: 11_000)
        #expect(result.charge == 0.9 && !result.isSaid)
    }

    @Test("one power beyond what the device can have is bridged, two are not")
    func power() {
        var bench = Bench()
        _ = bench.read(0.6, 5_000)
        var result = bench.read(0.6, 65_535)
        #expect(result.power == 5_000 && result.isSaid)
        result = bench.read(0.6, 65_535)
        #expect(result.power == 65_535 && !result.isSaid)
        result = bench.read(0.6, -7_400)
        #expect(result.power == -7_400 && !result.isSaid)
    }
}
