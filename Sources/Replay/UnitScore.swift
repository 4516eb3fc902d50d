import FrequencyResponse

/// How well a column of numbers fits each unit of frequency: by its range, its spread and its steps.
struct UnitScore {
    /// The middle step between rows, and the range of the middle half of the values: a recording may end on a dead
    /// network, where meters read anything.
    private let step: Double
    private let low: Double
    private let high: Double
    private let nominal: Double
    /// Too few rows to judge how it moves.
    private let isShort: Bool

    /// `values` are the numbers in the order of the rows.
    init(_ values: [Double], nominal: Hertz) {
        let sorted = values.sorted()
        let edge = sorted.count / 4
        low = sorted.isEmpty ? 0 : sorted[edge]
        high = sorted.isEmpty ? 0 : sorted[sorted.count - 1 - edge]
        let steps = zip(values, values.dropFirst()).map { ($1 - $0).magnitude }.sorted()
        step = steps.isEmpty ? 0 : steps[steps.count / 2]
        self.nominal = nominal.value
        isShort = values.count < 20
    }

    /// All units that fit. A grid moves by less than 0.1 Hz from row to row and for half of the time within 2 Hz, and
    /// not within 2 mHz.
    var fitting: [RecordedUnit] {
        var units: [RecordedUnit] = []
        if isAround(nominal, within: 0.1), isMoving(scale: 1) { units.append(.hertz) }
        if isAround(nominal * 1_000, within: 0.1), isMoving(scale: 1_000) { units.append(.millihertz) }
        if isAround(1, within: 0.1), isMoving(scale: 1 / nominal) { units.append(.perUnit) }
        if max(low.magnitude, high.magnitude) <= 3_000, high - low >= 2, isShort || step <= 200 {
            units.append(.millihertzDeviation)
        }
        return units
    }

    private func isAround(_ center: Double, within share: Double) -> Bool {
        low >= center * (1 - share) && high <= center * (1 + share)
    }

    private func isMoving(scale: Double) -> Bool { isShort || step <= 0.1 * scale && high - low <= 2 * scale }

    /// What the numbers are, for a message.
    var description: String {
        """
        lie, for the most part, from \(Formatting.fixed(low, 3)) to \(Formatting.fixed(high, 3)), with steps of \
        \(Formatting.fixed(step, 3))
        """
    }
}
