public import Modbus

/// Where the models of a SunSpec device begin: the address of each model's ID word.
public struct SunSpecMap: Sendable, Equatable {
    /// The first data register of each model, by its number.
    public internal(set) var models: [UInt16: UInt16] = [:]

    public init() {}

    public init(models: [UInt16: UInt16]) { self.models = models }
}

extension Location {
    /// The address on the wire; nil when the device lacks the model.
    public func address(in map: SunSpecMap) -> UInt16? {
        switch self {
        case .address(let address): return address
        case .model(let model, let offset):
            guard let base = map.models[model] else { return nil }
            let sum = base.addingReportingOverflow(offset)
            return sum.overflow ? nil : sum.partialValue
        }
    }
}

/// Finds a device's SunSpec models: "SunS" at 40000, 0 or 50000, then model after model by its length. No I/O:
/// the caller reads what ``next`` asks for and hands the answer back.
public struct SunSpecWalk: Sendable {
    /// What the search needs next.
    public enum Step: Equatable, Sendable {
        case read(address: UInt16, count: UInt16)
        case found(SunSpecMap)
        /// There is no SunSpec map, or it does not end.
        case failed(String)
    }

    private static let bases: [UInt16] = [40_000, 0, 50_000]
    private static let modelCountMax = 100
    private var baseIndex = 0
    private var header: UInt16?
    private var map = SunSpecMap()
    private var modelCount = 0
    /// What the search needs next.
    public private(set) var next: Step = .read(address: 40_000, count: 2)

    public init() {}

    /// Takes the registers that were asked for; nil when the device refused them.
    public mutating func take(_ block: RegisterBlock?) {
        guard case .read(let address, _) = next else { return }
        guard header != nil else {
            if let block, block.count == 2, block[0] == 0x5375, block[1] == 0x6E53 {
                advance(to: UInt32(address) + 2)
            } else {
                tryNextBase()
            }
            return
        }
        guard let block, block.count == 2 else {
            next = .failed("the SunSpec map breaks off at register \(address)")
            return
        }
        if block[0] == 0xFFFF {
            next = .found(map)
            return
        }
        modelCount += 1
        guard modelCount <= Self.modelCountMax else {
            next = .failed("the SunSpec map has more than \(Self.modelCountMax) models")
            return
        }
        if map.models[block[0]] == nil { map.models[block[0]] = address }
        advance(to: UInt32(address) + 2 + UInt32(block[1]))
    }

    private mutating func tryNextBase() {
        baseIndex += 1
        next =
            baseIndex < Self.bases.count
            ? .read(address: Self.bases[baseIndex], count: 2)
            : .failed("no SunSpec marker at registers 40000, 0 and 50000")
    }

    private mutating func advance(to address: UInt32) {
        guard let address = UInt16(exactly: address), address < 65_534 else {
            next = .failed("the SunSpec map runs past the last register")
            return
        }
        header = address
        next = .read(address: address, count: 2)
    }
}
