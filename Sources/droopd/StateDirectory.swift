import ArgumentParser
import ControlLoop
import Foundation
import FrequencyResponse
import Interlocks
import Journal
import Realtime
import SiteConfiguration

/// The option that names where state is saved.
struct StateOptions: ParsableArguments {
    @Option(help: "The folder of what has to survive a restart: latches, arming, the state of control.")
    var state = "/var/lib/droopd"

    /// Takes the folder for this process, and reads what was saved there.
    func open(_ site: Site) throws -> OpenState {
        let interlocks = site.savedInterlocks
        var files = StateFiles(directory: state)
        guard files.claim() != .taken else {
            throw fail(
                "state directory \(state): another droopd uses it; end that one first, or name another with --state.",
                SystemExit.unavailable)
        }
        let now = SavingTime(boot: Self.boot, instant: LiveClock.now())
        do {
            let found = try files.load(interlocks, now: now)
            if let reason = files.save(found.site, at: found.time) {
                try refuse("nothing can be written there (\(reason))", unlessWithout: site.lines)
            }
            return OpenState(files: files, found: found, boot: now.boot)
        } catch is StateFiles.NoDirectory {
            try refuse("it can't be made", unlessWithout: site.lines)
            return OpenState(files: files, found: .nothing(at: now), boot: now.boot)
        }
    }

    /// A site whose latches could not be saved is not started. Any other goes on, and its restarts begin anew.
    private func refuse(_ reason: String, unlessWithout lines: GPIOSettings?) throws {
        guard let lines, lines.latches || lines.hasPermits else { return }
        throw fail(
            "state directory \(state): \(reason), and latches would be lost; name another with --state.",
            SystemExit.cannotCreate)
    }

    /// The kernel's name for this start of the machine.
    private static var boot: String? {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The state directory of a process that has it to itself, with what was found there.
struct OpenState {
    var files: StateFiles
    var found: StateFiles.Found
    var boot: String?

    /// After two starts in a row that ended within a minute the law starts without what was saved of it.
    private static var failedStarts: Int { 2 }

    /// What the law goes on with; nil for none. Counts this start. After starts that ended too soon it goes on with what
    /// persons have said of meters and with pauses of supplies alone.
    func restored(chargers: [String], meters: [String]) -> RestoredSite? {
        let failed = files.beginStart()
        guard var law = found.site.law else { return nil }
        var restart = found.restart
        if failed >= Self.failedStarts {
            Log.line(
                """
                the last \(failed) starts ended within 60 s: this one goes on as after a trip, without the saved state \
                of control; latches, locks, arming, and what persons have said of meters stay
                """
            )
            law = law.withoutControl
            restart = .otherBoot
        }
        if found.site.meters != meters {
            law = law.withMeters(found.site.meters.map { meters.firstIndex(of: $0) })
            Log.line(
                """
                meters: the site file has \(meters.joined(separator: ", ")), the saved state \
                \(found.site.meters.joined(separator: ", ")); what was known of a meter goes with its name
                """)
        }
        return RestoredSite(
            law: RestoredState(state: law, restart: restart), chargers: chargers.map { found.site.chargers[$0] })
    }

    /// The indices of the chargers that persons have locked, with lines for the log.
    func locked(_ chargers: [String]) -> Set<Int> {
        let locks = found.site.locks
        for (name, lock) in locks.sorted(by: { $0.key < $1.key }) { Log.line(LockText.line(name, lock)) }
        if let first = locks.unknown(chargers).first {
            Log.line(
                """
                \(locks.unknown(chargers).joined(separator: ", ")): locked, and the site file does not know the name: \
                all chargers are locked until `droopd unlock \(first)`
                """)
        }
        return locks.indices(of: chargers)
    }

    /// Whether the site is armed from its start: as a person has said for this site file, for which `siteFile` stands.
    /// With `isAsked` it is armed anyway, and the log need not say why it is not.
    func isArmed(_ siteFile: String, isAsked: Bool) -> Bool {
        guard let arming = found.site.arming, arming.arms(siteFile) else {
            if !isAsked { Log.line("not armed: \(whyDisarmed)") }
            return false
        }
        Log.line("armed by \(arming.by) at \(arming.at)")
        return true
    }

    private var whyDisarmed: String {
        guard let arming = found.site.arming else {
            return "no one has armed this site yet; check it, then `droopd arm`"
        }
        guard arming.isArmed else { return "disarmed by \(arming.by) at \(arming.at); `droopd arm` arms it" }
        return """
            the site file or a profile has changed since \(arming.by) armed the site at \(arming.at); check it, then \
            `droopd arm`
            """
    }

    /// Lines for the log on what a start has found.
    func report() {
        for doubt in found.doubts {
            Log.line("\(doubt): what is not known counts as after a trip, and every latching contact as tripped")
        }
        for note in found.notes { Log.line(note) }
        if found.isNew { Log.line("no state was saved before: a first start") }
        guard found.site.law != nil else { return }
        switch found.restart {
        case .sameBoot(let away): Log.line("saved state: \(Formatting.fixed(away.seconds, 1)) s old; it goes on")
        case .otherBoot: Log.line("saved state: of before the machine was started; waits begin anew")
        }
    }
}

extension Site {
    /// Stands for the texts of the site file, the others that it names, and its profiles.
    var sourceDigest: String {
        SourceDigest.text(of: sourceFiles.map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" })
    }

    /// The contacts and permits whose latches are saved; none for a site without.
    var savedInterlocks: InterlockSettings {
        lines.map { interlockSettings($0) }
            ?? InterlockSettings(contacts: [], permits: [], chargerCount: chargers.count)
    }
}
