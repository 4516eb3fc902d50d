import ArgumentParser
import Evidence
import Foundation
import FrequencyResponse
import Replay
import SiteConfiguration

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs a recording through the control law in virtual time, with simulated chargers.",
        discussion: """
            Reads text with a header, separated by commas, semicolons or tabs, also packed by gzip or as the one \
            member of a zip archive. The plain form is time_s,frequency_hz and optionally voltage_v.
            """)

    @Argument(help: "The recording; - is standard input.")
    var recording: String

    @OptionGroup var site: SiteOptions

    @Option(help: "Writes a CSV with a row per recorded sample here; - is standard output.")
    var output: String?

    @Option(help: "Writes an HTML report with plots here.")
    var report: String?

    @Flag(help: "Writes a row per tick, also between samples.")
    var everyTick = false

    @Option(
        help:
            """
            Tells why the first tick at or after this time answered as it did: a stamp, a time of day that comes once, \
            or seconds.
            """
    )
    var explain: String?

    @Option(help: "The column with the times, where it is not called time, date or the like.")
    var timeColumn: String?

    @Option(help: "The frequency column, where the recording has several.")
    var column: String?

    @Option(
        help: "What the frequency column holds: hz, mhz, mhz-deviation, hz-deviation or pu.",
        transform: { text in
            guard let unit = RecordedUnit(rawValue: text) else {
                throw ValidationError(
                    "\(text) is not one of \(RecordedUnit.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return unit
        })
    var unit: RecordedUnit?

    func run() throws {
        try refuseOverwriting()
        let site = try site.site()
        // What can't be written is known before a long recording is read.
        for path in [output, report].compactMap({ $0 }) where path != "-" { try refuseUnwritable(path) }
        let recording = try read(site)
        for note in recording.notes { complain("note: \(note).") }
        if let first = recording.gaps.first {
            complain(
                """
                note: \(Formatting.counted(recording.gaps.count, "gap")) of more than 1.5 intervals of \
                \(recording.interval.seconds) s, the first before line \(first.line); there the meter counts as lost.
                """
            )
        }
        if recording.origin.date == nil, site.chargers.contains(where: { $0.settings.vehicle?.departure != nil }) {
            complain(
                """
                note: the recording has no date, so departures are not known, and vehicles with a target are not \
                discharged below it.
                """)
        }
        var run = ReplayRun(recording: recording, site: site.replaySite(recording))
        if let explain {
            do {
                run.explainAt = try recording.time(named: explain)
            } catch {
                throw fail("--explain: \(error.reason).", ExitCode(64))
            }
        }
        let names = site.chargers.map(\.name)
        let table = StepTable(recording: recording, chargerNames: names)
        let sink = try output.map { try TextFileWriter(path: $0) }
        sink?.write(table.header)
        var recorder = DeliveryRecorder(names: names, capacity: site.capacity, nominal: site.nominalFrequency)
        var explanation: [String] = []
        var progress = ProgressBar(total: recording.samples.count, what: "rows")
        run.run { step in
            if step.sample != nil || everyTick { sink?.write(table.row(step)) }
            recorder.add(Self.moment(step), isDrawn: step.sample != nil)
            if step.sample != nil { progress.advance() }
            if let details = step.details { explanation = explained(step, details, site, recording) }
            return sink?.hasFailed != true
        }
        progress.finish()
        try sink?.close()
        if recorder.voltageOutside > 0 {
            complain(
                """
                note: voltage lay outside its window around the nominal \(site.nominalVoltage.value) V for \
                \(Formatting.fixed(recorder.voltageOutside, 0)) s, and frequency did not count then; if that was not a \
                dead bus, is site.nominal_voltage right?
                """
            )
        }
        if output != "-" { summary(recorder, recording) }
        if !explanation.isEmpty {
            (output == "-" ? complain : { print($0) })("\n" + explanation.joined(separator: "\n"))
        }
        if let report {
            try write(html(recorder, recording, site), to: report)
            if output != "-" { print("  report: \(report)") }
        }
    }

    private func read(_ site: Site) throws -> Recording {
        do {
            return try RecordingReader.read(
                path: recording,
                options: RecordingOptions(
                    column: column, timeColumn: timeColumn, unit: unit, nominal: site.nominalFrequency))
        } catch {
            throw fail(error)
        }
    }

    private func explained(_ step: borrowing ReplayStep, _ details: ReplayDetails, _ site: Site, _ recording: Recording)
        -> [String]
    {
        let explanation = Explanation(
            names: site.chargers.map(\.name), settings: site.lawSettings(), fleet: site.chargers.map(\.settings),
            turns: details.turns,
            tick: Explanation.Tick(
                inputs: details.inputs, outputs: step.outputs, chargers: details.chargers,
                setpoints: step.chargers.map(\.setpoint)))
        return ["why, at \(recording.origin.text(step.time)), tick \(step.outputs.tick)"] + explanation.lines
    }

    /// The frequency is the measured one, not the filtered one, as long as it is trusted.
    private static func moment(_ step: borrowing ReplayStep) -> DeliveryMoment {
        let judged = step.outputs.judged
        return DeliveryMoment(
            time: step.time.seconds,
            frequency: step.sample.flatMap { judged.trust == .trusted ? $0.frequency : judged.frequency },
            outputs: step.outputs, power: step.power,
            statesOfCharge: step.chargers.map { $0.stateOfCharge }, powers: step.chargers.map { $0.power })
    }

    private func summary(_ recorder: DeliveryRecorder, _ recording: Recording) {
        print(
            """
            replayed \(recording.samples.count) samples, one per \(recording.interval.seconds) s, with simulated \
            chargers
            """
        )
        for fact in recorder.facts { print("  \(fact.label): \(fact.value)") }
        if let output { print("  steps: \(output)") }
    }

    /// A result must not be written over what it comes from, nor over the other result.
    private func refuseOverwriting() throws {
        let inputs = [recording, site.config].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
        var taken = Set(inputs)
        for path in [output, report].compactMap({ $0 }) where path != "-" {
            guard taken.insert(URL(fileURLWithPath: path).resolvingSymlinksInPath().path).inserted else {
                throw fail("\(path): this file is an input or the other output; name another.", ExitCode(64))
            }
        }
        if report == "-" { throw fail("--report: a report goes into a file; name one.", ExitCode(64)) }
    }

    private func html(_ recorder: DeliveryRecorder, _ recording: Recording, _ site: Site) -> String {
        recorder.report(
            title: "\(site.name): replay of \(URL(fileURLWithPath: recording.file).lastPathComponent)",
            subtitle:
                "\(site.servicesText), \(site.chargers.count) simulated chargers, droopd \(Droopd.version)",
            notes: recording.notes.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." } + [
                "Delivered power is simulated. \(site.dynamicsText)",
                "States of charge count as known from the start of the recording.",
            ]
        ).html
    }
}

extension Site {
    /// Where the dead times and ramps of the simulated chargers come from.
    var dynamicsText: String {
        let assumed = chargers.filter { !$0.settings.behaviour.isKnown }.map(\.name)
        if assumed.isEmpty { return "Dead times and ramps are those of the site file or of its commissioning file." }
        return
            """
            Dead times and ramps of \(Formatting.names(assumed)) are assumed, since they were not measured; those of \
            the others are of the site file or of its commissioning file.
            """
    }

    /// The site with simulated chargers, for a recording.
    func replaySite(_ recording: Recording) -> ReplaySite {
        let zone = timeZone
        let chargers = zip(chargers, fleet).map { charger, settings in
            ReplayCharger(
                name: charger.name, profile: charger.profile, settings: settings, initialCharge: charger.simulatedCharge
            )
        }
        var settings = lawSettings(recordingInterval: recording.interval)
        settings.sensing.first.measuresVoltage = recording.samples.contains { $0.voltageLowest != nil }
        var replay = ReplaySite(
            settings: settings, chargers: chargers, period: period)
        if !zone.isMachine { replay.localOffsets = { zone.offsets(around: $0) } }
        return replay
    }
}
