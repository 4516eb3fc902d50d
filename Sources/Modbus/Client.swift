internal import CModbus
internal import Glibc

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
}

/// One TCP connection to one host and port, with all units behind it. At most one request is in flight.
///
/// A reply to an earlier request is recognised by its transaction number and discarded. What must not happen is that a
/// value waits in a socket and arrives late, so a connection that is given up is reset and never merely closed.
@safe public struct ModbusClient: ~Copyable {
    private let context: OpaquePointer
    private var descriptor: Int32 = -1
    private var transaction: UInt16 = 0
    private let mayWrite: Bool

    /// A client for a numeric IPv4 address, for example "192.0.2.20"; nil when it is none. A client that may not write
    /// refuses every writing function here, where bytes leave the process.
    public init?(address: String, port: UInt16, mayWrite: Bool) {
        guard let context = unsafe cmodbus_new(address, Int32(port)) else { return nil }
        unsafe self.context = context
        self.mayWrite = mayWrite
    }

    deinit {
        unsafe cmodbus_reset(context)
        unsafe modbus_free(context)
    }

    public var isConnected: Bool { descriptor >= 0 }

    /// Connects, or fails within the timeout in nanoseconds.
    public mutating func connect(timeout nanoseconds: Int64) throws(ModbusError) {
        reset()
        let result = unsafe cmodbus_connect(context, nanoseconds)
        guard result >= 0 else { throw .connectionFailed(code: -result) }
        descriptor = result
    }

    /// Drops the connection at once, with everything that has not left yet.
    public mutating func reset() {
        unsafe cmodbus_reset(context)
        descriptor = -1
    }

    /// Sends a request and waits for its reply. `deadline` and `now` count nanoseconds on one clock. A failed connection
    /// is reset here; whether a timeout costs the connection is the caller's decision.
    public mutating func perform(
        _ request: Request, unit: UInt8, deadline: Int64, now: () -> Int64
    ) throws(ModbusError) -> RegisterBlock {
        guard mayWrite || !request.isWrite else { throw .writeForbidden }
        guard isConnected else { throw .notConnected }
        transaction &+= 1
        let frame = Codec.encode(request, transaction: transaction, unit: unit)
        try send(frame)
        while true {
            let left = deadline - now()
            guard left > 0 else { throw .timedOut }
            let reply = try receive(within: left)
            if Codec.isLate(reply, transaction: transaction) { continue }
            do {
                return try Codec.check(reply, for: request, transaction: transaction, unit: unit)
            } catch {
                if case .exception(let code) = error { throw .exception(code) }
                // The stream can't be trusted to be at the start of a frame any more.
                reset()
                throw .badReply(error)
            }
        }
    }

    private mutating func send(_ frame: Frame) throws(ModbusError) {
        let sent = unsafe frame.bytes.span.withUnsafeBufferPointer { buffer in
            unsafe cmodbus_send(descriptor, buffer.baseAddress, Int32(frame.count))
        }
        guard sent >= 0 else { throw broken(code: -sent) }
    }

    private mutating func receive(within nanoseconds: Int64) throws(ModbusError) -> Frame {
        var frame = Frame()
        var bytes = frame.bytes.mutableSpan
        let count = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe cmodbus_receive_reply(context, buffer.baseAddress, nanoseconds)
        }
        if count == -ETIMEDOUT { throw .timedOut }
        if count == -EBADMSG {
            reset()
            throw .badReply(.wrongLength)
        }
        guard count > 0 else { throw broken(code: -count) }
        frame.count = Int(count)
        return frame
    }

    private mutating func broken(code: Int32) -> ModbusError {
        reset()
        return code == ETIMEDOUT ? .timedOut : .connectionFailed(code: code)
    }
}
