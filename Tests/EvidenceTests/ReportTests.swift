import FrequencyResponse
import Testing

@testable import Evidence

@Suite("Reports")
struct ReportTests {
    @Test("numbers keep their sign and their decimals")
    func fixed() {
        #expect(Formatting.fixed(-0.05, 1) == "-0.1")
        #expect(Formatting.fixed(-0.04, 1) == "0.0")
        #expect(Formatting.fixed(49.9851, 3) == "49.985")
        #expect(Formatting.fixed(7, 0) == "7")
        #expect(Formatting.fixed(.nan, 2) == "–")
    }

    @Test("thinning keeps every peak")
    func thinning() {
        var series = Series("test")
        for index in 0..<100_000 { series.append(index == 54_321 ? 99 : index == 12_345 ? -99 : 0, at: Double(index)) }
        let points = series.thinned(to: 100)
        #expect(points.count <= 200)
        #expect(points.contains { $0.value == 99 } && points.contains { $0.value == -99 })
    }

    @Test("a report is whole by itself, and text in it stays text")
    func html() {
        var series = Series("<script>")
        for index in 0..<10 { series.append(Double(index), at: Double(index)) }
        var report = Report(title: "A & B", subtitle: "<i>")
        report.charts = [Chart(title: "chart", unit: "kW", series: [series])]
        let html = report.html
        #expect(html.contains("A &amp; B") && html.contains("&lt;script&gt;"))
        #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
        #expect(html.contains("<svg") && html.contains("<path"))
    }

    @Test(
        "axes have round steps and enclose their values",
        arguments: [(0.0, 1.0), (48.787, 50.089), (-40.0, 40.0), (5.0, 5.0), (0.0, 0.0)])
    func axes(range: (Double, Double)) {
        let axis = Axis(covering: [range.0, range.1])
        #expect(axis.lower <= range.0 && axis.upper >= range.1)
        #expect((2...12).contains(axis.ticks.count))
    }

    @Test("energies count each value until the next one")
    func energy() {
        var recorder = DeliveryRecorder(names: ["bay-1"], capacity: Watts(1_000), nominal: Hertz(50))
        var outputs = TickOutputs.none
        outputs.response = Watts(1_000)
        for second in [0.0, 1_800, 3_600] {
            recorder.add(
                DeliveryMoment(
                    time: second, frequency: Hertz(49.5), outputs: outputs, power: Watts(-900), statesOfCharge: [nil],
                    powers: [Watts(-900)]))
        }
        let facts = Dictionary(uniqueKeysWithValues: recorder.facts.map { ($0.label, $0.value) })
        #expect(facts["net energy asked"] == "1.000 kWh")
        #expect(facts["net energy delivered"] == "0.900 kWh")
        #expect(facts["mean tracking error"] == "10.00 % of capacity")
    }
}
