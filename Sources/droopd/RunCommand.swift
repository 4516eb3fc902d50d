import ArgumentParser
import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Interlocks
import Journal
import LocalSockets
import Realtime
import SiteConfiguration
import SunSpecServer

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a site until SIGTERM or SIGINT.",
        discussion:
            """
            Ends in order: zero power to every charger, wait until each has acknowledged it and its power is low, \
            exit 0.
            """
    )

    @OptionGroup var options: SiteOptions

    @Flag(help: "Reads every device and contact, writes to none and drives no output.")
    var observe = false

    @Flag(help: "Arms the site at its start, as `droopd arm` does.")
    var arm = false

    @OptionGroup var stateOptions: StateOptions

    @Option(help: "The folder of the sockets for `droopd arm` and other acts of persons.")
    var sockets = SocketOptions.standard

    func run() throws {
        let site = try options.site()
        try site.refuseErrors()
        HostProcess.prepare()
        let locked = HostProcess.lockMemory()
        if !observe { try site.claimChargers() }
        let state = try observe ? nil : stateOptions.open(site)
        let runtime = try start(site, state)
        let keeper = state.map {
            StateKeeper(
                runtime.savedState, $0, chargers: site.chargers.map(\.name), meters: site.meters.map(\.name))
        }
        Log.line(
            """
            \(site.name): \(site.servicesText), \(Formatting.counted(site.chargers.count, "charger")), \
            \(Formatting.counted(runtime.links.count, "connection"))\(observe ? ", observing: nothing is written" : "")
            """
        )
        if let locked {
            Log.line("memory is not locked (\(SystemError.text(locked))); grant CAP_IPC_LOCK or an unlimited memlock")
        }
        if let refusal = runtime.realtimeRefusal {
            Log.line("no real-time scheduling (\(SystemError.text(refusal))); grant CAP_SYS_NICE")
        }
        for section in site.unusedSections { Log.line("\(section): this version does not act on this section yet") }
        defer {
            keeper?.end()
            Log.finish()
        }
        let hardware = try observe ? nil : site.hardwareWatchdog.map { try watchdog($0, runtime) }
        defer { hardware?.release() }
        watch(runtime, hardware)
        ServiceManager.notify("READY=1\nSTATUS=\(site.name): \(site.servicesText)")
        var running = RunningSite(site: site, runtime: runtime, observes: observe)
        let desk = keeper.map { OperatorDesk(site, runtime, $0, siteFile: site.sourceDigest) }
        if arm, let desk, case let answer = desk.arm(true, by: "droopd run --arm"), !answer.isAccepted {
            Log.line("not armed: \(answer.text)")
        }
        let operators = desk.flatMap { serve($0) }
        running.desk = desk
        let server = try site.sunspec.map { try serve($0, site, runtime) }
        if let server { running.watch = { server.show(site.snapshot($0, $1)) } }
        defer {
            server?.stop()
            operators?.end()
        }
        while true {
            let signal = HostProcess.nextSignal(within: .milliseconds(20))
            running.poll()
            if let signal, signal == SIGHUP {
                Log.line("SIGHUP: reloading is not supported yet; the settings stay as they are")
            } else if signal != nil {
                break
            }
            if runtime.lines?.isLost ?? false { break }
        }
        ServiceManager.notify("STOPPING=1")
        let isLost = runtime.lines?.isLost ?? false
        try running.stop()
        if isLost {
            throw fail(
                "gpio: no contact could be read any more; started anew, droopd asks for its lines again.",
                SystemExit.unavailable)
        }
    }
}

extension RunCommand {
    /// Starts all threads, with what was saved before. A line that can't be had ends the start.
    private func start(_ site: Site, _ state: OpenState?) throws -> SiteRuntime {
        var plan = site.runtimePlan(observes: observe, latched: state?.found.site.latched ?? [])
        state?.report()
        plan.restored = state?.restored(
            chargers: site.chargers.map(\.name), meters: site.meters.map(\.name))
        plan.locked = state?.locked(site.chargers.map(\.name)) ?? []
        plan.armed = state?.isArmed(site.sourceDigest, isAsked: arm) ?? true
        do {
            return try SiteRuntime(plan)
        } catch let failure as LineFailure {
            state?.files.endStart()
            throw fail(failure.description, SystemExit.unavailable)
        }
    }

    /// The socket for acts of persons. A site runs without it as well.
    private func serve(_ desk: OperatorDesk) -> OperatorServing? {
        do {
            return try OperatorServing(desk, folder: sockets)
        } catch {
            Log.line(
                """
                \(SocketOptions.operating(sockets)): \(error); `droopd arm` and the like can't reach this process; name \
                another folder with --sockets
                """)
            return nil
        }
    }

    /// The machine restarts from here on when good ticks stay away.
    private func watchdog(_ settings: HardwareWatchdogSettings, _ runtime: SiteRuntime) throws -> HardwareWatchdog {
        do {
            let watchdog = try HardwareWatchdog(path: settings.device, timeout: settings.timeout)
            Log.line(
                """
                \(settings.device): the machine restarts when no good tick comes for \(Int(watchdog.timeout.seconds)) s
                """
            )
            return watchdog
        } catch {
            _ = runtime.end()
            throw fail(
                """
                control.hardware_watchdog: \(settings.device) can't be had (\(SystemError.text(error.code))); is it there, \
                is it the service manager's, may droopd open it?
                """,
                SystemExit.unavailable)
        }
    }

