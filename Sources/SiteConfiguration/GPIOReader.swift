public import FrequencyResponse
public import Interlocks
import Yams

/// An input of the site file.
public struct SiteContact: Sendable, Equatable {
    /// What the contact is for.
    public enum Role: Sendable, Equatable {
        /// With the names of the chargers; nil for all.
        case interlock(StopAction, trips: [String]?, latches: Bool)
        case reset
        /// The mirror contact of the permit of a charger, or of the site's.
        case feedback(charger: String?)
    }

    /// The name.
    public var name: String
    /// The line.
    public var address: LineAddress
    /// What it is for.
    public var role: Role
    /// Whether a closed contact makes a high level.
    public var closedIsHigh: Bool
    /// The resistor inside the chip.
    public var bias: LineBias
    /// How long it must stand closed to count as closed.
    public var debounce: Interval
}

/// An output of the site file.
public struct SiteOutput: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The line.
    public var address: LineAddress
    /// Whether a high level means on.
    public var onIsHigh: Bool
}

/// The contacts and permits of a site.
public struct GPIOSettings: Sendable, Equatable {
    /// The contacts, in the order of the file.
    public var contacts: [SiteContact] = []
    /// The permit of all chargers.
    public var permit: SiteOutput?
    /// By the name of the charger.
    public var permits: [(charger: String, output: SiteOutput)] = []
    /// The lamp.
    public var lamp: SiteOutput?
    /// The heartbeat.
    public var heartbeat: SiteOutput?
    /// How long the pulse-watchdog relay that the heartbeat feeds holds the coils after the last edge; nil when the
    /// site file does not say.
    public var pulseWatchdog: Interval?
    /// How long chargers may need to answer once they have their supply.
    public var startTime = Interval.seconds(180)
    /// How long a supply that control has taken stays away at least.
    public var supplyPause = Interval.seconds(10)

    /// Whether a contact latches.
    public var latches: Bool { contacts.contains { if case .interlock(_, _, true) = $0.role { true } else { false } } }

    /// Whether any permit is there.
    public var hasPermits: Bool { permit != nil || !permits.isEmpty }

    /// Whether both have the same contacts and outputs.
    public static func == (left: Self, right: Self) -> Bool {
        left.contacts == right.contacts && left.permit == right.permit && left.lamp == right.lamp
            && left.heartbeat == right.heartbeat
            && left.pulseWatchdog == right.pulseWatchdog && left.startTime == right.startTime
            && left.supplyPause == right.supplyPause
            && left.permits.map(\.charger) == right.permits.map(\.charger)
            && left.permits.map(\.output) == right.permits.map(\.output)
    }
}

/// Reads the section `gpio` of a site file.
struct GPIOReader {
    let chargers: [SiteCharger]
    /// A charger of the site file could not be read, so that its name is not among these.
    var hasUnread = false
    private static var linesMost: Int { 64 }

    func read(_ section: Section) -> GPIOSettings {
        var settings = GPIOSettings()
        if let outputs = section.section("outputs") {
            settings.permit = outputs.section("permit").flatMap { output("permit", $0) }
            settings.lamp = outputs.section("lamp").flatMap { output("lamp", $0) }
            settings.heartbeat = outputs.section("heartbeat").flatMap { heartbeat in
                settings.pulseWatchdog = heartbeat.interval("pulse_watchdog")
                return output("heartbeat", heartbeat)
            }
            if let own = outputs.section("permits") {
                for charger in chargers where own.has(charger.name) {
                    if let one = own.section(charger.name).flatMap({ output("permits.\(charger.name)", $0) }) {
                        settings.permits.append((charger.name, one))
                    }
                }
                own.finish()
            }
            outputs.finish()
        }
        if let inputs = section.section("inputs") {
            for name in inputs.keys {
                if let contact = inputs.section(name).flatMap({ contact(name, $0, settings) }) {
                    settings.contacts.append(contact)
                }
            }
            inputs.finish()
        }
        if let time = section.interval("start_time") {
            settings.startTime = time
        }
        if let pause = section.interval("supply_pause") {
            settings.supplyPause = pause
        }
        section.finish()
        judge(settings, section)
        return settings
    }

    private func contact(_ name: String, _ section: Section, _ outputs: GPIOSettings) -> SiteContact? {
        let isMirror = name != "reset" && section.has("feedback_of")
        if isMirror { section.narrow(to: .mirror) }
        let address = address(section)
        let closedIsHigh = level(section)
        let bias = bias(section, closedIsHigh: closedIsHigh ?? false)
        // A button of a reset has to be held; a mirror contact has to have come to rest well before it is waited for.
        let debounce = section.interval("debounce")
        let role: SiteContact.Role?
        if name == "reset" {
            role = .reset
        } else if isMirror {
            role = feedback(section, outputs)
        } else {
            role = interlock(name, section, outputs)
        }
        section.finish()
        guard let address, let closedIsHigh, let bias, let debounce, let role else { return nil }
        return SiteContact(
            name: name, address: address, role: role, closedIsHigh: closedIsHigh, bias: bias, debounce: debounce)
    }

