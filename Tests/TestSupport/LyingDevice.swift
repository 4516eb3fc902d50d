import Foundation
import Synchronization

/// What a device does with one request.
public enum DeviceFault: String, CaseIterable, Sendable {
    case none
    case silence
    /// The right reply, after whoever waits has given up.
    case late
    case duplicate
    case truncated
    /// Byte after byte.
    case split
    case wrongUnit
    case wrongFunction
    case wrongByteCount
    /// TCP: another transaction, protocol or length; RTU: a wrong checksum.
    case wrongTransaction
    case wrongProtocol
    case wrongLength
    case wrongChecksum
    /// Random bytes in front of the right reply, and alone.
    case noiseBefore
    case noise
    case exception
    /// The request comes back, as from an adapter that hears itself.
    case echo
    /// The connection is closed, reset, or left standing with nobody at its end.
    case close
    case reset
    case halfOpen
}

/// How a lying device is reached.
public enum LyingTransport: String, CaseIterable, Sendable {
    case tcp, rtuOverTCP, serial
}

/// A device at real sockets or at a pseudo-terminal that lies by a script, and remembers when it made which value.
///
/// Registers 10 and 11 hold 50,000,000 + n and registers 20 and 21 hold 1,000,000 + n, where n counts the requests; all
/// others hold 0xDEAD.
public final class LyingDevice: Sendable {
    private struct State {
        var count: UInt32 = 0
        var madeAt: [UInt64] = []
        var connections = 0
        var isFlooded = false
    }

    /// How the device is reached.
    public let transport: LyingTransport
    /// The TCP port.
    public let port: UInt16
    /// The far end's path of a serial line.
    public let path: String
    private let state = Locked(State())
    private let isEnded = Atomic<Bool>(false)
    private let descriptor: Int32
    private let keeper: Int32
    private let lateness: UInt32
    private let script: @Sendable (UInt32) -> DeviceFault

