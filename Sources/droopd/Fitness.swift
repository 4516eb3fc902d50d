import Devices
import Evidence
import FrequencyResponse
import Interlocks
import Modbus
import SiteConfiguration

/// What a valid site is fit for: reaction time part by part, meter resolution, and how long a charger may go on alone.
struct Fitness {
    let summary: [String]
    let warnings: [String]
    let errors: [String]

    init(site: Site) {
        let meter = site.meters[0]
        var summary = ["\(site.name): \(site.servicesText), \(site.chargers.count) chargers"]
        var warnings: [String] = []
        var errors: [String] = []

        for budget in site.busBudgets {
            summary.append(Self.text(budget))
            guard let load = budget.load else { continue }
            for (name, exchange) in zip(budget.devices, budget.exchanges) {
                guard let timeout = site.responseTimeout(of: name), timeout < exchange + .milliseconds(50) else {
                    continue
                }
                let sentence =
                    """
                    \(name): one exchange takes \(Self.milliseconds(exchange)) on \(budget.endpoint), and its \
                    response_timeout is \(Self.milliseconds(timeout))
                    """
                if timeout <= exchange {
                    errors.append(
                        sentence + ", so no answer could ever come in time; raise response_timeout or the baud rate.")
                } else {
                    warnings.append(
                        sentence
                            + """
                            , which leaves the device little time of its own; raise response_timeout or the baud rate.
                            """
                    )
                }
            }
            if load > 1 {
                errors.append(
                    """
                    \(budget.endpoint): the line would be busy for \(Self.percent(load)) of the time; poll less often, \
                    raise the baud rate, or spread \(budget.devices.joined(separator: ", ")) over more lines.
                    """
                )
            } else if load > 0.7 {
                warnings.append(
                    """
                    \(budget.endpoint): the line is busy for \(Self.percent(load)) of the time, before any answer's \
                    delay and any changed setpoint.
                    """
                )
            }
        }
        for endpoint in Set(site.chargers.map(\.connection)).sorted(by: { "\($0)" < "\($1)" }) {
            let timeouts =
                site.meters.filter { $0.connection == endpoint }.map(\.responseTimeout)
                + site.chargers.filter { $0.connection == endpoint }.map(\.responseTimeout)
            // On a serial line a device is left alone for as long again, once it has not answered, and meanwhile
            // another may have its turn.
            let wait = (timeouts.max() ?? .zero) * (endpoint.line == nil ? 1 : timeouts.count == 1 ? 2 : 3)
            summary.append(
                """
                \(endpoint): a neutral waits at most \(Self.milliseconds(wait)) for an answer that does not \
                come\(endpoint.line == nil ? "" : ", and the silence after it")
                """
            )
        }
        if let grid = site.gridCode {
            let own = grid.settings
            summary.append(
                """
                grid code: \(grid.code.title); enters service after \(Formatting.fixed(own.enterDelay.seconds, 0)) s \
                between \(own.enterFrequency.lowest.value) and \(own.enterFrequency.highest.value) Hz, then over \
                \(Formatting.fixed(own.enterRamp.seconds, 0)) s; a dip below \(Self.percent(own.dipBelow.value)) is ridden \
                through for \(Self.milliseconds(own.rideThrough))
                """
            )
            for index in 0..<own.ruleCount { summary.append("  trips \(own.rules[index].description)") }
            warnings.append("grid_code: not verified against the code's text: \(grid.code.unverified).")
            warnings.append(
                """
                grid_code: droopd keeps to these values and is no interface protection; that is in the charger or in a \
                relay of its own.
                """
            )
        }
        if let lines = site.lines { summary += Self.text(lines) }
        let bus = site.busBudgets[0]
        // The worst case of each part, one after the other.
        let parts: [(String, Interval)] = [
            ("half the meter's averaging", meter.profile.averagingTime / 2),
            ("meter update", meter.profile.updateTime),
            ("poll", meter.pollInterval),
            ("what the line has begun", bus.longestExchange),
            ("reading", bus.reading),
        ]
        .filter { $0.1 > .zero }
        let rest = [("low-pass filter", site.filterTime), ("control period", site.period)].filter { $0.1 > .zero }
        let age = parts.reduce(Interval.zero) { $0 + $1.1 }
        let reaction = rest.reduce(age) { $0 + $1.1 }
        summary.append(
            "a frequency is at most \(Self.milliseconds(age)) old when control gets it (\(Self.list(parts)))")
        summary.append(
            """
            reaction time up to the setpoint's write: \(Self.milliseconds(reaction)) at worst (that, \
            \(Self.list(rest))); the devices' own answer times have not been measured
            """
        )
        let qualification = Qualification(site: site)
        summary += qualification.summary
        warnings += qualification.warnings
        for service in site.services.map(\.settings) {
            let rules = service.kind.rules
            let texts = [rules.unverified.description, service.energy == nil ? "" : rules.unverifiedEnergy.description]
                .filter {
                    !$0.isEmpty
                }
            if !texts.isEmpty { warnings.append("\(rules.name): not verified: \(texts.joined(separator: "; ")).") }
        }
        for (index, kind) in site.services.map(\.settings.kind).enumerated() {
            guard let first = site.services[..<index].firstIndex(where: { $0.settings.kind == kind }), kind != .step,
                kind != .curve
            else {
                continue
            }
            warnings.append(
                """
                services[\(index + 1)]: \(kind.rules.name) stands already as services[\(first + 1)]; both are \
                answered, with the sum of their capacities.
                """
            )
        }
        if site.services.contains(where: { if case .signal = $0.settings.method { true } else { false } }) {
            warnings.append(
                """
                pjm-regd: this version receives no signal on site, so the service asks for nothing; a replay takes it \
                from a column called signal.
                """
            )
        }

        let resolution = meter.profile.resolution
        if resolution >= Hertz(0.1) {
            errors.append(
                "\(meter.name): a meter that shows steps of \(Formatting.fixed(resolution.value, 2)) Hz can't serve droop."
            )
        } else if resolution >= Hertz(0.01) {
            warnings.append(
                """
                \(meter.name): \(meter.profile.name) shows frequency in steps of \
                \(Formatting.fixed(resolution.value * 1_000, 1)) mHz; services ask for 10 mHz accuracy or better.
                """
            )
        }
        for service in site.services.map(\.settings) where service.followsCurve {
            guard let deadband = Self.deadband(service.curve), deadband < resolution * 2 else { continue }
            warnings.append(
                """
                \(meter.name): the deadband of \(Formatting.fixed(deadband.value * 1_000, 1)) mHz of \
                \(service.kind.rules.name) is less than twice the meter's step.
                """
            )
        }
        if !meter.judgesFrozen {
            warnings.append(
                """
                \(meter.name): frozen_check is off, so a meter that stands still goes on being believed; only a bench \
                wants that.
                """
            )
        }
        if meter.profile.voltages.isEmpty {
            warnings.append("\(meter.name): no voltage is measured, so a dead bus can't be told from a live one.")
        }
        for (phase, sum) in Self.phaseSums(site) {
            summary.append("\(phase.rawValue): chargers up to \(Self.kilowatts(sum))")
            guard let current = site.limits.phaseCurrent else { continue }
            let room = max(.zero, Watts(current * site.nominalVoltage.value) - site.limits.buildingPhaseMaximum)
            if room < sum {
                warnings.append(
                    """
                    site.connection.phase_current: \(Formatting.fixed(current, 0)) A less a building of up to \
                    \(Self.kilowatts(site.limits.buildingPhaseMaximum)) on one phase leaves the chargers on \
                    \(phase.rawValue) \
                    \(room == .zero ? "nothing, so they never charge" : "\(Self.kilowatts(room)) of their \(Self.kilowatts(sum)) of charging"); \
                    building.phase_maximum says how much of it hangs on one phase.
                    """
                )
            }
        }
        for charger in site.chargers {
            if charger.profile.provenance.verifiedBy == nil {
                let warning = "\(charger.profile.name): nobody has verified this profile on hardware."
                if !warnings.contains(warning) { warnings.append(warning) }
            }
            let protection = "grid protection: \(charger.gridProtection ?? "none needed")"
            if let fallback = charger.measuredFallback {
                summary.append(
                    """
                    \(charger.name): goes on for \(Self.milliseconds(fallback)) after droopd's death, as measured; \
                    \(protection)
                    """
                )
            } else if charger.profile.timeout == nil, let relay = site.lines?.pulseWatchdog {
                summary.append(
                    """
                    \(charger.name): has no timeout; its supply is taken \
                    \(Self.milliseconds(charger.settings.readingAgeLimit + charger.deviceTimeout + site.period)) after \
                    its last answer, and \(Self.milliseconds(relay)) after droopd's death by the pulse-watchdog relay; \
                    \(protection)
                    """
                )
            } else {
                let behaviour = charger.settings.behaviour
                let dead =
                    behaviour.isKnown
                    ? "its dead time of \(Self.milliseconds(behaviour.longestDeadTime))"
                    : "its dead time, which has not been measured"
                summary.append(
                    """
                    \(charger.name): goes on for at most \(Self.milliseconds(charger.deviceTimeout)) after droopd's \
                    death, plus \(dead); \(protection)
                    """
                )
            }
        }
        if meter.profile.provenance.verifiedBy == nil {
            warnings.append("\(meter.profile.name): nobody has verified this profile on hardware.")
        }
        let low = site.lawSettings().services.capacity(low: true)
        let high = site.lawSettings().services.capacity(low: false)
        if let limit = site.limits.exportLimit, low > limit + site.limits.buildingMaximum {
            warnings.append(
                """
                site.connection.export_limit: \(Self.kilowatts(limit)) holds back a response of \(Self.kilowatts(low)).
                """
            )
        }
        if let limit = site.limits.importLimit, high > .zero, limit - site.limits.buildingMaximum < high {
            warnings.append(
                """
                site.connection.import_limit: \(Self.kilowatts(limit)) less a building of up to \
                \(Self.kilowatts(site.limits.buildingMaximum)) holds back \(Self.kilowatts(high)) of charging at high \
                frequency.
                """
            )
        }
        if site.services.contains(where: { $0.settings.baselineRule == .frozen }),
            site.services.contains(where: { $0.settings.baselineRule == .scheduled })
        {
            warnings.append(
                """
                services: a service whose baseline is frozen stands beside one whose baseline is scheduled; while the \
                first has something to answer, the baseline of both is held.
                """
            )
        }
        if site.limits.importLimit != nil || site.limits.exportLimit != nil, site.limits.buildingMaximum == .zero,
            site.limits.buildingMinimum == .zero
        {
            warnings.append(
                """
                site.building: none is declared beside the connection's limits, so 0 W counts while its load is not \
                known.
                """
            )
        }
        for section in site.unusedSections {
            warnings.append("\(section): this section is valid, and this version does not act on it yet.")
        }
        self.summary = summary
        self.warnings = warnings
        self.errors = errors
    }

