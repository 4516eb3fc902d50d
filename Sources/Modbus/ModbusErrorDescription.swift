import Glibc

extension ModbusError: CustomStringConvertible {
    /// What went wrong, in words for the log.
    public var description: String {
        switch self {
        case .notConnected: "not connected"
        // What the call that was to end within the time says of it.
        case .connectionFailed(EINPROGRESS), .connectionFailed(ETIMEDOUT): "no answer in time"
        case .connectionFailed(let code): unsafe String(cString: strerror(code)).lowercased()
        case .timedOut: "no answer in time"
        case .exception(let code): "exception \(code.rawValue)\(code.name.map { " (\($0))" } ?? "")"
        case .badReply(let fault): "a reply that is not to the request (\(fault))"
        case .writeForbidden: "a write while observing"
        }
    }
}
