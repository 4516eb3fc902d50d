import FrequencyResponse
import Testing

@testable import Commissioning
@testable import ControlLoop

@Suite("Step response")
struct StepResponseTests {
    /// A charger with a dead time and a ramp, read every so often.
    private static func samples(
        dead: Double, ramp: Double, from: Double, to: Double, every: Double, offset: Double = 0, shift: Double = 0
    )
        -> [StepResponse.Sample]
    {
        stride(from: shift, through: 15, by: every).map { time in
            let way = max(0, time - dead) * ramp
            let power = from + min(abs(to - from), way) * (to > from ? 1 : -1)
            return StepResponse.Sample(time: time, power: Watts(power + (power == 0 ? 0 : offset)))
        }
    }

    @Test(
        "dead time and ramp are found to a part of the reading interval, either way, wherever the readings fall",
        arguments: [
            (4.0, 3_350.0, 0.0, 2_000.0), (4, 3_350, 2_000, -2_000), (0.3, 1_000, 0, -2_000), (2, 500, 3_000, 1_000),
        ])
    func found(dead: Double, ramp: Double, from: Double, to: Double) throws {
        for shift in [0.0, 0.03, 0.07] {
            let samples = Self.samples(dead: dead, ramp: ramp, from: from, to: to, every: 0.1, shift: shift)
            let answer = try #require(StepResponse(samples, from: Watts(from), to: Watts(to)))
            #expect(abs(answer.deadTime - dead) < 0.05, "\(answer.deadTime)")
            #expect(abs(answer.ramp.value / ramp - 1) < 0.1, "\(answer.ramp)")
            #expect(abs(answer.offset.value) < 1)
        }
    }

    @Test("an offset is what is left in the end, and the ramp is found in spite of it")
    func offset() throws {
        let samples = Self.samples(dead: 1, ramp: 2_000, from: 0, to: 2_000, every: 0.1, offset: -80)
        let answer = try #require(StepResponse(samples, from: .zero, to: Watts(2_000)))
        #expect(abs(answer.offset.value + 80) < 1)
        #expect(abs(answer.ramp.value / 2_000 - 1) < 0.15)
    }

    @Test("a charger that never goes nine tenths of the way has no step response, nor has one that is not read")
    func none() {
        let weak = Self.samples(dead: 1, ramp: 2_000, from: 0, to: 1_000, every: 0.1)
        #expect(StepResponse(weak, from: .zero, to: Watts(2_000)) == nil)
        #expect(StepResponse([], from: .zero, to: Watts(2_000)) == nil)
        #expect(StepResponse(weak, from: .zero, to: .zero) == nil)
        let wrong = Self.samples(dead: 1, ramp: 2_000, from: 0, to: -2_000, every: 0.1)
        #expect(StepResponse(wrong, from: .zero, to: Watts(2_000)) == nil)
    }
}
