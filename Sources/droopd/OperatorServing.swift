import Foundation
import FrequencyResponse
import LocalSockets
import Realtime

/// The folder of the sockets.
enum SocketOptions {
    static let standard = "/run/droopd"
    static func operating(_ folder: String) -> String { folder + "/operate.sock" }
    static let group = "droopd-operators"
}

/// The thread that serves the socket for acts of persons.
final class OperatorServing: Sendable {
    private let server: OperatorServer
    private let thread: RealtimeThread

    init(_ desk: OperatorDesk, folder: String) throws(SocketError) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let server = try OperatorServer(
            path: SocketOptions.operating(folder), group: SocketOptions.group, program: "droopd \(Droopd.version)"
        ) { desk.answer($0, user: $1) }
        if !server.isOpenToGroup {
            Log.line(
                "\(server.path): for root and droopd's own user alone: the group \(SocketOptions.group) can't have it")
        }
        self.server = server
        thread = RealtimeThread(name: "socket", stack: 512 * 1_024) { server.run() }
    }

    /// Ends the thread; the socket is gone then.
    func end() {
        server.end()
        _ = thread.join(within: .seconds(1))
    }
}
