/// Why a request brought nothing.
public enum ModbusError: Error, Equatable, Sendable, BitwiseCopyable {
    /// There is no connection; connect first.
    case notConnected
    /// The connection could not be made, or broke. The code is errno's.
    case connectionFailed(code: Int32)
    /// No reply came within the time allowed.
    case timedOut
    /// The device answered that it won't.
    case exception(ExceptionCode)
    /// What came was not the reply to this request.
    case badReply(ReplyFault)
    /// This client was made for reading only.
    case writeForbidden

    /// Nothing that the device itself said: silence, nonsense, or a connection that broke.
    public var isNoAnswer: Bool {
        switch self {
        case .timedOut, .badReply, .connectionFailed: true
        case .notConnected, .exception, .writeForbidden: false
        }
    }
}
