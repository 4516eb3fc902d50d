import Glibc

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

    package init(device: String, baudRate: Int = 9_600, parity: Parity = .even, stopBits: Int? = nil) {
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
    /// A numeric IPv4 or IPv6 address, or a name that is resolved with each connection, and a port.
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
        case .tcp(let host, let port): "tcp://\(Self.bracketed(host)):\(port)"
        case .rtuOverTCP(let host, let port): "rtu+tcp://\(Self.bracketed(host)):\(port)"
        case .serial(let line):
            "rtu://\(line.device)?baud=\(line.baudRate)&parity=\(line.parity.rawValue)&stop=\(line.stopBits)"
        }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

extension Endpoint {
    /// Why a text is no endpoint, as a sentence's end.
    public struct Malformed: Error, Equatable {
        /// What is wrong with the text.
        public var reason: String
    }

    /// Reads `tcp://192.0.2.20:502`, `tcp://[2001:db8::20]:502`, `tcp://meter.local`, the same with `rtu+tcp`, or
    /// `rtu:///dev/ttyUSB0?baud=19200&parity=even&stop=1`. Without a scheme a path is a serial device, and an address,
    /// or a name with a port, is TCP.
    public init(_ text: String) throws(Malformed) {
        if text.hasPrefix("/") {
            self = .serial(try Self.line(text[...], of: text))
        } else if !text.contains("://"), text.contains(":") || Self.isIPv4(text) {
            let (host, port) = try Self.hostAndPort(text[...], of: text)
            self = .tcp(host: host, port: port)
        } else if let rest = text.dropping("tcp://") {
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
        let malformed = Malformed(
            reason:
                """
                “\(whole)” is not a host and port such as tcp://192.0.2.20:502, tcp://[2001:db8::20]:502 or \
                tcp://meter.example:502
                """)
        var host = text
        var rest = text[text.endIndex...]
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw malformed }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard isIPv6(host) else { throw malformed }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                rest = text[colon...]
            }
            guard isIPv4(host) || isName(host) else { throw malformed }
        }
        // The zone of an address is the name of an interface, which has its own case.
        let name = host.contains("%") ? String(host) : host.lowercased()
        guard !rest.isEmpty else { return (name, 502) }
        guard rest.first == ":", let port = number(rest.dropFirst(), 1...65_535) else { throw malformed }
        return (name, UInt16(port))
    }

    /// Whether a text is a numeric IPv4 address: four decimal numbers.
    public static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { number(Substring($0), 0...255) != nil }
    }

    /// Whether a text is a numeric IPv6 address, with a zone behind a percent sign where it has one.
    static func isIPv6(_ text: Substring) -> Bool {
        let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard address.count == 1 || !address[1].isEmpty else { return false }
        var bytes = in6_addr()
        return unsafe inet_pton(AF_INET6, String(address[0]), &bytes) == 1
    }

    /// Labels of letters, digits and hyphens (RFC 1123, 2.1). One whose last label is a number would be an address that
    /// is mistyped.
    private static func isName(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, let last = labels.last, last.contains(where: { !$0.isNumber }) else {
            return false
        }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == 45 }
        }
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
