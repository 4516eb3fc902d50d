public import Modbus

/// Where the models of a SunSpec device begin: the address of each model's ID word.
public struct SunSpecMap: Sendable, Equatable {
    /// The first data register of each model, by its number.
    public internal(set) var models: [UInt16: UInt16] = [:]
    /// Where the chain of models stopped without its end marker; nil where it ended as it should.
    public internal(set) var brokenAt: UInt16?

    package init() {}

    package init(models: [UInt16: UInt16]) { self.models = models }
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

/// Finds a device's SunSpec models: "SunS" at 40000, 0 or 50000, then model after model by its length. A chain that
/// stops without its end marker has the models that were found before. No I/O: the caller reads what ``next`` asks for
/// and hands the answer back.
public struct SunSpecWalk: Sendable {
    /// What the search needs next.
    public enum Step: Equatable, Sendable {
        case read(address: UInt16, count: UInt16)
        case found(SunSpecMap)
        /// There is no SunSpec map.
        case failed(String)
    }

    static let bases: [UInt16] = [40_000, 0, 50_000]
    private static let modelCountMax = 100
    private let firstBase: Int
    private var basesTried = 0
    private var header: UInt16?
    private var map = SunSpecMap()
    private var modelCount = 0
    /// What the search needs next.
    public private(set) var next: Step

    /// The bases are tried in their order from `firstBase` on, which counts from 0.
    public init(firstBase: Int = 0) {
        self.firstBase = firstBase
        next = .read(address: Self.bases[firstBase % Self.bases.count], count: 2)
    }

    /// The marker was not found yet.
    var isSeekingBase: Bool { header == nil }

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
            breakOff(at: address, "the SunSpec map breaks off at register \(address)")
            return
        }
        if block[0] == 0xFFFF {
            next = .found(map)
            return
        }
        modelCount += 1
        guard block[0] != 0, modelCount <= Self.modelCountMax else {
            breakOff(at: address, "the SunSpec map has no model at register \(address)")
            return
        }
        if map.models[block[0]] == nil { map.models[block[0]] = address }
        advance(to: UInt32(address) + 2 + UInt32(block[1]))
    }

    private mutating func tryNextBase() {
        basesTried += 1
        next =
            basesTried < Self.bases.count
            ? .read(address: Self.bases[(firstBase + basesTried) % Self.bases.count], count: 2)
            : .failed("no SunSpec marker at registers 40000, 0 and 50000")
    }

    private mutating func breakOff(at address: UInt16, _ reason: String) {
        map.brokenAt = address
        next = map.models.isEmpty ? .failed(reason) : .found(map)
    }

    private mutating func advance(to address: UInt32) {
        guard let address = UInt16(exactly: address), address < 65_534 else {
            breakOff(at: .max, "the SunSpec map runs past the last register")
            return
        }
        header = address
        next = .read(address: address, count: 2)
    }
}
