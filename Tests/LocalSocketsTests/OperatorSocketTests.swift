import CLocalSockets
import Foundation
import TestSupport
import Testing

@testable import LocalSockets

@Suite("The socket for acts of persons")
struct OperatorSocketTests {
    /// A server that repeats what it was asked.
    private final class Bench {
        let folder: String
        let server: OperatorServer
        private let ended = DispatchSemaphore(value: 0)

        var path: String { folder + "/operate.sock" }

        init() throws {
            folder = try TestData.temporaryFolder()
            server = try OperatorServer(path: folder + "/operate.sock", group: "no such group", program: "test") {
                request, user in
                .accepted("\(request.act.rawValue) \(request.meter ?? "-") by \(user)")
            }
            let (server, ended) = (server, ended)
            Thread.detachNewThread {
                server.run()
                ended.signal()
            }
        }

        deinit {
            server.end()
            ended.wait()
            try? FileManager.default.removeItem(atPath: folder)
        }

        func connect() throws -> PacketSocket {
            let descriptor = clocal_connect(path)
            guard descriptor >= 0 else { throw SocketError(code: -descriptor) }
            return PacketSocket(descriptor: descriptor)
        }
    }

    /// The next packet; nil when the other side has ended.
    private static func next(_ socket: PacketSocket) -> Packet? {
        for _ in 0..<100 {
            guard PacketSocket.wait([socket.descriptor], milliseconds: 100)[0] else { continue }
            switch socket.receive() {
            case .packet(let packet): return packet
            case .nothing: continue
            case .ended, .invalid: return nil
            }
        }
        return nil
    }

    @Test("an act is asked and answered, with the user of the peer")
    func asked() throws {
        let bench = try Bench()
        for act in OperatorAct.allCases {
            let answer = try OperatorClient.ask(
                OperatorRequest(act, meter: "pcc"), path: bench.path, program: "test")
            #expect(answer == .accepted("\(act.rawValue) pcc by \(getuid())"))
        }
    }

    @Test("no server, and a file that is no socket: an error, and the file stays")
    func noServer() throws {
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/operate.sock"
        #expect(throws: OperatorClient.Failure.socket(SocketError(code: ENOENT))) {
            _ = try OperatorClient.ask(OperatorRequest(.arm), path: path, program: "test")
        }
        try "a file".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: SocketError(code: EEXIST)) {
            _ = try OperatorServer(path: path, group: "none", program: "test") { _, _ in .accepted("") }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "a file")
        let long = folder + "/" + String(repeating: "x", count: clocal_path_most())
        #expect(throws: SocketError(code: ENAMETOOLONG)) {
            _ = try OperatorServer(path: long, group: "none", program: "test") { _, _ in .accepted("") }
        }
    }

    @Test("a second server at the path of one that runs is refused; what a dead one left is replaced")
    func takenPath() throws {
        let bench = try Bench()
        #expect(throws: SocketError(code: EADDRINUSE)) {
            _ = try OperatorServer(path: bench.path, group: "none", program: "test") { _, _ in .accepted("") }
        }
        let other = bench.folder + "/dead.sock"
        // A process that was killed closes its descriptor and leaves the file.
        close(clocal_listen(other, 1, 0o600))
        #expect(FileManager.default.fileExists(atPath: other))
        let server = try OperatorServer(path: other, group: "none", program: "test") { _, _ in .accepted("") }
        server.end()
        server.run()
        #expect(!FileManager.default.fileExists(atPath: other))
    }

    @Test("the file belongs to its owner alone where the group does not exist")
    func mode() throws {
        let bench = try Bench()
        let mode = try FileManager.default.attributesOfItem(atPath: bench.path)[.posixPermissions] as? NSNumber
        #expect(mode == 0o600)
    }

    @Test("what is no message is refused in a sentence, and the next one is answered")
    func nonsense() throws {
        let bench = try Bench()
        let socket = try bench.connect()
        defer { socket.close() }
        #expect(Self.next(socket)?.hello == Hello(program: "test"))
        // Before hello nothing is done.
        #expect(socket.send(Packet(request: OperatorRequest(.arm))))
        #expect(Self.next(socket)?.answer?.isAccepted == false)
        for text in ["", "{", "[]", "null", #"{"request":{"act":"explode"}}"#, #"{"request":7}"#, "\u{0}\u{1}"] {
            let bytes = Array(text.utf8)
            guard !bytes.isEmpty else { continue }
            #expect(clocal_send(socket.descriptor, bytes, bytes.count) == 0)
            let answer = Self.next(socket)?.answer
            #expect(answer?.isAccepted == false && answer?.text.hasPrefix("refused: ") == true, "\(text)")
        }
        let long = [UInt8](repeating: 0x20, count: Packet.countMax + 1)
        if clocal_send(socket.descriptor, long, long.count) == 0 {
            #expect(Self.next(socket)?.answer?.text.contains("longer than") == true)
        }
        // Fields that are not known are ignored.
        let bytes = Array(#"{"hello":{"protocol":1,"program":"x","more":2},"request":{"act":"arm","why":"?"}}"#.utf8)
        #expect(clocal_send(socket.descriptor, bytes, bytes.count) == 0)
        #expect(Self.next(socket)?.answer == .accepted("arm - by \(getuid())"))
    }

    @Test("another version of the protocol is refused and named")
    func version() throws {
        let bench = try Bench()
        let socket = try bench.connect()
        defer { socket.close() }
        _ = Self.next(socket)
        #expect(
            socket.send(
                Packet(hello: Hello(program: "new", protocolVersion: 2), request: OperatorRequest(.arm))))
        #expect(Self.next(socket)?.answer?.text.contains("version 2") == true)
        #expect(Self.next(socket) == nil)
    }

    @Test("no more than sixteen clients at once, and room again when one leaves")
    func clients() throws {
        let bench = try Bench()
        var sockets: [PacketSocket] = []
        defer { for socket in sockets { socket.close() } }
        for _ in 0..<16 {
            let socket = try bench.connect()
            #expect(Self.next(socket)?.hello != nil)
            sockets.append(socket)
        }
        let late = try bench.connect()
        #expect(Self.next(late) == nil)
        late.close()
        sockets.removeLast().close()
        #expect(
            eventually(within: 10) {
                (try? OperatorClient.ask(OperatorRequest(.arm), path: bench.path, program: "x")) != nil
            })
    }

    @Test("a client that takes no answers is dropped, and the others are served")
    func flood() throws {
        let bench = try Bench()
        let deaf = try bench.connect()
        defer { deaf.close() }
        #expect(deaf.send(Packet(hello: Hello(program: "deaf"))))
        var isDropped = false
        for _ in 0..<200_000 where !isDropped {
            if !deaf.send(Packet(request: OperatorRequest(.arm))) {
                // Full, or dropped: what was sent has to be taken first.
                isDropped = clocal_send(deaf.descriptor, [0x20], 1) == -EPIPE
                sched_yield()
            }
        }
        #expect(isDropped)
        let answer = try OperatorClient.ask(OperatorRequest(.disarm), path: bench.path, program: "test")
        #expect(answer.isAccepted)
    }
}