    private static func text(_ budget: BusBudget) -> String {
        let rate =
            """
            \(budget.endpoint): \(Formatting.fixed(budget.requestsPerSecond, 1)) requests a second for \
            \(budget.devices.joined(separator: ", "))
            """
        guard let load = budget.load else { return rate }
        return rate
            + """
            , busy for \(Formatting.fixed(load * 100, 1)) % of the time; all setpoints take \
            \(milliseconds(budget.setpoints))
            """
    }

    private static func list(_ parts: [(String, Interval)]) -> String {
        parts.map { "\($0.0) \(milliseconds($0.1))" }.joined(separator: ", ")
    }

    /// One line for each contact, and one for the outputs.
    private static func text(_ lines: SiteLinesSettings) -> [String] {
        let contacts = lines.contacts.map { contact -> String in
            let role =
                switch contact.role {
                case .interlock(let action, let trips, let latches):
                    """
                    opened: \(action.rawValue), \
                    \(trips?.joined(separator: ", ") ?? "all chargers")\(latches ? ", latched until the button on site resets it" : "")
                    """
                case .reset: "pressed: clears latches; pressed again: arms"
                case .feedback(let charger):
                    "mirror contact of the permit of \(charger ?? "all"), to follow within 500 ms"
                }
            return
                """
                contact \(contact.name) at \(contact.address), closed when \(contact.closedIsHigh ? "high" : "low"); \
                \(role)
                """
        }
        let outputs = [lines.permit, lines.lamp, lines.heartbeat].compactMap { $0 } + lines.permits.map(\.output)
        return contacts + outputs.map { "output \($0.name) at \($0.address), on when \($0.onIsHigh ? "high" : "low")" }
    }

