/// One result of a check: what a valid site file leaves to be desired, or what it amounts to.
public struct Finding: Sendable, Equatable {
    /// How serious a finding is.
    public enum Severity: String, Sendable, CaseIterable {
        /// The site must not run.
        case error
        /// The site may run, and a person should know.
        case warning
        /// A figure or a fact.
        case note
    }

    /// The same for every finding of its kind, for example `bus-overload`.
    public var identity: String
    /// How serious it is.
    public var severity: Severity
    /// What it concerns: a device, an endpoint or a key of the site file. Empty for the whole site.
    public var subject: String
    /// Where the subject stands in the site file; nil where no single place does.
    public var place: SourcePlace?
    /// What was found, and what to do.
    public var statement: String
    /// A person has accepted it for this site.
    public var isAccepted = false

    /// The finding as one text, the subject first.
    public var text: String { subject.isEmpty ? statement : "\(subject): \(statement)" }

    static func error(_ identity: String, _ subject: String, _ statement: String) -> Finding {
        Finding(identity: identity, severity: .error, subject: subject, statement: statement)
    }

    static func warning(_ identity: String, _ subject: String, _ statement: String) -> Finding {
        Finding(identity: identity, severity: .warning, subject: subject, statement: statement)
    }

    static func note(_ identity: String, _ subject: String, _ statement: String) -> Finding {
        Finding(identity: identity, severity: .note, subject: subject, statement: statement)
    }
}

/// A place in the site file. Both count from 1.
public struct SourcePlace: Sendable, Equatable {
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
