/// One Modbus TCP frame: the 7-byte MBAP header and a request or reply, without the heap.
public struct Frame: BitwiseCopyable, Sendable {
    /// The most bytes of a frame.
    public static var byteCountMax: Int { 260 }
    /// What stands before the unit in a TCP frame, and not in an RTU frame.
    package static var headerCount: Int { 6 }

    package var bytes = InlineArray<260, UInt8>(repeating: 0)
    /// The number of bytes.
    public package(set) var count = 0

    package init() {}

    /// Takes bytes from elsewhere; more than 260 trap.
    public init(_ source: Span<UInt8>) {
        precondition(source.count <= Self.byteCountMax, "a Modbus TCP frame has at most 260 bytes")
        for index in 0..<source.count { append(source[index]) }
    }

    /// The byte at an index below `count`.
    public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "a byte was read beyond the end of its frame")
        return bytes[index]
    }

    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    mutating func append(_ word: UInt16) {
        append(UInt8(word >> 8))
        append(UInt8(word & 0xFF))
    }

    func word(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    var transaction: UInt16 { word(at: 0) }
    var unit: UInt8 { self[6] }
    var function: UInt8 { self[7] }

    mutating func beginHeader(transaction: UInt16, unit: UInt8) {
        append(transaction)
        append(UInt16(0))
        append(UInt16(0))
        append(unit)
    }

    mutating func endHeader() {
        let length = UInt16(count - 6)
        bytes[4] = UInt8(length >> 8)
        bytes[5] = UInt8(length & 0xFF)
    }

    mutating func append(_ values: RegisterBlock) {
        append(UInt8(values.count * 2))
        for index in 0..<values.count { append(values[index]) }
    }
}

/// Our own encoding and checking of Modbus TCP, since libmodbus accepts replies of other units, addresses,
/// protocols and lengths. Pure: bytes in, values out.
public enum Codec {
    /// The frame of a request.
    public static func encode(_ request: Request, transaction: UInt16, unit: UInt8) -> Frame {
        var frame = Frame()
        frame.beginHeader(transaction: transaction, unit: unit)
        frame.append(request.function)
        switch request {
        case .read(_, let address, let count):
            precondition(count >= 1 && count <= 125, "one read takes 1 to 125 registers")
            frame.append(address)
            frame.append(count)
        case .writeOne(let address, let value):
            frame.append(address)
            frame.append(value)
        case .write(let address, let values):
            precondition(values.count >= 1 && values.count <= 123, "one write takes 1 to 123 registers")
            frame.append(address)
            frame.append(UInt16(values.count))
            frame.append(values)
        }
        frame.endHeader()
        return frame
    }

    /// An RTU frame, its checksum checked and still there, as the TCP frame that it would be.
    package static func fromRTU(_ rtu: Frame, transaction: UInt16) -> Frame {
        var frame = Frame()
        frame.append(transaction)
        frame.append(UInt16(0))
        frame.append(UInt16(max(0, rtu.count - 2)))
        // The longest RTU frame has 256 bytes with its checksum.
        for index in 0..<max(0, min(rtu.count - 2, Frame.byteCountMax - Frame.headerCount)) { frame.append(rtu[index]) }
        return frame
    }

    /// Whether a frame answers another, earlier transaction: to be discarded, not to be judged.
    public static func isLate(_ reply: Frame, transaction: UInt16) -> Bool {
        reply.count >= 2 && reply.transaction != transaction
    }

    /// The registers that a reply brings (none for a write), after every field was compared with the request.
    public static func check(
        _ reply: Frame, for request: Request, transaction: UInt16, unit: UInt8
    ) throws(ReplyFault) -> RegisterBlock {
        guard reply.count >= 9 else { throw .tooShort }
        guard reply.transaction == transaction else { throw .wrongTransaction }
        guard reply.word(at: 2) == 0 else { throw .wrongProtocol }
        guard reply.unit == unit else { throw .wrongUnit }
        // A request to read has six bytes from the unit on, and its reply always an odd number.
        if case .read = request, reply.function == request.function, reply.word(at: 4) == 6 { throw .echo }
        guard Int(reply.word(at: 4)) == reply.count - 6 else { throw .wrongLength }
        if reply.function == request.function | 0x80 {
            guard reply.count == 9 else { throw .wrongLength }
            throw .exception(ExceptionCode(rawValue: reply[8]))
        }
        guard reply.function == request.function else { throw .wrongFunction }
        switch request {
        case .read(_, _, let count):
            guard Int(reply[8]) == Int(count) * 2, reply.count == 9 + Int(count) * 2 else { throw .wrongByteCount }
            var block = RegisterBlock(count: Int(count))
            for index in 0..<Int(count) { block[index] = reply.word(at: 9 + 2 * index) }
            return block
        case .writeOne(let address, let value):
            guard reply.count == 12 else { throw .wrongLength }
            guard reply.word(at: 8) == address, reply.word(at: 10) == value else { throw .wrongEcho }
        case .write(let address, let values):
            guard reply.count == 12 else { throw .wrongLength }
            guard reply.word(at: 8) == address, Int(reply.word(at: 10)) == values.count else { throw .wrongEcho }
        }
        return RegisterBlock(count: 0)
    }
}
