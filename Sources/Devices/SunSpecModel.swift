/// One point of a SunSpec model.
public struct SunSpecPoint: Sendable, Equatable {
    /// The kinds of SunSpec points.
    public enum Kind: String, Sendable {
        case int16, uint16, int32, uint32, uint64, acc32, acc64, enum16, bitfield16, bitfield32, sunssf, string, pad,
            float32
    }

    /// How the value of a point is scaled.
    public enum Scale: Sendable, Equatable {
        case none
        case fixed(Int)
        case point(String)
    }

    /// The name.
    public var name: String
    /// The kind of the point.
    public var kind: Kind
    /// The number of its registers.
    public var registerCount: Int
    /// How its value is scaled.
    public var scale: Scale
    /// Whether it may be written.
    public var isWritable: Bool
    /// From the ID word of the model, or from the first register of its group.
    public var offset: Int
}

/// Points that come several times in a model.
public struct SunSpecGroup: Sendable, Equatable {
    /// How often a group stands in a model.
    public enum Repeats: Sendable, Equatable {
        case times(Int)
        /// As often as this point of the model says.
        case point(String)
        /// As often as the model has room for.
        case fill
    }

    /// The name.
    public var name: String
    /// How often the group stands in its model.
    public var repeats: Repeats
    /// Its points, in order.
    public var points: [SunSpecPoint]
    /// Its groups, in order.
    public var groups: [SunSpecGroup]

    /// With every group inside taken once.
    public var registerCount: Int {
        points.reduce(0) { $0 + $1.registerCount } + groups.reduce(0) { $0 + $1.registerCount }
    }
}

/// One SunSpec information model: its points after the two header registers, and its groups.
public struct SunSpecModel: Sendable, Equatable {
    /// The number of the model.
    public var id: UInt16
    /// The full name of the model.
    public var label: String
    /// Its points, in order.
    public var points: [SunSpecPoint]
    /// Its groups, in order.
    public var groups: [SunSpecGroup]

    /// With header, and every group taken once.
    public var registerCount: Int {
        2 + points.reduce(0) { $0 + $1.registerCount } + groups.reduce(0) { $0 + $1.registerCount }
    }

    /// The point of a name.
    public subscript(name: String) -> SunSpecPoint? { points.first { $0.name == name } }

    /// Reads a line of the table; a wrong one is a mistake of ours.
    init(parsing line: String) {
        let parts = line.split(separator: "|", maxSplits: 1)
        let head = parts[0].split(separator: " ", maxSplits: 1)
        id = UInt16(head[0])!
        label = head[1].trimming()
        var rest = parts[1]
        (points, groups) = Self.members(&rest, from: 2)
    }

    private static func members(_ text: inout Substring, from offset: Int) -> ([SunSpecPoint], [SunSpecGroup]) {
        var points: [SunSpecPoint] = []
        var groups: [SunSpecGroup] = []
        var next = offset
        let own = text.prefix { $0 != "[" && $0 != "]" }
        text = text.dropFirst(own.count)
        for entry in own.split(separator: ",") where !entry.trimming().isEmpty {
            let point = point(entry.trimming(), offset: next)
            next += point.registerCount
            points.append(point)
        }
        while text.first == "[" {
            text = text.dropFirst()
            let head = text.prefix { $0 != ":" }
            text = text.dropFirst(head.count + 1)
            let words = head.split(separator: " ")
            let (inner, nested) = members(&text, from: 0)
            text = text.dropFirst().drop { $0 == " " }
            let repeats: SunSpecGroup.Repeats =
                Int(words[1]).map { $0 == 0 ? .fill : .times($0) } ?? .point(String(words[1]))
            groups.append(SunSpecGroup(name: String(words[0]), repeats: repeats, points: inner, groups: nested))
        }
        return (points, groups)
    }

    private static func point(_ text: String, offset: Int) -> SunSpecPoint {
        let words = text.split(separator: " ")
        let type = words[1].split(separator: ":")
        let kind = SunSpecPoint.Kind(rawValue: String(type[0]))!
        let count =
            switch kind {
            case .int16, .uint16, .enum16, .bitfield16, .sunssf, .pad: 1
            case .int32, .uint32, .acc32, .bitfield32, .float32: 2
            case .uint64, .acc64: 4
            case .string: Int(type[1])!
            }
        var point = SunSpecPoint(
            name: String(words[0]), kind: kind, registerCount: count, scale: .none, isWritable: false, offset: offset)
        for word in words.dropFirst(2) {
            if word == "rw" {
                point.isWritable = true
            } else {
                point.scale = Int(word).map { .fixed($0) } ?? .point(String(word))
            }
        }
        return point
    }
}

