import Foundation

/// A network of its own for one run of the program: a namespace, and a pair of virtual cables into it of which one can
/// be pulled.
struct CampaignNetwork {
    let namespace: String
    private let outer: String
    /// The address on this side, at which the devices are.
    let address: String

    struct Failed: Error { var call: String }

    init(seed: UInt64) throws {
        namespace = "campaign-\(getpid())-\(seed)"
        outer = "dc\(seed % 10_000_000)"
        let net = "10.\(200 + seed / 250 % 50).\(1 + seed % 250)"
        address = "\(net).1"
        // What a run that was killed has left behind.
        _ = try? Self.ip("link", "del", outer)
        try Self.ip("netns", "add", namespace)
        try Self.ip("link", "add", outer, "type", "veth", "peer", "name", "site", "netns", namespace)
        try Self.ip("addr", "add", "\(address)/24", "dev", outer)
        try Self.ip("-n", namespace, "addr", "add", "\(net).2/24", "dev", "site")
        try Self.ip("-n", namespace, "link", "set", "site", "up")
        try Self.ip("-n", namespace, "link", "set", "lo", "up")
        try Self.ip("link", "set", outer, "up")
    }

    func setCable(up isUp: Bool) throws { try Self.ip("link", "set", outer, isUp ? "up" : "down") }

    func remove() {
        _ = try? Self.ip("link", "del", outer)
        _ = try? Self.ip("netns", "del", namespace)
    }

    private static func ip(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/ip")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw Failed(call: "ip " + arguments.joined(separator: " ")) }
    }
}
