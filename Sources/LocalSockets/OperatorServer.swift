import CLocalSockets
import Glibc
import Synchronization

/// The socket for acts of persons. Whoever may open it may act: the file's mode and group say who that is. A client is
/// dropped when it does not take its answer at once, or says nothing for long.
public final class OperatorServer: Sendable {
    /// The path of the socket.
    public let path: String
    /// Members of the group may use it.
    public let isOpenToGroup: Bool
    private let listener: Int32
    private let program: String
    private let answer: @Sendable (OperatorRequest, _ user: UInt32) -> OperatorAnswer
    private let ended = Atomic(false)

    private static var clientsMost: Int { 16 }
    private static var clientsOfUser: Int { 4 }
    /// Two places are kept for persons that root lets in.
    private static var clientsOfOthers: Int { 14 }
    /// For how long a client may say nothing, and how long the loop rests between packets of one that says much.
    private static var silentMost: Duration { .seconds(60) }
    private static var rest: useconds_t { 2_000 }

    /// Listens at a path. The mode is that of the socket file; `group` owns it where the system has it.
    public init(
        path: String, group: String, program: String,
        answer: @escaping @Sendable (OperatorRequest, _ user: UInt32) -> OperatorAnswer
    ) throws(SocketError) {
        self.path = path
        self.program = program
        self.answer = answer
        let listener = unsafe clocal_listen(path, 8, 0o600)
        guard listener >= 0 else { throw SocketError(code: -listener) }
        self.listener = listener
        // Without the group the socket belongs to the daemon's own user and to root alone.
        let entry = unsafe getgrnam(group)
        isOpenToGroup =
            unsafe entry.map { unsafe lchown(path, uid_t.max, $0.pointee.gr_gid) == 0 && chmod(path, 0o660) == 0 }
            ?? false
    }

    /// Ends ``run()``.
    public func end() { ended.store(true, ordering: .releasing) }

    private struct Client {
        var socket: PacketSocket
        var user: UInt32
        var hasGreeted = false
        var heardAt = ContinuousClock.now
    }

    /// The body of the thread that serves the socket.
    public func run() {
        var clients: [Client] = []
        while !ended.load(ordering: .acquiring) {
            let ready = PacketSocket.wait([listener] + clients.map(\.socket.descriptor), milliseconds: 200)
            var left: [Client] = []
            for (index, client) in clients.enumerated() {
                var client = client
                if serve(&client, isReady: ready[index + 1]) { left.append(client) } else { client.socket.close() }
            }
            clients = left
            if ready[0] { accept(&clients) }
            // One that sends without a pause must not take a processor.
            if ready.contains(true) { usleep(Self.rest) }
        }
        for client in clients { client.socket.close() }
        _ = close(listener)
        _ = unsafe unlink(path)
    }

    private func accept(_ clients: inout [Client]) {
        var user: UInt32 = 0
        let descriptor = unsafe clocal_accept(listener, &user)
        guard descriptor >= 0 else { return }
        let socket = PacketSocket(descriptor: descriptor)
        let isOperator = user == 0 || user == geteuid()
        let most = isOperator ? Self.clientsMost : Self.clientsOfOthers
        let own = clients.count { $0.user == user }
        guard clients.count < most, isOperator || own < Self.clientsOfUser,
            socket.send(Packet(hello: Hello(program: program)))
        else { return socket.close() }
        clients.append(Client(socket: socket, user: user))
    }

    /// False when the client is to be dropped.
    private func serve(_ client: inout Client, isReady: Bool) -> Bool {
        guard isReady else {
            return client.heardAt.duration(to: .now) < Self.silentMost
        }
        client.heardAt = .now
        switch client.socket.receive() {
        case .nothing: return true
        case .ended: return false
        case .invalid(let reason): return reply(.refused("refused: \(reason)."), to: client)
        case .packet(let packet):
            if let hello = packet.hello {
                client.hasGreeted = hello.protocolVersion == Hello.version
                guard client.hasGreeted else {
                    _ = reply(
                        .refused(
                            """
                            refused: the command speaks version \(hello.protocolVersion) of the protocol, the daemon \
                            \(Hello.version); install both of one release.
                            """), to: client)
                    return false
                }
            }
            guard let request = packet.request else { return true }
            guard client.hasGreeted else { return reply(.refused("refused: the first packet is hello."), to: client) }
            return reply(answer(request, client.user), to: client)
        }
    }

    private func reply(_ answer: OperatorAnswer, to client: Client) -> Bool {
        client.socket.send(Packet(answer: answer))
    }
}
