import Foundation
public import Testing

/// Accepted outputs of the project, compared to the byte.
///
/// `DROOPD_ACCEPT_GOLDENS=1 swift test` rewrites them; such a change is a commit of its own.
public enum Golden {
    private static let folder = TestData.root + "/Tests/Goldens/"

    /// Compares a text with the accepted one, and names the first line that differs.
    public static func compare(_ text: String, with name: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let path = folder + name
        if ProcessInfo.processInfo.environment["DROOPD_ACCEPT_GOLDENS"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        let accepted = try String(contentsOfFile: path, encoding: .utf8)
        if text == accepted { return }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let acceptedLines = accepted.split(separator: "\n", omittingEmptySubsequences: false)
        let first = zip(lines, acceptedLines).enumerated().first { $0.element.0 != $0.element.1 }
        let place = first.map { "line \($0.offset + 1): \($0.element.0) instead of \($0.element.1)" }
        Issue.record(
            """
            \(name) has \(lines.count) lines, accepted are \(acceptedLines.count); \(place ?? "the longer one goes on")
            """,
            sourceLocation: sourceLocation)
    }
}
