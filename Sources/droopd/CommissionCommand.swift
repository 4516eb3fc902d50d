import ArgumentParser
import Commissioning
import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Journal
import Realtime
import SiteConfiguration

struct CommissionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commission",
        abstract:
            "Measures each charger on its site: sign, dead times, ramp, offset, minimum power, and its own timeout.",
        discussion: """
            It moves power: one charger after the other takes and gives a small pulse, is turned round, is told less \
            and less, and is at last left alone in the \
            middle of a charge, to see when it falls back by itself. The daemon must not run meanwhile. What was \
            measured is written to a file that the site file \
            names with `commissioning: FILE`, and to a report with plots. Where the site file has contacts and \
            permits, the permits are asked for as the daemon \
            does, and a contact that opens ends the measurement. A pulse stays within what the connection leaves \
            beside a building at its maximum and all other \
            chargers at their charge limits, since nobody holds those back meanwhile. With --observe nothing is \
            written and nothing is moved: what can be seen is told.
            """)

    @OptionGroup var options: SiteOptions

    @Option(help: "Measures this charger alone; can be given several times.")
    var charger: [String] = []

    @Option(help: "The power of a pulse in kW; 0.5 to 50, and at most half of the charger's limits.")
    var power = 2.0

    @Option(help: "Writes what was measured here; an existing file is kept and the name refused.")
    var output = "commissioned.yaml"

    @Option(help: "Writes the report with plots here; an existing one is kept, and the new one gets a number.")
    var report = "commissioning.html"

    @Flag(help: "Does not ask before it moves power.")
    var yes = false

    @Flag(help: "Leaves out the test in which a charger is left alone.")
    var skipDeadMan = false

    @Flag(
        help: "Counts the other chargers as carrying nothing: somebody has looked that none of them charges by itself.")
    var othersAreIdle = false

    @Flag(help: "Reads every device and contact, writes to none and drives no output.")
    var observe = false

    @Option(help: "For how many seconds each charger is looked at with --observe; 5 to 3600.")
    var observeSeconds = 30

    @OptionGroup var stateOptions: StateOptions

    func validate() throws {
        guard (0.5...50).contains(power) else { throw ValidationError("--power: \(power) kW is outside 0.5 to 50 kW.") }
        guard (5...3_600).contains(observeSeconds) else {
            throw ValidationError("--observe-seconds: \(observeSeconds) is outside 5 to 3600.")
        }
    }

    func run() throws {
        let site = try options.site()
        try site.refuseErrors()
        for name in charger where !site.chargers.contains(where: { $0.name == name }) {
            throw fail(
                """
                --charger: there is no charger \(name); there are \(site.chargers.map(\.name).joined(separator: ", ")).
                """,
                ExitCode(64))
        }
        let chosen = site.chargers.indices.filter { charger.isEmpty || charger.contains(site.chargers[$0].name) }
        if observe {
            try look(site, chosen)
        } else {
            try measure(site, chosen)
        }
    }

    private func measure(_ site: Site, _ chosen: [Int]) throws {
        guard !FileManager.default.fileExists(atPath: output) else {
            throw fail(
                "\(output): this file is there already; move it away, or name another with --output.",
                SystemExit.cannotCreate)
        }
        try ask(site, chosen)
        HostProcess.prepare()
        try site.claimChargers()
        let report = freePath(report)
        try leave(try results(site, chosen, report: report), site, report: report)
    }

    /// What was measured, once all is at rest again.
    private func results(_ site: Site, _ chosen: [Int], report: String) throws -> [CommissioningResult] {
        let state = try stateOptions.open(site)
        let locked = state.locked(site.chargers.map(\.name))
        if let index = chosen.first(where: locked.contains) {
            throw fail(
                """
                \(site.chargers[index].name): locked: \(LockText.all(state.found.site.locks)); run the daemon, end the \
                lock with `droopd unlock`, then commission.
                """,
                SystemExit.unavailable)
        }
        let bench = try open(site, observes: false, latched: state.found.site.latched)
        let keeper = StateKeeper(bench.savedState, state, chargers: [], meters: [])
        defer {
            bench.end()
            keeper.end()
        }
        if let latched = bench.lines?.latched, !latched.isEmpty {
            throw fail(
                """
                latched since before: \(latched.sorted().joined(separator: ", ")); run the daemon, press the reset \
                button on site with the contacts closed, and once more to arm, then commission.
                """,
                SystemExit.unavailable)
        }
        // What can't be written is known before power moves.
        try write("", to: output)
        try write("", to: report)
        var results: [CommissioningResult] = []
        for index in chosen {
            var run = CommissioningRun(
                site: site, index: index, power: Watts(power * 1_000), skipsDeadMan: skipDeadMan,
                othersAreIdle: othersAreIdle, bench: bench
            ) { say($0) }
            let result = run.measure()
            results.append(result)
            if result.isInterrupted || result.isLeftPowered { break }
        }
        return results
    }

    /// Nothing that was measured is left for the daemon: there is nothing.
    private func look(_ site: Site, _ chosen: [Int]) throws {
        say("observing: nothing is written to any device, and no output is driven.")
        let report = freePath(report)
        try write("", to: report)
        HostProcess.prepare()
        let bench = try open(site, observes: true, latched: [])
        defer { bench.end() }
        var results: [CommissioningResult] = []
        for index in chosen {
            results.append(
                CommissioningObservation(
                    site: site, index: index, time: .seconds(Int64(observeSeconds)), bench: bench
                ) { say($0) }.observe())
            if results.last?.isInterrupted ?? false { break }
        }
        try write(CommissioningReport.html(results, site: site, version: Droopd.version), to: report)
        say("report: \(report)")
        if results.contains(where: \.isInterrupted) { throw fail("interrupted; nothing was written.", ExitCode(130)) }
        let unseen = results.filter { $0.shown.values.isEmpty }.map(\.name)
        if !unseen.isEmpty {
            throw fail("\(unseen.joined(separator: ", ")): not seen; see above.", SystemExit.unavailable)
        }
    }

    private func open(_ site: Site, observes: Bool, latched: Set<String>) throws -> CommissioningBench {
        do {
            return try CommissioningBench(site.runtimePlan(observes: observes, latched: latched))
        } catch let failure as LineFailure {
            throw fail(failure.description, SystemExit.unavailable)
        }
    }

    private func leave(_ results: [CommissioningResult], _ site: Site, report: String) throws {
        let passed = results.filter { $0.commissioned != nil }
        if passed.isEmpty {
            try? FileManager.default.removeItem(atPath: output)
        } else {
            let text = CommissioningReport.file(passed, site: site, version: Droopd.version)
            do { try write(text, to: output) } catch { say(text) }
            say("measured: \(output); name it in the site file with `commissioning: \(output)`")
        }
        try write(CommissioningReport.html(results, site: site, version: Droopd.version), to: report)
        say("report: \(report)")
        if let stuck = results.first(where: \.isLeftPowered) {
            throw fail(
                "\(stuck.name): it has not acknowledged no power, or still shows some; look after it by hand.",
                SystemExit.unavailable)
        }
        if results.contains(where: \.isInterrupted) {
            throw fail("interrupted; the charger was brought to no power.", ExitCode(130))
        }
        let unfit = results.filter { $0.commissioned == nil }.map(\.name)
        if !unfit.isEmpty {
            throw fail(
                "\(unfit.joined(separator: ", ")): not fit to be driven; see above and the report.",
                SystemExit.unavailable)
        }
    }

    private func ask(_ site: Site, _ chosen: [Int]) throws {
        let names = chosen.map { site.chargers[$0].name }.joined(separator: ", ")
        say(
            """
            This moves up to \(Formatting.fixed(power, 1)) kW each way through \(names), one after the other, for some \
            minutes each.
            """
        )
        if yes { return }
        guard isatty(0) == 1 else {
            throw fail(
                "commission moves power and asks before; there is no terminal to ask at, so give --yes.", ExitCode(64))
        }
        print("Type yes to go on: ", terminator: "")
        guard readLine()?.trimmingCharacters(in: .whitespaces) == "yes" else {
            throw fail("nothing was moved.", ExitCode(64))
        }
    }
}