    private func interlock(_ name: String, _ section: Section, _ outputs: GPIOSettings) -> SiteContact.Role? {
        let action = section.choice("action", StopAction.allCases.map { ($0.rawValue, $0) })
        let latches = section.choice("latch", [("true", true), ("false", false)])
        var trips: [String]?
        if section.node("trips")?.scalar?.string != "all", let nodes = section.list("trips") {
            trips = []
            if nodes.isEmpty {
                section.report("a contact that trips nobody does nothing; list chargers, or write all", key: "trips")
            }
            for node in nodes {
                let charger = node.scalar?.string ?? "a group"
                guard hasUnread || chargers.contains(where: { $0.name == charger }) else {
                    section.report(
                        "there is no charger “\(charger)”; there are \(chargers.map(\.name).joined(separator: ", "))",
                        at: node,
                        key: "trips")
                    continue
                }
                trips?.append(charger)
            }
        }
        guard let action, let latches else { return nil }
        if action != .block, trips == nil, outputs.permit == nil, !outputs.permits.isEmpty {
            for charger in chargers where !outputs.permits.contains(where: { $0.charger == charger.name }) {
                section.report(
                    """
                    \(name) trips all, and nothing takes power from \(charger.name); give it a permit, or the site one \
                    for all
                    """,
                    key: "action")
            }
        }
        if action != .block, let trips, outputs.hasPermits {
            for charger in trips where !outputs.permits.contains(where: { $0.charger == charger }) {
                section.report(
                    """
                    \(name) has to take the permit of \(charger) away, which has none of its own; give it one under \
                    outputs.permits, trip all, or block, which means zero power with the supply left on
                    """,
                    key: "trips")
            }
        }
        return .interlock(action, trips: trips, latches: latches)
    }

    private func feedback(_ section: Section, _ outputs: GPIOSettings) -> SiteContact.Role? {
        guard let of = section.text("feedback_of") else { return nil }
        if of == "permit", outputs.permit != nil { return .feedback(charger: nil) }
        if outputs.permits.contains(where: { $0.charger == of }) { return .feedback(charger: of) }
        let known = (outputs.permit == nil ? [] : ["permit"]) + outputs.permits.map(\.charger)
        section.report(
            known.isEmpty
                ? "a mirror contact needs a permit under outputs that it watches"
                : """
                there is no permit “\(of)”; there \(known.count == 1 ? "is" : "are") \(known.joined(separator: ", "))
                """,
            key: "feedback_of")
        return nil
    }

    private func output(_ name: String, _ section: Section) -> SiteOutput? {
        let address = address(section)
        let onIsHigh = level(section)
        section.finish()
        guard let address, let onIsHigh else { return nil }
        return SiteOutput(name: name, address: address, onIsHigh: onIsHigh)
    }

    private func address(_ section: Section) -> LineAddress? {
        let chip = section.text("chip")
        let line = section.text("line")
        guard let chip, let line else { return nil }
        return LineAddress(chip: chip, line: UInt32(line).map { .offset($0) } ?? .name(line))
    }

    private func level(_ section: Section) -> Bool? {
        section.choice("active", [("low", false), ("high", true)])
    }

    /// A broken wire has to look like an open contact, so a resistor inside the chip has to pull away from the closed
    /// level.
    private func bias(_ section: Section, closedIsHigh: Bool) -> LineBias? {
        let bias = section.choice(
            "bias",
            [("pull_up", LineBias.pullUp), ("pull_down", .pullDown), ("disabled", .disabled), ("as_is", .asIs)],
            default: closedIsHigh ? .pullDown : .pullUp)
        if bias == .pullUp, closedIsHigh {
            section.report(
                """
                with active: high a pull_up makes a broken wire look like a closed contact; use pull_down, or disabled \
                with a resistor outside
                """,
                key: "bias")
        }
        if bias == .pullDown, !closedIsHigh {
            section.report(
                """
                with active: low a pull_down makes a broken wire look like a closed contact; use pull_up, or disabled \
                with a resistor outside
                """,
                key: "bias")
        }
        return bias
    }

    private func judge(_ settings: GPIOSettings, _ section: Section) {
        let outputs =
            [settings.permit, settings.lamp, settings.heartbeat].compactMap { $0 } + settings.permits.map(\.output)
        var taken: [LineAddress: String] = [:]
        for (name, address) in settings.contacts.map({ ($0.name, $0.address) }) + outputs.map({ ($0.name, $0.address) })
        {
            guard let other = taken.updateValue(name, forKey: address) else { continue }
            section.report("\(name) and \(other) are the same line, \(address)")
        }
        if settings.contacts.count > Self.linesMost {
            section.report("more than \(Self.linesMost) inputs", key: "inputs")
        }
        if outputs.count > Self.linesMost { section.report("more than \(Self.linesMost) outputs", key: "outputs") }
        if settings.latches, !settings.contacts.contains(where: { $0.role == .reset }) {
            section.report("a latch clears only by a local button; add an input named reset", key: "inputs")
        }
        var mirrors: [String: String] = [:]
        for contact in settings.contacts {
            guard case .feedback(let charger) = contact.role else { continue }
            if let other = mirrors.updateValue(contact.name, forKey: charger ?? "permit") {
                section.report(
                    """
                    \(contact.name) and \(other) are mirror contacts of the same permit; wire them in series, and name \
                    one
                    """,
                    key: "inputs")
            }
        }
        if !mirrors.isEmpty, !settings.contacts.contains(where: { $0.role == .reset }) {
            section.report(
                "a welded contactor stays latched until a local button clears it; add an input named reset",
                key: "inputs")
        }
        if settings.hasPermits, settings.heartbeat == nil {
            section.report(
                """
                a permit line alone is not fail-safe: many boards keep its level when the program dies; feed the coil \
                through a pulse-watchdog relay, and name its line under outputs.heartbeat
                """,
                key: "outputs")
        }
    }
}
