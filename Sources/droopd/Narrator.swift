import ControlLoop
import Devices
import Evidence
import Foundation
import FrequencyResponse
import Modbus
import Replay

/// Turns the records of a running site into lines that a person can follow: what changed, not what stayed.
struct Narrator {
    private let names: [String]
    private var state: SiteState?
    private var gridCode = GridCodeState.connected
    private let rules: GridCodeSettings?
    private var trust: Trust?
    private var links: [ChargerControl]
    /// The chargers that have been under control since the start.
    private(set) var controlled: Set<Int> = []

    private var watches: [FollowWatch]
    private let capacity: Watts
    /// Since when a part of the response is missing, and whether that was said.
    private var missingSince: Instant?
    private var hasToldMissing = false
    private let observes: Bool

    init(names: [String], fleet: [ChargerSettings], capacity: Watts, observes: Bool, gridCode: GridCodeSettings? = nil)
    {
        rules = gridCode
        self.capacity = capacity
        self.names = names
        watches = fleet.map { FollowWatch($0) }
        self.observes = observes
        links = names.map { _ in .unreachable }
    }

    mutating func lines(_ tick: TickRecord, _ chargers: [ChargerRecord]) -> [String] {
        var lines: [String] = []
        let outputs = tick.outputs
        if outputs.judged.trust != trust {
            trust = outputs.judged.trust
            lines.append("frequency: \(outputs.judged.trust.description)")
        }
        for (index, charger) in chargers.enumerated() where charger.inputs.control != links[index] {
            links[index] = charger.inputs.control
            if links[index] == .controlled { controlled.insert(index) }
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
                lines.append("\(names[index]): \(Self.word(finding))")
            }
        }
        lines += missing(outputs, now: tick.inputs.now)
        if outputs.gridCode != gridCode {
            gridCode = outputs.gridCode
            lines.append("grid code: \(gridCode.description(rules))")
        }
        if outputs.state != state {
            state = outputs.state
            let frequency = outputs.judged.frequency.map { " at \(Formatting.fixed($0.value, 3)) Hz" } ?? ""
            lines.append(
                """
                state: \(outputs.state.name)\(frequency), response asked \
                \(Formatting.fixed(outputs.response.value / 1_000, 2)) kW
                """
            )
        }
        return lines
    }

    /// A fiftieth of the capacity, 100 W at least, for two seconds.
    private mutating func missing(_ outputs: TickOutputs, now: Instant) -> [String] {
        guard outputs.state.isActive, outputs.shortfall.magnitude > max(capacity * 0.02, Watts(100)) else {
            defer {
                missingSince = nil
                hasToldMissing = false
            }
            return hasToldMissing ? ["response: whole again"] : []
        }
        let since = missingSince ?? now
        missingSince = since
        guard !hasToldMissing, now.elapsed(since: since) >= .seconds(2) else { return [] }
        hasToldMissing = true
        let side = outputs.shortfall > .zero ? "upwards" : "downwards"
        return [
            """
            response: \(Formatting.fixed(outputs.shortfall.magnitude.value / 1_000, 2)) kW of \
            \(Formatting.fixed(outputs.response.magnitude.value / 1_000, 2)) kW are missing \(side); the connection, \
            the \
            chargers or their vehicles give no more
            """
        ]
    }

    func line(_ event: LinkEvent, link: String) -> String {
        switch event.kind {
        case .connected: "\(link): connected"
        case .connectFailed(let error): "\(link): can't connect, \(Self.word(error)); trying on"
        case .lost(let error): "\(link): connection given up and reset, \(Self.word(error))"
        case .charger(let what): "\(names[event.charger]): \(Self.word(what))"
        }
    }

    private static func word(_ finding: FollowWatch.Finding) -> String {
        func kilowatts(_ power: Watts) -> String { "\(Formatting.fixed(power.value / 1_000, 2)) kW" }
        return switch finding {
        case .refusesDischarge(let told, let shown, let after):
            """
            refuses to discharge: told \(kilowatts(told)), shows \(kilowatts(shown)) after \
            \(Formatting.fixed(after.seconds, 0)) s; is the session bidirectional, and do vehicle, app and grid code \
            allow \
            it?
            """
        case .notFollowing(let told, let shown, let after):
            """
            does not follow: told \(kilowatts(told)), shows \(kilowatts(shown)) after \
            \(Formatting.fixed(after.seconds, 0)) s; its share goes to others
            """
        case .followsAgain: "follows again"
        }
    }

    static func word(_ event: ChargerEvent) -> String {
        switch event {
        case .takenOver: "taken over: neutral written, its timeout set and read back if it has one"
        case .takeOverRefused: "refused to be taken over; trying again"
        case .remoteLost: "somebody else took it over; trying again"
        case .leaseEnded: "lease ended, neutral written and acknowledged"
        case .setpointRefused: "refused setpoints; taking it over again"
        case .timeoutNotKept: "does not keep the timeout that was written; it is not used"
        case .wrongDevice:
            """
            refused: its registers hold values that a device of its profile never shows; nothing is written to it. Is \
            the profile right?
            """
        case .setpointNotKept:
            """
            its setpoint register holds something else than was written; does another master write to it, or does it \
            limit what it is told?
            """
        case .missingModel: "lacks a SunSpec model that its profile needs"
        }
    }

    static func word(_ error: ModbusError) -> String {
        switch error {
        case .notConnected: "not connected"
        // What the call that was to end within the time says of it.
        case .connectionFailed(EINPROGRESS), .connectionFailed(ETIMEDOUT): "no answer in time"
        case .connectionFailed(let code): unsafe String(cString: strerror(code)).lowercased()
        case .timedOut: "no answer in time"
        case .exception(let code): "exception \(code.rawValue)"
        case .badReply(let fault): "a reply that is not to the request (\(fault))"
        case .writeForbidden: "a write while observing"
        }
    }
}
