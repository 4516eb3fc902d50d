internal import CModbus
internal import Glibc
public import Modbus

/// One connection to one endpoint, with all units behind it. At most one request is in flight.
///
/// A reply to an earlier request is recognised by its transaction number and discarded; on RTU, which has none,
/// whatever came before a request is thrown away, and who gives up waiting must keep the line silent until no reply can
/// come any more. What must not happen is that a value waits in a socket and arrives late, so a connection that is
/// given up is reset and never merely closed.
@safe public struct ModbusClient: ~Copyable {
    private var context: OpaquePointer
    /// Where a TCP connection goes; nil for a serial line.
    private let host: OpaquePointer?
    /// Where the device is.
    public let endpoint: Endpoint
    private var descriptor: Int32 = -1
    private var transaction: UInt16 = 0
    private let mayWrite: Bool

    /// Nil when libmodbus can't take the endpoint. A client that may not write refuses every writing function here,
    /// where bytes leave the process.
    public init?(_ endpoint: Endpoint, mayWrite: Bool) {
        let resolved: OpaquePointer?
        switch endpoint {
        case .tcp(let name, let port), .rtuOverTCP(let name, let port):
            unsafe resolved = cmodbus_host_new(name, Int32(port))
            guard unsafe resolved != nil else { return nil }
        case .serial: unsafe resolved = nil
        }
        guard let made = unsafe Self.makeContext(endpoint) else {
            if let resolved = unsafe resolved { unsafe cmodbus_host_free(resolved) }
            return nil
        }
        unsafe context = made
        unsafe host = resolved
        self.endpoint = endpoint
        self.mayWrite = mayWrite
    }

    private static func makeContext(_ endpoint: Endpoint) -> OpaquePointer? {
        switch endpoint {
        // The address of a connection is its host's, and no device is ever opened: the connection is made first.
        case .tcp: unsafe cmodbus_new()
        case .rtuOverTCP: unsafe cmodbus_new_rtu("/dev/null", 9_600, CChar(UInt8(ascii: "N")), 1)
        case .serial(let line):
            unsafe cmodbus_new_rtu(line.device, Int32(line.baudRate), CChar(line.parity.letter), Int32(line.stopBits))
        }
    }

    deinit {
        unsafe cmodbus_reset(context)
        unsafe modbus_free(context)
        if let host = unsafe host { unsafe cmodbus_host_free(host) }
    }

    /// Whether a connection stands.
    public var isConnected: Bool { descriptor >= 0 }

    /// Connects, or fails within the timeout in nanoseconds. A name is resolved anew each time.
    public mutating func connect(timeout nanoseconds: Int64) throws(ModbusError) {
        reset()
        // What a device file is, is known when it is there.
        if endpoint.line != nil, let fresh = unsafe Self.makeContext(endpoint) {
            unsafe modbus_free(context)
            unsafe context = fresh
        }
        let result =
            if let host = unsafe host {
                unsafe cmodbus_connect_tcp(context, host, nanoseconds)
            } else {
                unsafe cmodbus_open_line(context)
            }
        guard result != Int32(CMODBUS_UNRESOLVED) else { throw .nameNotResolved }
        guard result >= 0 else { throw .connectionFailed(code: -result) }
        descriptor = result
    }

    /// Drops the connection at once, with everything that has not left yet.
    public mutating func reset() {
        unsafe cmodbus_reset(context)
        descriptor = -1
    }

    /// What came during the last request that was not its reply; nil for nothing. Such replies are discarded.
    public private(set) var strangeReply: ReplyFault?

    /// Sends a request and waits for its reply. `deadline` and `now` count nanoseconds on one clock. A failed
    /// connection is reset here; whether a timeout costs the connection is the caller's decision.
    public mutating func perform(
        _ request: Request, unit: UInt8, deadline: Int64, now: () -> Int64
    ) throws(ModbusError) -> RegisterBlock {
        guard mayWrite || !request.isWrite else { throw .writeForbidden }
        guard isConnected else { throw .notConnected }
        strangeReply = nil
        transaction &+= 1
        let frame = Codec.encode(request, transaction: transaction, unit: unit)
        if !endpoint.hasTransactions { discard() }
        try send(frame)
        while true {
            let left = deadline - now()
            guard left > 0 else { throw .timedOut }
            guard let reply = try receive(from: unit, within: left) else {
                strangeReply = .wrongUnit
                continue
            }
            if Codec.isLate(reply, transaction: transaction) {
                strangeReply = .wrongTransaction
                continue
            }
            do {
                return try Codec.check(reply, for: request, transaction: transaction, unit: unit)
            } catch {
                if case .exception(let code) = error { throw .exception(code) }
                throw distrusted(error)
            }
        }
    }

    /// Throws away what has come and nobody waits for; answers how many bytes that was.
    @discardableResult
    public mutating func discard() -> Int { isConnected ? Int(cmodbus_discard(descriptor)) : 0 }

    private mutating func send(_ frame: Frame) throws(ModbusError) {
        let sent = unsafe frame.bytes.span.withUnsafeBufferPointer { buffer in
            unsafe endpoint.hasTransactions
                ? cmodbus_send(descriptor, buffer.baseAddress, Int32(frame.count))
                : cmodbus_send_rtu(
                    context, buffer.baseAddress! + Frame.headerCount, Int32(frame.count - Frame.headerCount))
        }
        guard sent >= 0 else { throw broken(code: -sent) }
    }

    /// The next frame; nil for an RTU frame of another unit, which is late by necessity.
    private mutating func receive(from unit: UInt8, within nanoseconds: Int64) throws(ModbusError) -> Frame? {
        var frame = Frame()
        var bytes = frame.bytes.mutableSpan
        let count = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe cmodbus_receive_reply(context, Int32(unit), buffer.baseAddress, nanoseconds)
        }
        if count == -ETIMEDOUT { throw .timedOut }
        if count == -EBADMSG { throw distrusted(.garbled) }
        if count == 0, !endpoint.hasTransactions { return nil }
        guard count > 0 else { throw broken(code: -count) }
        frame.count = Int(count)
        return endpoint.hasTransactions ? frame : Codec.fromRTU(frame, transaction: transaction)
    }

    /// The stream can't be trusted to be at the start of a frame any more. A serial line is not reset: it comes to
    /// itself by silence.
    private mutating func distrusted(_ fault: ReplyFault) -> ModbusError {
        if endpoint.line == nil { reset() }
        return .badReply(fault)
    }

    private mutating func broken(code: Int32) -> ModbusError {
        reset()
        return code == ETIMEDOUT ? .timedOut : .connectionFailed(code: code)
    }
}
