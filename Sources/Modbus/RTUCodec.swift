/// RTU framing as a server needs it. A client leaves it to libmodbus, whose server context serves one unit alone.
package enum RTUCodec {
    /// The checksum of Modbus over serial line, V1.02, 6.2.2: its low byte goes first.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var value: UInt16 = 0xFFFF
        for byte in bytes {
            value ^= UInt16(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xA001 : value >> 1 }
        }
        return value
    }

    /// How many bytes the request that begins so will have; nil while that can't be said. A function that nobody knows
    /// has none: 0.
    package static func requestLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        switch bytes[1] {
        case 1...6: return 8
        case 15, 16: return bytes.count >= 7 ? 9 + Int(bytes[6]) : nil
        default: return 0
        }
    }

    /// The request as the TCP frame that it would be; nil when its checksum is wrong.
    package static func frame(_ bytes: [UInt8]) -> Frame? {
        guard bytes.count >= 4, bytes.count <= 256 else { return nil }
        let body = bytes[..<(bytes.count - 2)]
        let sum = UInt16(bytes[bytes.count - 2]) | UInt16(bytes[bytes.count - 1]) << 8
        guard checksum(body) == sum else { return nil }
        var frame = Frame()
        frame.append(UInt16(0))
        frame.append(UInt16(0))
        frame.append(UInt16(body.count))
        for byte in body { frame.append(byte) }
        return frame
    }

    /// The bytes of a reply on the line.
    package static func bytes(_ reply: Frame) -> [UInt8] {
        let body = (Frame.headerCount..<reply.count).map { reply[$0] }
        let sum = checksum(body[...])
        return body + [UInt8(sum & 0xFF), UInt8(sum >> 8)]
    }
}
