internal import CModbus
internal import Glibc
public import Modbus

/// Serves Modbus TCP, and RTU in TCP, on any number of ports, with one thread's worth of work per call to
/// ``serve(for:answer:)``.
///
/// Nothing here waits for a client: what has come of a request is kept until the rest is there. A client that sends
/// nonsense, or leaves a request unfinished for a second, loses its connection and delays nobody else.
@safe public struct ModbusServer: ~Copyable {
    /// How frames travel in a stream.
    public enum Framing: Sendable {
        case tcp
        /// RTU frames with their checksum, as transparent gateways pass them.
        case rtu
    }

    /// Who asks: the index of the port in the order of `listen`, the client's address, and the unit that it asks for.
    public struct Origin: Sendable {
        /// The index of the port that the client connected to, in the order of `listen`.
        public var port: Int
        /// The address of the client.
        public var address: String
        /// The unit on its connection.
        public var unit: UInt8
    }

    private struct Client {
        var descriptor: Int32
        var port: Int
        var address: String
        var received: [UInt8] = []
        var since: Int64 = 0
        /// When anything came from it last.
        var heardAt: Int64 = 0
    }

    private static let portCountMax = 4_000
    private static let patience: Int64 = 1_000_000_000
    private let clientCountMax: Int
    private let preferred: [String]
    private var listeners: [Int32] = []
    private var framings: [Framing] = []
    private var clients: [Client] = []

    /// When there are too many clients, whoever has been silent longest makes room; one of the `preferred` addresses
    /// only for another of them.
    public init(clientCountMax: Int = 4_000, preferred: [String] = []) {
        self.clientCountMax = clientCountMax
        self.preferred = preferred
    }

    deinit {
        for client in clients { cmodbus_close(client.descriptor) }
        for listener in listeners { cmodbus_close(listener) }
    }

    /// Adds a port on an address or name; 0 takes a free one. Returns the port. At most 4,000 ports.
    public mutating func listen(address: String, port: UInt16, framing: Framing = .tcp) throws(ModbusError) -> UInt16 {
        guard listeners.count < Self.portCountMax else { throw .connectionFailed(code: EMFILE) }
        let descriptor = unsafe cmodbus_listen(address, Int32(port), 8)
        guard descriptor != Int32(CMODBUS_UNRESOLVED) else { throw .nameNotResolved }
        guard descriptor >= 0 else { throw .connectionFailed(code: -descriptor) }
        listeners.append(descriptor)
        framings.append(framing)
        return UInt16(truncatingIfNeeded: cmodbus_port(descriptor))
    }

    /// Waits up to `milliseconds` for requests and answers those that have come.
    public mutating func serve(for milliseconds: Int32, answer: (_ origin: Origin, _ request: Request) -> Answer) {
        let descriptors = listeners + clients.map(\.descriptor)
        var ready = [UInt8](repeating: 0, count: descriptors.count)
        let count = unsafe cmodbus_poll(descriptors, &ready, Int32(descriptors.count), milliseconds)
        let now = Self.now()
        var kept: [Client] = []
        kept.reserveCapacity(clients.count)
        for (index, var client) in clients.enumerated() {
            let isReady = count > 0 && ready[listeners.count + index] != 0
            let isStuck = !client.received.isEmpty && now - client.since > Self.patience
            if isReady ? take(from: &client, now: now, by: answer) : !isStuck {
                kept.append(client)
            } else {
                cmodbus_close(client.descriptor)
            }
        }
        clients = kept
        guard count > 0 else { return }
        for index in listeners.indices where ready[index] != 0 { accept(on: index) }
    }

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private mutating func accept(on port: Int) {
        var address = [CChar](repeating: 0, count: 48)
        let descriptor = unsafe cmodbus_accept(listeners[port], &address, 48)
        guard descriptor >= 0 else { return }
        let text = String(decoding: address.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if clients.count >= clientCountMax, !makeRoom(for: text) {
            cmodbus_close(descriptor)
            return
        }
        clients.append(Client(descriptor: descriptor, port: port, address: text, heardAt: Self.now()))
    }

    /// Closes the client that has been silent longest; false when all that are there go before the new one.
    private mutating func makeRoom(for address: String) -> Bool {
        let candidates = clients.indices.filter {
            preferred.contains(address) || !preferred.contains(clients[$0].address)
        }
        let ordinary = candidates.filter { !preferred.contains(clients[$0].address) }
        let pool = ordinary.isEmpty ? candidates : ordinary
        guard let oldest = pool.min(by: { clients[$0].heardAt < clients[$1].heardAt }) else { return false }
        cmodbus_close(clients[oldest].descriptor)
        clients.remove(at: oldest)
        return true
    }

    /// Takes what has come and answers every request that is whole; false when the client has left or does not speak
    /// Modbus.
    private func take(from client: inout Client, now: Int64, by answer: (Origin, Request) -> Answer) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe cmodbus_read(client.descriptor, &bytes, 512)
        // Ready with nothing to read: the client has left.
        guard count > 0 else { return false }
        client.heardAt = now
        if client.received.isEmpty { client.since = now }
        client.received += bytes[..<Int(count)]
        while !client.received.isEmpty {
            let isRTU = framings[client.port] == .rtu
            let length: Int
            switch isRTU ? RTUCodec.requestLength(client.received) : Codec.requestLength(client.received) {
            // What nobody knows is as long as what came.
            case 0?: length = client.received.count
            case nil: return true
            case let whole?: length = whole
            }
            guard client.received.count >= length else { return true }
            let request = Array(client.received[..<length])
            client.received.removeFirst(length)
            client.since = now
            guard let frame = isRTU ? RTUCodec.frame(request) : Frame(request.span),
                reply(to: frame, of: client, isRTU: isRTU, by: answer)
            else {
                return false
            }
        }
        return true
    }

    private func reply(to frame: Frame, of client: Client, isRTU: Bool, by answer: (Origin, Request) -> Answer) -> Bool
    {
        let reply: Frame?
        switch Codec.decode(frame) {
        case .nonsense: return false
        case .refused(let refusal): reply = refusal
        case .request(let received):
            let origin = Origin(port: client.port, address: client.address, unit: received.unit)
            let given = answer(origin, received.request)
            if case .hangUp = given { return false }
            reply = Codec.reply(given, to: received)
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
}
