import ControlLoop
import Devices
import Evidence
import Foundation
public import FrequencyResponse
import Interlocks
import Modbus
import Realtime
public import SiteConfiguration

/// The measurement of one charger.
public struct CommissioningRun {

    private let site: Site
    private let charger: SiteCharger
    private let index: Int
    private let plan: RuntimePlan
    /// The pulses each way, within the charger's limits and what the connection leaves.
    private let power: Watts
    private let dischargePulse: Watts
    /// Others count with all that they could take.
    private let hasOthers: Bool
    /// A pulse of less shows nothing; what a device takes no less of is not gone below.
    private var leastPulse: Watts { max(Watts(250), charger.profile.chargeMinimum) }
    private var leastDischargePulse: Watts { max(Watts(250), charger.profile.dischargeMinimum) }
    private let skipsDeadMan: Bool
    private let bench: CommissioningBench
    private let contacts: InterlockNarrator?
    private let say: (String) -> Void
    private var result: CommissioningResult
    private let started = LiveClock.now()
    private var wasTakenOver = false
    private var wasDriven = false
    /// A charger that was given its supply just now has to start first.
    private var startTime: Interval { site.lines?.startTime ?? .seconds(30) }
    /// What the meter shows without the charger.
    private var quiet: Watts?
    /// How long the meter takes to show a change of power in full.
    private var meterDelay: Interval {
        let meter = site.meters[0]
        return meter.profile.updateTime + meter.profile.averagingTime + meter.pollInterval
    }

    /// With `othersAreIdle` somebody has seen to it that no other charger carries power; else each that has a supply
    /// counts with its whole charge limit, since nobody holds it back.
    public init(
        site: Site, index: Int, power: Watts, skipsDeadMan: Bool, othersAreIdle: Bool, bench: CommissioningBench,
        say: @escaping (String) -> Void
    ) {
        self.bench = bench
        contacts = site.lines.map {
            InterlockNarrator(settings: site.interlockSettings($0), names: site.chargers.map(\.name))
        }
        var site = site
        // Readings as dense as the device allows, so that starts and ramps are seen.
        let spacing = site.chargers[index].profile.reading.spacing
        site.chargers[index].pollInterval = max(.milliseconds(100), spacing)
        self.site = site
        self.index = index
        charger = site.chargers[index]
        plan = site.runtimePlan(observes: false)
        let own = charger
        let others =
            othersAreIdle
            ? []
            : site.chargers.filter { other in
                other.name != own.name && !(site.lines?.permits.contains { $0.charger == other.name } ?? false)
            }
        let limits = site.limits.bounds(
            building: nil, otherImport: others.reduce(.zero) { $0 + $1.settings.chargeLimit }, otherExport: .zero)
        let phases = Double(max(1, charger.phases.count))
        let voltage = site.nominalVoltage * 0.9
        // What the others take of the phase of this charger that they use most.
        let taken =
            charger.phases.map { phase in
                others.filter { $0.phases.contains(phase) }.reduce(Watts.zero) {
                    $0 + $1.settings.chargeLimit / Double($1.phases.count)
                }
            }.max() ?? .zero
        let phaseImport = site.limits.phaseRoom(side: 1, voltage: voltage, others: taken).map { $0 * phases }
        let phaseExport = site.limits.phaseRoom(side: -1, voltage: voltage).map { $0 * phases }
        self.power = min(power, charger.settings.chargeLimit / 2).atMost(limits.highest).atMost(phaseImport)
        dischargePulse = min(power, charger.settings.dischargeLimit / 2).atMost(limits.lowest.map { -$0 })
            .atMost(phaseExport)
        hasOthers = !others.isEmpty
        self.skipsDeadMan = skipsDeadMan
        self.say = say
        result = CommissioningResult(name: charger.name)
    }

    private struct Unfit: Error { var reason: String }

