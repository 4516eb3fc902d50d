/// A first look over YAML text that knows quotes, comments and brackets and nothing else.
///
/// It finds what is refused before the text is parsed (anchors, aliases, tags, merge keys, tabs, deep nesting), and
/// where a key stands, since the parser does not say where a repeated one is.
struct YAMLScan {
    struct Refusal {
        var line: Int
        var column: Int
        var statement: String
    }

    struct Key {
        var name: String
        var line: Int
        var column: Int
        /// The number of brackets that it stands in.
        var depth: Int
        var range: Range<String.Index>
    }

    private(set) var refusals: [Refusal] = []
    private(set) var keys: [Key] = []

    init(_ text: String, depthMaximum: Int) {
        var line = 1
        for content in text.split(separator: "\n", omittingEmptySubsequences: false) {
            scan(content, line: line)
            line += 1
            guard refusals.count < 100 else { return }
        }
        if deepest > depthMaximum, refusals.isEmpty {
            refusals.append(Refusal(line: 1, column: 1, statement: "brackets are nested deeper than \(depthMaximum)"))
        }
    }

    private var quote: Character?
    private var depth = 0
    private var deepest = 0

    private mutating func scan(_ line: Substring, line number: Int) {
        var column = 0
        var atStart = true
        var inIndentation = true
        var isProperty = false
        var isEscaped = false
        var wordStart: String.Index?
        var wordColumn = 0
        var previous: Character = " "
        var index = line.startIndex
        while index < line.endIndex {
            let character = line[index]
            column += 1
            defer {
                previous = character
                index = line.index(after: index)
            }
            if let open = quote {
                // In double quotes a backslash takes the next character with it, be it another one.
                if open == "\"", character == "\\", !isEscaped {
                    isEscaped = true
                    continue
                }
                if character == open, !isEscaped { quote = nil }
                isEscaped = false
                continue
            }
            if character == "#" && (previous == " " || previous == "\t" || column == 1) { return }
            if character == "\t" {
                if inIndentation {
                    refuse("a tab indents this line; use spaces", number, column)
                    return
                }
                continue
            }
            if character == " " || character == "\r" {
                // A value follows its anchor or tag.
                if isProperty { atStart = true }
                isProperty = false
                continue
            }
            inIndentation = false
            let next = line.index(after: index) < line.endIndex ? line[line.index(after: index)] : " "
            switch character {
            case "\"", "'":
                if atStart {
                    quote = character
                    wordStart = index
                    wordColumn = column
                    atStart = false
                }
            case "[", "{":
                if atStart || depth > 0 {
                    depth += 1
                    deepest = max(deepest, depth)
                    atStart = true
                    wordStart = nil
                }
            case "]", "}":
                depth = max(0, depth - 1)
                atStart = false
                wordStart = nil
            case "," where depth > 0:
                atStart = true
                wordStart = nil
            case "-" where atStart && next == " ", "?" where atStart && next == " ":
                wordStart = nil
            case ":"
            where next == " " || next == "\r" || next == "," || next == "}" || next == "]"
                || (previous == "\"" && depth > 0):
                if let start = wordStart { addKey(line, start..<index, number, wordColumn) }
                atStart = true
                wordStart = nil
            default:
                if atStart { refuseIndicator(character, line[index...], number, column) }
                isProperty = isProperty || (atStart && (character == "&" || character == "!"))
                if atStart {
                    wordStart = index
                    wordColumn = column
                }
                atStart = false
            }
        }
        // A quoted scalar of this file ends on its line; what is left open is the parser's to report.
        if depth == 0 { quote = nil }
    }

    private mutating func refuseIndicator(_ character: Character, _ rest: Substring, _ line: Int, _ column: Int) {
        switch character {
        case "&": refuse("anchors (&) are not used here; write the value out", line, column)
        case "*": refuse("aliases (*) are not used here; write the value out", line, column)
        case "!": refuse("tags (!) are not used here; write the plain value", line, column)
        case "<" where rest.hasPrefix("<<"):
            refuse("merge keys (<<) are not used here; write the values out", line, column)
        case "|", ">": refuse("block text (\(character)) is not used here; write the value on one line", line, column)
        case "%" where column == 1: refuse("YAML directives (%) are not used here", line, column)
        default: break
        }
    }

    private mutating func refuse(_ statement: String, _ line: Int, _ column: Int) {
        refusals.append(Refusal(line: line, column: column, statement: statement))
    }

    private mutating func addKey(_ line: Substring, _ range: Range<String.Index>, _ number: Int, _ column: Int) {
        var text = line[range]
        while text.last == " " { text.removeLast() }
        guard !text.isEmpty else { return }
        let name = text.first == "\"" || text.first == "'" ? text.dropFirst().dropLast() : text
        keys.append(
            Key(name: String(name), line: number, column: column, depth: depth, range: text.startIndex..<text.endIndex))
    }

    /// The second appearance of one of `names` in the mapping that begins at a place.
    func repetition(of names: [String], after line: Int, _ column: Int) -> Key? {
        let inside = keys.filter { ($0.line, $0.column) >= (line, column) }
        var seen: [String: Key] = [:]
        for key in inside where names.contains(key.name) {
            guard let first = seen[key.name] else {
                seen[key.name] = key
                continue
            }
            if first.depth == key.depth && (key.depth > 0 || first.column == key.column) { return key }
        }
        return nil
    }
}
