import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Replay
import Simulation
import SiteConfiguration

/// The demo's view: a screen that is drawn over itself on a terminal, plain lines elsewhere.
final class LiveView {
    private let site: Site
    private let event: GridEvent
    private let duration: Double
    private let isTerminal = isatty(1) == 1
    private var news: [String] = []
    private var trace: [Double] = []
    private var shownAt = -1.0

    init(site: Site, event: GridEvent, duration: Double) {
        self.site = site
        self.event = event
        self.duration = duration
    }

    func begin() {
        print(
            "droopd demo: \(event.title); \(site.chargers.count) simulated chargers, \(site.servicesText)"
        )
        if isTerminal { put("\u{1B}[?25l\u{1B}[2J") }
    }

    func end() {
        if isTerminal { put("\u{1B}[?25h\n") }
    }

    /// A line of news: shown below the chargers, or printed.
    func say(_ line: String) {
        if isTerminal {
            news = (news + [line]).suffix(5)
        } else {
            print(line)
        }
    }

    func show(_ newest: (moment: DeliveryMoment, chargers: [ChargerRecord])?) {
        guard let (moment, chargers) = newest, moment.time >= shownAt + (isTerminal ? 0.2 : 1) else { return }
        shownAt = moment.time
        trace = (trace + [moment.frequency?.value ?? .nan]).suffix(60)
        if isTerminal {
            draw(moment, chargers)
        } else {
            print(line(moment))
        }
    }

    private func line(_ moment: DeliveryMoment) -> String {
        let frequency = moment.frequency.map { "\(Formatting.fixed($0.value, 3)) Hz" } ?? "no frequency"
        let asked = Formatting.fixed(moment.outputs.response.value / 1_000, 2)
        let delivered = moment.power.map { Formatting.fixed((moment.outputs.baseline - $0).value / 1_000, 2) } ?? "?"
        return
            """
            \(Formatting.fixed(moment.time, 0)) s  \(frequency)  \(moment.outputs.state.name)  asked \(asked) kW  \
            delivered \(delivered) kW
            """
    }

    private func draw(_ moment: DeliveryMoment, _ chargers: [ChargerRecord]) {
        var lines = ["droopd demo — \(event.title)", ""]
        let left = max(0, duration - moment.time)
        lines.append("  \(line(moment))   \(Formatting.fixed(left, 0)) s left")
        lines.append("  \(sparkline)")
        lines.append("")
        for (index, charger) in chargers.enumerated() { lines.append(row(site.chargers[index], charger)) }
        lines.append("")
        lines += news.map { "  \($0)" }
        put("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }

    private func row(_ charger: SiteCharger, _ record: ChargerRecord) -> String {
        let power = record.inputs.power?.value ?? 0
        let limit = charger.settings.rating.value
        let half = 12
        let length = min(half, Int((power.magnitude / limit * Double(half)).rounded()))
        let discharge =
            power < 0
            ? String(repeating: " ", count: half - length) + String(repeating: "█", count: length)
            : String(repeating: " ", count: half)
        let charge =
            power > 0
            ? String(repeating: "█", count: length) + String(repeating: " ", count: half - length)
            : String(repeating: " ", count: half)
        let state =
            record.inputs.stateOfCharge.map { Formatting.fixed($0.value * 100, 1) + " %" } ?? "charge unknown"
        func pad(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let setpoint =
            record.setpoint.isZeroPower
            ? "zero power" : Formatting.fixed(record.setpoint.power.value / 1_000, 2) + " kW"
        return
            """
              \(charger.name.padding(toLength: 8, withPad: " ", startingAt: 0)) \(discharge)│\(charge) \
            \(pad(Formatting.fixed(power / 1_000, 2), 6)) kW  told \(pad(setpoint, 8))  \(pad(state, 7))  \
            \(record.inputs.control.description)
            """
    }

    private var sparkline: String {
        let known = trace.filter(\.isFinite)
        guard let least = known.min(), let most = known.max() else { return "" }
        let blocks = Array("▁▂▃▄▅▆▇█")
        let span = max(most - least, 0.05)
        let line = trace.map { $0.isFinite ? blocks[min(7, Int(($0 - least) / span * 7.99))] : " " }
        return String(line) + "  \(Formatting.fixed(least, 2))–\(Formatting.fixed(most, 2)) Hz"
    }

    private func put(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }
}