    /// Measures the charger, and leaves it at no power.
    public mutating func measure() -> CommissioningResult {
        say("\(charger.name): \(charger.profile.name) at \(charger.connection), unit \(charger.unit)")
        bench.take(index, of: plan)
        do throws(Unfit) {
            try takeOver()
            let steps = try pulses()
            let least = try smallest()
            let fallback = skipsDeadMan ? nil : try leaveAlone()
            finish(steps, least: least, fallback: fallback)
        } catch {
            result.verdict = error.reason
            result.notes.append(error.reason)
            say("  not fit: \(error.reason)")
            // A zero power that was not written yet is not left to the lease.
            let bench = bench
            if wasDriven { bench.hold(.zero, for: .seconds(2)) { _ in !bench.isZeroPowerAcknowledged } }
        }
        bench.hangUp()
        if wasDriven { bringToNothing() }
        return result
    }

    /// A person who wants to stop is heard at every reading, and one whose terminal is gone can't look on.
    private mutating func hearsStop() -> Bool {
        if HostProcess.nextSignal(within: .zero) != nil { result.isInterrupted = true }
        return result.isInterrupted
    }

    /// Tells what happened at the contacts; a person's wish to stop and an open contact end the measurement.
    private func goOn() throws(Unfit) {
        while let event = bench.lines?.events.pop() { if let contacts { say("  \(contacts.line(event))") } }
        if result.isInterrupted { throw Unfit(reason: "interrupted") }
        if wasTakenOver, bench.isHeldOff {
            throw Unfit(reason: "a contact forbids power, or the site is latched or not armed")
        }
    }

    private mutating func note(_ reading: CommissioningBench.Reading, told: Watts) {
        let time = reading.at.elapsed(since: min(started, reading.at)).seconds
        result.told.append(told.value / 1_000, at: time)
        if let power = reading.charger { result.shown.append(power.value / 1_000, at: time) }
        if let meter = reading.meter, let quiet { result.seen.append((meter - quiet).value / 1_000, at: time) }
    }

    // MARK: Steps

    private mutating func takeOver() throws(Unfit) {
        // Contacts have to be seen at rest before they count as closed; one that can't fall back gets its supply after
        // a pause.
        let pause = charger.profile.timeout == nil ? site.lines?.supplyPause ?? .zero : .zero
        let settled = LiveClock.now() + .seconds(3) + pause
        while bench.isHeldOff, LiveClock.now() < settled {
            bench.hold(.zero, for: .milliseconds(100)) { _ in true }
            _ = hearsStop()
            try goOn()
        }
        wasTakenOver = true
        let until = LiveClock.now() + startTime
        while bench.inputs.control != .controlled, LiveClock.now() < until {
            _ = hearsStop()
            try goOn()
            bench.hold(.zero, for: .milliseconds(500)) { _ in true }
        }
        guard bench.inputs.control == .controlled else {
            let told = bench.events().compactMap { event -> String? in
                if case .charger(let what) = event.kind { return what.description }
                if case .connectFailed(let error, _) = event.kind { return error.description }
                return nil
            }
            throw Unfit(
                reason:
                    """
                    not under control after \(Int(startTime.seconds)) s: \
                    \(told.last ?? bench.inputs.control.description)
                    """
            )
        }
        quiet = zero()
        if quiet == nil {
            result.notes.append(
                "the meter measures no power, so signs and the time of the fall-back can't be checked against it")
        }
    }

    /// What the meter shows while the charger does nothing.
    private func zero() -> Watts? {
        var sum = Watts.zero
        var count = 0
        // What flowed before has to be gone from the meter first.
        bench.hold(.zero, for: meterDelay) { _ in true }
        bench.hold(.zero, for: max(.seconds(3), meterDelay * 3)) { reading in
            if let meter = reading.meter {
                sum += meter
                count += 1
            }
            return true
        }
        return count > 0 ? sum / Double(count) : nil
    }

    private struct Steps {
        var charge: StepResponse?
        var discharge: StepResponse?
        var running: StepResponse?
        var reversal: StepResponse?
    }

