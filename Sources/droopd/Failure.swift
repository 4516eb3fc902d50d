import ArgumentParser
import Foundation
import Glibc
import Replay
import SiteConfiguration

/// The exit codes of sysexits that droopd uses.
enum SystemExit {
    static let badData = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let cannotCreate = ExitCode(73)
    static let notPermitted = ExitCode(77)
    static let badConfiguration = ExitCode(78)
}

/// Writes a line to standard output.
func say(_ line: String) { try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8)) }

/// Writes a sentence to standard error.
func complain(_ sentence: String) {
    try? FileHandle.standardError.write(contentsOf: Data((sentence + "\n").utf8))
}

/// Says a sentence and ends with a code.
func fail(_ sentence: String, _ code: ExitCode) -> ExitCode {
    complain(sentence)
    return code
}

/// Says every mistake of a site file or profile.
func fail(_ problems: Problems) -> ExitCode {
    for problem in problems.all { complain(problem.sentence) }
    if problems.all.count > 1 { complain("\(problems.all.count) mistakes.") }
    return SystemExit.badConfiguration
}

func fail(_ error: RecordingError) -> ExitCode {
    fail(error.sentence, error.isMissing ? SystemExit.noInput : SystemExit.badData)
}

/// Opens a file to be written anew, in place: devices and pipes stay what they are.
func openForWriting(_ path: String) throws -> FileHandle {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
        throw fail(
            "\(path): the file can't be written: \(unsafe String(cString: strerror(errno)).lowercased()).",
            SystemExit.cannotCreate)
    }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
}

/// Writes a text file, or ends with the reason.
func write(_ text: String, to path: String) throws {
    let handle = try openForWriting(path)
    do {
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    } catch {
        throw fail("\(path): the file can't be written: \(error.localizedDescription)", SystemExit.cannotCreate)
    }
}
