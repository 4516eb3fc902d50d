import Testing

@testable import Modbus

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "every form is read, and written again as it is read",
        arguments: [
            ("tcp://192.0.2.20:502", Endpoint.tcp(host: "192.0.2.20", port: 502)),
            ("tcp://192.0.2.20", .tcp(host: "192.0.2.20", port: 502)),
            ("tcp://meter.example:1502", .tcp(host: "meter.example", port: 1_502)),
            ("tcp://Meter.Example:1502", .tcp(host: "meter.example", port: 1_502)),
            ("tcp://[2001:db8::20]:502", .tcp(host: "2001:db8::20", port: 502)),
            ("rtu+tcp://[fe80::1%eth0]", .rtuOverTCP(host: "fe80::1%eth0", port: 502)),
            ("192.0.2.20", .tcp(host: "192.0.2.20", port: 502)),
            ("192.0.2.20:1502", .tcp(host: "192.0.2.20", port: 1_502)),
            ("meter-1.local:502", .tcp(host: "meter-1.local", port: 502)),
            ("[::1]:502", .tcp(host: "::1", port: 502)),
            ("/dev/ttyS1?baud=19200", .serial(SerialLine(device: "/dev/ttyS1", baudRate: 19_200, parity: .even))),
            ("rtu+tcp://10.0.0.1:4001", .rtuOverTCP(host: "10.0.0.1", port: 4_001)),
            (
                "rtu:///dev/ttyUSB0",
                .serial(SerialLine(device: "/dev/ttyUSB0", baudRate: 9_600, parity: .even, stopBits: 1))
            ),
            (
                "rtu:///dev/ttyS1?baud=19200&parity=none",
                .serial(SerialLine(device: "/dev/ttyS1", baudRate: 19_200, parity: .none, stopBits: 2))
            ),
            (
                "rtu:///dev/ttyS1?stop=1&parity=none&baud=115200",
                .serial(SerialLine(device: "/dev/ttyS1", baudRate: 115_200, parity: .none, stopBits: 1))
            ),
        ])
    func forms(text: String, endpoint: Endpoint) throws {
        #expect(try Endpoint(text) == endpoint)
        #expect(try Endpoint("\(endpoint)") == endpoint)
    }

    @Test(
        "anything else is refused with its reason",
        arguments: [
            ("meter", "not an address such as"), ("tcp://:502", "host and port"), ("tcp:/1.2.3.4:502", "host and port"),
            ("tcp://1.2.3.4:0", "host and port"), ("tcp://a_b:502", "host and port"), ("tcp://-a:502", "host and port"),
            ("tcp://1.2.3.256:502", "host and port"), ("tcp://1.2.3.4:70000", "host and port"),
            ("tcp://1.2.3:502", "host and port"), ("tcp://[::1:502", "host and port"), ("tcp://::1", "host and port"),
            ("tcp://[::g]:502", "host and port"), ("tcp://[::1]502", "host and port"), ("rtu:ttyS0", "host and port"),
            ("tcp://01.2.3.4:502", "host and port"), ("udp://1.2.3.4:502", "not an address such as"),
            ("rtu://ttyUSB0", "no serial device"),
            ("rtu:///dev/ttyUSB0?baud=19201", "one of 1200"), ("rtu:///dev/ttyUSB0?parity=mark", "none, even, odd"),
            ("rtu:///dev/ttyUSB0?stop=3", "neither 1 nor 2"),
            ("rtu:///dev/ttyUSB0?baud=9600&baud=9600", "not one setting"),
            ("rtu:///dev/ttyUSB0?speed=9600", "not one of baud, parity, stop"),
            ("rtu:///dev/ttyUSB0?", "not one setting"),
            ("", "not an address"),
        ])
    func refusals(text: String, reason: String) {
        let error = #expect(throws: Endpoint.Malformed.self) { try Endpoint(text) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "accepted")")
    }

    @Test("times on the line follow from baud rate and frame (Modbus over serial line, V1.02, 2.5.1.1)")
    func times() {
        let slow = SerialLine(device: "/dev/x", baudRate: 9_600, parity: .even)
        #expect(slow.bitsPerCharacter == 11)
        #expect(slow.time(bytes: 8) == 9_166_666)
        #expect(slow.gap == 4_010_416)
        #expect(SerialLine(device: "/dev/x", baudRate: 19_200, parity: .even).gap == 2_005_208)
        #expect(SerialLine(device: "/dev/x", baudRate: 38_400, parity: .even).gap == 1_750_000)
        #expect(SerialLine(device: "/dev/x", baudRate: 9_600, parity: .none).bitsPerCharacter == 11)
    }
}