    /// A step, and what came of it.
    private mutating func step(
        from start: Watts, to target: Watts, what: String
    ) throws(Unfit) -> StepResponse? {
        if target < .zero { try refuseEmpty() }
        wasDriven = true
        var samples: [StepResponse.Sample] = []
        var meters: [StepResponse.Sample] = []
        let meterDelay = meterDelay.seconds
        let begun = LiveClock.now()
        var copy = self
        bench.hold(target, for: .seconds(25) + self.meterDelay * 4) { reading in
            copy.note(reading, told: target)
            let time = reading.at.elapsed(since: min(begun, reading.at)).seconds
            if let power = reading.charger, reading.at >= begun {
                samples.append(StepResponse.Sample(time: time, power: power))
            }
            if let meter = reading.meter { meters.append(StepResponse.Sample(time: time, power: meter)) }
            if copy.hearsStop() { return false }
            guard let answer = StepResponse(samples, from: start, to: target), let last = samples.last else {
                return true
            }
            // Some seconds more, to see where it settles, at the charger and at the meter.
            return last.time < answer.settledAfter(target - start) + max(3, meterDelay * 4)
        }
        self = copy
        try goOn()
        guard let answer = StepResponse(samples, from: start, to: target) else {
            say("  \(what): it did not follow; it shows \(Formatting.fixed((samples.last?.power ?? .zero).value, 0)) W")
            return nil
        }
        say(
            """
              \(what): dead time \(Formatting.fixed(answer.deadTime, 2)) s, ramp \
            \(Formatting.fixed(answer.ramp.value / 1_000, 2)) kW/s, offset \(Formatting.fixed(answer.offset.value, 0)) W
            """
        )
        let settled = answer.settledAfter(target - start) + meterDelay
        checkSign(commanded: target, meters: meters.filter { $0.time >= settled }.suffix(10).map(\.power))
        return answer
    }

    /// The driver's floor holds here as well.
    private func refuseEmpty() throws(Unfit) {
        guard let vehicle = charger.settings.vehicle else { return }
        guard let charge = bench.inputs.stateOfCharge else {
            throw Unfit(reason: "its state of charge is not known, so it is not discharged")
        }
        guard charge > vehicle.minimumCharge + Ratio(0.01) else {
            throw Unfit(
                reason:
                    """
                    its vehicle is at its driver's floor of \(Formatting.fixed(vehicle.minimumCharge.value * 100, 0)) \
                    %, \
                    so it is not discharged
                    """
            )
        }
    }

    /// A meter that sees the pulse the other way round means that one of the two signs is wrong.
    private mutating func checkSign(commanded: Watts, meters: [Watts]) {
        guard commanded != .zero, let quiet else { return }
        guard meters.count >= 3 else {
            let note = "the meter gave too few values beside a step; its sign and the charger's were not compared there"
            if !result.notes.contains(note) { result.notes.append(note) }
            return
        }
        let change = meters.reduce(Watts.zero, +) / Double(meters.count) - quiet
        if change / commanded < -0.5 {
            result.verdict = "the meter sees it the wrong way round"
            say(
                """
                  \(result.verdict): commanded \(Formatting.fixed(commanded.value, 0)) W, the meter changed by \
                \(Formatting.fixed(change.value, 0)) W
                """
            )
        } else if abs(change / commanded - 1) > 0.3 {
            result.notes.append(
                """
                commanded \(Formatting.fixed(commanded.value, 0)) W, the meter changed by \(Formatting.fixed(change.value, 0)) \
                W; does \
                something else switch meanwhile, or is it behind another meter?
                """
            )
        }
    }

