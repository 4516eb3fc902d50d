import Testing

@testable import Modbus

private func frame(_ bytes: [UInt8]) -> Frame { Frame(bytes.span) }

private func bytes(_ frame: Frame) -> [UInt8] { (0..<frame.count).map { frame[$0] } }

private func block(_ values: [UInt16]) -> RegisterBlock {
    var block = RegisterBlock(count: values.count)
    for (index, value) in values.enumerated() { block[index] = value }
    return block
}

private func fault(_ reply: [UInt8], for request: Request) -> ReplyFault? {
    do {
        _ = try Codec.check(frame(reply), for: request, transaction: 7, unit: 3)
        return nil
    } catch {
        return error
    }
}

@Suite("Modbus codec")
struct CodecTests {
    static let requests: [Request] = [
        .read(.holding, address: 1_317, count: 124), .read(.input, address: 0, count: 1),
        .writeOne(address: 260, value: 0xFF38), .write(address: 40_100, values: block([1, 2, 65_535])),
    ]

    @Test("what a client encodes a server decodes, and the server's reply is taken", arguments: requests)
    func roundTrip(request: Request) throws {
        let sent = Codec.encode(request, transaction: 7, unit: 3)
        guard case .request(let received) = Codec.decode(sent) else {
            Issue.record("the request was not understood")
            return
        }
        #expect(received.request == request)
        #expect(received.unit == 3)
        let answer: Answer
        var expected = RegisterBlock(count: 0)
        if case .read(_, _, let count) = request {
            expected = block((0..<count).map { $0 &* 31 })
            answer = .registers(expected)
        } else {
            answer = .written
        }
        let reply = try #require(Codec.reply(answer, to: received))
        let taken = try Codec.check(reply, for: request, transaction: 7, unit: 3)
        #expect(taken == expected)
    }

    @Test("bytes on the wire are those of the specification")
    func wire() {
        let frame = Codec.encode(.writeOne(address: 260, value: UInt16(bitPattern: -200)), transaction: 7, unit: 1)
        #expect(bytes(frame) == [0, 7, 0, 0, 0, 6, 1, 6, 1, 4, 0xFF, 0x38])
    }

    static let good: [UInt8] = [0, 7, 0, 0, 0, 7, 3, 3, 4, 0x12, 0x34, 0x56, 0x78]

    @Test("a reply that differs in any field is refused for that field")
    func wrongFields() {
        let request = Request.read(.holding, address: 10, count: 2)
        #expect(fault(Self.good, for: request) == nil)
        func changed(_ index: Int, _ value: UInt8) -> ReplyFault? {
            var reply = Self.good
            reply[index] = value
            return fault(reply, for: request)
        }
        #expect(changed(1, 6) == .wrongTransaction)
        #expect(changed(2, 1) == .wrongProtocol)
        #expect(changed(5, 8) == .wrongLength)
        #expect(changed(6, 4) == .wrongUnit)
        #expect(changed(7, 4) == .wrongFunction)
        #expect(changed(8, 2) == .wrongByteCount)
        #expect(fault([0, 7, 0, 0, 0, 3, 3, 0x83, 2], for: request) == .exception(.illegalAddress))
        #expect(fault([0, 7, 0, 0, 0, 4, 3, 0x83, 2, 0], for: request) == .wrongLength)
        #expect(fault([0, 7, 0, 0, 0, 5, 3, 3, 2, 1, 1], for: request) == .wrongByteCount)
        #expect(fault([0, 7, 0], for: request) == .tooShort)
        // The request itself, whole and as far as a reader takes it for a reply.
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 3, 0, 10, 0, 2], for: request) == .echo)
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 3, 0], for: request) == .echo)
    }

    @Test("a write is confirmed only by its own address, value and count")
    func wrongEcho() {
        let one = Request.writeOne(address: 260, value: 5)
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 6, 1, 4, 0, 5], for: one) == nil)
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 6, 1, 5, 0, 5], for: one) == .wrongEcho)
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 6, 1, 4, 0, 6], for: one) == .wrongEcho)
        let many = Request.write(address: 260, values: block([1, 2]))
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 16, 1, 4, 0, 2], for: many) == nil)
        #expect(fault([0, 7, 0, 0, 0, 6, 3, 16, 1, 4, 0, 1], for: many) == .wrongEcho)
    }

    @Test("no bytes whatever crash the reader of replies or of requests", arguments: 0..<20)
    func hostile(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func random() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for _ in 0..<2_000 {
            var hostile = (0..<Int(random()) % 261).map { _ in random() }
            // Half of them look right at first.
            if random() & 1 == 0, hostile.count >= 12 {
                hostile.replaceSubrange(
                    0..<8,
                    with: [
                        0, 7, 0, 0, 0, UInt8(truncatingIfNeeded: hostile.count - 6), 3,
                        [3, 4, 6, 16, 0x83][Int(random()) % 5],
                    ])
            }
            for request in Self.requests { _ = fault(hostile, for: request) }
            _ = Codec.decode(frame(hostile))
        }
    }

    @Test("requests beyond the specification are refused, not served")
    func badRequests() {
        func decoded(_ tail: [UInt8]) -> Codec.Reception {
            Codec.decode(frame([0, 7, 0, 0, 0, UInt8(tail.count + 1), 3] + tail))
        }
        func isRefused(_ reception: Codec.Reception, _ code: UInt8) -> Bool {
            if case .refused(let reply) = reception { reply[8] == code } else { false }
        }
        #expect(isRefused(decoded([3, 0, 0, 0, 0]), 3))
        #expect(isRefused(decoded([3, 0, 0, 0, 126]), 3))
        #expect(isRefused(decoded([3, 0xFF, 0xFF, 0, 2]), 3))
        #expect(isRefused(decoded([16, 0, 0, 0, 2, 3, 1, 2, 3]), 3))
        #expect(isRefused(decoded([99, 0, 0, 0, 0]), 1))
    }
}
