import Devices
import FrequencyResponse
import GPIO
public import Interlocks
import Modbus
import Realtime
public import SiteConfiguration

extension GPIOSettings {
    fileprivate func used(observes: Bool) -> [SiteContact] {
        contacts.filter { if case .feedback = $0.role { !observes } else { true } }
    }
}

/// A line of the site that can't be had, in a sentence.
public struct LineFailure: Error, CustomStringConvertible {
    var name: String
    var address: LineAddress
    var refusal: LineRefusal

    /// A phrase for messages and the log.
    public var description: String {
        let what =
            switch refusal {
            case .noChip(let errno):
                """
                there is no such chip, or it can't be opened (\(SystemError.text(errno))); `gpiodetect` lists the \
                chips
                """
            case .noLine(let label, let lines):
                "the chip (\(label)) has \(lines) lines and none of that name or number; `gpioinfo` lists them"
            case .taken(let consumer):
                """
                it is taken by \(consumer.isEmpty ? "a driver of the kernel" : "“\(consumer)”"); `gpioinfo` shows who \
                holds what
                """
            case .failed(let errno): "the kernel refuses it (\(SystemError.text(errno)))"
            }
        return "gpio: \(name) at \(address): \(what)."
    }
}

extension Site {
    /// The site's threads and connections. With observing no link can write and no output is asked for. `latched` is
    /// what was latched before.
    public func runtimePlan(observes: Bool, latched: Set<String> = []) -> RuntimePlan {
        var links: [LinkPlan] = []
        func link(_ connection: Endpoint) -> Int {
            if let index = links.firstIndex(where: { $0.endpoint == connection }) { return index }
            links.append(LinkPlan(endpoint: connection, mayWrite: !observes))
            return links.count - 1
        }
        for (index, meter) in meters.enumerated() {
            let settings = MeterLinkSettings(
                profile: meter.profile, unit: meter.unit, pollInterval: meter.pollInterval,
                responseTimeout: meter.responseTimeout, judgesFrozen: meter.judgesFrozen)
            links[link(meter.connection)].meters.append((index, settings))
        }
        for (index, charger) in chargers.enumerated() {
            let settings = ChargerLinkSettings(
                profile: charger.profile, unit: charger.unit, pollInterval: charger.pollInterval,
                responseTimeout: charger.responseTimeout, deviceTimeout: charger.deviceTimeout, observes: observes)
            links[link(charger.connection)].chargers.append((index, settings))
        }
        var fleet = fleet
        if let lines {
            for (number, permit) in interlockSettings(lines, observes: observes).permits.enumerated() {
                guard let index = permit.charger else { continue }
                let charger = chargers[index]
                fleet[index].permit = OwnPermit(
                    number: UInt8(number), lossLimit: charger.profile.timeout == nil ? charger.deviceTimeout : nil)
            }
        }
        return RuntimePlan(
            settings: lawSettings(), fleet: fleet, period: period, links: links, armed: true,
            timeZone: timeZone, lines: lines.map { linesPlan($0, observes: observes, latched: latched) })
    }

    /// The contacts and permits as their thread knows them.
    public func interlockSettings(_ lines: GPIOSettings, observes: Bool = false) -> InterlockSettings {
        func index(_ charger: String) -> Int { chargers.firstIndex { $0.name == charger } ?? 0 }
        // While observing no permit is ours, and no mirror contact has anything to mirror.
        var permits = observes ? [] : lines.permit.map { [PermitSettings(name: $0.name, charger: nil)] } ?? []
        if !observes {
            permits += lines.permits.map { PermitSettings(name: $0.output.name, charger: index($0.charger)) }
        }
        let contacts = lines.used(observes: observes).map { contact -> ContactSettings in
            let role: ContactRole =
                switch contact.role {
                case .interlock(let action, let trips, let latches):
                    .interlock(action, trips: trips?.map(index), latches: latches)
                case .reset: .reset
                case .feedback(let charger):
                    .feedback(permit: permits.firstIndex { $0.charger == charger.map(index) } ?? 0)
                }
            return ContactSettings(
                name: contact.name, role: role, closedIsHigh: contact.closedIsHigh, debounce: contact.debounce)
        }
        return InterlockSettings(contacts: contacts, permits: permits, chargerCount: chargers.count)
    }

    private func linesPlan(
        _ lines: GPIOSettings, observes: Bool, latched: Set<String>
    ) -> GPIOPlan {
        let settings = interlockSettings(lines, observes: observes)
        let permits = [lines.permit].compactMap { $0 } + lines.permits.map(\.output)
        let others = [lines.lamp, lines.heartbeat].compactMap { $0 }
        let outputs = observes ? [] : permits + others
        func place(_ output: SiteOutput?) -> Int? {
            output.flatMap { output in outputs.firstIndex { $0.name == output.name } }
        }
        let contacts = lines.used(observes: observes)
        let isLatching = !observes && (lines.latches || lines.hasPermits)
        return GPIOPlan(
            settings: settings,
            outputs: OutputPlan(
                permits: observes ? [] : Array(permits.indices), lamp: place(lines.lamp),
                heartbeat: place(lines.heartbeat),
                inverted: Set(outputs.indices.filter { !outputs[$0].onIsHigh })),
            rules: PermitRules(
                stopDeadline: stopDeadline, startTime: lines.startTime, pause: lines.supplyPause,
                relayTime: lines.pulseWatchdog),
            latched: isLatching ? latched : []
        ) { bell in
            let bank = LineBank(bell: bell)
            for contact in contacts {
                do throws(LineRefusal) {
                    try bank.addInput(contact.address, bias: contact.bias)
                } catch { throw LineFailure(name: contact.name, address: contact.address, refusal: error) }
            }
            for output in outputs {
                do throws(LineRefusal) {
                    try bank.addOutput(output.address, high: !output.onIsHigh)
                } catch { throw LineFailure(name: output.name, address: output.address, refusal: error) }
            }
            return bank
        }
    }
}
