/// How a serial line is set up. Eight data bits.
public struct SerialLine: Hashable, Sendable {
    /// The parity of a serial bus.
    public enum Parity: String, Sendable, CaseIterable {
        case none, even, odd
    }

    /// The device, for example /dev/ttyUSB0.
    public var device: String
    /// The speed in baud.
    public var baudRate: Int
    /// The parity.
    public var parity: Parity
    /// The number of stop bits.
    public var stopBits: Int

    public init(device: String, baudRate: Int = 9_600, parity: Parity = .even, stopBits: Int? = nil) {
        self.device = device
        self.baudRate = baudRate
        self.parity = parity
        // Modbus over serial line, V1.02, 2.5.1: a character has 11 bits; without parity a second stop bit takes its
        // place.
        self.stopBits = stopBits ?? (parity == .none ? 2 : 1)
    }

    /// The speeds that can be set.
    public static var baudRates: [Int] { [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200] }

    /// A start bit, eight data bits, parity and stop bits.
    public var bitsPerCharacter: Int { 9 + (parity == .none ? 0 : 1) + stopBits }

    /// How long a number of bytes takes on the line, in nanoseconds.
    public func time(bytes: Int) -> Int64 { Int64(bytes * bitsPerCharacter) * 1_000_000_000 / Int64(baudRate) }

    /// The silence between two frames, in nanoseconds: 3.5 characters, and 1.75 ms above 19200 baud (V1.02, 2.5.1.1).
    public var gap: Int64 { baudRate > 19_200 ? 1_750_000 : time(bytes: 7) / 2 }
}

/// Where Modbus devices are, and how frames travel there. Units behind one endpoint share it.
public enum Endpoint: Hashable, Sendable {
    /// A numeric IPv4 address and a port.
    case tcp(host: String, port: UInt16)
    /// RTU frames in a TCP stream, as transparent gateways pass them.
    case rtuOverTCP(host: String, port: UInt16)
    case serial(SerialLine)

    /// RTU frames have no transaction number: a late reply can't be told from the one that is waited for.
    public var hasTransactions: Bool {
        if case .tcp = self { true } else { false }
    }

    /// The serial line, where it is ours.
    public var line: SerialLine? {
        if case .serial(let line) = self { line } else { nil }
    }
}

extension Endpoint: CustomStringConvertible {
    /// As the site file writes it.
    public var description: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        case .rtuOverTCP(let host, let port): "rtu+tcp://\(host):\(port)"
        case .serial(let line):
            "rtu://\(line.device)?baud=\(line.baudRate)&parity=\(line.parity.rawValue)&stop=\(line.stopBits)"
        }
    }
}

extension Endpoint {
    /// Why a text is no endpoint, as a sentence's end.
    public struct Malformed: Error, Equatable {
        /// What is wrong with the text.
        public var reason: String
    }

    /// Reads `tcp://192.0.2.20:502`, `rtu+tcp://192.0.2.20:502` or `rtu:///dev/ttyUSB0?baud=19200&parity=even&stop=1`.
    public init(_ text: String) throws(Malformed) {
        if let rest = text.dropping("tcp://") {
            let (host, port) = try Self.hostAndPort(rest, of: text)
            self = .tcp(host: host, port: port)
        } else if let rest = text.dropping("rtu+tcp://") {
            let (host, port) = try Self.hostAndPort(rest, of: text)
            self = .rtuOverTCP(host: host, port: port)
        } else if let rest = text.dropping("rtu://") {
            self = .serial(try Self.line(rest, of: text))
        } else {
            throw Malformed(
                reason:
                    """
                    “\(text)” is not an address such as tcp://192.0.2.20:502, \
                    rtu:///dev/ttyUSB0?baud=19200&parity=even or rtu+tcp://192.0.2.20:502
                    """
            )
        }
    }

    private static func hostAndPort(_ text: Substring, of whole: String) throws(Malformed) -> (String, UInt16) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let host = ipv4(parts[0]),
            let port = parts.count == 1 ? 502 : number(parts[1], 1...65_535)
        else {
            throw Malformed(reason: "“\(whole)” is not a numeric IPv4 address and port such as tcp://192.0.2.20:502")
        }
        return (host, UInt16(port))
    }

    /// Four decimal numbers; names are not resolved, since a resolver may hang or change its mind.
    private static func ipv4(_ text: Substring) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.allSatisfy({ number($0, 0...255) != nil }) else { return nil }
        return String(text)
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard (1...6).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            text == "0" || text.utf8.first != 48,
            let value = Int(text), range.contains(value)
        else { return nil }
        return value
    }

    private static func line(_ text: Substring, of whole: String) throws(Malformed) -> SerialLine {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let device = String(parts[0])
        guard device.hasPrefix("/"), device.utf8.count <= 200 else {
            throw Malformed(reason: "“\(whole)” names no serial device; write its whole path, as in rtu:///dev/ttyUSB0")
        }
        var line = SerialLine(device: device)
        var stopBits: Int?
        var seen: Set<Substring> = []
        for setting in parts.count == 2 ? parts[1].split(separator: "&", omittingEmptySubsequences: false) : [] {
            let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, seen.insert(pair[0]).inserted else {
                throw Malformed(reason: "“\(setting)” in “\(whole)” is not one setting such as baud=19200")
            }
            switch pair[0] {
            case "baud":
                guard let rate = number(pair[1], 1...999_999), SerialLine.baudRates.contains(rate) else {
                    throw Malformed(
                        reason:
                            """
                            a baud rate of “\(pair[1])” is not one of \
                            \(SerialLine.baudRates.map(String.init).joined(separator: ", "))
                            """
                    )
                }
                line.baudRate = rate
            case "parity":
                guard let parity = SerialLine.Parity(rawValue: String(pair[1])) else {
                    throw Malformed(reason: "a parity of “\(pair[1])” is not one of none, even, odd")
                }
                line.parity = parity
            case "stop":
                guard let bits = number(pair[1], 1...2) else {
                    throw Malformed(reason: "“\(pair[1])” stop bits are neither 1 nor 2")
                }
                stopBits = bits
            default:
                throw Malformed(reason: "the setting “\(pair[0])” of a serial line is not one of baud, parity, stop")
            }
        }
        return SerialLine(device: line.device, baudRate: line.baudRate, parity: line.parity, stopBits: stopBits)
    }
}

extension String {
    fileprivate func dropping(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
