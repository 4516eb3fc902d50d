/// The lines of a separated text file, cell by cell. Knows commas, semicolons and tabs, quotes, all line ends, and the
/// byte order mark.
struct TextTable {
    private let bytes: [UInt8]
    private var index = 0
    private var lineNumber = 0
    private let separator: UInt8

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        let firstLine = bytes[index...].prefix { $0 != 0x0A && $0 != 0x0D }
        separator =
            [UInt8(ascii: ";"), UInt8(ascii: "\t")].first { firstLine.contains($0) } ?? UInt8(ascii: ",")
    }

    /// The next line that is not empty.
    mutating func next() -> (cells: [String], number: Int)? {
        while index < bytes.count {
            var end = index
            while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
            let start = index
            let isPair = end + 1 < bytes.count && bytes[end] == 0x0D && bytes[end + 1] == 0x0A
            index = end + (isPair ? 2 : 1)
            lineNumber += 1
            if end > start { return (cells(start..<end), lineNumber) }
        }
        return nil
    }

    private func cells(_ range: Range<Int>) -> [String] {
        var cells: [String] = []
        var start = range.lowerBound
        for position in range where bytes[position] == separator {
            cells.append(cell(start..<position))
            start = position + 1
        }
        cells.append(cell(start..<range.upperBound))
        return cells
    }

    private func cell(_ range: Range<Int>) -> String {
        var first = range.lowerBound
        var last = range.upperBound
        while first < last, bytes[first] == 0x20 || bytes[first] == 0x22 { first += 1 }
        while last > first, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x22 { last -= 1 }
        return String(decoding: bytes[first..<last], as: UTF8.self)
    }
}
