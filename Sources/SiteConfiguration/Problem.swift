/// One mistake in a file: what it concerns, what is wrong, and where.
public struct Problem: Error, Hashable, Sendable {
    /// The file that it comes from.
    public var file: String
    /// Both count from 1; 0 when the whole file is meant.
    public var line: Int
    /// The column; see `line`.
    public var column: Int
    /// The dotted path of the key, empty for the whole file.
    public var subject: String
    /// What was found, what is allowed, and what to do.
    public var statement: String

    /// One sentence, ending with the place: `service.deadband: 0.6 Hz is outside 0 Hz to 0.5 Hz (site.yaml:14:13).`
    public var sentence: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return (subject.isEmpty ? "" : subject + ": ") + statement + " (\(place))."
    }
}

/// Every mistake of a file, in the order of its lines.
public struct Problems: Error, Sendable {
    /// The mistakes, in the order of their lines.
    public let all: [Problem]

    package init(_ problems: [Problem]) {
        all = problems.sorted {
            ($0.line, $0.column, $0.subject, $0.statement) < ($1.line, $1.column, $1.subject, $1.statement)
        }
    }
}

/// Collects mistakes while a file is read on, so that all are reported in one go.
final class ProblemCollector {
    let file: String
    private(set) var found: [Problem] = []
    /// Where keys, sections and named devices stand, by dotted path and by name.
    var places: [String: SourcePlace] = [:]
    /// The keys of the schema that were asked for, each as the path of its section and its name.
    var asked: Set<String> = []

    /// The file and the others that it names.
    var files: [String]

    init(file: String) {
        self.file = file
        files = [file]
    }

    func add(_ statement: String, subject: String = "", line: Int, column: Int) {
        found.append(Problem(file: file, line: line, column: column, subject: subject, statement: statement))
    }

    /// A mistake of another file that this one names.
    func take(_ problem: Problem) { found.append(problem) }

    /// A mistake that several sections inherit is said once, for the first of them.
    private var unique: [Problem] {
        var seen: Set<Problem> = []
        return found.filter { problem in
            var place = problem
            if problem.line > 0 { place.subject = "" }
            return seen.insert(place).inserted
        }
    }

    func throwIfAny() throws(Problems) {
        guard found.isEmpty else { throw Problems(unique) }
    }
}
