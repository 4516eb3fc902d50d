import Glibc
import Modbus
import Synchronization
import Testing

@testable import ModbusTransport

/// A client against a server that answers by a script, both on real sockets.
@Suite("Modbus over loopback", .timeLimit(.minutes(10)))
struct LoopbackTests {
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Runs a raw server that reads requests of 12 bytes and answers each with the bytes that the script makes of it.
    private static func withServer(
        address text: String = "127.0.0.1",
        _ script: @escaping @Sendable (_ count: Int, _ request: [UInt8]) -> [[UInt8]], _ body: (UInt16) throws -> Void
    ) rethrows {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        getaddrinfo(text, "0", &hints, &found)
        defer { freeaddrinfo(found) }
        let listener = socket(found!.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        _ = bind(listener, found!.pointee.ai_addr, found!.pointee.ai_addrlen)
        listen(listener, 4)
        // The port stands at the same place in an address of either family.
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(listener, $0, &length) }
        }
        let thread = ServerThread(listener: listener, script: script)
        thread.start()
        // The thread closes the descriptor itself: closed here, its number could be another test's by the next accept.
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        try body(UInt16(bigEndian: address.sin6_port))
    }

    private final class ServerThread: Sendable {
        let listener: Int32
        let script: @Sendable (Int, [UInt8]) -> [[UInt8]]

        init(listener: Int32, script: @escaping @Sendable (Int, [UInt8]) -> [[UInt8]]) {
            self.listener = listener
            self.script = script
        }

        func start() {
            var thread = pthread_t()
            let me = Unmanaged.passRetained(self).toOpaque()
            pthread_create(
                &thread, nil,
                { pointer in
                    Unmanaged<ServerThread>.fromOpaque(pointer!).takeRetainedValue().run()
                    return nil
                }, me)
            pthread_detach(thread)
        }

        private func run() {
            var count = 0
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else {
                    close(listener)
                    return
                }
                var request = [UInt8](repeating: 0, count: 12)
                while recv(client, &request, 12, Int32(MSG_WAITALL)) == 12 {
                    count += 1
                    for part in script(count, request) { _ = send(client, part, part.count, Int32(MSG_NOSIGNAL)) }
                }
                close(client)
            }
        }
    }

    private static func client(_ port: UInt16, mayWrite: Bool = true) -> ModbusClient {
        ModbusClient(.tcp(host: "127.0.0.1", port: port), mayWrite: mayWrite)!
    }

    /// A right reply to a read of one register, with a value.
    private static func reply(to request: [UInt8], value: UInt8) -> [UInt8] {
        [request[0], request[1], 0, 0, 0, 5, request[6], request[7], 2, 0, value]
    }

    private static func read(_ client: inout ModbusClient, within milliseconds: Int64 = 300) -> Result<
        UInt16, ModbusError
    > {
        do {
            let block = try client.perform(
                .read(.holding, address: 5, count: 1), unit: 1, deadline: now() + milliseconds * 1_000_000, now: now)
            return .success(block[0])
        } catch {
            return .failure(error)
        }
    }

    @Test("a late reply is discarded and the right one is taken on the same connection")
    func late() throws {
        try Self.withServer({ count, request in
            if count == 1 { return [] }
            var old = request
            old[1] &-= 1
            return [Self.reply(to: old, value: 11), Self.reply(to: request, value: 22)]
        }) { port in
            var client = Self.client(port)
            try client.connect(timeout: 500_000_000)
            #expect(Self.read(&client, within: 60) == .failure(.timedOut))
            #expect(Self.read(&client) == .success(22))
            let isConnected = client.isConnected
            #expect(isConnected)
        }
    }

    @Test("a reply that comes in pieces is put together")
    func split() throws {
        try Self.withServer({ _, request in
            let whole = Self.reply(to: request, value: 33)
            return whole.map { [$0] }
        }) { port in
            var client = Self.client(port)
            try client.connect(timeout: 500_000_000)
            #expect(Self.read(&client) == .success(33))
        }
    }

    @Test("half a reply is a timeout, and never data")
    func truncated() throws {
        try Self.withServer({ _, request in [Array(Self.reply(to: request, value: 44).prefix(8))] }) { port in
            var client = Self.client(port)
            try client.connect(timeout: 500_000_000)
            #expect(Self.read(&client, within: 100) == .failure(.timedOut))
        }
    }

    @Test("a reply of another unit costs the connection")
    func otherUnit() throws {
        try Self.withServer({ _, request in
            var wrong = Self.reply(to: request, value: 55)
            wrong[6] = 9
            return [wrong]
        }) { port in
            var client = Self.client(port)
            try client.connect(timeout: 500_000_000)
            #expect(Self.read(&client) == .failure(.badReply(.wrongUnit)))
            let isConnected = client.isConnected
            #expect(!isConnected)
        }
    }

    @Test("an exception leaves the connection as it is")
    func exception() throws {
        try Self.withServer({ _, request in [[request[0], request[1], 0, 0, 0, 3, 1, 0x83, 6]] }) { port in
            var client = Self.client(port)
            try client.connect(timeout: 500_000_000)
            #expect(Self.read(&client) == .failure(.exception(.busy)))
            let isConnected = client.isConnected
            #expect(isConnected)
        }
    }

    @Test("nobody listening is an error at once, and so is asking without a connection")
    func refused() throws {
        var client = Self.client(1)
        #expect(throws: ModbusError.connectionFailed(code: ECONNREFUSED)) { try client.connect(timeout: 500_000_000) }
        #expect(Self.read(&client) == .failure(.notConnected))
    }

    @Test("a host may be a name or an IPv6 address", arguments: [("127.0.0.1", "localhost"), ("::1", "::1")])
    func hosts(served: String, host: String) throws {
        try Self.withServer(address: served, { _, request in [Self.reply(to: request, value: 44)] }) { port in
            for endpoint in [Endpoint.tcp(host: host, port: port), .rtuOverTCP(host: host, port: port)] {
                var client = ModbusClient(endpoint, mayWrite: false)!
                try client.connect(timeout: 2_000_000_000)
                let isConnected = client.isConnected
                #expect(isConnected)
                if endpoint.hasTransactions { #expect(Self.read(&client) == .success(44)) }
            }
        }
    }

    @Test("a name without an address is an error of its own, within the time")
    func unresolved() {
        var client = ModbusClient(.tcp(host: "no-such-device.invalid", port: 502), mayWrite: false)!
        for _ in 0..<2 {
            #expect(throws: ModbusError.nameNotResolved) { try client.connect(timeout: 200_000_000) }
        }
    }

    @Test("a client that may not write sends no write")
    func observing() throws {
        let seen = Counter()
        try Self.withServer({ _, request in
            seen.add()
            return [request]
        }) { port in
            var client = Self.client(port, mayWrite: false)
            try client.connect(timeout: 500_000_000)
            #expect(throws: ModbusError.writeForbidden) {
                _ = try client.perform(
                    .writeOne(address: 260, value: 1), unit: 1, deadline: Self.now() + 100_000_000, now: Self.now)
            }
        }
        #expect(seen.value == 0)
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        func add() { count.wrappingAdd(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }
}
