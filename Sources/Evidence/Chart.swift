import FrequencyResponse

/// A line chart as SVG, with axes that a person can read.
public struct Chart: Sendable {
    /// The full name, for people to read.
    public var title: String
    /// The unit of the values.
    public var unit: String
    /// The lines of the plot.
    public var series: [Series]
    /// Levels to mark with a thin line, such as the nominal frequency.
    public var marks: [Double]

    package init(title: String, unit: String, series: [Series], marks: [Double] = []) {
        self.title = title
        self.unit = unit
        self.series = series
        self.marks = marks
    }

    private static let width = 960.0
    private static let height = 260.0
    private static let left = 64.0
    private static let right = 12.0
    private static let top = 12.0
    private static let bottom = 34.0
    private static let colors = [
        "#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0a7ea4", "#bf3989", "#57606a",
    ]

    var svg: String {
        let times = series.flatMap { [$0.times.first, $0.times.last].compactMap { $0 } }
        guard let start = times.min(), let end = times.max(), end > start else {
            return "<p>Nothing was recorded for this chart.</p>"
        }
        let vertical = Axis(covering: (series.compactMap(\.range).flatMap { [$0.lowerBound, $0.upperBound] } + marks))
        let inner = Self.width - Self.left - Self.right
        func x(_ time: Double) -> Double { Self.left + (time - start) / (end - start) * inner }
        func y(_ value: Double) -> Double {
            Self.top + (vertical.upper - value) / (vertical.upper - vertical.lower)
                * (Self.height - Self.top - Self.bottom)
        }
        var parts = [
            """
            <svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" \
            aria-label=\"\(Report.escaped(title))\">
            """
        ]
        for tick in vertical.ticks {
            parts.append(
                """
                <line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" \
                y1=\"\(Self.short(y(tick)))\" y2=\"\(Self.short(y(tick)))\"/>
                """
            )
            parts.append(
                """
                <text class=\"tick\" text-anchor=\"end\" x=\"\(Self.left - 8)\" \
                y=\"\(Self.short(y(tick) + 4))\">\(vertical.label(tick))</text>
                """
            )
        }
        let horizontal = TimeAxis(start: start, end: end)
        for tick in horizontal.ticks {
            parts.append(
                """
                <line class=\"grid\" x1=\"\(Self.short(x(tick)))\" x2=\"\(Self.short(x(tick)))\" y1=\"\(Self.top)\" \
                y2=\"\(Self.height - Self.bottom)\"/>
                """
            )
            parts.append(
                """
                <text class=\"tick\" text-anchor=\"middle\" x=\"\(Self.short(x(tick)))\" \
                y=\"\(Self.height - Self.bottom + 18)\">\(horizontal.label(tick))</text>
                """
            )
        }
        for mark in marks {
            parts.append(
                """
                <line class=\"mark\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" \
                y1=\"\(Self.short(y(mark)))\" y2=\"\(Self.short(y(mark)))\"/>
                """
            )
        }
        for (index, line) in series.enumerated() {
            parts.append(Self.path(line, color: Self.colors[index % Self.colors.count], x: x, y: y))
        }
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    private static func path(_ series: Series, color: String, x: (Double) -> Double, y: (Double) -> Double) -> String {
        var commands: [String] = []
        var isDown = false
        for point in series.thinned(to: 900) {
            guard point.value.isFinite else {
                isDown = false
                continue
            }
            commands.append("\(isDown ? "L" : "M")\(short(x(point.time))) \(short(y(point.value)))")
            isDown = true
        }
        let pen = series.isBackground ? "stroke-width=\"5\" stroke-opacity=\"0.35\"" : "stroke-width=\"1.5\""
        return "<path fill=\"none\" stroke=\"\(color)\" \(pen) d=\"\(commands.joined())\"/>"
    }

    var legend: String {
        series.enumerated().map { index, line in
            """
            <span><i \
            style=\"background:\(Self.colors[index % Self.colors.count])\"></i>\(Report.escaped(line.name))</span>
            """
        }.joined()
    }

    /// One decimal is a tenth of a pixel.
    private static func short(_ value: Double) -> String { String((value * 10).rounded() / 10) }
}

/// A vertical axis with round numbers.
struct Axis {
    let lower: Double
    let upper: Double
    let ticks: [Double]
    private let decimals: Int

    init(covering values: [Double]) {
        let least = values.min() ?? 0
        let most = values.max() ?? 1
        let span = max(most - least, max(least.magnitude, most.magnitude) * 1e-6, 1e-6)
        let step = Self.roundStep(span / 5)
        let first = (least / step).rounded(.down)
        let last = max((most / step).rounded(.up), first + 1)
        lower = first * step
        upper = last * step
        ticks = (Int(first)...Int(last)).map { Double($0) * step }
        var count = 0
        var scaled = step
        while scaled < 0.999, count < 6 {
            scaled *= 10
            count += 1
        }
        decimals = count
    }

    private static func roundStep(_ rough: Double) -> Double {
        var power = 1.0
        while power * 10 <= rough { power *= 10 }
        while power > rough { power /= 10 }
        for factor in [1.0, 2, 5] where factor * power >= rough { return factor * power }
        return 10 * power
    }

    func label(_ value: Double) -> String { Formatting.fixed(value, decimals) }
}

/// A horizontal axis in seconds, minutes, hours or days.
struct TimeAxis {
    let ticks: [Double]
    private let step: Double

    init(start: Double, end: Double) {
        let steps: [Double] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 172_800, 432_000,
        ]
        let step = steps.first { (end - start) / $0 <= 10 } ?? 864_000
        self.step = step
        ticks = Array(stride(from: (start / step).rounded(.up) * step, through: end, by: step))
    }

    func label(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        if step >= 86_400 { return "day \(whole / 86_400 + 1)" }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if step >= 3_600 { return "\(whole / 3_600) h" }
        if step >= 60 { return whole < 3_600 ? "\(whole / 60) min" : "\(whole / 3_600):\(two(whole / 60 % 60)) h" }
        return whole < 60 ? "\(whole) s" : "\(whole / 60):\(two(whole % 60))"
    }
}