    private static func percent(_ share: Double) -> String { "\(Formatting.fixed(share * 100, 0)) %" }

    private static func kilowatts(_ power: Watts) -> String { "\(Formatting.fixed(power.value / 1_000, 1)) kW" }

    private static func milliseconds(_ time: Interval) -> String { "\(time.nanoseconds / 1_000_000) ms" }

    /// The smallest deviation at which the curve asks for anything; nil when it asks for something at once.
    private static func deadband(_ curve: Curve) -> Hertz? {
        var edge: Hertz?
        for index in 0..<curve.pointCount where curve[index].response == .zero {
            let width = curve[index].deviation.magnitude
            edge = min(edge ?? width, width)
        }
        return edge == .zero ? nil : edge
    }

    private static func phaseSums(_ site: Site) -> [(Phase, Watts)] {
        Phase.allCases.map { phase in
            let sum = site.chargers.filter { $0.phases.contains(phase) }
                .reduce(Watts.zero) { $0 + $1.settings.chargeLimit / Double($1.phases.count) }
            return (phase, sum)
        }
    }
}

extension Site {
    /// How long a device may take to answer; nil where the site has none of that name.
    fileprivate func responseTimeout(of name: String) -> Interval? {
        meters.first { $0.name == name }?.responseTimeout ?? chargers.first { $0.name == name }?.responseTimeout
    }
}
