import Devices
import FrequencyResponse
import Modbus
import Testing

@testable import SunSpecServer

/// The registers of the site, read back by the walk and the tables that read other people's devices.
@Suite("The site as a SunSpec DER")
struct SiteImageTests {
    private struct Bench {
        var image: SiteImage
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var map = SunSpecMap()

        init(droop: DroopFacts? = nil, mayWrite: Bool = true) {
            image = SiteImage(
                SiteNameplate(
                    name: "Depot", version: "1.0", chargeRating: Watts(60_000), dischargeRating: Watts(50_000),
                    nominalVoltage: Volts(230),
                    droop: droop), mayBeWritten: mayWrite)
            var walk = SunSpecWalk()
            while case .read(let address, let count) = walk.next {
                if case .registers(let block) = image.answer(
                    .read(.holding, address: address, count: count), mayWrite: false, now: now)
                {
                    walk.take(block)
                } else {
                    walk.take(nil)
                }
            }
            if case .found(let found) = walk.next { map = found }
        }

        mutating func values(_ model: UInt16) -> [String: SunSpecValue] {
            let table = SunSpecModels[model]!
            var words: [UInt16] = []
            let start = map.models[model]!
            while words.count < table.registerCount {
                let count = UInt16(min(120, table.registerCount - words.count))
                guard
                    case .registers(let block) = image.answer(
                        .read(.holding, address: start + UInt16(words.count), count: count), mayWrite: false, now: now)
                else { return [:] }
                words += (0..<block.count).map { block[$0] }
            }
            return Dictionary(uniqueKeysWithValues: table.values(in: words).map { ($0.name, $0.value) })
        }

        /// Writes whole numbers to neighbouring points of model 704.
        mutating func write(_ name: String, _ words: [UInt16], mayWrite: Bool = true) -> Answer {
            var block = RegisterBlock(count: words.count)
            for (index, word) in words.enumerated() { block[index] = word }
            let offset = SunSpecModels[704]![name]!.offset
            return image.answer(
                .write(address: map.models[704]! + UInt16(offset), values: block), mayWrite: mayWrite, now: now)
        }

        mutating func request() -> Double? { image.request(now: now)?.value }
    }

    private static func isWritten(_ answer: Answer) -> Bool { if case .written = answer { true } else { false } }

    private static func refusal(_ answer: Answer) -> UInt8? {
        if case .exception(let code) = answer { code.rawValue } else { nil }
    }

    @Test("all eight models are found, with ratings, and everything unknown is not implemented")
    func models() {
        var bench = Bench()
        #expect(bench.map.models.keys.sorted() == [1, 701, 702, 703, 704, 711, 713, 715])
        let ratings = bench.values(702)
        #expect(ratings["WDisChaRteMaxRtg"] == .number(50_000) && ratings["WChaRteMaxRtg"] == .number(60_000))
        #expect(bench.values(1)["SN"] == .text("Depot"))
        bench.image.show(nil, now: bench.now)
        let measured = bench.values(701)
        for name in ["W", "Hz", "LNV", "VA", "A"] { #expect(measured[name] == .notImplemented, "\(name)") }
        #expect(measured["InvSt"] == .number(6))
        #expect(bench.values(703)["ESHzHi"] == .notImplemented)
    }

    @Test("news are shown with export positive, and old news as nothing, without a heartbeat")
    func news() {
        var bench = Bench()
        let news = SiteSnapshot(
            at: bench.now, state: .responding, frequency: Hertz(49.873), voltage: Volts(231.4), power: Watts(-12_340),
            battery: WattHours(320_000), stored: WattHours(160_000))
        bench.image.show(news, now: bench.now)
        var measured = bench.values(701)
        #expect(
            measured["W"] == .number(12_340) && measured["Hz"] == .number(49.873) && measured["LNV"] == .number(231.4))
        #expect(bench.values(713)["SoC"] == .number(50) && bench.values(713)["WHRtg"] == .number(320_000))
        let first = bench.values(715)["DERHb"]
        bench.now = bench.now + .milliseconds(1_100)
        bench.image.show(news, now: bench.now)
        #expect(bench.values(715)["DERHb"] != first)
        let beat = bench.values(715)["DERHb"]
        bench.now = bench.now + .seconds(3)
        bench.image.show(news, now: bench.now)
        measured = bench.values(701)
        #expect(measured["W"] == .notImplemented && measured["Hz"] == .notImplemented && measured["St"] == .number(0))
        #expect(bench.values(715)["DERHb"] == beat)
    }

    @Test("WSet steers the baseline, and reverts when nobody writes it again")
    func control() {
        var bench = Bench()
        #expect(bench.request() == nil)
        #expect(Self.isWritten(bench.write("WSetRvrtTms", [0, 5])))
        #expect(Self.isWritten(bench.write("WSet", [0xFFFF, UInt16(bitPattern: -4_000)])))
        #expect(bench.request() == nil, "not enabled yet")
        // Nobody steers the site for ever: a reversion has to stand, and has to end it.
        _ = bench.write("WSetRvrtTms", [0, 0])
        #expect(Self.refusal(bench.write("WSetEna", [1])) == 3)
        _ = bench.write("WSetRvrtTms", [0, 5])
        _ = bench.write("WSetEnaRvrt", [1])
        #expect(Self.refusal(bench.write("WSetEna", [1])) == 3)
        _ = bench.write("WSetEnaRvrt", [0])
        #expect(Self.isWritten(bench.write("WSetEna", [1])))
        #expect(bench.request() == 4_000)
        bench.now = bench.now + .seconds(4)
        #expect(bench.request() == 4_000)
        #expect(Self.isWritten(bench.write("WSet", [0, 3_000])))
        bench.now = bench.now + .seconds(4)
        #expect(bench.request() == -3_000)
        #expect(bench.values(704)["WSetRvrtRem"] == .number(1))
        bench.now = bench.now + .seconds(2)
        #expect(bench.request() == nil)
        #expect(bench.values(704)["WSetEna"] == .number(0))
    }

