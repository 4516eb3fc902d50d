import Foundation
import Interlocks

/// The latches as versions before the saved state kept them: a text file of their own. It is read once, and removed
/// when the state that holds its latches has been saved.
struct LatchFile {
    static let name = "latches"
    private let path: String
    private static let head = "droopd latches 1"
    private static let tail = "end"

    init(directory: String) { path = directory + "/" + Self.name }

    /// The latches, and why every latch counts where they are not known.
    struct Found {
        var latched: Set<String>
        var doubt: String?
    }

    /// What the file holds; nil without a file.
    func load(_ settings: InterlockSettings) -> Found? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let all = InterlockMachine.allLatches(settings)
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            return Found(latched: all, doubt: "\(path) can't be read")
        }
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.first == Self.head, lines.last == Self.tail, lines.count >= 2 else {
            return Found(latched: all, doubt: "\(path) is damaged")
        }
        return Found(latched: Set(lines.dropFirst().dropLast()), doubt: nil)
    }
}
