import Devices
import FrequencyResponse
import Modbus
import Simulation
import Testing

private let start = Instant(nanoseconds: 1_000_000_000_000)

private func value(_ device: inout some SimulatedDevice, _ address: UInt16) -> UInt16? {
    guard case .registers(let block) = device.answer(.read(.holding, address: address, count: 1)) else { return nil }
    return block[0]
}

private func isWritten(_ answer: Answer) -> Bool { if case .written = answer { true } else { false } }

@Suite("Simulated grid")
struct GridTests {
    /// The event's frequencies at 10 times a second, from its start on.
    private static func trace(seed: UInt64) -> [Double] {
        var grid = Grid(event: .gb20190809, eventStart: .seconds(10), seed: seed)
        return (0..<2_000).map { step in
            grid.advance(to: .milliseconds(Int64(step) * 100), sitePower: .zero)
            return grid.frequency.value
        }
    }

    @Test(
        "the event of 9 August 2019 is held at 49.2 Hz and then falls to 48.8 Hz after 77 s",
        arguments: [1, 2, 2_019, 77])
    func published(seed: UInt64) throws {
        let trace = Self.trace(seed: seed)
        #expect(trace[0..<100].allSatisfy { abs($0 - 50) < 0.03 })
        // Before the second loss, 58 s in.
        #expect(trace[500..<680].allSatisfy { abs($0 - 49.2) < 0.05 })
        let lowest = try #require(trace.min())
        let at = Double(try #require(trace.firstIndex(of: lowest))) / 10 - 10
        #expect(abs(lowest - 48.8) < 0.02)
        #expect((70...84).contains(at), "the lowest frequency came after \(at) s")
        #expect(trace[1_500] > 49.4)
    }

    @Test("the first second falls at about the published 0.16 Hz/s")
    func rateOfChange() {
        let trace = Self.trace(seed: 1)
        #expect((0.13...0.19).contains(trace[100] - trace[110]))
    }

    @Test("equal seeds give bit-equal grids, others do not")
    func seeds() {
        #expect(Self.trace(seed: 5).map(\.bitPattern) == Self.trace(seed: 5).map(\.bitPattern))
        #expect(Self.trace(seed: 5) != Self.trace(seed: 6))
    }
}

@Suite("Simulated chargers")
struct ChargerModelTests {
    private static func quasar(autoCharge: Bool = false) -> QuasarModel {
        QuasarModel(vehicle: Vehicle(), dynamics: .measuredCHAdeMO, now: start, autoCharge: autoCharge)
    }

    private static func takeOver(_ model: inout QuasarModel, timeout: UInt16 = 2) {
        for (address, value) in [(81, 1), (82, 0), (83, 1), (257, 1), (88, timeout)] as [(UInt16, UInt16)] {
            #expect(isWritten(model.answer(.writeOne(address: address, value: value))))
        }
    }

    @Test("a Quasar takes setpoints only under remote control")
    func remote() {
        var model = Self.quasar()
        #expect(!isWritten(model.answer(.writeOne(address: 260, value: 100))))
        Self.takeOver(&model)
        #expect(isWritten(model.answer(.writeOne(address: 260, value: 100))))
        #expect(!isWritten(model.answer(.writeOne(address: 260, value: 8_000))))
    }

    @Test("power follows after the dead time, at the ramp, to the setpoint")
    func dynamics() {
        var model = Self.quasar()
        Self.takeOver(&model, timeout: 60)
        _ = model.answer(.writeOne(address: 260, value: UInt16(bitPattern: -6_700)))
        model.advance(to: start + .milliseconds(3_900))
        #expect(model.power == .zero)
        model.advance(to: start + .seconds(5))
        #expect(model.power == Watts(-3_350))
        model.advance(to: start + .seconds(7))
        #expect(model.power == Watts(-6_700))
    }

    @Test("with no message for its timeout a Quasar idles; any message feeds it")
    func timeout() {
        var model = Self.quasar()
        Self.takeOver(&model)
        _ = model.answer(.writeOne(address: 260, value: UInt16(bitPattern: -5_000)))
        for step in 1...10 {
            model.advance(to: start + .seconds(Int64(step)))
            _ = value(&model, 537)
        }
        #expect(model.commanded == Watts(-5_000))
        model.advance(to: start + .seconds(13))
        #expect(model.commanded == .zero)
        #expect(model.timeoutCount == 1)
        model.advance(to: start + .seconds(20))
        #expect(model.power == .zero)
    }

    @Test("a Quasar in user mode charges by itself")
    func autoCharge() {
        let model = Self.quasar(autoCharge: true)
        #expect(model.commanded == Watts(7_400))
    }

    @Test("an idle Quasar reads a state of charge of 0")
    func hiddenStateOfCharge() {
        var model = Self.quasar()
        Self.takeOver(&model, timeout: 60)
        #expect(value(&model, 538) == 0)
        _ = model.answer(.writeOne(address: 260, value: 1))
        model.advance(to: start + .seconds(6))
        #expect(value(&model, 538) == 60)
    }

    @Test("a SunSpec setpoint reverts when it is not written again, whatever is read")
    func reversion() {
        var model = SimulatedSunSpecDER(
            rating: Watts(10_000), vehicle: Vehicle(), dynamics: .fast, serial: "x", now: start)
        let base: UInt16 = 40_000 + 2 + 68 + 155 + 52
        func write(_ offset: UInt16, _ words: [UInt16]) -> Bool {
            var block = RegisterBlock(count: words.count)
            for (index, word) in words.enumerated() { block[index] = word }
            return isWritten(model.answer(.write(address: base + offset, values: block)))
        }
        #expect(value(&model, base) == 704)
        #expect(write(26, [0, 0]) && write(30, [1]) && write(31, [0, 2]) && write(23, [1]) && write(22, [1]))
        #expect(write(24, [0, 5_000]))
        #expect(model.commanded == Watts(-5_000))
        model.advance(to: start + .milliseconds(1_500))
        #expect(model.power == Watts(-5_000))
        _ = value(&model, base + 24)
        model.advance(to: start + .milliseconds(2_500))
        #expect(model.commanded == .zero)
        #expect(model.timeoutCount == 1)
    }

    @Test("a battery gives nothing when empty, takes nothing when full, and loses on both ways")
    func battery() {
        var vehicle = Vehicle(battery: WattHours(10_000), stateOfCharge: Ratio(0.5))
        vehicle.carry(Watts(1_000), for: .seconds(3_600))
        #expect(abs(vehicle.stateOfCharge.value - 0.595) < 1e-12)
        vehicle.carry(Watts(-950), for: .seconds(3_600))
        #expect(abs(vehicle.stateOfCharge.value - 0.495) < 1e-12)
        vehicle.carry(Watts(-100_000), for: .seconds(3_600))
        #expect(vehicle.stateOfCharge == .zero)
        #expect(vehicle.accepts(Watts(-1)) == .zero)
        #expect(vehicle.accepts(Watts(1)) == Watts(1))
    }
}