    private mutating func pulses() throws(Unfit) -> Steps {
        var steps = Steps()
        guard power >= leastPulse else {
            throw Unfit(
                reason:
                    """
                    the connection, its phases, the charge limit or --power leave \(Formatting.fixed(power.value, 0)) \
                    W \
                    for a pulse, and it needs \(Formatting.fixed(leastPulse.value, 0)) \
                    W\(hasOthers ? "; where somebody has looked that the other chargers carry nothing, give --others-are-idle" : "")
                    """
            )
        }
        // A change that is too small shows neither a dead time nor a ramp.
        let half = max(power / 2, leastPulse)
        let less = power - half >= Watts(125) ? half : power
        steps.charge = try step(from: .zero, to: power, what: "charging from idle")
        guard steps.charge != nil else { throw Unfit(reason: "it does not follow a setpoint to charge") }
        if less < power { steps.running = try step(from: power, to: less, what: "charging less") }
        if dischargePulse >= leastDischargePulse {
            steps.reversal = try step(from: less, to: -dischargePulse, what: "turned round to discharge")
            guard steps.reversal != nil else {
                throw Unfit(
                    reason:
                        """
                        it does not discharge: is the session bidirectional, and does its vehicle and its grid code \
                        allow it?
                        """
                )
            }
            _ = try step(from: -dischargePulse, to: .zero, what: "to no power")
            steps.discharge = try step(from: .zero, to: -dischargePulse, what: "discharging from idle")
        } else if charger.settings.dischargeLimit > .zero {
            result.notes.append(
                "discharge was not tried: the connection leaves it \(Formatting.fixed(dischargePulse.value, 0)) W")
        }
        _ = try step(from: steps.discharge == nil ? less : -dischargePulse, to: .zero, what: "to no power")
        guard result.verdict == "fit" else { throw Unfit(reason: result.verdict) }
        return steps
    }

    /// The smallest of some powers that it still follows, on both sides.
    private mutating func smallest() throws(Unfit) -> (charge: Watts?, discharge: Watts?) {
        func follows(_ target: Watts, _ run: inout CommissioningRun) -> Bool {
            var last = Watts.zero
            var copy = run
            run.bench.hold(target, for: .seconds(7)) { reading in
                copy.note(reading, told: target)
                if let power = reading.charger { last = power }
                if copy.hearsStop() { return false }
                return (last - target).magnitude > target.magnitude * 0.25 + Watts(20)
            }
            run = copy
            return (last - target).magnitude <= target.magnitude * 0.25 + Watts(20)
        }
        /// The least that it follows, where it did not follow less; and the least that was tried with success.
        func search(_ side: Double, _ run: inout CommissioningRun) -> (least: Watts?, tried: Watts) {
            let most = side > 0 ? run.power : run.dischargePulse
            var least = most
            // What was measured before is measured again; what its maker says holds.
            let floor = side > 0 ? run.charger.profile.chargeMinimum : run.charger.profile.dischargeMinimum
            for share in [0.5, 0.25, 0.1, 0.05] where !run.result.isInterrupted {
                let target = most * share
                guard target >= max(floor, run.charger.settings.resolution) else { break }
                guard follows(target * side, &run) else { return (least, least) }
                least = target
            }
            return (nil, least)
        }
        func text(_ found: (least: Watts?, tried: Watts)) -> String {
            found.least.map { "\(Formatting.fixed($0.value, 0)) W, and not less" }
                ?? "down to \(Formatting.fixed(found.tried.value, 0)) W, the least that was tried"
        }
        var copy = self
        let charge = search(1, &copy)
        if dischargePulse >= leastDischargePulse { try refuseEmpty() }
        let discharge = dischargePulse >= leastDischargePulse ? search(-1, &copy) : (least: nil, tried: .zero)
        self = copy
        try goOn()
        bench.hold(.zero, for: .seconds(2)) { _ in true }
        say(
            "  follows when charging: \(text(charge))"
                + (dischargePulse >= leastDischargePulse ? "; when discharging: \(text(discharge))" : ""))
        return (charge.least, discharge.least)
    }

