import Foundation
import TestSupport

/// The program as it was built, seen from outside.
enum BuiltProgram {
    static let path: String = {
        if let named = ProcessInfo.processInfo.environment["DROOPD_BINARY"] { return named }
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent("droopd").path
    }()

    static let helpers = TestData.root + "/Tests/EndToEndTests/Helpers/"

    /// Debian's own Python, which has Debian's packages.
    static let python = "/usr/bin/python3"

    static let isRoot = getuid() == 0

    static var hasPymodbus: Bool {
        (try? run(python, ["-c", "import pymodbus.server"]).status) == 0
    }

    static var hasJSONSchema: Bool { (try? run(python, ["-c", "import jsonschema, yaml"]).status) == 0 }

    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent("droopd-\(UUID().uuidString).err")
            .path
        guard FileManager.default.createFile(atPath: errors, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        defer { try? FileManager.default.removeItem(atPath: errors) }
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            errors: (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "")
    }
}

/// A program that runs on while a test looks at it.
final class RunningProgram {
    private let process = Process()
    private let log: String
    private let input = Pipe()
    private var ownFolder: String?

    /// Starts the built program; a daemon armed, and with folders of its own where none are named.
    convenience init(_ arguments: [String], environment: [String: String] = [:]) throws {
        guard arguments.first == "run", !arguments.contains("--state"), !arguments.contains("--observe") else {
            try self.init(BuiltProgram.path, arguments, environment: environment)
            return
        }
        let folder = try TestData.temporaryFolder()
        try self.init(
            BuiltProgram.path, arguments + ["--arm", "--state", folder, "--sockets", folder], environment: environment)
        ownFolder = folder
    }

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        log = FileManager.default.temporaryDirectory.appendingPathComponent("droopd-\(UUID().uuidString).log").path
        guard FileManager.default.createFile(atPath: log, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        let handle = FileHandle(forWritingAtPath: log)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = input
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        try process.run()
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: log)
        if let ownFolder { try? FileManager.default.removeItem(atPath: ownFolder) }
    }

    var identifier: Int32 { process.processIdentifier }

    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    func send(_ line: String) { input.fileHandleForWriting.write(Data((line + "\n").utf8)) }

    /// Sends a line and gives back the one that answers it.
    func ask(_ line: String) -> String? {
        let before = output.split(separator: "\n").count
        send(line)
        guard
            eventually(within: 5, { self.output.hasSuffix("\n") && self.output.split(separator: "\n").count > before })
        else {
            return nil
        }
        return output.split(separator: "\n").last.map(String.init)
    }

    /// The exit status, once it has ended within the time; negative for a signal.
    func ended(within seconds: Double) -> Int32? {
        guard eventually(within: seconds, { !self.process.isRunning }) else { return nil }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}
