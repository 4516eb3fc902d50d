import Foundation
import FrequencyResponse
import Realtime
import TestSupport

/// The built program in the world that a run needs, as a service manager would start it.
final class CampaignProgram {
    private let path: String
    private let folder: String
    private let faults: [Fault]
    private let network: CampaignNetwork?
    private var process: Process?

    init(path: String, folder: String, faults: [Fault], network: CampaignNetwork?) {
        self.path = path
        self.folder = folder
        self.faults = faults
        self.network = network
    }

    var isRunning: Bool { process?.isRunning ?? false }

    /// Whether it has ended, or does within a second: its end may not have been told yet.
    var endsSoon: Bool {
        for _ in 0..<50 where isRunning { usleep(20_000) }
        return !isRunning
    }

    /// How it ended.
    var status: Int32 { process?.terminationStatus ?? 0 }

    /// Whether it ended by a signal.
    var wasKilled: Bool { process?.terminationReason == .uncaughtSignal }

    func start() throws {
        let process = Process()
        var command = [
            path, "run", "--config", folder + "/site.yaml", "--profiles", TestData.profiles, "--state",
            folder + "/state", "--arm", "--sockets", folder,
        ]
        if faults.contains(.diskReadOnly) {
            // Opened before, standard output stays writable, as a journal is.
            let script =
                """
                mount --make-rprivate / && mount -o remount,bind,ro / && ! touch \(folder)/written 2>/dev/null && exec \
                \"$0\" \"$@\"
                """
            command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script] + command
        }
        if let network { command = ["/usr/sbin/ip", "netns", "exec", network.namespace] + command }
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let log = folder + "/run.log"
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let file = FileHandle(forWritingAtPath: log)
        _ = try? file?.seekToEnd()
        process.standardOutput = faults.contains(.outputFull) ? FileHandle(forWritingAtPath: "/dev/full") : file
        process.standardError = file
        try process.run()
        self.process = process
    }

    /// All that it said; nothing where its output goes to a full disk.
    var log: String { (try? String(contentsOfFile: folder + "/run.log", encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, number)
    }

    /// Killed, and waited for.
    func end() {
        signal(SIGKILL)
        process?.waitUntilExit()
    }

    /// From now on the kernel gives it no more memory than it has.
    func limitMemory() -> Bool {
        guard let process, process.isRunning else { return false }
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        func bytes(_ field: String) -> UInt64? {
            status.split(separator: "\n").first { $0.hasPrefix(field) }?.split(whereSeparator: { !$0.isNumber }).first
                .flatMap {
                    UInt64($0)
                }
                .map { $0 * 1_024 }
        }
        guard let size = bytes("VmSize:"), let data = bytes("VmData:") else { return false }
        return Self.run(
            "/usr/bin/prlimit",
            ["--pid", "\(process.processIdentifier)", "--as=\(size):\(size)", "--data=\(data):\(data)"])
    }

    /// As a debugger that holds one thread, for 4.4 s; false when it could not be.
    func hold(_ thread: String) -> Bool {
        guard let process, process.isRunning else { return false }
        let holder = Process()
        let output = Pipe()
        let input = Pipe()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        holder.arguments = [
            TestData.root + "/Tests/EndToEndTests/Helpers/hold_thread.py", "\(process.processIdentifier)", thread,
        ]
        holder.standardOutput = output
        holder.standardInput = input
        holder.standardError = FileHandle.nullDevice
        guard (try? holder.run()) != nil else { return false }
        let said = output.fileHandleForReading.availableData
        Thread.detachNewThread {
            usleep(4_400_000)
            try? input.fileHandleForWriting.close()
            holder.waitUntilExit()
        }
        return said.starts(with: Data("held".utf8))
    }

    private static func run(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
