extension KeyValue {
    /// The values in words.
    public var text: String {
        switch self {
        case .quantity(let dimension, let range):
            range.lowerBound == range.upperBound
                ? dimension.text(range.lowerBound)
                : "\(dimension.text(range.lowerBound)) to \(dimension.text(range.upperBound))"
        case .whole(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .text(let example): "a text such as \(example)"
        case .choice(let names): names.joined(separator: ", ")
        case .section: "a section"
        case .sections: "a list of sections"
        case .list(let example, let word): "a list such as \(example)" + (word.map { ", or \($0)" } ?? "")
        }
    }
}

extension SiteKey {
    /// What counts without the key, in words.
    public var standard: String {
        switch presence {
        case .required: "required"
        case .optional: "none"
        case .number(let number):
            if case .quantity(let dimension, _) = value { dimension.text(number) } else { "\(number)" }
        case .whole(let number): "\(number)"
        case .word(let word): word
        case .derived(let words), .conditional(let words): words
        }
    }

    /// Whether a file without it is refused.
    public var isRequired: Bool { if case .required = presence { true } else { false } }

    /// Its section or list of sections; nil for a value.
    public var section: KeyGroup? {
        switch value {
        case .section(let group), .sections(let group): group
        default: nil
        }
    }
}

extension KeyGroup {
    /// The section at a path such as `gpio.inputs`; `[]` and `NAME` may be left out. Nil when there is none.
    public subscript(path path: String) -> KeyGroup? {
        func plain(_ path: String) -> String { path.replacing("[]", with: "").replacing(".NAME", with: "") }
        let wanted = plain(path)
        return sections.first { $0.path == path } ?? sections.first { plain($0.path) == wanted }
    }

    /// The section in words, for a terminal of this width: each key with its default and values, and below them what it
    /// is for.
    public func text(width: Int) -> String {
        var lines = [path.isEmpty ? "The site file" : path]
        lines += Self.wrapped(meaning, indent: 2, width: width)
        for key in keys {
            lines.append("")
            lines.append("  " + head(of: key))
            lines += Self.wrapped(key.meaning, indent: 6, width: width)
        }
        if let entries {
            lines.append("")
            lines.append(
                "  NAME: each entry has the keys of \(([entries] + variants).map(\.path).joined(separator: " or "))")
        }
        return lines.joined(separator: "\n")
    }

    private func head(of key: SiteKey) -> String {
        if let section = key.section { return "\(key.name): see \(section.path)\(key.isRequired ? ", required" : "")" }
        let standard =
            switch key.presence {
            case .required: "required"
            case .optional: "may be left out"
            case .conditional(let words): words
            default: "default \(key.standard)"
            }
        return "\(key.name): \(key.value.text); \(standard)"
    }

    /// A text in lines of at most a width, each indented. A word longer than a line has one of its own.
    static func wrapped(_ text: String, indent: Int, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > max(40, width) {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines.map { String(repeating: " ", count: indent) + $0 }
    }
}
