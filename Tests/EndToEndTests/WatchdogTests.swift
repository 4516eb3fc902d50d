import Foundation
import FrequencyResponse
import TestSupport
import Testing

/// What a service manager hears, at a socket of its kind.
private final class NotifySocket: Sendable {
    let path: String
    private let messages = Locked<[String]>([])
    private let descriptor: Int32

    init(folder: String) {
        path = folder + "/notify"
        let made = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        descriptor = made
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let messages = messages
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(made, &bytes, bytes.count)
                guard count > 0 else { return }
                let text = String(decoding: bytes[..<count], as: UTF8.self)
                if text == "end" { return }
                messages.withLock { $0.append(text) }
            }
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    var all: [String] { messages.withLock { $0 } }

    var pets: Int { all.filter { $0 == "WATCHDOG=1" }.count }
}

@Suite("The service manager's watchdog", .serialized)
struct WatchdogTests {
    @Test(
        "it is petted while good ticks come: not when control is held, and whatever else is held",
        .enabled(if: BuiltProgram.isRoot, "holding a thread of another process needs root"))
    func petted() throws {
        let depot = try Depot()
        defer { depot.close() }
        let folder = try TestData.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let manager = NotifySocket(folder: folder)
        let daemon = try RunningProgram(
            ["run", "--config", depot.config, "--profiles", TestData.profiles],
            environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "2000000"])
        #expect(eventually(within: 15) { daemon.output.contains("state: armed") })
        #expect(manager.all.contains { $0.hasPrefix("READY=1") })
        /// How often it is petted in two seconds while a thread is held; half a second goes by first.
        func petsWhileHeld(_ thread: String) throws -> Int {
            let holder = try RunningProgram(
                BuiltProgram.python, [BuiltProgram.helpers + "hold_thread.py", "\(daemon.identifier)", thread])
            #expect(eventually(within: 5) { holder.output.contains("held") }, "\(thread)")
            usleep(700_000)
            let before = manager.pets
            usleep(2_000_000)
            let count = manager.pets - before
            holder.send("release")
            #expect(holder.ended(within: 5) == 0)
            return count
        }
        #expect(try petsWhileHeld("control") == 0)
        #expect(eventually(within: 5) { daemon.output.contains("state: armed") })
        for thread in ["log", "droopd", "link-1"] {
            #expect(try petsWhileHeld(thread) >= 2, "\(thread)")
        }
        daemon.signal(SIGTERM)
        #expect(daemon.ended(within: 30) == 0)
        #expect(manager.all.contains("STOPPING=1"))
    }
}
