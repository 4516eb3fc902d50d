import FrequencyResponse
import Modbus
import Testing

@testable import Devices

private func block(_ values: [UInt16]) -> RegisterBlock {
    var block = RegisterBlock(count: values.count)
    for (index, value) in values.enumerated() { block[index] = value }
    return block
}

@Suite("Points and register plans")
struct PointTests {
    @Test("every type comes back as it went, in both word orders", arguments: RegisterType.allCases, WordOrder.allCases)
    func roundTrip(type: RegisterType, order: WordOrder) throws {
        var point = Point(.address(0), type)
        point.wordOrder = order
        let values: [Double] = type.rawValue.hasPrefix("u") ? [0, 1, 65_535] : [0, 1, -1, 32_767, -32_768]
        for value in values {
            let words = try #require(point.encode(value))
            #expect(words.count == type.registerCount)
            #expect(point.decode(words) == value)
        }
    }

    @Test("what does not fit a register is not written")
    func outOfRange() {
        let signed = Point(.address(0), .s16)
        #expect(signed.encode(32_768) == nil)
        #expect(signed.encode(-32_769) == nil)
        #expect(signed.encode(.nan) == nil)
        #expect(signed.encode(.infinity) == nil)
        #expect(Point(.address(0), .u16).encode(-1) == nil)
    }

    @Test("scales divide where they are below one, so that 4995 hundredths are 49.95")
    func scales() {
        var point = Point(.address(0), .u16)
        point.scale = .factor(0.01)
        #expect(point.decode([4_995]) == 49.95)
        point.scale = .factor(0.001)
        #expect(point.decode([49_985]) == 49.985)
        point.scale = .exponent(.address(9))
        #expect(point.decode([4_995], exponent: -2) == 49.95)
        #expect(point.decode([5], exponent: 3) == 5_000)
        #expect(point.decode([5], exponent: -32_768) == nil)
        #expect(point.decode([5]) == nil)
    }

    @Test("what a device marks as not available is no value, and neither is a float that is none")
    func sentinels() {
        var point = Point(.address(0), .u16)
        point.notAvailable = [0xFFFF]
        #expect(point.decode([0xFFFF]) == nil)
        #expect(Point(.address(0), .f32).decode([0x7FC0, 0]) == nil)
        #expect(Point(.address(0), .f32).decode([0x7F80, 0]) == nil)
        point.valid = 2...97
        #expect(point.decode([0]) == nil)
        #expect(point.decode([98]) == nil)
        #expect(point.decode([60]) == 60)
    }

    @Test("a device that counts generation as positive is turned round, both ways")
    func sign() throws {
        var point = Point(.address(0), .s32)
        point.isNegated = true
        let words = try #require(point.encode(-5_000))
        #expect(words == [0, 5_000])
        #expect(point.decode([0, 5_000]) == -5_000)
    }

    @Test("neighbouring points share a block, distant ones do not")
    func plan() throws {
        let points = [
            Point(.address(526), .s16), Point(.address(537), .u16), Point(.address(538), .u16),
            Point(.address(81), .u16),
        ]
        let plan = try ReadPlan(points, table: .holding, map: SunSpecMap(), blockMaximum: 64, gapMaximum: 16)
        #expect(plan.blocks == [ReadPlan.Block(address: 81, count: 1), ReadPlan.Block(address: 526, count: 13)])
        var values = [UInt16](repeating: 0, count: 13)
        values[11] = 4
        let replies = [block([1]), block(values)]
        #expect(plan.value(of: points[1], in: replies) == 4)
        #expect(plan.value(of: points[3], in: replies) == 1)
    }

    @Test("a model that the device lacks is named")
    func missingModel() {
        #expect(throws: MissingModel(location: .model(713, offset: 4))) {
            _ = try ReadPlan(
                [Point(.model(713, offset: 4), .u16)], table: .holding, map: SunSpecMap(models: [701: 40_070]),
                blockMaximum: 64,
                gapMaximum: 8)
        }
    }
}

@Suite("SunSpec walk")
struct SunSpecWalkTests {
    /// Walks a device that is a list of registers from a base on.
    private static func walk(base: UInt16, _ registers: [UInt16]) -> SunSpecWalk.Step {
        var walk = SunSpecWalk()
        for _ in 0..<300 {
            guard case .read(let address, let count) = walk.next else { return walk.next }
            let first = Int(address) - Int(base)
            let isThere = first >= 0 && first + Int(count) <= registers.count
            walk.take(isThere ? block(Array(registers[first..<first + Int(count)])) : nil)
        }
        return walk.next
    }

    private static func device(_ models: [(UInt16, Int)]) -> [UInt16] {
        [0x5375, 0x6E53] + models.flatMap { [$0.0, UInt16($0.1)] + [UInt16](repeating: 0, count: $0.1) } + [0xFFFF, 0]
    }

    @Test("the map is found at each of the three bases", arguments: [UInt16(40_000), 0, 50_000])
    func bases(base: UInt16) {
        let step = Self.walk(base: base, Self.device([(1, 66), (701, 153), (64_001, 5), (704, 65)]))
        #expect(step == .found(SunSpecMap(models: [1: base + 2, 701: base + 70, 64_001: base + 225, 704: base + 232])))
    }

    @Test("a walk without a marker or without a model finds no map")
    func failures() {
        #expect(Self.walk(base: 40_000, [1, 2, 3]) == .failed("no SunSpec marker at registers 40000, 0 and 50000"))
        #expect(
            Self.walk(base: 40_000, [0x5375, 0x6E53]) == .failed("the SunSpec map breaks off at register 40002"))
        #expect(
            Self.walk(base: 40_000, [0x5375, 0x6E53, 0, 0]) == .failed("the SunSpec map has no model at register 40002")
        )
    }

    @Test("a chain without its end marker has the models before it")
    func brokenEnds() throws {
        func found(_ registers: [UInt16]) throws -> SunSpecMap {
            guard case .found(let map) = Self.walk(base: 40_000, registers) else {
                throw SunSpecWalkFailed()
            }
            return map
        }
        let whole = Self.device([(1, 66), (203, 105)])
        // Refused past the last model, half a marker, zeros, an endless chain, and one past the last register.
        let refused = try found(Array(whole.dropLast(2)))
        #expect(refused.models == [1: 40_002, 203: 40_070] && refused.brokenAt == 40_177)
        #expect(try found(Array(whole.dropLast(2)) + [0]).models == refused.models)
        #expect(try found(Array(whole.dropLast(2)) + [0, 0, 0]).brokenAt == 40_177)
        #expect(try found(Self.device((0..<101).map { (UInt16($0 + 1), 1) })).models.count == 100)
        #expect(try found([0x5375, 0x6E53, 1, 60_000]).brokenAt == .max)
        #expect(try found(whole).brokenAt == nil)
    }

    private struct SunSpecWalkFailed: Error {}
}
