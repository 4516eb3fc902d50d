import Foundation
import FrequencyResponse
import TestSupport
import Testing

/// IEEE 1547 droop against outputs of EPRI's OpenDER, on the 50 Hz base.
@Suite("Droop against OpenDER", .enabled(if: TestData.hasOutside, "\(TestData.outsideMissing)"))
struct DroopReferenceTests {
    struct Row {
        var kind: String
        var deadband: Double
        var droop: Double
        var responseTime: Double
        var time: Double?
        var frequency: Double
        var kilowatts: Double
    }

    static func rows() throws -> [Row] {
        let text = try String(
            contentsOfFile: TestData.outside + "/reference/ieee1547-droop-opender.csv", encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Row(
                kind: cells[0], deadband: Double(cells[1])!, droop: Double(cells[3])!, responseTime: Double(cells[4])!,
                time: Double(cells[5]), frequency: Double(cells[7])!, kilowatts: Double(cells[8])!)
        }
    }

    static func site(_ row: Row) throws -> TestSite {
        var site = TestSite(chargers: 2, limit: 10_000)
        site.settings.services = ServiceStack(
            ServiceSettings(
                kind: .droop,
                curve: try CurveShape.droop(deadband: Hertz(row.deadband), droop: Ratio(row.droop), nominal: Hertz(50))
                    .curve(),
                direction: .both, capacity: Watts(10_000), baselineRule: .frozen,
                responseTime: Interval(nanoseconds: Int64(row.responseTime * 1e9)), duration: .seconds(900)))
        return site
    }

    @Test("settled power is equal to 1e-4 kW at every frequency")
    func steady() throws {
        let rows = try Self.rows().filter { $0.kind == "steady" }
        #expect(rows.count == 42)
        for row in rows {
            var site = try Self.site(row)
            var response = Watts.zero
            for _ in 0..<2_400 { response = site.tick(frequency: row.frequency).response }
            #expect(abs(response.value / 1_000 - row.kilowatts) < 1e-4, "at \(row.frequency) Hz")
        }
    }

    @Test("a step is followed within 0.1 % of the rating at every 50 ms", arguments: [1.0, 5.0])
    func step(responseTime: Double) throws {
        let rows = try Self.rows().filter { $0.kind == "step" && $0.responseTime == responseTime }
        #expect(rows.count == 401)
        var site = try Self.site(rows[0])
        var largest = 0.0
        for row in rows {
            let response = site.tick(frequency: row.frequency).response
            largest = max(largest, abs(response.value / 1_000 - row.kilowatts))
        }
        #expect(largest < 0.01)
    }
}
