import FrequencyResponse
import Yams

/// One mapping of a file, read key by key. Every mistake goes to the collector and reading goes on with nil; `finish`
/// reports the keys that nobody asked for.
final class Section {
    let path: String
    /// What the file's schema says of the section's keys; nil for files without one.
    private var group: KeyGroup?
    private let problems: ProblemCollector
    private let mark: (line: Int, column: Int)
    private var entries: [(key: String, keyNode: Node, value: Node)] = []
    private var asked: [String] = []

    init?(_ node: Node, path: String, group: KeyGroup? = nil, problems: ProblemCollector) {
        self.path = path
        self.group = group
        self.problems = problems
        mark = Self.place(node)
        problems.places[path] = SourcePlace(line: mark.line, column: mark.column)
        guard let mapping = node.mapping else {
            problems.add(
                "\(Self.found(node)) stands here; `key: value` entries are needed", subject: path, line: mark.line,
                column: mark.column)
            return nil
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else {
                let place = Self.place(key)
                problems.add("a key must be a plain word", subject: path, line: place.line, column: place.column)
                continue
            }
            entries.append((name, key, value))
        }
    }

    /// A section that is left out: every key of it has the schema's default.
    private init(leftOut name: String, of outer: Section) {
        path = outer.subject(name)
        group = outer.inner(name)
        problems = outer.problems
        mark = outer.mark
    }

    /// Takes from other sections' defaults what this one does not say. A key is taken as a whole.
    func inherit(_ defaults: [(key: String, keyNode: Node, value: Node)]) {
        entries += defaults.filter { !has($0.key) }
    }

    /// The entries that another section may inherit: those that its schema knows. The others are reported here, once.
    func inheritable() -> [(key: String, keyNode: Node, value: Node)] {
        for key in group?.keys ?? [] {
            asked.append(key.name)
            problems.asked.insert("\(group?.path ?? "").\(key.name)")
        }
        finish()
        return entries.filter { asked.contains($0.key) }
    }

    // MARK: The schema

    /// From here on the keys are those of another group, once it is known which one.
    func narrow(to group: KeyGroup) { self.group = group }

    /// What the schema says of a key. A key that the reader asks for and the schema lacks is an error of this program.
    private func schema(_ name: String) -> SiteKey {
        guard let group, let key = group[name] else {
            preconditionFailure("the schema of \(path) lacks the key \(name)")
        }
        return key
    }

    /// A section of another group inside this one.
    private func inner(_ name: String) -> KeyGroup? {
        guard let group else { return nil }
        if let entries = group.entries, group[name] == nil { return entries }
        switch schema(name).value {
        case .section(let group), .sections(let group): return group
        default: preconditionFailure("the schema of \(path) has no section \(name)")
        }
    }

    /// What belongs at a key that must be there, by the schema; nil where it may be left out.
    private func need(_ name: String, _ values: String? = nil) -> String? {
        guard let group, let key = group[name] else { return nil }
        return switch key.presence {
        case .required(let words): values ?? words
        case .conditional: values
        default: nil
        }
    }

    /// A quantity by the schema. `range` and `fallback` stand in for the schema's where they depend on other keys.
    func quantity(
        _ name: String, range: ClosedRange<Double>? = nil, default fallback: Double? = nil, isNeeded: Bool = false
    ) -> Double? {
        let key = schema(name)
        guard case .quantity(let dimension, let allowed) = key.value else {
            preconditionFailure("the schema of \(path) has no quantity \(name)")
        }
        var standard = fallback
        if standard == nil, case .number(let number) = key.presence { standard = number }
        let range = range ?? allowed
        let values = "a value from \(dimension.text(range.lowerBound)) to \(dimension.text(range.upperBound))"
        let need = isNeeded ? values : need(name, values)
        guard let node = node(name, need: standard == nil ? need : nil) else { return standard }
        return quantity(node, key: name, dimension, range)
    }

    func interval(_ name: String, range: ClosedRange<Double>? = nil, default fallback: Interval? = nil) -> Interval? {
        quantity(name, range: range, default: fallback?.seconds).map(Self.interval)
    }

