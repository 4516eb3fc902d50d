/// Up to 125 register values, held without the heap.
public struct RegisterBlock: BitwiseCopyable, Sendable {
    /// The most registers of a block.
    public static var countMax: Int { 125 }

    private var values = InlineArray<125, UInt16>(repeating: 0)
    /// The number of registers.
    public private(set) var count: Int

    /// A block of zeros; `count` at most 125.
    public init(count: Int) {
        precondition(count >= 0 && count <= Self.countMax, "a register block holds at most 125 values")
        self.count = count
    }

    package init(_ value: UInt16) {
        count = 1
        values[0] = value
    }

    /// The register at an index below `count`.
    public subscript(index: Int) -> UInt16 {
        get {
            precondition(index >= 0 && index < count, "a register was read beyond the end of its block")
            return values[index]
        }
        set {
            precondition(index >= 0 && index < count, "a register was written beyond the end of its block")
            values[index] = newValue
        }
    }
}

extension RegisterBlock: Equatable {
    /// Whether both hold the same registers.
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }
}

/// Which of a device's two register tables a read goes to.
public enum RegisterTable: UInt8, Sendable, BitwiseCopyable {
    /// Function 3.
    case holding
    /// Function 4.
    case input
}

/// A request to a Modbus device. Addresses are those on the wire, counted from 0.
public enum Request: BitwiseCopyable, Sendable, Equatable {
    /// Functions 3 and 4; 1 to 125 registers.
    case read(RegisterTable, address: UInt16, count: UInt16)
    /// Function 6.
    case writeOne(address: UInt16, value: UInt16)
    /// Function 16; 1 to 123 registers.
    case write(address: UInt16, values: RegisterBlock)

    /// The function code.
    public var function: UInt8 {
        switch self {
        case .read(.holding, _, _): 3
        case .read(.input, _, _): 4
        case .writeOne: 6
        case .write: 16
        }
    }

    /// Whether the request writes.
    public var isWrite: Bool {
        switch self {
        case .read: false
        case .writeOne, .write: true
        }
    }
}

/// Why bytes are not the reply that was asked for.
public enum ReplyFault: Error, Equatable, Sendable, BitwiseCopyable {
    case tooShort
    /// It is no frame at all, or its checksum is wrong.
    case garbled
    case wrongTransaction
    case wrongProtocol
    case wrongLength
    case wrongUnit
    case wrongFunction
    case wrongByteCount
    case wrongEcho
    /// The request itself came back.
    case echo
    case exception(ExceptionCode)
}
