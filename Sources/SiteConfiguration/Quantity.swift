import FrequencyResponse

/// A kind of quantity in the site file, with the units it may be written in.
public enum Dimension: Sendable, CaseIterable {
    case power, apparentPower, powerRate, frequency, frequencyRate, time, energy, voltage, current, share, rate, size

    /// Each unit with the number of base units in it. Base units: W, VA, W/s, Hz, Hz/s, s, Wh, V, A, 1, 1/s, B.
    var units: [(name: String, factor: Double, divisor: Double)] {
        switch self {
        case .power: [("W", 1, 1), ("kW", 1_000, 1), ("MW", 1_000_000, 1)]
        case .apparentPower: [("VA", 1, 1), ("kVA", 1_000, 1)]
        case .powerRate: [("W/s", 1, 1), ("kW/s", 1_000, 1)]
        case .frequency: [("Hz", 1, 1), ("mHz", 1, 1_000)]
        case .frequencyRate: [("Hz/s", 1, 1)]
        case .current: [("A", 1, 1)]
        case .time: [("ms", 1, 1_000), ("s", 1, 1), ("min", 60, 1), ("h", 3_600, 1), ("days", 86_400, 1)]
        case .energy: [("Wh", 1, 1), ("kWh", 1_000, 1), ("MWh", 1_000_000, 1)]
        case .voltage: [("V", 1, 1), ("kV", 1_000, 1)]
        case .share: [("%", 1, 100)]
        case .rate: [("%/h", 1, 360_000), ("%/min", 1, 6_000), ("%/s", 1, 100)]
        case .size: [("MB", 1_000_000, 1), ("GB", 1_000_000_000, 1)]
        }
    }

    var example: String {
        switch self {
        case .power: "7.4 kW"
        case .apparentPower: "4.6 kVA"
        case .powerRate: "3.35 kW/s"
        case .frequency: "49.85 Hz"
        case .frequencyRate: "2.5 Hz/s"
        case .current: "63 A"
        case .time: "50 ms"
        case .energy: "40 kWh"
        case .voltage: "230 V"
        case .share: "80 %"
        case .rate: "20 %/min"
        case .size: "8 GB"
        }
    }

    /// The example, or where it lies outside a range the range's upper end.
    func example(in range: ClosedRange<Double>) -> String {
        if case .value(let value) = QuantityText(example, as: self), range.contains(value) { return example }
        return text(range.upperBound)
    }

    /// A base value as a person would write it.
    func text(_ value: Double) -> String {
        let unit =
            // A single day is written as 24 h.
            units.filter { value.magnitude * $0.divisor / $0.factor >= ($0.name == "days" ? 2 : 1) }
            .max { $0.factor / $0.divisor < $1.factor / $1.divisor } ?? units[0]
        let exact = value * unit.divisor / unit.factor
        // Six decimals say it, but for what is smaller than that.
        let number = exact.magnitude < 1e9 && exact.magnitude >= 1e-3 ? (exact * 1e6).rounded() / 1e6 : exact
        let whole = number.rounded() == number && number.magnitude < 1e15
        return (whole ? String(Int64(number)) : String(number)) + " " + unit.name
    }
}

/// What a scalar says when it is read as a quantity.
enum QuantityText {
    case value(Double)
    case missingUnit
    case wrongUnit(String)
    case notANumber

    init(_ text: String, as dimension: Dimension) {
        let split =
            text.firstIndex { !($0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+")) } ?? text.endIndex
        let digits = text[..<split]
        let unit = String(text[split...].drop { $0 == " " })
        guard Self.isPlainNumber(digits), let number = Double(digits) else {
            self = .notANumber
            return
        }
        guard !unit.isEmpty else {
            self = .missingUnit
            return
        }
        guard let known = dimension.units.first(where: { $0.name == unit }) else {
            self = .wrongUnit(unit)
            return
        }
        self = .value(number * known.factor / known.divisor)
    }

    /// Digits with at most one sign and one point; no exponents, infinities or anything else that `Double` would take.
    private static func isPlainNumber(_ text: Substring) -> Bool {
        let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count) && unsigned.count <= 30
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }
}