    /// Left alone in the middle of a charge: the time until the meter sees it go.
    private mutating func leaveAlone() throws(Unfit) -> Interval? {
        guard charger.profile.timeout != nil else {
            result.notes.append("it has no timeout of its own, and loses its supply instead")
            say("  its own timeout: it has none, and loses its supply instead")
            return nil
        }
        guard quiet != nil, bench.meterStandsAlone(in: plan) else {
            result.notes.append("its own timeout was not tested: that needs a meter with a power of its own connection")
            say("  its own timeout: not tested, since no meter on another connection shows its power")
            return nil
        }
        let before = zero()
        guard let before, try step(from: .zero, to: power, what: "charging, to be left alone") != nil else {
            throw Unfit(reason: "it did not follow when it was to be left alone")
        }
        let silentAt = LiveClock.now()
        bench.goSilent()
        var gone: Instant?
        var low = 0
        var copy = self
        let told = power
        bench.hold(nil, for: charger.deviceTimeout * 2 + .seconds(20)) { reading in
            copy.note(reading, told: told)
            if copy.hearsStop() { return false }
            guard let meter = reading.meter else { return true }
            // Three in a row: a kettle that goes off is not a charger that falls back.
            low = (meter - before) / told < 0.5 ? low + 1 : 0
            if low == 1 { gone = reading.at }
            if low == 0 { gone = nil }
            return low < 3
        }
        self = copy
        try goOn()
        guard let gone, low >= 3 else {
            throw Unfit(
                reason:
                    """
                    it does not fall back by itself: \
                    \(Formatting.fixed(LiveClock.now().elapsed(since: silentAt).seconds, 0)) s after the last word it \
                    went \
                    on
                    """
            )
        }
        bench.noteFallenBack()
        // The last thing that fed it may have been a refresh earlier.
        let time = gone.elapsed(since: min(silentAt, gone)) + min(charger.deviceTimeout / 4, .seconds(1))
        say(
            """
              left alone: it had fallen back within \(Formatting.fixed(time.seconds, 2)) s; its timeout was set to \
            \(charger.deviceTimeout.seconds) s
            """
        )
        return time
    }

    /// Whatever went before: it is taken over once more, and left only when it has acknowledged zero power and shows no
    /// power.
    private mutating func bringToNothing() {
        bench.take(index, of: plan)
        defer { bench.hangUp() }
        var withoutSupply = 0
        let until = LiveClock.now() + .seconds(30)
        while LiveClock.now() < until {
            bench.hold(.zero, for: .milliseconds(500)) { _ in true }
            // A contactor that is welded has said so by then.
            withoutSupply = bench.hasNoSupply ? withoutSupply + 1 : 0
            if withoutSupply == 4 {
                say("  its supply is off")
                return
            }
            if bench.isZeroPowerAcknowledged, bench.inputs.power.map({ $0.magnitude < Watts(100) }) ?? false { return }
        }
        result.isLeftPowered = true
        result.commissioned = nil
        result.notes.append("it was not seen at no power at the end")
        say("  it has not acknowledged no power within 30 s, or still shows some")
    }

    private mutating func finish(_ steps: Steps, least: (charge: Watts?, discharge: Watts?), fallback: Interval?) {
        guard result.verdict == "fit", let charge = steps.charge else { return }
        func interval(_ seconds: Double) -> Interval { Interval(nanoseconds: Int64(seconds * 1e9)) }
        let idle = max(charge.deadTime, steps.discharge?.deadTime ?? 0)
        let all = [charge, steps.discharge, steps.running, steps.reversal].compactMap { $0 }
        result.commissioned = Commissioned(
            behaviour: ChargerBehaviour(
                deadTime: interval(steps.running?.deadTime ?? idle), deadTimeIdle: interval(idle),
                deadTimeReversal: interval(steps.reversal?.deadTime ?? idle),
                // The slowest of the ramps that were seen.
                ramp: max(Watts(1), all.map(\.ramp).min() ?? charge.ramp)),
            fallback: fallback, chargeMinimum: least.charge, dischargeMinimum: least.discharge)
        result.chargeOffset = charge.offset
        result.dischargeOffset = steps.discharge?.offset
    }
}
