import FrequencyResponse

/// A droop curve drawn with characters.
struct CurvePicture {
    private let answer: (Hertz) -> Double
    private let reach: Double
    private let nominal: Hertz

    init(curve: Curve, nominal: Hertz) {
        answer = { curve.response(at: $0).value }
        reach = max(curve[0].deviation.magnitude, curve[curve.pointCount - 1].deviation.magnitude).value * 1.2
        self.nominal = nominal
    }

    /// A block from its trigger on.
    init(trigger: TriggerSettings, nominal: Hertz) {
        let edge = trigger.trigger - nominal
        answer = { edge < .zero ? ($0 <= edge ? trigger.power.value : 0) : ($0 >= edge ? -trigger.power.value : 0) }
        reach = edge.magnitude.value * 2
        self.nominal = nominal
    }

    private static let width = 61
    private static let height = 15

    var text: String {
        var rows = [[Character]](repeating: [Character](repeating: " ", count: Self.width), count: Self.height)
        rows[Self.height / 2] = [Character](repeating: "·", count: Self.width)
        for row in rows.indices where rows[row][Self.width / 2] != "·" { rows[row][Self.width / 2] = "·" }
        for column in 0..<Self.width {
            let deviation = (Double(column) / Double(Self.width - 1) * 2 - 1) * reach
            let response = answer(Hertz(deviation))
            let row = Int(((1 - response) / 2 * Double(Self.height - 1)).rounded())
            rows[row][column] = "●"
        }
        let labels = ["+100 %", "   0 %", "-100 %"]
        let lines = rows.enumerated().map { index, row -> String in
            let label =
                index == 0
                ? labels[0] : index == Self.height / 2 ? labels[1] : index == Self.height - 1 ? labels[2] : "      "
            return "  \(label) " + String(row)
        }
        let left = Formatting.fixed(nominal.value - reach, 2)
        let right = Formatting.fixed(nominal.value + reach, 2)
        let middle = Formatting.fixed(nominal.value, 2)
        let gap = (Self.width - left.count - middle.count - right.count) / 2
        return lines.joined(separator: "\n") + "\n         " + left + String(repeating: " ", count: gap) + middle
            + String(repeating: " ", count: gap) + right + " Hz"
    }
}
