import CLocalSockets

/// Asks one act of a running daemon.
public enum OperatorClient {
    /// Why there is no answer.
    public enum Failure: Error, Sendable, Equatable {
        /// There is no listener, or the socket can't be opened.
        case socket(SocketError)
        case silent
        /// The daemon speaks another version of the protocol.
        case version(Int)
    }

    /// Sends a request and waits for its answer.
    public static func ask(_ request: OperatorRequest, path: String, program: String) throws(Failure) -> OperatorAnswer
    {
        let descriptor = unsafe clocal_connect(path)
        guard descriptor >= 0 else { throw .socket(SocketError(code: -descriptor)) }
        let socket = PacketSocket(descriptor: descriptor)
        defer { socket.close() }
        guard let hello = next(socket)?.hello else { throw .silent }
        guard hello.protocolVersion == Hello.version else { throw .version(hello.protocolVersion) }
        guard socket.send(Packet(hello: Hello(program: program), request: request)),
            let answer = next(socket)?.answer
        else { throw .silent }
        return answer
    }

    /// The next packet, waited for at most ten seconds.
    private static func next(_ socket: PacketSocket) -> Packet? {
        for _ in 0..<50 {
            guard PacketSocket.wait([socket.descriptor], milliseconds: 200)[0] else { continue }
            switch socket.receive() {
            case .packet(let packet): return packet
            case .nothing: continue
            case .ended, .invalid: return nil
            }
        }
        return nil
    }
}
