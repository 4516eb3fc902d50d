import ArgumentParser
import Foundation
import Replay
import SiteConfiguration

/// The exit codes of sysexits that droopd uses.
enum SystemExit {
    static let badData = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let internalError = ExitCode(70)
    static let cannotCreate = ExitCode(73)
    static let badConfiguration = ExitCode(78)
}

/// Writes a sentence to standard error.
func complain(_ sentence: String) {
    FileHandle.standardError.write(Data((sentence + "\n").utf8))
}

/// Says a sentence and ends with a code.
func fail(_ sentence: String, _ code: ExitCode) -> ExitCode {
    complain(sentence)
    return code
}

/// Says every mistake of a site file or profile.
func fail(_ problems: Problems) -> ExitCode {
    for problem in problems.all { complain(problem.sentence) }
    if problems.all.count > 1 { complain("\(problems.all.count) mistakes; nothing was started.") }
    return SystemExit.badConfiguration
}

func fail(_ error: RecordingError) -> ExitCode {
    fail(error.sentence, error.isMissing ? SystemExit.noInput : SystemExit.badData)
}

/// Writes a text file, or ends with the reason.
func write(_ text: String, to path: String) throws {
    do {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    } catch {
        throw fail("\(path): the file can't be written: \(error.localizedDescription)", SystemExit.cannotCreate)
    }
}
