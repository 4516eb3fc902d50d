import Evidence
import Foundation
import FrequencyResponse
public import SiteConfiguration

/// What commissioning leaves behind: a file for the daemon, and a report with plots.
public enum CommissioningReport {
    /// The file that the site file names.
    public static func file(_ results: [CommissioningResult], site: Site, version: String) -> String {
        let day = ISO8601DateFormatter().string(from: Date())
        var text = "# Measured by droopd \(version) at \(site.name) on \(day).\ncommissioned:\n"
        func milliseconds(_ time: Interval) -> String { "\((time.nanoseconds + 999_999) / 1_000_000) ms" }
        func watts(_ power: Watts) -> String { "\(Formatting.fixed(power.value, 0)) W" }
        for result in results {
            guard let found = result.commissioned else { continue }
            let behaviour = found.behaviour
            text += "  - name: \(result.name)\n    measured: \"\(day)\"\n"
            text +=
                """
                    dynamics: { dead_time: \(milliseconds(behaviour.deadTime)), dead_time_idle: \
                \(milliseconds(behaviour.deadTimeIdle)), dead_time_reversal: \
                \(milliseconds(behaviour.deadTimeReversal)), ramp: \(Formatting.fixed(behaviour.ramp.value, 0)) W/s }\n
                """
            if let fallback = found.fallback { text += "    fallback: \(milliseconds(fallback))\n" }
            if let least = found.chargeMinimum { text += "    charge_minimum: \(watts(least))\n" }
            if let least = found.dischargeMinimum { text += "    discharge_minimum: \(watts(least))\n" }
            if let offset = result.chargeOffset { text += "    charge_offset: \(watts(offset))\n" }
            if let offset = result.dischargeOffset { text += "    discharge_offset: \(watts(offset))\n" }
        }
        return text
    }

    /// The report with its plots.
    public static func html(_ results: [CommissioningResult], site: Site, version: String) -> String {
        var report = Report(
            title: "\(site.name): commissioning",
            subtitle: "droopd \(version), \(ISO8601DateFormatter().string(from: Date()))")
        report.charts = results.map { result in
            Chart(
                title: result.name, unit: "kW, positive is charging", series: [result.told, result.shown, result.seen],
                marks: [0])
        }
        report.tableHeader = [
            "charger", "verdict", "dead time", "from idle", "at reversal", "ramp", "offset", "smallest power",
            "falls back after",
        ]
        report.tableRows = results.map { result in
            let found = result.commissioned
            func seconds(_ time: Interval?) -> String { time.map { "\(Formatting.fixed($0.seconds, 2)) s" } ?? "–" }
            return [
                result.name, result.verdict, seconds(found?.behaviour.deadTime), seconds(found?.behaviour.deadTimeIdle),
                seconds(found?.behaviour.deadTimeReversal),
                found.map { "\(Formatting.fixed($0.behaviour.ramp.value / 1_000, 2)) kW/s" } ?? "–",
                result.chargeOffset.map { "\(Formatting.fixed($0.value, 0)) W" } ?? "–",
                found?.chargeMinimum.map { "\(Formatting.fixed($0.value, 0)) W" } ?? "–", seconds(found?.fallback),
            ]
        }
        report.notes = results.flatMap { result in result.notes.map { "\(result.name): \($0)" } }
        return report.html
    }
}
