import Glibc

extension ModbusError: CustomStringConvertible {
    /// A description of the error for the log.
    public var description: String {
        switch self {
        case .notConnected: "not connected"
        // What the call that was to end within the time says of it.
        case .connectionFailed(EINPROGRESS), .connectionFailed(ETIMEDOUT): "no answer in time"
        case .connectionFailed(let code): unsafe String(cString: strerror(code)).lowercased()
        case .nameNotResolved: "no address is known for its name; try `getent ahosts NAME` on this machine"
        case .timedOut: "no answer in time"
        case .exception(let code): "exception \(code.rawValue)\(code.name.map { " (\($0))" } ?? "")"
        case .badReply(let fault): "a reply that is not to the request (\(fault.words))"
        case .writeForbidden: "a write while observing"
        }
    }
}

extension ReplyFault {
    /// A description of the fault for the log.
    var words: String {
        switch self {
        case .tooShort: "too short"
        case .garbled: "no frame, or a wrong checksum"
        case .wrongTransaction: "the number of another request"
        case .wrongProtocol: "not Modbus"
        case .wrongLength: "a length that it does not have"
        case .wrongUnit: "another unit"
        case .wrongFunction: "another function"
        case .wrongByteCount: "another number of registers"
        case .wrongEcho: "another register or value than was written"
        case .echo: "the request itself; does the bus or its adapter echo?"
        case .exception(let code): "exception \(code.rawValue)"
        }
    }
}