    @Test(
        "what is beyond the ratings, in percent, in half a point, or not to be written is refused, and nothing changes")
    func refusals() {
        var bench = Bench()
        _ = bench.write("WSet", [0, 1_000])
        #expect(Self.refusal(bench.write("WSet", [0, 50_001])) == 3)
        #expect(Self.refusal(bench.write("WSet", [0xFFFF, UInt16(truncatingIfNeeded: -60_001)])) == 3)
        #expect(Self.refusal(bench.write("WSet", [0x8000, 0])) == 3)
        #expect(Self.refusal(bench.write("WSet", [0])) == 3)
        #expect(Self.refusal(bench.write("WSetMod", [0])) == 3)
        #expect(Self.refusal(bench.write("WSetEna", [2])) == 3)
        #expect(Self.refusal(bench.write("WSetRvrtTms", [2, 0])) == 3)
        #expect(Self.refusal(bench.write("PFWInjEna", [1])) == 2)
        #expect(Self.refusal(bench.write("WSet_SF", [1])) == 2)
        #expect(Self.refusal(bench.write("WSet", [0, 2_000], mayWrite: false)) == 1)
        #expect(bench.values(704)["WSet"] == .number(1_000))
        #expect(
            Self.refusal(bench.image.answer(.read(.holding, address: 39_999, count: 2), mayWrite: true, now: bench.now))
                == 2)
        #expect(
            Self.refusal(
                bench.image.answer(.read(.holding, address: 65_500, count: 30), mayWrite: true, now: bench.now)) == 2)
        #expect(
            Self.refusal(bench.image.answer(.read(.input, address: 40_000, count: 2), mayWrite: true, now: bench.now))
                == 1)
    }

    @Test("a write leaves a line: change, refusal with its reason, repetition, end")
    func writeLog() {
        var bench = Bench()
        var log = WriteLog()
        func write(_ name: String, _ words: [UInt16], from address: String = "192.0.2.5", mayWrite: Bool = true)
            -> String
        {
            _ = bench.write(name, words, mayWrite: mayWrite)
            return bench.image.takeNews().flatMap { log.line($0, from: address, now: bench.now) } ?? ""
        }
        _ = write("WSetRvrtTms", [0, 5])
        _ = write("WSet", [0, 3_000])
        #expect(write("WSetEna", [1]) == "write from 192.0.2.5 accepted: 3.00 kW of export requested")
        #expect(write("WSet", [0, 3_000]) == "", "a renewal")
        #expect(write("WSet", [0xFFFF, 0xF060]) == "write from 192.0.2.5 accepted: 4.00 kW of import requested")
        #expect(write("WSet", [0, 0]).hasSuffix("the site is to draw no power"))
        let first = bench.map.models[704]! + UInt16(SunSpecModels[704]!["WSet"]!.offset)
        let refusal = write("WSet", [0, 50_001])
        #expect(
            refusal == "write from 192.0.2.5 refused: registers \(first) to \(first + 1), "
                + "WSet has to be -60.0 kW to 50.0 kW, positive for export")
        #expect(write("WSet", [0, 50_001]) == "", "the same refusal again")
        #expect(write("WSetMod", [0]).hasSuffix("WSetMod has to be 1, a power in watts"))
        #expect(write("WSet", [0, 1], from: "192.0.2.9", mayWrite: false).contains("sunspec.write"))
        bench.now = bench.now + .seconds(6)
        _ = bench.request()
        let end = bench.image.takeNews()
        #expect(end == .reverted)
        #expect(end.flatMap { log.line($0, from: "", now: bench.now) }?.contains("reverted") == true)
        #expect(log.repetitions(now: bench.now).isEmpty)
        bench.now = bench.now + .seconds(600)
        let repeated = log.repetitions(now: bench.now)
        #expect(repeated.contains { $0.hasPrefix("the same again, 1 time in 10 min") && $0.contains("50.0 kW") })
        #expect(log.repetitions(now: bench.now).isEmpty)
    }

    @Test("a flood of different refusals: 64 lines, and the rest counted")
    func writeFlood() {
        var log = WriteLog()
        let now = Instant(nanoseconds: 1_000_000_000_000)
        let lines = (0..<1_000).compactMap {
            log.line(.refused(register: UInt16($0), count: 1, reason: "closed"), from: "192.0.2.9", now: now)
        }
        #expect(lines.count == 64)
        #expect(log.repetitions(now: now + .seconds(600)) == ["936 other writes in 10 min"])
    }

    @Test("a droop of IEEE 1547 is shown as one read-only control, anything else as none")
    func droop() {
        var bench = Bench(droop: DroopFacts(deadband: Hertz(0.036), droop: Ratio(0.05), responseTime: .seconds(5)))
        let shown = bench.values(711)
        #expect(
            shown["Ctl[1].DbOf"] == .number(0.036) && shown["Ctl[1].KUf"] == .number(0.05)
                && shown["Ctl[1].RspTms"] == .number(5))
        #expect(shown["Ctl[1].ReadOnly"] == .number(1) && shown["Ena"] == .number(1))
        var other = Bench()
        #expect(other.values(711)["Ena"] == .number(0) && other.values(711)["Ctl[1].DbOf"] == .notImplemented)
    }
}
