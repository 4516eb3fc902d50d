/// A request as a server received it.
public struct ReceivedRequest: BitwiseCopyable, Sendable {
    /// The number of the transaction.
    public var transaction: UInt16
    /// The unit that is asked.
    public var unit: UInt8
    /// The request.
    public var request: Request

    package init(transaction: UInt16, unit: UInt8, request: Request) {
        self.transaction = transaction
        self.unit = unit
        self.request = request
    }
}

/// What a device answers to a request.
public enum Answer: BitwiseCopyable, Sendable {
    case registers(RegisterBlock)
    case written
    case exception(ExceptionCode)
    /// Nothing at all, as a device that hangs.
    case silence
    /// The connection is closed, as by some gateways for a unit that they do not have.
    case hangUp
}

extension Codec {
    /// What a server is to do with a frame that came in.
    public enum Reception: BitwiseCopyable, Sendable {
        case request(ReceivedRequest)
        /// A function or a range that no device of ours knows: answer with this frame.
        case refused(Frame)
        /// Not Modbus: close the connection.
        case nonsense
    }

    /// How many bytes the request that begins so will have; nil while that can't be said. What is no Modbus TCP counts
    /// as being there already.
    package static func requestLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 6 else { return nil }
        let length = Int(bytes[4]) << 8 | Int(bytes[5])
        guard bytes[2] == 0, bytes[3] == 0, (2...254).contains(length) else { return 6 }
        return 6 + length
    }

    /// Reads a request. Every length is checked before a value is taken.
    public static func decode(_ frame: Frame) -> Reception {
        guard frame.count >= 12, frame.word(at: 2) == 0, Int(frame.word(at: 4)) == frame.count - 6 else {
            return .nonsense
        }
        let address = frame.word(at: 8)
        let operand = frame.word(at: 10)
        func received(_ request: Request) -> Reception {
            .request(ReceivedRequest(transaction: frame.transaction, unit: frame.unit, request: request))
        }
        switch frame.function {
        case 3, 4:
            guard operand >= 1, operand <= 125, frame.count == 12, Int(address) + Int(operand) <= 65_536 else {
                return .refused(exception(.illegalValue, to: frame))
            }
            return received(.read(frame.function == 3 ? .holding : .input, address: address, count: operand))
        case 6:
            return frame.count == 12 ? received(.writeOne(address: address, value: operand)) : .nonsense
        case 16:
            guard operand >= 1, operand <= 123, frame.count == 13 + 2 * Int(operand),
                Int(frame[12]) == 2 * Int(operand), Int(address) + Int(operand) <= 65_536
            else { return .refused(exception(.illegalValue, to: frame)) }
            var values = RegisterBlock(count: Int(operand))
            for index in 0..<Int(operand) { values[index] = frame.word(at: 13 + 2 * index) }
            return received(.write(address: address, values: values))
        default:
            return .refused(exception(.illegalFunction, to: frame))
        }
    }

    /// The frame that carries an answer; nil for silence.
    public static func reply(_ answer: Answer, to received: ReceivedRequest) -> Frame? {
        var frame = Frame()
        frame.beginHeader(transaction: received.transaction, unit: received.unit)
        let function = received.request.function
        switch (answer, received.request) {
        case (.silence, _), (.hangUp, _): return nil
        case (.exception(let code), _):
            frame.append(function | 0x80)
            frame.append(code.rawValue)
        case (.registers(let block), _):
            frame.append(function)
            frame.append(block)
        case (.written, .writeOne(let address, let value)):
            frame.append(function)
            frame.append(address)
            frame.append(value)
        case (.written, .write(let address, let values)):
            frame.append(function)
            frame.append(address)
            frame.append(UInt16(values.count))
        case (.written, .read):
            preconditionFailure("a read was answered as if it were a write")
        }
        frame.endHeader()
        return frame
    }

    private static func exception(_ code: ExceptionCode, to request: Frame) -> Frame {
        var frame = Frame()
        frame.beginHeader(transaction: request.transaction, unit: request.unit)
        frame.append(request.function | 0x80)
        frame.append(code.rawValue)
        frame.endHeader()
        return frame
    }
}
