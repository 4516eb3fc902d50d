import Foundation
import Modbus
import Synchronization
import Testing

@testable import ModbusTransport

/// The client's RTU, by libmodbus, against our own server on a pseudo-terminal.
@Suite("Modbus RTU over a pseudo-terminal", .timeLimit(.minutes(10)))
struct SerialTests {
    private static func now() -> Int64 { Int64(DispatchTime.now().uptimeNanoseconds) }

    private final class Bus: Sendable {
        let line: SerialLine
        private let ended = Atomic<Bool>(false)
        private let done = DispatchSemaphore(value: 0)

        init(baudRate: Int = 115_200, answer: @escaping @Sendable (UInt8, Request) -> Answer) throws {
            let path = FileManager.default.temporaryDirectory.path + "/droopd-bus-\(UUID().uuidString)"
            line = SerialLine(device: path, baudRate: baudRate)
            let line = line
            let ready = DispatchSemaphore(value: 0)
            let failure = Mutex<ModbusError?>(nil)
            Thread.detachNewThread { [self] in
                do {
                    var server = try SerialServer(line: line)
                    ready.signal()
                    while !ended.load(ordering: .acquiring) {
                        server.serve(for: 10, now: SerialTests.now, answer: answer)
                    }
                } catch {
                    failure.withLock { $0 = error as? ModbusError }
                    ready.signal()
                }
                done.signal()
            }
            ready.wait()
            if let error = failure.withLock({ $0 }) { throw error }
        }

        func end() {
            ended.store(true, ordering: .releasing)
            done.wait()
        }
    }

    private static func read(
        _ client: inout ModbusClient, unit: UInt8, address: UInt16 = 5, within milliseconds: Int64 = 400
    )
        -> Result<UInt16, ModbusError>
    {
        do {
            let block = try client.perform(
                .read(.holding, address: address, count: 1), unit: unit, deadline: now() + milliseconds * 1_000_000,
                now: now)
            return .success(block[0])
        } catch {
            return .failure(error)
        }
    }

    @Test("the server's checksum is the one that libmodbus takes, for every function")
    func roundTrip() throws {
        let bus = try Bus { unit, request in
            switch request {
            case .read(_, let address, let count):
                var block = RegisterBlock(count: Int(count))
                for index in 0..<Int(count) { block[index] = UInt16(unit) << 8 | (address &+ UInt16(index)) }
                return .registers(block)
            case .writeOne(_, 13): return .exception(.illegalValue)
            case .writeOne, .write: return .written
            }
        }
        defer { bus.end() }
        var client = ModbusClient(.serial(bus.line), mayWrite: true)!
        try client.connect(timeout: 500_000_000)
        for unit in UInt8(1)...4 { #expect(Self.read(&client, unit: unit) == .success(UInt16(unit) << 8 | 5)) }
        func perform(_ request: Request) throws -> RegisterBlock {
            try client.perform(request, unit: 7, deadline: Self.now() + 900_000_000, now: Self.now)
        }
        let block = try perform(.read(.input, address: 100, count: 125))
        #expect(block.count == 125 && block[124] == 7 << 8 | 224)
        _ = try perform(.writeOne(address: 1, value: 2))
        #expect(throws: ModbusError.exception(.illegalValue)) { try perform(.writeOne(address: 1, value: 13)) }
        var values = RegisterBlock(count: 123)
        values[122] = 9
        _ = try perform(.write(address: 1, values: values))
    }

    @Test("a unit that says nothing is a timeout, another on the line goes on, and a late reply of it is no data")
    func silentUnit() throws {
        let bus = try Bus { unit, _ in unit == 9 ? .silence : .registers(RegisterBlock(UInt16(unit))) }
        defer { bus.end() }
        var client = ModbusClient(.serial(bus.line), mayWrite: true)!
        try client.connect(timeout: 500_000_000)
        #expect(Self.read(&client, unit: 9, within: 50) == .failure(.timedOut))
        let isConnected = client.isConnected
        #expect(isConnected)
        #expect(Self.read(&client, unit: 2) == .success(2))
    }

    @Test("the line is ours alone: a second master is refused")
    func exclusive() throws {
        let bus = try Bus { _, _ in .registers(RegisterBlock(1)) }
        defer { bus.end() }
        var first = ModbusClient(.serial(bus.line), mayWrite: true)!
        try first.connect(timeout: 500_000_000)
        var second = ModbusClient(.serial(bus.line), mayWrite: true)!
        #expect(throws: ModbusError.connectionFailed(code: EBUSY)) { try second.connect(timeout: 500_000_000) }
        #expect(Self.read(&first, unit: 1) == .success(1))
    }

    @Test("a device that is not there is an error at once")
    func missing() throws {
        var client = ModbusClient(.serial(SerialLine(device: "/dev/droopd-no-such-line")), mayWrite: true)!
        #expect(throws: ModbusError.connectionFailed(code: ENOENT)) { try client.connect(timeout: 500_000_000) }
    }

    @Test("random bytes on the line never become data of another request", arguments: 0..<20)
    func noise(seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random() -> UInt8 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
        for _ in 0..<2_000 {
            let bytes = (0..<Int(random() % 40)).map { _ in random() }
            guard let frame = RTUCodec.frame(bytes) else { continue }
            #expect(
                RTUCodec.checksum(bytes.dropLast(2)) == UInt16(bytes[bytes.count - 2]) | UInt16(bytes[bytes.count - 1])
                    << 8)
            _ = Codec.decode(frame)
        }
    }
}
