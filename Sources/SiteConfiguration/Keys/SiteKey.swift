/// One key of a file: its values, what counts when it is left out, and what it means. The reader, the commands and the
/// documents all take it from here.
public struct SiteKey: Sendable {
    /// The name in the file.
    public let name: String
    /// The values that it takes.
    public let value: KeyValue
    /// What counts when it is left out.
    public let presence: KeyPresence
    /// What the key is for, in one sentence.
    public let meaning: String
    /// The version of droopd that has read it first.
    public let since: String

    init(_ name: String, _ value: KeyValue, _ presence: KeyPresence, _ meaning: String, since: String = "0.1") {
        self.name = name
        self.value = value
        self.presence = presence
        self.meaning = meaning
        self.since = since
    }
}

/// The values that a key takes.
public enum KeyValue: Sendable {
    /// A number with a unit, within a range in base units.
    case quantity(Dimension, ClosedRange<Double>)
    case whole(ClosedRange<Int>)
    /// A text such as the example.
    case text(example: String)
    case choice([String])
    case section(KeyGroup)
    /// A list of sections.
    case sections(KeyGroup)
    /// A list such as the example, or a word in its place.
    case list(example: String, orWord: String? = nil)
}

/// What counts when a key is left out.
public enum KeyPresence: Sendable {
    /// It must be there. The words say what belongs there, where its values alone do not.
    case required(String)
    /// It must be there under a condition, in words such as "required with controller: switching".
    case conditional(String)
    /// Nothing counts.
    case optional
    /// A default in base units.
    case number(Double)
    case whole(Int)
    case word(String)
    /// A default that follows from something else, in words.
    case derived(String)

    /// It must be there, and its values say what belongs there.
    static var required: KeyPresence { .required("") }
}

/// The keys of one section.
public final class KeyGroup: Sendable {
    /// Its place in the file, such as `site.connection`; empty for the file itself. `[]` stands for the entries of a
    /// list, and `NAME` for a name of the user's own.
    public let path: String
    /// What the section is for, in one or more sentences.
    public let meaning: String
    /// Its keys, in the order of the document.
    public let keys: [SiteKey]
    /// The section of each entry, where the keys are names of the user's own.
    public let entries: KeyGroup?
    /// Other sections that an entry may be, by the keys that it has.
    public let variants: [KeyGroup]

    init(
        _ path: String, _ meaning: String, _ keys: [SiteKey], entries: KeyGroup? = nil, variants: [KeyGroup] = []
    ) {
        self.variants = variants
        self.path = path
        self.meaning = meaning
        self.keys = keys
        self.entries = entries
    }

    subscript(name: String) -> SiteKey? { keys.first { $0.name == name } }

    /// Its sections with their own, in the order of the file.
    public var sections: [KeyGroup] {
        let inner = keys.flatMap { key -> [KeyGroup] in
            switch key.value {
            case .section(let group), .sections(let group): [group] + group.sections
            default: []
            }
        }
        var seen: Set<ObjectIdentifier> = []
        return (inner + (entries.map { [$0] + $0.sections } ?? []) + variants).filter {
            seen.insert(ObjectIdentifier($0)).inserted
        }
    }
}