extension StringProtocol {
    fileprivate func trimming() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

// MARK: Reading

/// What a point of a device says.
public enum SunSpecValue: Sendable, Equatable {
    case number(Double)
    case text(String)
    case bits(UInt64)
    /// The device says that it does not have it, or its scale factor is missing or impossible.
    case notImplemented
}

extension SunSpecPoint {
    /// The registers of a point that is not implemented.
    public var notImplemented: [UInt16] {
        switch kind {
        case .int16, .sunssf: [0x8000]
        case .uint16, .enum16, .bitfield16: [0xFFFF]
        case .int32: [0x8000, 0]
        case .uint32, .bitfield32: [0xFFFF, 0xFFFF]
        case .uint64: [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF]
        case .float32: [0x7FC0, 0]
        case .acc32, .acc64, .string, .pad: [UInt16](repeating: 0, count: registerCount)
        }
    }

    /// What registers say; `exponent` is the value of the point's scale factor, nil where that is not implemented.
    public func value(_ words: [UInt16], exponent: Int?) -> SunSpecValue {
        precondition(words.count == registerCount, "a point was decoded from the wrong number of registers")
        switch kind {
        case .pad: return .notImplemented
        case .string:
            let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }.prefix { $0 != 0 }
            return bytes.isEmpty ? .notImplemented : .text(String(decoding: bytes, as: UTF8.self))
        default: break
        }
        if words == notImplemented, kind != .acc32, kind != .acc64 { return .notImplemented }
        let raw = words.reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let number: Double
        switch kind {
        case .bitfield16, .bitfield32: return .bits(raw)
        case .int16, .sunssf: number = Double(Int16(bitPattern: UInt16(raw)))
        case .int32: number = Double(Int32(bitPattern: UInt32(raw)))
        case .float32:
            number = Double(Float(bitPattern: UInt32(raw)))
            guard number.isFinite else { return .notImplemented }
        default: number = Double(raw)
        }
        guard scale != .none else { return .number(number) }
        guard let exponent, (-10...10).contains(exponent) else { return .notImplemented }
        var power = 1.0
        for _ in 0..<abs(exponent) { power *= 10 }
        return .number(exponent < 0 ? number / power : number * power)
    }
}

extension SunSpecModel {
    /// All points of a model as a device has it, by name: `W`, or `Prt[2].DCW` in a group that comes several times.
    /// `words` begin with the model's ID and length; what is cut off is left out, and nothing is read beyond them.
    public func values(in words: [UInt16]) -> [(name: String, point: SunSpecPoint, value: SunSpecValue)] {
        var reader = Reader(words: words, model: self)
        return reader.read()
    }

    private struct Reader {
        let words: [UInt16]
        let model: SunSpecModel
        var result: [(name: String, point: SunSpecPoint, value: SunSpecValue)] = []
        /// A device that says 60,000 curves has not got them.
        static let repeatsMost = 100

        init(words: [UInt16], model: SunSpecModel) {
            self.words = words
            self.model = model
        }

        mutating func read() -> [(name: String, point: SunSpecPoint, value: SunSpecValue)] {
            read(
                model.points, groups: model.groups, at: 0,
                next: model.points.last.map { $0.offset + $0.registerCount } ?? 2, prefix: "")
            return result
        }

        private func raw(_ point: SunSpecPoint, at base: Int) -> [UInt16]? {
            let first = base + point.offset
            guard first >= 0, first + point.registerCount <= words.count else { return nil }
            return Array(words[first..<first + point.registerCount])
        }

        /// Scale factors stand in the model's own points, or in those of the group.
        private func exponent(_ point: SunSpecPoint, among points: [SunSpecPoint], at base: Int) -> Int? {
            switch point.scale {
            case .none: return nil
            case .fixed(let exponent): return exponent
            case .point(let name):
                let own = points.first { $0.name == name && $0.kind == .sunssf }.flatMap { raw($0, at: base) }
                guard let word = own ?? model[name].flatMap({ raw($0, at: 0) }), word[0] != 0x8000 else { return nil }
                return Int(Int16(bitPattern: word[0]))
            }
        }

        private mutating func read(
            _ points: [SunSpecPoint], groups: [SunSpecGroup], at base: Int, next: Int, prefix: String
        ) {
            for point in points where point.kind != .pad {
                guard let raw = raw(point, at: base) else { return }
                result.append(
                    (prefix + point.name, point, point.value(raw, exponent: exponent(point, among: points, at: base))))
            }
            var position = next
            for group in groups {
                let count = repeats(group, from: position)
                for index in 0..<count {
                    guard position + group.registerCount <= words.count else { return }
                    let name = prefix + group.name + (group.repeats == .times(1) ? "." : "[\(index + 1)].")
                    let inner = group.points.reduce(0) { $0 + $1.registerCount }
                    read(group.points, groups: group.groups, at: position, next: position + inner, prefix: name)
                    position += group.registerCount
                }
            }
        }

        private func repeats(_ group: SunSpecGroup, from position: Int) -> Int {
            let room = group.registerCount > 0 ? max(0, words.count - position) / group.registerCount : 0
            let wanted: Int =
                switch group.repeats {
                case .times(let count): count
                case .fill: room
                case .point(let name):
                    model[name].flatMap { raw($0, at: 0) }.map { $0[0] == 0xFFFF ? 0 : Int($0[0]) } ?? 0
                }
            return min(wanted, room, Self.repeatsMost)
        }
    }
}
