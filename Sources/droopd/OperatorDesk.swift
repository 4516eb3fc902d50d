import ControlLoop
import Foundation
import FrequencyResponse
import Glibc
import Interlocks
import Journal
import LocalSockets
import SiteConfiguration
import Synchronization

/// Does what persons ask of the running site, and says what came of it.
final class OperatorDesk: Sendable {
    private let meters: [String]
    private let chargers: [String]
    /// Those with a supply of their own that droopd can take away.
    private let switched: Set<String>
    private let interlocks: InterlockSettings
    private let keeper: StateKeeper
    private let siteFile: String
    private let acts: Mutex<PersonActs>
    private let newest: Mutex<TickRecord?>

    init(_ site: Site, _ runtime: SiteRuntime, _ keeper: StateKeeper, siteFile: String) {
        meters = site.meters.map(\.name)
        chargers = site.chargers.map(\.name)
        switched = Set(site.lines?.permits.map(\.charger) ?? [])
        interlocks = site.savedInterlocks
        self.keeper = keeper
        self.siteFile = siteFile
        acts = Mutex(runtime.acts)
        newest = Mutex(nil)
    }

    /// The newest tick, for questions.
    func show(_ tick: TickRecord) { newest.withLock { $0 = tick } }

    func answer(_ request: OperatorRequest, user: UInt32) -> OperatorAnswer {
        let name = Self.name(user)
        switch request.act {
        case .arm: return arm(true, by: name)
        case .disarm: return arm(false, by: name)
        case .trust: return order(request.meter, isTrusted: true, by: name)
        case .distrust: return order(request.meter, isTrusted: false, by: name)
        case .lock: return lock(request.charger, reason: request.reason, by: name)
        case .unlock: return unlock(request.charger, by: name)
        case .locks: return .accepted(LockText.all(keeper.locks))
        case .meters: return .accepted(metersText)
        }
    }

    /// Notes and does it; what the disk does not take is done all the same. Disarming does not wait for the disk.
    func arm(_ isArmed: Bool, by name: String) -> OperatorAnswer {
        if !isArmed { acts.withLock { $0.arm(false) } }
        // A contact that the changed site file does not have any more has no button to reset it: this act does.
        let obsolete = StateFiles.unknownLatches(keeper.latched, interlocks)
        let latched = keeper.latched.subtracting(obsolete).sorted()
        guard !isArmed || latched.isEmpty else {
            return .refused(
                """
                refused: latched: \(latched.joined(separator: ", ")); press the reset button on site with the contacts \
                closed, and once more to arm.
                """)
        }
        if isArmed, !obsolete.isEmpty {
            Log.line(
                "\(obsolete.sorted().joined(separator: ", ")): latched, and no contact of the site any more; cleared")
            keeper.forget(latches: obsolete)
        }
        let reason = keeper.note(
            Arming(isArmed: isArmed, by: name, at: Date().formatted(.iso8601), siteFile: siteFile))
        if isArmed { acts.withLock { $0.arm(true) } }
        let act = isArmed ? "armed" : "disarmed"
        Log.line("\(act) by \(name)")
        guard let reason else { return .accepted("\(act).") }
        return .accepted("\(act), and not saved: \(reason). A restart does not know of it.")
    }

    private func order(_ meter: String?, isTrusted: Bool, by name: String) -> OperatorAnswer {
        guard let meter, let index = meters.firstIndex(of: meter) else {
            return .refused(
                """
                refused: there is no meter “\(meter ?? "")”; there \(meters.count == 1 ? "is" : "are") \
                \(meters.joined(separator: ", ")).
                """)
        }
        let act = isTrusted ? "trusted" : "distrusted"
        guard acts.withLock({ $0.order(meter: index, isTrusted: isTrusted) }) else {
            return .refused("refused: control does not answer; see the log.")
        }
        Log.line("\(meter): \(act) by \(name)")
        let left = isTrusted || meters.count > 1 ? "" : " It is the only meter: the site answers no frequency."
        return .accepted("\(meter): \(act).\(left)")
    }

