public import Modbus

/// Which blocks to read so that all points of a set are covered, and how to take the points out of them.
public struct ReadPlan: Sendable {
    /// A run of registers that one request reads.
    public struct Block: Equatable, Sendable {
        /// The first register.
        public var address: UInt16
        /// The number of registers.
        public var count: UInt16
    }

    /// The table that is read.
    public let table: RegisterTable
    /// The requests of one reading, in order.
    public let blocks: [Block]
    private let map: SunSpecMap

    /// The plan by a device's own rules.
    public init(_ points: [Point], rules: ReadRules, map: SunSpecMap) throws(MissingModel) {
        try self.init(
            points, table: rules.table, map: map, blockMaximum: rules.blockMaximum, gapMaximum: rules.gapMaximum,
            boundary: rules.blockBoundary)
    }

    /// Joins points whose gap is at most `gapMaximum` registers into blocks of at most `blockMaximum`, none across a
    /// multiple of `boundary`. Fails with the first location that the device does not have.
    public init(
        _ points: [Point], table: RegisterTable, map: SunSpecMap, blockMaximum: Int, gapMaximum: Int,
        boundary: Int? = nil
    ) throws(MissingModel) {
        self.table = table
        self.map = map
        var needs: [(first: Int, end: Int)] = []
        for point in points {
            try Self.append(point.location, count: point.type.registerCount, map: map, to: &needs)
            if case .exponent(let location) = point.scale {
                try Self.append(location, count: 1, map: map, to: &needs)
            }
        }
        needs.sort { ($0.first, $0.end) < ($1.first, $1.end) }
        var joined: [(first: Int, end: Int)] = []
        for need in needs {
            if let last = joined.last, need.first - last.end <= gapMaximum,
                max(need.end, last.end) - last.first <= blockMaximum,
                boundary.map({ last.first / $0 == (max(need.end, last.end) - 1) / $0 }) ?? true
            {
                joined[joined.count - 1].end = max(last.end, need.end)
            } else {
                joined.append(need)
            }
        }
        blocks = joined.map { Block(address: UInt16($0.first), count: UInt16($0.end - $0.first)) }
    }

    private static func append(
        _ location: Location, count: Int, map: SunSpecMap, to needs: inout [(first: Int, end: Int)]
    ) throws(MissingModel) {
        guard let address = location.address(in: map) else { throw MissingModel(location: location) }
        needs.append((Int(address), Int(address) + count))
    }

    /// The value of a point, when its block (and that of its scale factor) has been read.
    public func value(of point: Point, in replies: [RegisterBlock]) -> Double? {
        guard let registers = registers(point.location, count: point.type.registerCount, in: replies) else {
            return nil
        }
        switch point.scale {
        case .factor: return point.decode(registers)
        case .exponent(let location):
            guard let exponent = exponent(at: location, in: replies) else { return nil }
            return point.decode(registers, exponent: exponent)
        }
    }

    /// A SunSpec scale factor as it stands in the blocks.
    public func exponent(at location: Location, in replies: [RegisterBlock]) -> Int? {
        registers(location, count: 1, in: replies).map { Int(Int16(bitPattern: $0[0])) }
    }

    private func registers(_ location: Location, count: Int, in replies: [RegisterBlock]) -> [UInt16]? {
        guard let address = location.address(in: map) else { return nil }
        for (block, reply) in zip(blocks, replies) {
            let offset = Int(address) - Int(block.address)
            guard offset >= 0, offset + count <= reply.count else { continue }
            return (0..<count).map { reply[offset + $0] }
        }
        return nil
    }
}

/// A point of a profile lies in a SunSpec model that the device does not have.
public struct MissingModel: Error, Equatable, Sendable {
    /// The place that is missing.
    public var location: Location

    package init(location: Location) { self.location = location }

    /// The number of the SunSpec model; nil for a register of its own.
    public var model: UInt16? { if case .model(let model, _) = location { model } else { nil } }

    /// A description of what is missing, for the log.
    public var sentence: String {
        guard case .model(let model, _) = location else { return "a register is missing" }
        return "the device has no SunSpec model \(model)"
    }
}
