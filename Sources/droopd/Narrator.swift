import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Modbus
import Replay
import SiteConfiguration

/// Turns the records of a running site into lines that a person can follow: what changed, not what stayed.
struct Narrator {
    private let names: [String]
    private var state: SiteState?
    private var rung: Rung?
    private var gridCode = GridCodeState.connected
    private let rules: GridCodeSettings?
    private var trust: Trust?
    private var links: [ChargerControl]
    private var departures: [DepartureOutlook]
    private var isClockTrusted: Bool?
    private var contradiction: MeterContradiction?
    private let meters: [String]
    private var doubtsPhases = false
    private var meterFollowing = MeterFollowing.follows
    private var lostMeterCharging = LostMeterCharging.byTrust
    private let usesClock: Bool
    private var watches: [FollowWatch]
    private var shortfall: ShortfallWatch
    private var swing = SwingWatch()
    private let observes: Bool
    private let devices: DeviceNames

    init(site: Site, observes: Bool) {
        let fleet = site.fleet
        names = site.chargers.map(\.name)
        meters = site.meters.map(\.name)
        devices = DeviceNames(site)
        rules = site.gridCode?.settings
        shortfall = ShortfallWatch(capacity: site.capacity)
        watches = fleet.map { FollowWatch($0) }
        self.observes = observes
        links = names.map { _ in .unreachable }
        departures = names.map { _ in .open }
        usesClock = fleet.contains { $0.vehicle?.departure != nil }
    }

    mutating func lines(_ tick: TickRecord, _ chargers: [ChargerRecord]) -> [String] {
        var lines: [String] = []
        let outputs = tick.outputs
        if outputs.judged.trust != trust {
            trust = outputs.judged.trust
            lines.append("frequency: \(outputs.judged.trust.description)")
        }
        if outputs.contradiction?.preferred != contradiction?.preferred
            || (outputs.contradiction == nil) != (contradiction == nil)
        {
            lines.append(
                outputs.contradiction.map { ContradictionText.line($0, meters: meters) }
                    ?? "the meters agree again, or one of them is distrusted")
        }
        contradiction = outputs.contradiction
        if outputs.doubtsPhases != doubtsPhases {
            doubtsPhases = outputs.doubtsPhases
            lines.append(phases(doubted: doubtsPhases))
        }
        if outputs.meterFollowing != meterFollowing {
            meterFollowing = outputs.meterFollowing
            lines.append(following(meterFollowing))
        }
        if outputs.lostMeterCharging != lostMeterCharging {
            lostMeterCharging = outputs.lostMeterCharging
            if let line = charging(lostMeterCharging) { lines.append(line) }
        }
        if usesClock, tick.inputs.clock.isTrusted != isClockTrusted {
            isClockTrusted = tick.inputs.clock.isTrusted
            lines.append(
                tick.inputs.clock.isTrusted
                    ? "clock: synchronised"
                    : """
                    clock: not synchronised, so departures are not known; `timedatectl timesync-status` says why. \
                    Vehicles with a target are not discharged below it
                    """)
        }
        for (index, charger) in chargers.enumerated() where charger.departure != departures[index] {
            let before = departures[index]
            departures[index] = charger.departure
            let isNotable = [before, charger.departure].contains { $0 == .late || $0 == .unknownDeparture }
            guard isNotable else { continue }
            lines.append("\(names[index]): departure: \(charger.departure.description ?? "it has none now")")
        }
        for (index, charger) in chargers.enumerated() where charger.inputs.control != links[index] {
            links[index] = charger.inputs.control
            lines.append(
                """
                \(names[index]): \
                \(observes && links[index] == .controlled ? "ready, observed" : links[index].description)
                """
            )
        }
        for (index, charger) in chargers.enumerated() where !observes {
            let isDriven = charger.inputs.control == .controlled
            let told = charger.setpoint.isZeroPower ? Watts.zero : charger.setpoint.power
            if let finding = watches[index].update(
                told: isDriven ? told : nil, shown: charger.inputs.power, now: tick.inputs.now)
            {
                lines.append("\(names[index]): \(finding)")
            }
        }
        if let finding = shortfall.update(outputs, now: tick.inputs.now) {
            let bound = zip(names, chargers).map {
                BindingLimits.Charger(name: $0, control: $1.inputs.control, reasons: $1.reasons)
            }
            let limits = BindingLimits.text(bound, upwards: finding.isUpwards)
            lines.append("response: \(finding.sentence(names: names, limits: limits))")
        }
        if let sentence = swing.update(outputs, now: tick.inputs.now) { lines.append("swing: \(sentence)") }
        if outputs.gridCode != gridCode {
            gridCode = outputs.gridCode
            lines.append("grid code: \(gridCode.description(rules))")
        }
        if outputs.state != state || outputs.rung != rung {
            state = outputs.state
            rung = outputs.rung
            let cause = outputs.rung.map { "; \($0); \($0.clears)" } ?? ""
            let frequency = outputs.judged.frequency.map { " at \(Formatting.fixed($0.value, 3)) Hz" } ?? ""
            lines.append(
                """
                state: \(outputs.state.name)\(frequency), response asked \
                \(Formatting.fixed(outputs.response.value / 1_000, 2)) kW\(cause)
                """
            )
        }
        return lines
    }

