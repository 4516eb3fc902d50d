import Foundation
import Glibc
import Yams

/// Reads a YAML file into nodes, refusing first what must not reach a YAML reader: files that are too large, and
/// anchors, aliases, merge keys and tags, which can make a small file expand without limit.
enum SourceFile {
    static let sizeMaximum = 1_000_000
    private static let depthMaximum = 32

    static func text(at path: String) throws(Problems) -> String {
        func refuse(_ statement: String) -> Problems {
            Problems([Problem(file: path, line: 0, column: 0, subject: "", statement: statement)])
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw refuse("the file can't be opened: \(reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw refuse("the file can't be read: \(reason(errno))") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw refuse("this is a directory; name the file in it")
        default: throw refuse("this is not a regular file")
        }
        guard status.st_size <= sizeMaximum else {
            throw refuse("the file has \(status.st_size) bytes, more than the \(sizeMaximum) that are read")
        }
        let bytes: Data
        do {
            bytes = try FileHandle(fileDescriptor: descriptor).readToEnd() ?? Data()
        } catch {
            throw refuse("the file can't be read: \(error.localizedDescription)")
        }
        guard let text = String(data: bytes, encoding: .utf8) else { throw refuse("the file is not UTF-8 text") }
        return text
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// The file's one mapping, or nil after the mistake was collected.
    static func root(of text: String, problems: ProblemCollector) -> Node? {
        let scan = YAMLScan(text, depthMaximum: depthMaximum)
        for refusal in scan.refusals {
            problems.add(refusal.statement, line: refusal.line, column: refusal.column)
        }
        guard scan.refusals.isEmpty else { return nil }
        var readable = text
        // YAML's reader stops at a repeated key. The second one is reported and renamed, and the reading starts over,
        // so that the file's other mistakes are found too.
        for attempt in 0..<100 {
            do {
                guard let node = try Yams.compose(yaml: readable) else {
                    problems.add("the file is empty; it needs the sections of a site or a profile", line: 1, column: 1)
                    return nil
                }
                guard node.mapping != nil else {
                    problems.add(
                        "the file is not a list of `key: value` lines", line: node.mark?.line ?? 1,
                        column: node.mark?.column ?? 1)
                    return nil
                }
                return node
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard
                    let repeated = YAMLScan(readable, depthMaximum: depthMaximum)
                        .repetition(of: names, after: context.mark.line, context.mark.column)
                else {
                    problems.add(
                        "the key \(names.joined(separator: ", ")) appears twice; remove one",
                        line: context.mark.line, column: context.mark.column)
                    return nil
                }
                problems.add(
                    "the key \(repeated.name) appears a second time; remove one", line: repeated.line,
                    column: repeated.column)
                readable.replaceSubrange(repeated.range, with: repeatedKey(attempt, length: repeated.name.count))
            } catch {
                add(error, problems: problems)
                return nil
            }
        }
        return nil
    }

    /// A name in Unicode's private area, as long as the one that it replaces, so that columns stay right.
    private static func repeatedKey(_ attempt: Int, length: Int) -> String {
        String(repeating: Character(Unicode.Scalar(UInt32(0xE000 + attempt)) ?? "\u{E000}"), count: max(1, length))
    }

    static func isRepeatedKey(_ name: String) -> Bool {
        name.unicodeScalars.first.map { (0xE000...0xF8FF).contains($0.value) } ?? false
    }

    private static func add(_ error: any Error, problems: ProblemCollector) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            problems.add("this is not YAML: \(problem)", line: mark.line, column: mark.column)
        case .reader(let problem, _, _, _):
            problems.add("this is not YAML: \(problem)", line: 1, column: 1)
        default:
            problems.add("this is not YAML: \(error)", line: 1, column: 1)
        }
    }
}
