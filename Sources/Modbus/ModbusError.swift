/// Why a request brought nothing.
public enum ModbusError: Error, Equatable, Sendable, BitwiseCopyable {
    /// There is no connection; connect first.
    case notConnected
    /// The connection could not be made, or broke. The code is errno's.
    case connectionFailed(code: Int32)
    /// The name of the host has no address, or none was known in time.
    case nameNotResolved
    /// No reply came within the time allowed.
    case timedOut
    /// The device answered that it won't.
    case exception(ExceptionCode)
    /// What came was not the reply to this request.
    case badReply(ReplyFault)
    /// This client was made for reading only.
    case writeForbidden

    /// Nothing that the device itself said: silence, nonsense, a connection that broke, or a gateway that answers for
    /// it.
    public var isNoAnswer: Bool {
        switch self {
        case .timedOut, .badReply, .connectionFailed, .nameNotResolved: true
        case .exception(let code): code.meaning == .unreachable
        case .notConnected, .writeForbidden: false
        }
    }

    /// The device has answered that it does not have these registers, or not so many at once.
    public var refusesRegisters: Bool {
        self == .exception(.illegalAddress) || self == .exception(.illegalValue)
    }

    /// The device itself has answered that it won't.
    public var isRefusal: Bool {
        if case .exception(let code) = self { code.meaning == .refused } else { false }
    }
}