    private func lock(_ charger: String?, reason: String?, by name: String) -> OperatorAnswer {
        guard let charger, let index = chargers.firstIndex(of: charger) else { return noSuchCharger(charger) }
        guard let reason, !reason.isEmpty, reason.utf8.count <= 200, reason.allSatisfy(Self.isPrintable) else {
            return .refused("refused: a reason of 1 to 200 bytes in one line is needed.")
        }
        if let other = keeper.locks[charger] {
            return .refused("refused: \(LockText.line(charger, other)). One lock is enough; whoever set it ends it.")
        }
        acts.withLock { $0.lock(charger: index, true) }
        let lock = BayLock(reason: reason, by: name, at: Date().formatted(.iso8601))
        let failure = keeper.note(lock, charger: charger)
        Log.line(LockText.line(charger, lock))
        let supply =
            switched.contains(charger)
            ? "its supply goes once its power is low, or after the stop deadline"
            : "its supply stays, since it has no permit of its own"
        let saved = failure.map { " It is not saved: \($0). A restart does not know of it." } ?? ""
        return .accepted(
            """
            \(charger): locked: zero power is ordered; \(supply).\(saved) This isolates by software alone, and a \
            charger out of reach may still have power. It is no lock-out: open and lock the isolator before you touch \
            a conductor.
            """)
    }

    private func unlock(_ charger: String?, by name: String) -> OperatorAnswer {
        guard let charger, let lock = keeper.locks[charger] else {
            guard let charger, chargers.contains(charger) else { return noSuchCharger(charger) }
            return .refused("refused: \(charger) is not locked.")
        }
        // First on the disk: a lock that a restart brings back is safe, one that it forgets is not.
        if let failure = keeper.note(nil, charger: charger) {
            keeper.keep(lock, charger: charger)
            return .refused("refused: the state is not saved (\(failure)), so the lock stays.")
        }
        let left = keeper.locks
        let held = left.indices(of: chargers)
        acts.withLock { acts in
            for index in chargers.indices { acts.lock(charger: index, held.contains(index)) }
        }
        Log.line("\(charger): unlocked by \(name)")
        return .accepted(
            "\(charger): unlocked.\(left.isEmpty ? "" : " Still locked: \(left.keys.sorted().joined(separator: ", ")).")"
        )
    }

    private static func isPrintable(_ character: Character) -> Bool {
        !character.isNewline && character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    private func noSuchCharger(_ name: String?) -> OperatorAnswer {
        .refused("refused: there is no charger “\(name ?? "")”; there are \(chargers.joined(separator: ", ")).")
    }

    private var metersText: String {
        guard let tick = newest.withLock({ $0 }) else { return "no tick yet" }
        let samples = [tick.inputs.sample, tick.inputs.secondSample, tick.inputs.thirdSample]
        var lines = zip(meters, samples).enumerated().map { index, meter in
            let (name, sample) = meter
            let isDistrusted = tick.outputs.distrustedMeters & (1 << UInt8(index)) != 0
            let doubt = isDistrusted ? "; distrusted by a person" : ""
            guard let sample, sample.takenAt <= tick.inputs.now else { return "\(name): no sample yet\(doubt)" }
            let frequency = sample.frequency.map { "\(Formatting.fixed($0.value, 3)) Hz" } ?? "no value"
            let age = Formatting.fixed(tick.inputs.now.elapsed(since: sample.takenAt).seconds, 2)
            return "\(name): \(frequency), \(age) s old\(doubt)"
        }
        lines.append("frequency: \(tick.outputs.judged.trust.description)")
        if let contradiction = tick.outputs.contradiction {
            lines.append(ContradictionText.line(contradiction, meters: meters))
        }
        return lines.joined(separator: "\n")
    }

    private static func name(_ user: UInt32) -> String {
        unsafe getpwuid(user).flatMap { unsafe String(cString: $0.pointee.pw_name) } ?? "user \(user)"
    }
}