    /// `lateness` is how many milliseconds a late reply takes. The script is given the number of the request, from 1
    /// on.
    public init(_ transport: LyingTransport, lateness: UInt32, script: @escaping @Sendable (UInt32) -> DeviceFault) {
        self.transport = transport
        self.lateness = lateness
        self.script = script
        if transport == .serial {
            descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            // TIOCSPTLCK and TIOCGPTN: unlock the far end, and its number.
            var unlocked: Int32 = 0
            var number: UInt32 = 0
            _ = ioctl(descriptor, 0x4004_5431, &unlocked)
            _ = ioctl(descriptor, 0x8004_5430, &number)
            path = "/dev/pts/\(number)"
            keeper = open(path, O_RDWR | O_NOCTTY)
            var raw = termios()
            tcgetattr(keeper, &raw)
            cfmakeraw(&raw)
            tcsetattr(keeper, TCSANOW, &raw)
            port = 0
        } else {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(listener, $0, length)
                    _ = listen(listener, 16)
                    _ = getsockname(listener, $0, &length)
                }
            }
            descriptor = listener
            keeper = -1
            path = ""
            port = UInt16(bigEndian: address.sin_port)
        }
        Thread.detachNewThread { [self] in transport == .serial ? serve(descriptor) : accept() }
    }

    /// Ends the device and closes its connections.
    public func end() {
        isEnded.store(true, ordering: .releasing)
        if transport == .serial {
            // The thread closes its own end, when the last far end is closed: here, its number could be another test's
            // by the next read.
            close(keeper)
        } else {
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    /// How many requests have come.
    public var count: UInt32 { state.withLock { $0.count } }

    /// How many TCP connections have been made.
    public var connections: Int { state.withLock { $0.connections } }

    /// Whether a second request ever came on a connection before the first was answered or given up. Not judged where
    /// the device's own thread was kept off the processor, since the first may then have been given up unseen.
    public var isFlooded: Bool { state.withLock { $0.isFlooded } }

    /// When value n was made, in nanoseconds of CLOCK_BOOTTIME; nil for one that never was.
    public func madeAt(_ n: UInt32) -> UInt64? {
        state.withLock { n >= 1 && n <= $0.madeAt.count ? $0.madeAt[Int(n) - 1] : nil }
    }

    private func accept() {
        while !isEnded.load(ordering: .acquiring) {
            let client = Glibc.accept(descriptor, nil, nil)
            guard client >= 0 else { break }
            state.withLock { $0.connections += 1 }
            var yes: Int32 = 1
            setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            Thread.detachNewThread { [self] in
                serve(client)
                close(client)
            }
        }
        close(descriptor)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func serve(_ client: Int32) {
        var isDead = false
        while true {
            let wasKeptWaiting = wait(client)
            guard let request = receive(client) else { return }
            var waiting: Int32 = 0
            // FIONREAD
            if ioctl(client, 0x541B, &waiting) == 0, waiting > 0, !wasKeptWaiting {
                state.withLock { $0.isFlooded = true }
            }
            let header = transport == .tcp ? 6 : 0
            let pdu = Array(request[header...])
            let n = state.withLock { state -> UInt32 in
                state.count += 1
                state.madeAt.append(Self.now())
                return state.count
            }
            let fault = script(n)
            if fault == .halfOpen { isDead = true }
            if isDead { continue }
            guard answer(client, request: request, pdu: pdu, n: n, fault: fault) else { return }
        }
    }

    /// Waits for bytes, awake every 5 ms; whether this thread was ever kept from waking for 20 ms more.
    private func wait(_ client: Int32) -> Bool {
        var wasKept = false
        var awake = Self.now()
        while true {
            var one = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
            let ready = poll(&one, 1, 5)
            let now = Self.now()
            if now - awake > 25_000_000 { wasKept = true }
            awake = now
            if ready != 0 { return wasKept }
        }
    }

    /// One request without its checksum; nil when the client has left.
    private func receive(_ client: Int32) -> [UInt8]? {
        func take(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var have = 0
            while have < count {
                let more = bytes.withUnsafeMutableBytes { read(client, $0.baseAddress! + have, count - have) }
                guard more > 0 else { return nil }
                have += more
            }
            return bytes
        }
        if transport == .tcp {
            guard let header = take(6) else { return nil }
            let length = Int(header[4]) << 8 | Int(header[5])
            guard length < 260, let rest = take(length) else { return nil }
            return header + rest
        }
        guard var bytes = take(8) else { return nil }
        if bytes[1] == 16 {
            guard let rest = take(Int(bytes[6]) + 1) else { return nil }
            bytes += rest
        }
        return Array(bytes.dropLast(2))
    }

    /// Whether to go on with the connection.
    private func answer(_ client: Int32, request: [UInt8], pdu: [UInt8], n: UInt32, fault: DeviceFault) -> Bool {
        var body = [pdu[0], pdu[1]]
        if pdu[1] == 3 || pdu[1] == 4 {
            let first = UInt16(pdu[2]) << 8 | UInt16(pdu[3])
            let count = UInt16(pdu[4]) << 8 | UInt16(pdu[5])
            body.append(UInt8(count * 2))
            for address in first..<(first + count) {
                let word = Self.word(at: address, n: n)
                body += [UInt8(word >> 8), UInt8(word & 0xFF)]
            }
        } else {
            body += pdu[2..<6]
        }
        switch fault {
        case .silence, .halfOpen: return true
        case .close: return false
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
            return false
        case .wrongUnit: body[0] &+= 1
        case .wrongFunction: body[1] = body[1] == 3 ? 4 : 3
        case .wrongByteCount: if body.count > 3 { body[2] &-= 2 }
        case .exception: body = [body[0], body[1] | 0x80, 6]
        default: break
        }
        var bytes = framed(body, request: request, fault: fault)
        switch fault {
        case .late: usleep(lateness * 1_000)
        case .truncated: bytes.removeLast(bytes.count / 2)
        case .duplicate: bytes += bytes
        case .echo: bytes = framed(pdu, request: request, fault: .none)
        case .noise:
            bytes = (0..<(5 + Int(n % 40))).map { UInt8(truncatingIfNeeded: ($0 &* 37) ^ Int(n &* 2_654_435_761 >> 8)) }
        case .noiseBefore: bytes = [0xFF, 0x00, UInt8(truncatingIfNeeded: n), 0x55] + bytes
        case .split:
            for byte in bytes {
                if write(client, [byte], 1) != 1 { return false }
                usleep(300)
            }
            return true
        default: break
        }
        return write(client, bytes, bytes.count) == bytes.count
    }

    private static func word(at address: UInt16, n: UInt32) -> UInt16 {
        switch address {
        case 10: UInt16((50_000_000 + n) >> 16)
        case 11: UInt16((50_000_000 + n) & 0xFFFF)
        case 20: UInt16((1_000_000 + n) >> 16)
        case 21: UInt16((1_000_000 + n) & 0xFFFF)
        default: 0xDEAD
        }
    }

    private func framed(_ body: [UInt8], request: [UInt8], fault: DeviceFault) -> [UInt8] {
        if transport == .tcp {
            var transaction = [request[0], request[1]]
            if fault == .wrongTransaction { transaction[1] &+= 1 }
            var length = UInt16(body.count)
            if fault == .wrongLength { length += 3 }
            return transaction + [0, fault == .wrongProtocol ? 1 : 0, UInt8(length >> 8), UInt8(length & 0xFF)] + body
        }
        var sum: UInt16 = 0xFFFF
        for byte in body {
            sum ^= UInt16(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xA001 : sum >> 1 }
        }
        if fault == .wrongChecksum || fault == .wrongTransaction || fault == .wrongProtocol { sum ^= 0x0101 }
        return body + [UInt8(sum & 0xFF), UInt8(sum >> 8)]
    }
}
