internal import CModbus
internal import Glibc
public import Modbus

/// Serves Modbus RTU on one serial line, with any number of units, for one thread.
///
/// The time that bytes take on the line is modelled, since a pseudo-terminal ignores its baud rate: a reply leaves when
/// request, answer delay and reply would have passed a real line.
@safe public struct SerialServer: ~Copyable {
    private let context: OpaquePointer?
    private let descriptor: Int32
    private let keeper: Int32
    private let line: SerialLine
    private let isPaced: Bool
    private var received: [UInt8] = []
    private var receivedAt: Int64 = 0
    private var pending: (at: Int64, bytes: [UInt8])?
    /// For how long the line was busy, in nanoseconds, since the start: with frames and the silence that each needs.
    public private(set) var busy: Int64 = 0

    /// Serves on the line's device. Where there is none, a pseudo-terminal is made, with a link to it in the device's
    /// place.
    public init(line: SerialLine) throws(ModbusError) {
        var keeper: Int32 = -1
        var made: OpaquePointer?
        let descriptor: Int32
        if Self.isDevice(line.device) {
            unsafe made = unsafe cmodbus_new_rtu(
                line.device, Int32(line.baudRate), CChar(line.parity.letter), Int32(line.stopBits))
            guard let made = unsafe made else { throw .connectionFailed(code: EINVAL) }
            descriptor = unsafe cmodbus_open_line(made)
            if descriptor < 0 { unsafe modbus_free(made) }
        } else {
            descriptor = unsafe cmodbus_pty(line.device, &keeper)
        }
        guard descriptor >= 0 else { throw .connectionFailed(code: -descriptor) }
        unsafe context = made
        self.descriptor = descriptor
        self.keeper = keeper
        self.line = line
        isPaced = keeper >= 0
    }

    /// A link is one that an earlier run has left.
    private static func isDevice(_ path: String) -> Bool {
        var there = stat()
        return unsafe lstat(path, &there) == 0 && there.st_mode & S_IFMT == S_IFCHR
    }

    deinit {
        if let context = unsafe context {
            unsafe cmodbus_reset(context)
            unsafe modbus_free(context)
        } else {
            unsafe cmodbus_remove_link(line.device, descriptor)
            cmodbus_close(descriptor)
            cmodbus_close(keeper)
        }
    }

    /// Waits up to `milliseconds` for a request and answers it. `now` counts nanoseconds. A unit that answers nothing
    /// stays silent, as on a real bus.
    public mutating func serve(
        for milliseconds: Int32, now: () -> Int64, answer: (_ unit: UInt8, _ request: Request) -> Answer
    ) {
        let until = now() + Int64(milliseconds) * 1_000_000
        repeat {
            send(now: now())
            let time = now()
            let wait = min(until, pending?.at ?? until) - time
            guard isReadable(within: max(0, wait)) else { continue }
            take(now: now(), answer: answer)
        } while now() < until
        send(now: now())
    }

    private func isReadable(within nanoseconds: Int64) -> Bool {
        var ready: UInt8 = 0
        // Rounded up: a wait of nothing would only turn in circles.
        let milliseconds = Int32((nanoseconds + 999_999) / 1_000_000)
        return unsafe withUnsafePointer(to: descriptor) { unsafe cmodbus_poll($0, &ready, 1, milliseconds) } > 0
    }

    private mutating func take(now: Int64, answer: (UInt8, Request) -> Answer) {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = unsafe cmodbus_read(descriptor, &bytes, 512)
        guard count > 0 else {
            usleep(2_000)
            return
        }
        // Silence ends what was no frame.
        if now - receivedAt > 20_000_000 { received.removeAll() }
        receivedAt = now
        received += bytes[..<Int(count)]
        guard let length = RTUCodec.requestLength(received), received.count >= max(4, length) else { return }
        let request = length == 0 ? received : Array(received[..<length])
        received.removeAll()
        guard let frame = RTUCodec.frame(request) else { return }
        let reply: Frame?
        switch Codec.decode(frame) {
        case .nonsense: return
        case .refused(let refusal): reply = refusal
        case .request(let received): reply = Codec.reply(answer(received.unit, received.request), to: received)
        }
        busy += line.time(bytes: request.count) + line.gap
        guard let reply else { return }
        let out = RTUCodec.bytes(reply)
        busy += line.time(bytes: out.count) + line.gap
        pending = (isPaced ? now + line.time(bytes: request.count + out.count) + line.gap : now, out)
    }

    private mutating func send(now: Int64) {
        guard let next = pending, next.at <= now else { return }
        pending = nil
        _ = unsafe cmodbus_write(descriptor, next.bytes, Int32(next.bytes.count))
    }
}