    private func watch(_ runtime: SiteRuntime, _ hardware: HardwareWatchdog?) {
        let service = ServiceManager.watchdogPeriod
        guard let period = [service, hardware?.timeout].compactMap({ $0 }).min() else { return }
        runtime.watch(period: period) {
            if service != nil { ServiceManager.notify("WATCHDOG=1") }
            hardware?.feed()
        }
    }

    /// The site as one SunSpec DER; whoever may write steers its baseline.
    private func serve(_ settings: SunSpecSettings, _ site: Site, _ runtime: SiteRuntime) throws -> SiteServer {
        let steer = runtime.steer
        do {
            let server = try SiteServer(
                site.nameplate, address: settings.host, port: settings.port, writers: settings.writers,
                steer: { power, now in steer(power.map { BaselineRequest(power: $0, expires: now + .seconds(1)) }) },
                say: { Log.line("sunspec: \($0)") })
            let rights =
                settings.writers.isEmpty ? "read only" : "written by \(settings.writers.joined(separator: ", "))"
            Log.line("sunspec: serving the site as a DER at \(settings.host):\(server.port), \(rights)")
            return server
        } catch {
            _ = runtime.end()
            throw fail(
                "sunspec: can't listen at \(settings.host):\(settings.port): \(error).",
                SystemExit.unavailable)
        }
    }
}

/// A site that runs, seen from the thread that started it: takes its records, tells what happens, and ends it in order.
struct RunningSite {
    private let site: Site
    private let runtime: SiteRuntime
    private let observes: Bool
    private var narrator: Narrator
    private let contacts: InterlockNarrator?
    private var chargers: [ChargerRecord] = []
    private var clockUpdatedAt = LiveClock.now()
    private var reportedDrops = 0
    /// Control periods skipped since they were last told of, and when that was.
    private var skipped: Int64 = 0
    private var skippedToldAt: Instant?
    private var shutdown: OrderedShutdown
    /// Whom the newest tick is shown to.
    var desk: OperatorDesk?
    /// What is done with each tick beside telling of it.
    var watch: ((TickRecord, [ChargerRecord]) -> Void)?
    /// Where lines go.
    var say: (String) -> Void = Log.line

    init(site: Site, runtime: SiteRuntime, observes: Bool) {
        self.site = site
        self.runtime = runtime
        self.observes = observes
        contacts = site.lines.map {
            InterlockNarrator(
                settings: site.interlockSettings($0, observes: observes), names: site.chargers.map(\.name))
        }
        shutdown = OrderedShutdown(fleet: site.fleet)
        narrator = Narrator(site: site, observes: observes)
    }

    mutating func poll() {
        for link in runtime.links {
            while let event = link.events.pop() { say(narrator.line(event, link: link.name)) }
        }
        pollLines()
        while let tick = runtime.nextRecord(&chargers) {
            for line in narrator.lines(tick, chargers) { say(line) }
            shutdown.take(tick, chargers)
            skipped += tick.skipped
            watch?(tick, chargers)
            desk?.show(tick)
        }
        if runtime.droppedRecords > reportedDrops {
            say("\(runtime.droppedRecords - reportedDrops) ticks were not recorded: the log is slower than control")
            reportedDrops = runtime.droppedRecords
        }
        let now = LiveClock.now()
        if skipped > 0, skippedToldAt.map({ now.elapsed(since: $0) > .seconds(10) }) ?? true {
            say("\(skipped) control periods were skipped: ticks came late")
            skipped = 0
            skippedToldAt = now
        }
        if now.elapsed(since: clockUpdatedAt) >= .seconds(1) {
            clockUpdatedAt = now
            runtime.updateClock()
        }
    }

    private mutating func pollLines() {
        guard let lines = runtime.lines else { return }
        while let event = lines.events.pop() { if let contacts { say(contacts.line(event)) } }
    }

    /// Commands zero power and returns once every charger has acknowledged it and shown low power since, or says which
    /// has not.
    mutating func stop() throws {
        say(observes ? "stopping: nothing was written, nothing is" : "stopping: zero power to all chargers")
        runtime.requestStop()
        let deadline = LiveClock.now() + site.stopDeadline
        while !observes, LiveClock.now() < deadline, !shutdown.isComplete {
            _ = HostProcess.nextSignal(within: .milliseconds(10))
            poll()
        }
        let left = observes ? [] : shutdown.remaining
        let haveEnded = runtime.end()
        poll()
        for index in left {
            let charger = site.chargers[index]
            complain(
                """
                \(charger.name): \(shutdown.reason(charger: index)) within \(site.stopDeadline.seconds) s; \
                \(charger.profile.timeout == nil ? "it has no timeout, and its permit was taken" : "its own timeout of \(charger.deviceTimeout.seconds) s ends its setpoint").
                """
            )
        }
        if !haveEnded { complain("a thread hangs and was left behind.") }
        guard left.isEmpty, haveEnded, observes || shutdown.hasBegun else { throw SystemExit.unavailable }
        say(
            observes
                ? "stopped: nothing was written"
                : "stopped: every charger that was under control has acknowledged zero power")
    }
}