    private func phases(doubted: Bool) -> String {
        let meter = devices.meters[0].name
        guard doubted else { return "\(meter): for an hour no phase was beyond its current without the chargers" }
        return """
            \(meter): a phase is beyond its current and the chargers do not add to it. Are phases exchanged, a current \
            transformer reversed, or is the building's load too high?
            """
    }

    private func charging(_ charging: LostMeterCharging) -> String? {
        switch charging {
        case .byTrust: nil
        case .byPlan:
            """
            charging: no meter shows a frequency that counts; vehicles are charged by their plans within the limits, \
            and nothing is offered (control.on_meter_lost)
            """
        case .stopped:
            "charging: stopped, because no meter shows a frequency that counts (control.on_meter_lost)"
        }
    }

    private func following(_ verdict: MeterFollowing) -> String {
        let meter = devices.meters[0].name
        return switch verdict {
        case .follows: "\(meter): its power follows the chargers; the measured load of the building counts"
        case .reversed:
            """
            \(meter): three times its power moved against the chargers, so the building's extremes count; is its sign \
            wrong, or are its current transformers reversed?
            """
        case .still:
            """
            \(meter): three times its power did not move with the chargers, so the building's extremes count; does it \
            measure the grid connection, and are its current transformers connected?
            """
        }
    }

    func line(_ event: LinkEvent, link: String) -> String {
        switch event.kind {
        case .connected: "\(link): connected"
        case .connectFailed(let error, let attempts):
            "\(link): can't connect, \(error)\(attempts > 1 ? " (\(attempts) attempts)" : ""); trying on"
        case .lost(let error): "\(link): connection given up and reset, \(error)"
        case .answersAgain(let attempts):
            "\(link): answers again\(attempts > 1 ? " after \(attempts) connections" : "")"
        case .charger(let what): "\(names[event.device]): \(what)"
        case .chargerOmitted(let what, let count):
            "\(names[event.device]): \(what) (\(count) more \(count == 1 ? "time" : "times") in the last minute)"
        case .meterReport(let report): devices.meters[event.device].sentence(report, gives: "frequency")
        case .phases(areRead: true): "\(devices.meters[event.device].name): its phases are read again"
        case .phases(areRead: false):
            """
            \(devices.meters[event.device].name): does not answer for the registers of its phases; the building's \
            extremes on a phase count
            """
        case .chargerReport(let report): devices.chargers[event.device].sentence(report, gives: "reading")
        }
    }
}
