import FrequencyResponse

/// Writes the fields of a value as lines of a name and a number: `law.grid_code.lasted_ns 1200000000`.
struct FieldWriter: FieldVisitor {
    private var path: [String]
    private(set) var lines: [String] = []
    /// A field can't be written: an instant means nothing to another process.
    private(set) var isRefused = false

    init(_ name: String) { path = [name] }

    mutating func begin(_ name: StaticString) { path.append(name.description) }

    mutating func begin(_ index: Int) { path.append(String(index)) }

    mutating func end() { path.removeLast() }

    mutating func take(_ value: inout Int64) { write(value.description) }

    mutating func take(_ value: inout Double) { write(value.description) }

    mutating func take(_ value: inout Instant) { isRefused = true }

    mutating func refuse() { isRefused = true }

    private mutating func write(_ text: String) { lines.append("\(path.joined(separator: ".")) \(text)") }
}

/// Reads what ``FieldWriter`` has written. Every field has to be there, and can have its value.
struct FieldReader: FieldVisitor {
    private var path: [String]
    private let fields: [String: String]
    /// The number of fields that were read.
    private(set) var count = 0
    /// The first field that is missing, or that can't have its value; nil for none.
    private(set) var firstRefused: String?

    init(_ name: String, of fields: [String: String]) {
        path = [name]
        self.fields = fields
    }

    mutating func begin(_ name: StaticString) { path.append(name.description) }

    mutating func begin(_ index: Int) { path.append(String(index)) }

    mutating func end() { path.removeLast() }

    mutating func take(_ value: inout Int64) { if let read: Int64 = read(Int64.init) { value = read } }

    mutating func take(_ value: inout Double) { if let read: Double = read(Double.init) { value = read } }

    mutating func take(_ value: inout Instant) { refuse() }

    mutating func refuse() { if firstRefused == nil { firstRefused = path.joined(separator: ".") } }

    private mutating func read<Value>(_ parse: (String) -> Value?) -> Value? {
        guard let text = fields[path.joined(separator: ".")], let value = parse(text) else {
            refuse()
            return nil
        }
        count += 1
        return value
    }
}