    /// A whole number by the schema.
    func whole(_ name: String, range: ClosedRange<Int>? = nil, default fallback: Int? = nil) -> Int? {
        let key = schema(name)
        guard case .whole(let allowed) = key.value else {
            preconditionFailure("the schema of \(path) has no whole number \(name)")
        }
        var standard = fallback
        if standard == nil, case .whole(let number) = key.presence { standard = number }
        guard let node = node(name, need: standard == nil ? need(name, "a whole number") : nil) else { return standard }
        return whole(node, key: name, range ?? allowed)
    }

    // MARK: Taking values

    func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

    var keys: [String] { entries.map(\.key).filter { !SourceFile.isRepeatedKey($0) } }

    /// The node of a key, marked as used; a missing key is a mistake when `need` says what belongs there.
    func node(_ key: String, need: String? = nil) -> Node? {
        if let group, group.entries == nil || group[key] != nil {
            _ = schema(key)
            problems.asked.insert("\(group.path).\(key)")
        }
        asked.append(key)
        if let entry = entries.first(where: { $0.key == key }) {
            let place = Self.place(entry.value)
            problems.places[subject(key)] = SourcePlace(line: place.line, column: place.column)
            return entry.value
        }
        if let need { report("the key \(key) is missing; it needs \(need)") }
        return nil
    }

    func text(_ key: String, need: String? = nil) -> String? {
        guard let node = node(key, need: need ?? self.need(key)) else { return nil }
        guard let scalar = node.scalar, !scalar.string.isEmpty else {
            report("\(Self.found(node)) stands here; a text is needed", at: node, key: key)
            return nil
        }
        return scalar.string
    }

    func quantity(
        _ key: String, _ dimension: Dimension, _ range: ClosedRange<Double>, default fallback: Double? = nil,
        isNeeded: Bool = true
    ) -> Double? {
        let need =
            fallback == nil && isNeeded
            ? "a value from \(dimension.text(range.lowerBound)) to \(dimension.text(range.upperBound))" : nil
        guard let node = node(key, need: need) else { return fallback }
        return quantity(node, key: key, dimension, range)
    }

    func quantity(_ node: Node, key: String, _ dimension: Dimension, _ range: ClosedRange<Double>) -> Double? {
        let units = dimension.units.map(\.name).joined(separator: ", ")
        let example = dimension.example(in: range)
        guard let text = node.scalar?.string else {
            report("\(Self.found(node)) stands here; a value such as \(example) is needed", at: node, key: key)
            return nil
        }
        switch QuantityText(text, as: dimension) {
        case .missingUnit:
            report("\(text) has no unit; write one of \(units), for example \(example)", at: node, key: key)
        case .wrongUnit(let unit) where unit.hasPrefix(","):
            report("\(text) has a decimal comma; write a point, for example \(example)", at: node, key: key)
        case .wrongUnit(let unit):
            report("the unit \(unit) of \(text) is not one of \(units)", at: node, key: key)
        case .notANumber:
            report("\(Self.found(node)) is not a number with a unit such as \(example)", at: node, key: key)
        case .value(let value):
            if range.contains(value) { return value }
            report(
                "\(text) is outside \(dimension.text(range.lowerBound)) to \(dimension.text(range.upperBound))",
                at: node,
                key: key)
        }
        return nil
    }

    func interval(_ key: String, _ range: ClosedRange<Double>, default fallback: Double? = nil) -> Interval? {
        quantity(key, .time, range, default: fallback).map(Self.interval)
    }

    static func interval(_ seconds: Double) -> Interval { Interval(nanoseconds: Int64((seconds * 1e9).rounded())) }

    /// A whole number, decimal or after 0x.
    func whole(_ key: String, _ range: ClosedRange<Int>, default fallback: Int? = nil) -> Int? {
        guard let node = node(key, need: fallback == nil ? "a whole number" : nil) else { return fallback }
        return whole(node, key: key, range)
    }

    func whole(_ node: Node, key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = node.scalar?.string, let value = Self.whole(text) else {
            report("\(Self.found(node)) is not a whole number", at: node, key: key)
            return nil
        }
        guard range.contains(value) else {
            report("\(text) is outside \(range.lowerBound) to \(range.upperBound)", at: node, key: key)
            return nil
        }
        return value
    }

    private static func whole(_ text: String) -> Int? {
        text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : (text.hasPrefix("+") ? nil : Int(text))
    }

