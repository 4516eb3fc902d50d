import Devices
import FrequencyResponse
import Modbus

/// The registers of a simulated device, by profile points: values go in by what they mean and come out as they stand on
/// the wire.
struct RegisterBank: Sendable {
    private var holding: [UInt16: UInt16] = [:]
    private var input: [UInt16: UInt16] = [:]
    private let rules: ReadRules
    /// Where the models of a SunSpec device begin.
    let map: SunSpecMap

    /// The registers for the points of a profile. Scale factors are chosen once: `exponents` are asked with each point
    /// that has one.
    init(rules: ReadRules, points: [Point], exponent: (Point) -> Int) {
        self.rules = rules
        var bases: [UInt16: UInt16] = [:]
        var image: [UInt16] = []
        if rules.isSunSpec {
            let models = Set(points.compactMap { if case .model(let model, _) = $0.location { model } else { nil } })
            image = [0x5375, 0x6E53]
            for model in [1] + models.subtracting([1]).sorted() {
                bases[model] = UInt16(40_000 + image.count)
                let length = SunSpecModels.length(of: model) ?? Self.length(of: model, points: points)
                image += [model, length] + [UInt16](repeating: 0, count: Int(length))
            }
            image += [0xFFFF, 0]
        }
        let map = SunSpecMap(models: bases)
        self.map = map
        for (index, value) in image.enumerated() { holding[UInt16(40_000 + index)] = value }
        for point in points {
            guard case .exponent(let location) = point.scale, let address = location.address(in: map) else { continue }
            self[rules.table, address] = UInt16(bitPattern: Int16(exponent(point)))
        }
    }

    private static func length(of model: UInt16, points: [Point]) -> UInt16 {
        points.reduce(0) { most, point in
            guard case .model(model, let offset) = point.location else { return most }
            return max(most, offset + UInt16(point.type.registerCount) - 2)
        }
    }

    subscript(table: RegisterTable, address: UInt16) -> UInt16? {
        get { table == .holding ? holding[address] : input[address] }
        set { if table == .holding { holding[address] = newValue } else { input[address] = newValue } }
    }

    private func exponent(of point: Point) -> Int? {
        guard case .exponent(let location) = point.scale, let address = location.address(in: map),
            let raw = self[rules.table, address]
        else {
            return nil
        }
        return Int(Int16(bitPattern: raw))
    }

    /// Puts a value into a point's registers, as near as they can hold it.
    mutating func store(_ value: Double, _ point: Point, in table: RegisterTable? = nil) {
        guard let address = point.location.address(in: map),
            let words = point.encode(value, exponent: exponent(of: point))
        else { return }
        for (index, word) in words.enumerated() { self[table ?? rules.table, address &+ UInt16(index)] = word }
    }

    /// What a point's registers hold; nil where they hold nothing.
    func value(of point: Point, in table: RegisterTable = .holding) -> Double? {
        guard let address = point.location.address(in: map) else { return nil }
        let words = (0..<point.type.registerCount).compactMap { self[table, address &+ UInt16($0)] }
        guard words.count == point.type.registerCount else { return nil }
        return point.decode(words, exponent: exponent(of: point))
    }

    /// Answers a read as the device would: its own table, its limits, and nothing where it has no register.
    func read(_ table: RegisterTable, _ address: UInt16, _ count: UInt16) -> Answer {
        guard table == rules.table || table == .holding else { return .exception(.illegalFunction) }
        guard Int(count) <= rules.blockMaximum else { return .exception(.illegalValue) }
        if let boundary = rules.blockBoundary, Int(address) / boundary != (Int(address) + Int(count) - 1) / boundary {
            return .exception(.illegalAddress)
        }
        var block = RegisterBlock(count: Int(count))
        for index in 0..<Int(count) {
            guard let word = self[table, address &+ UInt16(index)] else {
                // Between its registers a device that allows gaps reads as zero; one that allows none refuses.
                guard rules.gapMaximum > 0, index > 0 else { return .exception(.illegalAddress) }
                continue
            }
            block[index] = word
        }
        return .registers(block)
    }
}
