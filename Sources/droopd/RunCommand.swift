import ArgumentParser
import ControlLoop
import Foundation
import FrequencyResponse
import Realtime
import SiteConfiguration

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a site until SIGTERM or SIGINT.",
        discussion: "Ends in order: neutral to every charger, wait until each has acknowledged it and its power is low, exit 0.")

    @OptionGroup var options: SiteOptions

    @Flag(help: "Reads every device and writes to none.")
    var observe = false

    func run() throws {
        let site = try options.site()
        let errors = Fitness(site: site).errors
        guard errors.isEmpty else { throw fail(errors.joined(separator: "\n"), SystemExit.badConfiguration) }
        HostProcess.prepare()
        let locked = HostProcess.lockMemory()
        let runtime = SiteRuntime(site.runtimePlan(observes: observe))
        Log.line(
            "\(site.name): \(site.service.kind.rules.name), \(site.chargers.count) chargers, \(runtime.links.count) connections\(observe ? ", observing: nothing is written" : "")"
        )
        if let locked { Log.line("memory is not locked (\(Log.reason(locked))); grant CAP_IPC_LOCK or an unlimited memlock") }
        if let refusal = runtime.realtimeRefusal { Log.line("no real-time scheduling (\(Log.reason(refusal))); grant CAP_SYS_NICE") }
        for section in site.unusedSections { Log.line("\(section): this version does not act on this section yet") }
        var running = RunningSite(site: site, runtime: runtime, observes: observe)
        while true {
            let signal = HostProcess.nextSignal(within: .milliseconds(20))
            running.poll()
            if let signal, signal == SIGHUP {
                Log.line("SIGHUP: reloading is not supported yet; the settings stay as they are")
            } else if signal != nil {
                break
            }
        }
        try running.stop()
    }
}

/// Lines on standard output, at once and with the time.
enum Log {
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data("\(Date().formatted(.iso8601)) \(text)\n".utf8))
    }

    static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)).lowercased() }
}

/// A site that runs, seen from the thread that started it: takes its records, tells what happens, and ends it in order.
struct RunningSite {
    private let site: Site
    private let runtime: SiteRuntime
    private let observes: Bool
    private var narrator: Narrator
    private var chargers: [ChargerRecord] = []
    private var clockUpdatedAt = LiveClock.now()
    private var reportedDrops = 0
    /// What is done with each tick beside telling of it.
    var watch: ((TickRecord, [ChargerRecord]) -> Void)?
    /// Where lines go.
    var say: (String) -> Void = Log.line

    init(site: Site, runtime: SiteRuntime, observes: Bool) {
        self.site = site
        self.runtime = runtime
        self.observes = observes
        narrator = Narrator(names: site.chargers.map(\.name))
    }

    mutating func poll() {
        for link in runtime.links {
            while let event = link.events.pop() { say(narrator.line(event, link: link.name)) }
        }
        while let tick = runtime.nextRecord(&chargers) {
            for line in narrator.lines(tick, chargers) { say(line) }
            watch?(tick, chargers)
        }
        if runtime.droppedRecords > reportedDrops {
            say("\(runtime.droppedRecords - reportedDrops) ticks were not recorded: the log is slower than control")
            reportedDrops = runtime.droppedRecords
        }
        let now = LiveClock.now()
        if now.elapsed(since: clockUpdatedAt) >= .seconds(1) {
            clockUpdatedAt = now
            runtime.updateClock()
        }
    }

    /// Neutral to all; returns once every charger has acknowledged it and its power is low, or says which has not.
    mutating func stop() throws {
        say("stopping: neutral to all chargers")
        runtime.requestStop()
        let deadline = LiveClock.now() + site.stopDeadline
        while LiveClock.now() < deadline, observes || !standing.isEmpty {
            if observes { break }
            _ = HostProcess.nextSignal(within: .milliseconds(10))
            poll()
        }
        let left = observes ? [] : standing
        runtime.end()
        poll()
        guard left.isEmpty else {
            for index in left {
                let charger = site.chargers[index]
                complain(
                    "\(charger.name): neutral was not acknowledged, or power did not fall, within \(site.stopDeadline.seconds) s; its own timeout of \(charger.deviceTimeout.seconds) s ends its setpoint."
                )
            }
            throw SystemExit.unavailable
        }
        say("stopped: every charger that was under control has acknowledged neutral")
    }

    /// The chargers that do not stand at neutral yet, or still carry more than 5 % of their limit. One that never was reached was never told anything.
    private var standing: [Int] {
        chargers.indices.filter { index in
            let record = chargers[index]
            guard record.setpoint.isNeutral else { return true }
            let limit = max(site.chargers[index].settings.chargeLimit, site.chargers[index].settings.dischargeLimit)
            let isLow = record.status.inputs.power.map { $0.magnitude <= limit * 0.05 } ?? true
            if record.status.standsNeutral && isLow { return false }
            return record.status.inputs.link != .unreachable || narrator.controlled.contains(index)
        }
    }
}
