internal import CModbus
internal import Glibc

/// Serves Modbus TCP on any number of ports, with one thread's worth of work per call to ``serve(for:answer:)``.
///
/// Framing is libmodbus's; requests are decoded and answered by our own codec. A client that sends nonsense loses its
/// connection and delays nobody else by more than the 20 ms in which a frame must be complete.
@safe public struct ModbusServer: ~Copyable {
    /// How frames travel in a stream.
    public enum Framing: Sendable {
        case tcp
        /// RTU frames with their checksum, as transparent gateways pass them.
        case rtu
    }

    private struct Client {
        var descriptor: Int32
        var port: Int
    }

    private static let clientCountMax = 480
    private static let portCountMax = 480
    private let context: OpaquePointer
    private var listeners: [Int32] = []
    private var framings: [Framing] = []
    private var clients: [Client] = []

    public init() {
        guard let context = unsafe cmodbus_new("127.0.0.1", 0) else {
            preconditionFailure("libmodbus has no memory for a context")
        }
        unsafe self.context = context
    }

    deinit {
        for client in clients { cmodbus_close(client.descriptor) }
        for listener in listeners { cmodbus_close(listener) }
        unsafe modbus_free(context)
    }

    /// Adds a port on a numeric address; 0 takes a free one. Returns the port. At most 480 ports.
    public mutating func listen(address: String, port: UInt16, framing: Framing = .tcp) throws(ModbusError) -> UInt16 {
        guard listeners.count < Self.portCountMax, let listening = unsafe cmodbus_new(address, Int32(port)) else {
            throw .connectionFailed(code: EINVAL)
        }
        defer { unsafe modbus_free(listening) }
        let descriptor = unsafe cmodbus_listen(listening, 8)
        guard descriptor >= 0 else { throw .connectionFailed(code: -descriptor) }
        listeners.append(descriptor)
        framings.append(framing)
        return UInt16(truncatingIfNeeded: cmodbus_port(descriptor))
    }

    /// Waits up to `milliseconds` for requests and answers those that have come. `answer` is given the index of the port in
    /// the order of `listen`, the unit and the request.
    public mutating func serve(
        for milliseconds: Int32, answer: (_ port: Int, _ unit: UInt8, _ request: Request) -> Answer
    ) {
        let descriptors = listeners + clients.map(\.descriptor)
        var ready = [UInt8](repeating: 0, count: descriptors.count)
        let count = unsafe cmodbus_poll(descriptors, &ready, Int32(descriptors.count), milliseconds)
        guard count > 0 else { return }
        var kept: [Client] = []
        for (index, client) in clients.enumerated() {
            if ready[listeners.count + index] == 0 || answered(client, by: answer) {
                kept.append(client)
            } else {
                cmodbus_close(client.descriptor)
            }
        }
        clients = kept
        for index in listeners.indices where ready[index] != 0 { accept(on: index) }
    }

    private mutating func accept(on port: Int) {
        let descriptor = cmodbus_accept(listeners[port])
        guard descriptor >= 0 else { return }
        if clients.count < Self.clientCountMax {
            clients.append(Client(descriptor: descriptor, port: port))
        } else {
            cmodbus_close(descriptor)
        }
    }

    /// Answers one request; false when the client has left or does not speak Modbus.
    private func answered(_ client: Client, by answer: (Int, UInt8, Request) -> Answer) -> Bool {
        let isRTU = framings[client.port] == .rtu
        guard let frame = isRTU ? receiveRTU(client) : receive(client) else { return false }
        let reply: Frame?
        switch Codec.decode(frame) {
        case .nonsense: return false
        case .refused(let refusal): reply = refusal
        case .request(let received):
            reply = Codec.reply(answer(client.port, received.unit, received.request), to: received)
        }
        guard let reply else { return true }
        if isRTU {
            let bytes = RTUCodec.bytes(reply)
            return unsafe cmodbus_send(client.descriptor, bytes, Int32(bytes.count)) == bytes.count
        }
        let sent = unsafe reply.bytes.span.withUnsafeBufferPointer { buffer in
            unsafe cmodbus_send(client.descriptor, buffer.baseAddress, Int32(reply.count))
        }
        return sent == reply.count
    }

    private func receive(_ client: Client) -> Frame? {
        var frame = Frame()
        var bytes = frame.bytes.mutableSpan
        let count = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe cmodbus_receive_request(context, client.descriptor, buffer.baseAddress)
        }
        guard count > 0 else { return nil }
        frame.count = Int(count)
        return frame
    }

    /// A request is small: one that does not come in one piece within 20 ms is no request.
    private func receiveRTU(_ client: Client) -> Frame? {
        var received: [UInt8] = []
        while true {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = unsafe cmodbus_read(client.descriptor, &bytes, 512)
            guard count > 0 else { return nil }
            received += bytes[..<Int(count)]
            if let length = RTUCodec.requestLength(received), received.count >= max(4, length) {
                return RTUCodec.frame(length == 0 ? received : Array(received[..<length]))
            }
            var ready: UInt8 = 0
            guard unsafe withUnsafePointer(to: client.descriptor, { unsafe cmodbus_poll($0, &ready, 1, 20) }) > 0 else { return nil }
        }
    }
}
