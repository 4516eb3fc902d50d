import CLocalSockets
import Foundation
import Glibc

/// Why a local socket can't be used: errno's code, and a phrase for it.
public struct SocketError: Error, Sendable, Equatable, CustomStringConvertible {
    /// errno's code.
    public var code: Int32

    /// A phrase for messages.
    public var description: String { unsafe String(cString: strerror(code)).lowercased() }
}

/// One end of a local connection that carries packets.
struct PacketSocket: Sendable {
    let descriptor: Int32

    enum Received {
        case packet(Packet)
        case nothing
        case ended
        /// Why what came is no packet.
        case invalid(String)
    }

    func close() { _ = Glibc.close(descriptor) }

    /// False when the other side does not take it at once.
    func send(_ packet: Packet) -> Bool {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? Array(encoder.encode(packet)), bytes.count <= Packet.countMax else { return false }
        return unsafe clocal_send(descriptor, bytes, bytes.count) == 0
    }

    func receive() -> Received {
        var bytes = [UInt8](repeating: 0, count: Packet.countMax)
        let length = unsafe clocal_receive(descriptor, &bytes, bytes.count)
        if length == 0 { return .ended }
        if length == -Int64(EMSGSIZE) { return .invalid("the packet is longer than \(Packet.countMax) bytes") }
        if length < 0 { return length == -Int64(EAGAIN) || length == -Int64(EINTR) ? .nothing : .ended }
        do {
            return .packet(try JSONDecoder().decode(Packet.self, from: Data(bytes.prefix(Int(length)))))
        } catch let DecodingError.dataCorrupted(context) where context.codingPath.last?.stringValue == "act" {
            return .invalid("this act is not known to the daemon; it may be older than the command")
        } catch {
            return .invalid("the packet is no message of this protocol")
        }
    }

    /// Which of the descriptors can be read, after at most the time.
    static func wait(_ descriptors: [Int32], milliseconds: Int32) -> [Bool] {
        var ready = [UInt8](repeating: 0, count: descriptors.count)
        _ = unsafe clocal_wait(descriptors, &ready, descriptors.count, milliseconds)
        return ready.map { $0 != 0 }
    }
}
