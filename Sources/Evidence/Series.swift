/// A value over time, as it was measured or asked.
public struct Series: Sendable {
    /// The name.
    public var name: String
    /// Drawn broad and pale, so that lines upon it stay visible where they agree.
    public var isBackground: Bool
    /// The times in seconds.
    public private(set) var times: [Double] = []
    /// The value at each time.
    public private(set) var values: [Double] = []

    package init(_ name: String, isBackground: Bool = false) {
        self.name = name
        self.isBackground = isBackground
    }

    /// Adds a value at a time in seconds; nil leaves a gap.
    public mutating func append(_ value: Double?, at time: Double) {
        times.append(time)
        values.append(value ?? .nan)
    }

    /// The lowest and highest values that exist.
    var range: ClosedRange<Double>? {
        var found: ClosedRange<Double>?
        for value in values where value.isFinite {
            found = min(found?.lowerBound ?? value, value)...max(found?.upperBound ?? value, value)
        }
        return found
    }

    /// At most two points per bucket, its lowest and its highest in their order, so that no peak is lost in a small
    /// picture.
    func thinned(to buckets: Int) -> [(time: Double, value: Double)] {
        guard values.count > 2 * buckets else { return zip(times, values).map { ($0, $1) } }
        var points: [(time: Double, value: Double)] = []
        for bucket in 0..<buckets {
            let range = bucket * values.count / buckets..<(bucket + 1) * values.count / buckets
            let present = range.filter { values[$0].isFinite }
            guard let lowest = present.min(by: { values[$0] < values[$1] }),
                let highest = present.max(by: { values[$0] < values[$1] })
            else {
                points.append((times[range.lowerBound], .nan))
                continue
            }
            for index in Set([lowest, highest]).sorted() { points.append((times[index], values[index])) }
        }
        return points
    }
}
