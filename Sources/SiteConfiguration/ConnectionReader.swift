import Modbus

/// Reads a `connection` key with its `unit`.
public enum ConnectionReader {
    static func read(_ section: Section) -> Endpoint? {
        guard let text = section.text("connection") else { return nil }
        do {
            return try Endpoint(text)
        } catch {
            section.report(error.reason, key: "connection")
            return nil
        }
    }

    /// The unit; on a serial line 1 to 247, since 0 is a broadcast there, which nobody answers.
    static func unit(_ section: Section, endpoint: Endpoint?, standard: Int) -> Int? {
        let isTCP = endpoint?.hasTransactions ?? true
        return section.whole("unit", range: isTCP ? 0...255 : 1...247, default: standard)
    }

    /// A numeric IPv4 address with a port to listen on; nil for any other text.
    public static func listener(_ text: String) -> (host: String, port: UInt16)? {
        guard text.contains(":"), case .tcp(let host, let port)? = try? Endpoint("tcp://" + text), Endpoint.isIPv4(host)
        else { return nil }
        return (host, port)
    }
}
