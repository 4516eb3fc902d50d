import ControlLoop
import Devices
import Evidence
import Foundation
package import FrequencyResponse
import Modbus
import Realtime
package import SiteConfiguration

/// What can be seen of a charger without a word to it: whether it answers as its profile says, how often, its power
/// beside the meter's, and the sign where somebody else moves its power meanwhile.
public struct CommissioningObservation {
    private let site: Site
    private let index: Int
    private let time: Interval
    private let bench: CommissioningBench
    private let say: (String) -> Void
    private let started = LiveClock.now()

    package init(site: Site, index: Int, time: Interval, bench: CommissioningBench, say: @escaping (String) -> Void) {
        self.site = site
        self.index = index
        self.time = time
        self.bench = bench
        self.say = say
    }

    /// Looks at the charger for the time, without writing to it.
    public func observe() -> CommissioningResult {
        let charger = site.chargers[index]
        say("\(charger.name): \(charger.profile.name) at \(charger.connection), unit \(charger.unit)")
        var result = CommissioningResult(name: charger.name)
        let plan = site.runtimePlan(observes: true)
        bench.take(index, of: plan)
        defer { bench.hangUp() }
        var readings: [Instant] = []
        /// The charger's power at the meter's readings.
        var pairs: [(charger: Watts, meter: Watts)] = []
        var newest: Watts?
        bench.hold(nil, for: time) { reading in
            let seconds = reading.at.elapsed(since: min(started, reading.at)).seconds
            if let power = reading.charger {
                readings.append(reading.at)
                newest = power
                result.shown.append(power.value / 1_000, at: seconds)
            }
            if let meter = reading.meter {
                result.seen.append(meter.value / 1_000, at: seconds)
                if let newest { pairs.append((newest, meter)) }
            }
            if let signal = HostProcess.nextSignal(within: .zero), signal != SIGHUP { result.isInterrupted = true }
            return !result.isInterrupted
        }
        result.verdict = verdict(readings)
        say("  \(result.verdict)")
        guard !readings.isEmpty else { return result }
        result.notes = notes(readings, pairs)
        for note in result.notes { say("  \(note)") }
        return result
    }

    private func verdict(_ readings: [Instant]) -> String {
        guard readings.isEmpty else {
            return
                """
                observed: \
                \(bench.inputs.control == .controlled ? "answers as its profile says" : bench.inputs.control.description); nothing \
                was written
                """
        }
        let told = bench.events().compactMap { event -> String? in
            if case .charger(let what) = event.kind { return what.description }
            if case .connectFailed(let error, _) = event.kind { return error.description }
            return nil
        }
        return "not seen: \(told.last ?? bench.inputs.control.description)"
    }

    private func notes(_ readings: [Instant], _ pairs: [(charger: Watts, meter: Watts)]) -> [String] {
        let gaps = zip(readings.dropFirst(), readings).map { $0.elapsed(since: $1).seconds }.sorted()
        var notes: [String] = []
        if let most = gaps.last {
            notes.append(
                """
                read every \(Formatting.fixed(gaps[gaps.count / 2], 2)) s, at most \(Formatting.fixed(most, 2)) s apart
                """
            )
        }
        if let power = bench.inputs.power { notes.append("shows \(Formatting.fixed(power.value / 1_000, 2)) kW") }
        notes.append(
            bench.inputs.stateOfCharge.map { "state of charge \(Formatting.fixed($0.value * 100, 0)) %" }
                ?? "shows no state of charge")
        notes.append(sign(pairs))
        return notes
    }

    /// Whether charger and meter moved the same way: the slope of one against the other.
    private func sign(_ pairs: [(charger: Watts, meter: Watts)]) -> String {
        guard pairs.count >= 5 else { return "sign: the meter shows no power beside it" }
        let count = Double(pairs.count)
        let charger = pairs.reduce(0) { $0 + $1.charger.value } / count
        let meter = pairs.reduce(0) { $0 + $1.meter.value } / count
        let spread = (pairs.reduce(0) { $0 + ($1.charger.value - charger) * ($1.charger.value - charger) } / count)
            .squareRoot()
        guard spread >= 100 else { return "sign: not seen, since its power did not move" }
        let slope =
            pairs.reduce(0) { $0 + ($1.charger.value - charger) * ($1.meter.value - meter) } / (spread * spread * count)
        return switch slope {
        case 0.5...: "sign: the meter moves with it, by \(Formatting.fixed(slope, 2)) of its power"
        case ..<(-0.5): "sign: the meter moves the other way, so one of the two signs is wrong"
        default:
            """
            sign: the meter moves by \(Formatting.fixed(slope, 2)) of its power; is it behind another meter, or does \
            something else switch?
            """
        }
    }
}
