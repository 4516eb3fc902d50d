import Foundation

/// Ports on 127.0.0.1 for programs that read their ports from a file, and so can't ask the kernel for free ones.
///
/// The ports lie below the range from which the kernel takes the ports of outgoing connections, so that no
/// connection of a test that runs beside it takes one. Each run is tried by a bind that is closed again, and no port is
/// given twice by one process.
public enum FreePorts {
    private static let range = 10_000..<32_000
    private static let given = Locked<Set<Int>>([])

    /// The first of a number of successive ports that were free a moment ago.
    public static func first(of count: Int) -> Int {
        given.withLock { given in
            while true {
                let first = Int.random(in: range.lowerBound..<range.upperBound - count)
                let ports = first..<first + count
                guard given.isDisjoint(with: ports), ports.allSatisfy(isFree) else { continue }
                given.formUnion(ports)
                return first
            }
        }
    }

    private static func isFree(_ port: Int) -> Bool {
        let trial = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(trial) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_ANY
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(trial, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }
}
