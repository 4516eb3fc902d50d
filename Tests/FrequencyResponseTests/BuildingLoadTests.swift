import Testing

@testable import FrequencyResponse

@Suite("Load of the building")
struct BuildingLoadTests {
    private static let start = Instant(nanoseconds: 1_000_000_000_000)

    /// A load of 5 kW beside chargers at 2 kW, whose last reading is at `start`.
    private static func measured(_ loads: [Double] = [5_000], step: Watts? = nil) -> (BuildingLoad, BuildingLoad.Moment)
    {
        var load = BuildingLoad()
        var moment = BuildingLoad.Moment(
            site: nil, chargers: Watts(2_000), settledSince: start - .seconds(60), delay: .seconds(1),
            ageLimit: .seconds(3), step: step, now: start)
        for (index, power) in loads.enumerated() {
            moment.now = start - .seconds(Int64(loads.count - 1 - index))
            moment.site = SitePower(power: Watts(power + 2_000), takenAt: moment.now)
            _ = load.update(moment)
        }
        moment.chargers = nil
        return (load, moment)
    }

    @Test(
        "age: counts as it is while it is fresh, then with its step, then not at all",
        arguments: [
            (seconds: 0, step: 1_500.0, lowest: 5_000.0, highest: 5_000.0), (3, 1_500, 5_000, 5_000),
            (4, 1_500, 3_500, 6_500), (10, 1_500, 3_500, 6_500),
        ])
    func age(seconds: Int64, step: Double, lowest: Double, highest: Double) {
        var (load, moment) = Self.measured(step: Watts(step))
        moment.now = Self.start + .seconds(seconds)
        let range = load.update(moment)
        #expect(range == LoadRange(lowest: Watts(lowest), highest: Watts(highest)))
        moment.now = Self.start + .seconds(11)
        #expect(load.update(moment) == nil)
    }

    @Test("step: without a declared one the largest change within 10 s counts")
    func step() {
        var (load, moment) = Self.measured(Array(repeating: 5_000, count: 11) + [5_200, 8_000, 7_900, 8_000])
        moment.now = Self.start + .seconds(5)
        let range = load.update(moment)
        #expect(range == LoadRange(lowest: Watts(5_000), highest: Watts(11_000)))
        // Before it has seen two spans of 10 s there is no step to go by.
        (load, moment) = Self.measured([5_000, 5_200, 8_000])
        moment.now = Self.start + .seconds(5)
        #expect(load.update(moment) == nil)
    }

    @Test("excess: what the meter shows beyond a limit is added until the next estimate")
    func excess() {
        var (load, moment) = Self.measured()
        load.add(excess: Watts(3_000))
        #expect(load.update(moment)?.highest == Watts(8_000))
        moment.chargers = Watts(1_000)
        moment.now = Self.start + .seconds(2)
        moment.site = SitePower(power: Watts(7_000), takenAt: moment.now)
        #expect(load.update(moment)?.highest == Watts(6_000))
    }

    @Test("settled: a sum that moves is not settled, though every charger is at its command")
    func settled() {
        var settled = SettledChargers()
        settled.update(Watts(1_000), tolerance: Watts(400), now: Self.start)
        settled.update(Watts(1_300), tolerance: Watts(400), now: Self.start + .seconds(1))
        #expect(settled.since == Self.start)
        settled.update(Watts(1_500), tolerance: Watts(400), now: Self.start + .seconds(2))
        #expect(settled.since == Self.start + .seconds(2))
        settled.update(nil, tolerance: Watts(400), now: Self.start + .seconds(3))
        #expect(settled.since == nil)
    }
}

@Suite("Relief of a limit")
struct LimitReliefTests {
    private static let start = Instant(nanoseconds: 1_000_000_000_000)

    /// A reading `seconds` after the first, with chargers at a power, beside limits of 10 kW on both sides.
    private static func answer(
        _ relief: inout LimitRelief, seconds: Double, power: Double, chargers: Double
    ) -> LimitRelief.Answer {
        let now = start + .milliseconds(Int64(seconds * 1_000))
        return relief.update(
            importLimit: Watts(10_000), exportLimit: Watts(10_000), site: SitePower(power: Watts(power), takenAt: now),
            chargers: Watts(chargers), delay: .seconds(1), now: now)
    }

    @Test("a first reading that shows a part of the excess does not keep the rest", arguments: [1.0, -1.0])
    func deeper(side: Double) {
        var relief = LimitRelief()
        var excess = 0.0
        for (seconds, power, left) in [(0.0, 11_000.0, 6_000.0), (0.5, 13_000, 4_000), (1, 12_000, 4_000)] {
            let answer = Self.answer(&relief, seconds: seconds, power: power * side, chargers: 7_000 * side)
            #expect(answer.bounds.room(side: side) == Watts(left))
            #expect(answer.bounds.room(side: -side) == nil)
            excess += answer.excess.value * side
        }
        #expect(excess == 3_000)
    }

    @Test("a reading that shows the cut cuts anew from what is left")
    func again() {
        var relief = LimitRelief()
        #expect(Self.answer(&relief, seconds: 0, power: 12_000, chargers: 7_000).bounds.highest == Watts(5_000))
        #expect(Self.answer(&relief, seconds: 1.4, power: 12_000, chargers: 5_000).bounds.highest == Watts(5_000))
        #expect(Self.answer(&relief, seconds: 1.6, power: 11_000, chargers: 5_000).bounds.highest == Watts(4_000))
        #expect(Self.answer(&relief, seconds: 3, power: 9_000, chargers: 4_000).bounds.highest == Watts(4_000))
        #expect(Self.answer(&relief, seconds: 6.7, power: 9_000, chargers: 4_000).bounds.highest == nil)
    }

    @Test("chargers that do not add to the excess are left alone", arguments: [0.0, -3_000])
    func others(chargers: Double) {
        var relief = LimitRelief()
        #expect(Self.answer(&relief, seconds: 0, power: 12_000, chargers: chargers).bounds == PowerBounds())
    }

    @Test("a limit that is exceeded after every cut: the cuts last longer and longer")
    func longer() {
        var relief = LimitRelief()
        var chargers = 7_000.0
        var exceeded = 0
        for second in 0..<3_600 {
            let power = 5_000 + chargers
            if power > 10_000 { exceeded += 1 }
            let bounds = Self.answer(&relief, seconds: Double(second), power: power, chargers: chargers).bounds
            chargers = min(7_000, bounds.highest?.value ?? 7_000)
        }
        // One reading for each cut: of 5, 10, 20, 40, 80 and 160 s, then of 320 s.
        #expect(exceeded <= 20, "\(exceeded) s of an hour")
    }
}