    func choice<Choice>(
        _ key: String, _ choices: [(name: String, value: Choice)], default fallback: Choice? = nil,
        isNeeded: Bool = true
    ) -> Choice? {
        let names = choices.map(\.name).joined(separator: ", ")
        if group != nil {
            guard case .choice(choices.map(\.name)) = schema(key).value else {
                preconditionFailure("the schema of \(path) has other choices for \(key) than \(names)")
            }
        }
        let isNeeded = group == nil ? isNeeded : need(key, names) != nil
        var fallback = fallback
        if fallback == nil, group != nil, case .word(let standard) = schema(key).presence {
            fallback = choices.first { $0.name == standard }?.value
        }
        guard let node = node(key, need: fallback == nil && isNeeded ? "one of \(names)" : nil) else { return fallback }
        guard let text = node.scalar?.string, let match = choices.first(where: { $0.name == text }) else {
            report("\(Self.found(node)) is not one of \(names)", at: node, key: key)
            return nil
        }
        return match.value
    }

    func section(_ key: String, need: String? = nil) -> Section? {
        node(key, need: need ?? self.need(key)).flatMap {
            Section($0, path: subject(key), group: inner(key), problems: problems)
        }
    }

    /// A section, or its defaults where it is left out. Nil after a mistake.
    func sectionOrDefaults(_ key: String) -> Section? {
        has(key) ? section(key) : Section(leftOut: key, of: self)
    }

    /// The nodes of a list; an entry's path is `key[index]`, counting from 1.
    func list(_ key: String, need: String? = nil) -> [Node]? {
        guard let node = node(key, need: need ?? self.need(key)) else { return nil }
        guard let sequence = node.sequence else {
            report("\(Self.found(node)) stands here; a list is needed", at: node, key: key)
            return nil
        }
        return Array(sequence)
    }

    /// The sections of a list. `words` say what it needs where the list may be left out as a whole.
    func sections(_ key: String, need words: String? = nil) -> [Section] {
        guard let nodes = list(key) else { return [] }
        if nodes.isEmpty { report("the list is empty; it needs \(words ?? need(key) ?? "an entry")", key: key) }
        return nodes.enumerated().compactMap {
            Section($0.element, path: "\(subject(key))[\($0.offset + 1)]", group: inner(key), problems: problems)
        }
    }

    // MARK: Reporting

    /// Reports a mistake at a key's value, or at the section when the key is not there.
    func report(_ statement: String, key: String) {
        if let entry = entries.first(where: { $0.key == key }) {
            report(statement, at: entry.value, key: key)
        } else {
            report(statement)
        }
    }

    /// Reports the mistakes of another file that a key names: those that have a place in it there, the others at the
    /// key.
    func report(_ others: Problems, key: String) {
        for problem in others.all {
            if problem.line > 0 {
                problems.take(problem)
            } else {
                report("\(problem.file): \(problem.statement)", key: key)
            }
        }
    }

    func report(_ statement: String, at node: Node, key: String) {
        let place = Self.place(node)
        problems.add(statement, subject: subject(key), line: place.line, column: place.column)
    }

    func report(_ statement: String) {
        problems.add(statement, subject: path, line: mark.line, column: mark.column)
    }

    /// Reports every key that was not asked for, with the nearest that exists.
    func finish() {
        let allowed = asked.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        for entry in entries where !allowed.contains(entry.key) && !SourceFile.isRepeatedKey(entry.key) {
            let near = Spelling.nearest(to: entry.key, among: allowed).map { "; did you mean \($0)?" }
            let place = Self.place(entry.keyNode)
            problems.add(
                "the key \(entry.key) is not known here" + (near ?? "; known are \(allowed.joined(separator: ", "))"),
                subject: path, line: place.line, column: place.column)
        }
    }

    private func subject(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private static func place(_ node: Node) -> (line: Int, column: Int) {
        (node.mark?.line ?? 1, node.mark?.column ?? 1)
    }

    /// What stands at a node, short enough for one sentence.
    private static func found(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "“\(scalar.string.prefix(60))”"
        case .sequence: "a list"
        case .mapping: "a group of keys"
        case .alias: "an alias"
        }
    }
}
