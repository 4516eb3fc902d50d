/// Why a recording can't be replayed, and where.
public struct RecordingError: Error, Equatable, Sendable {
    /// The file that it comes from.
    public var file: String
    /// Counted from 1; nil when the whole file is meant.
    public var line: Int?
    /// What is wrong.
    public var statement: String
    /// Whether the file could not be read at all, as against bad data in it.
    public var isMissing: Bool

    package init(file: String, line: Int? = nil, statement: String, isMissing: Bool = false) {
        self.file = file
        self.line = line
        self.statement = statement
        self.isMissing = isMissing
    }

    /// One sentence, ending with the place.
    public var sentence: String {
        statement + " (" + file + (line.map { ":\($0)" } ?? "") + ")."
    }
}
