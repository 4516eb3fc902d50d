public import FrequencyResponse

/// Tells of one tick why the response and every setpoint are what they are, in words.
public struct Explanation: Sendable {
    /// What the tick was given and answered.
    public struct Tick: Sendable {
        /// What the law was given.
        public var inputs: TickInputs
        /// What the law answered.
        public var outputs: TickOutputs
        /// What the law was given of each charger.
        public var chargers: [ChargerInputs]
        /// The power that each charger was commanded.
        public var setpoints: [Watts]

        package init(inputs: TickInputs, outputs: TickOutputs, chargers: [ChargerInputs], setpoints: [Watts]) {
            self.inputs = inputs
            self.outputs = outputs
            self.chargers = chargers
            self.setpoints = setpoints
        }
    }

    private let names: [String]
    private let settings: LawSettings
    private let fleet: [ChargerSettings]
    private let turns: [ChargerTurn]
    private let tick: Tick

    /// All arrays have one entry per charger.
    public init(names: [String], settings: LawSettings, fleet: [ChargerSettings], turns: [ChargerTurn], tick: Tick) {
        self.names = names
        self.settings = settings
        self.fleet = fleet
        self.turns = turns
        self.tick = tick
    }

    /// The explanation, line by line.
    public var lines: [String] {
        var lines = frequency + services + baseline + limits
        lines.append("chargers")
        for index in names.indices { lines += charger(index) }
        return lines
    }

    // MARK: The site

    private var frequency: [String] {
        let outputs = tick.outputs
        var lines = ["state: \(outputs.state), \(Self.reason(outputs.state))"]
        let measured = tick.inputs.sample?.frequency.map { "\(Formatting.fixed($0.value, 4)) Hz" } ?? "no frequency"
        if let served = outputs.judged.frequency {
            let deviation = (served - settings.sensing.first.nominalFrequency).value * 1_000
            lines.append(
                """
                frequency: the meter says \(measured), \(outputs.judged.trust.description); \
                \(Formatting.fixed(served.value, 4)) \
                Hz is acted on, \(Formatting.fixed(deviation, 1)) mHz from nominal
                """
            )
        } else {
            lines.append(
                "frequency: the meter says \(measured), \(outputs.judged.trust.description); \(left)"
            )
        }
        return lines
    }

    /// What is left of the last answer while no frequency is acted on.
    private var left: String {
        switch tick.outputs.judged.weight.value {
        case 1: "the last answer is held"
        case 0: "nothing is answered"
        case let weight: "the last answer fades, \(Formatting.fixed(weight * 100, 0)) % of it is left"
        }
    }

    private var services: [String] {
        var lines: [String] = []
        for index in 0..<settings.services.count {
            let service = settings.services[index]
            let output = tick.outputs.services[index]
            let share = service.capacity > .zero ? output.response / service.capacity : 0
            lines.append(
                """
                service \(index + 1), \(service.kind.rules.name): \(Self.kilowatts(output.response)) asked, \
                \(Self.percent(share)) of its \(Self.kilowatts(service.capacity))
                """
            )
            lines.append("  \(method(service, output))")
            if service.gridShare.value < 1 {
                lines.append(
                    """
                      \(Self.kilowatts(service.usableCapacity)) of its capacity respond: more could make a grid of \
                    this size swing
                    """)
            }
            if (share - output.askedShare.value).magnitude > 1e-9, output.askedShare.value < share {
                lines.append(
                    """
                      its rules alone would ask \(Self.percent(output.askedShare.value)); charging that the event \
                    stopped stays stopped until frequency has been back
                    """
                )
            }
            if output.blend > 0 {
                lines.append(
                    """
                      energy runs out: \(Self.percent(output.blend)) of the way to counting deviations from the mean \
                    of the last 5 min
                    """
                )
            }
            if output.restore != .zero {
                lines.append("  its energy rules add \(Self.kilowatts(output.restore)) to the baseline")
            }
            if service.direction.answersLow {
                lines.append("  offered upwards \(Self.kilowatts(output.offerRaise))\(Self.because(output.raiseLimit))")
            }
            if service.direction.answersHigh {
                lines.append(
                    "  offered downwards \(Self.kilowatts(output.offerLower))\(Self.because(output.lowerLimit))")
            }
        }
        return lines
    }

    private var baseline: [String] {
        let outputs = tick.outputs
        let plans = turns.reduce(Watts.zero) { $0 + $1.plan }
        let flowing =
            outputs.planned < plans - Watts(1)
            ? ", of which the chargers, the connection and its phases let \(Self.kilowatts(outputs.planned)) flow" : ""
        var lines = [
            """
            baseline: \(Self.kilowatts(outputs.baseline)) would flow without the services; the drivers' plans ask for \
            \(Self.kilowatts(plans))\(flowing)
            """
        ]
        if let hold { lines.append("  \(hold)") }
        lines += [
            """
            target: \(Self.kilowatts(outputs.baseline)) \(outputs.response < .zero ? "+" : "−") \
            \(Self.kilowatts(outputs.response.magnitude)) = \(Self.kilowatts(outputs.baseline - outputs.response)) for \
            all chargers together
            """
        ]
        if outputs.withheld.power.magnitude >= Watts(1) {
            lines.append(
                "withheld: \(Self.kilowatts(outputs.withheld.power)) of the response; \(outputs.withheld.cause)")
        }
        if outputs.correction != .zero {
            lines.append(
                """
                correction: \(Self.kilowatts(outputs.correction)) more, for measured offsets and for chargers that \
                have not followed yet
                """
            )
        }
        lines.append(
            "setpoints: \(Self.kilowatts(outputs.setpointSum)) together"
                + missing(outputs.shortfall))
        return lines
    }

    private func missing(_ shortfall: Watts) -> String {
        guard shortfall.magnitude >= Watts(1) else { return "" }
        return
            """
            ; \(Self.kilowatts(shortfall.magnitude)) of the response are missing \
            \(shortfall > .zero ? "upwards" : "downwards")
            """
    }

    private var hold: String? {
        let outputs = tick.outputs
        return switch outputs.baselineHold {
        case .none: nil
        case .ramp: "it rises by \(Self.kilowatts(settings.baselineRise)) a second"
        case .event:
            """
            it may not rise: an event of low frequency goes on or has ended a short time ago; \
            \(Formatting.fixed(outputs.heldFor.seconds, 0)) s of the recovery wait are left
            """
        case .untrusted: "it may not rise while frequency is not trusted"
        case .frozen: "it is held while its service has something to answer"
        case .zeroRule: "it is zero by the rules of the first service"
        case .inactive: "it is zero while the site does not answer"
        }
    }

    private var limits: [String] {
        let outputs = tick.outputs
        var words: [String] = []
        if let highest = outputs.siteBounds.highest { words.append("import up to \(Self.kilowatts(highest))") }
        if let lowest = outputs.siteBounds.lowest { words.append("export up to \(Self.kilowatts(-lowest))") }
        var lines = [
            words.isEmpty
                ? "connection: no limit of its power is set"
                : """
                connection: leaves the chargers \(words.joined(separator: ", ")), after the building and the worst \
                that lost chargers may do
                """
        ]
        for phase in 0..<3 {
            let bounds = outputs.phaseBounds[phase]
            guard let lowest = bounds.lowest, let highest = bounds.highest else { continue }
            lines.append(
                """
                  L\(phase + 1) leaves them import up to \(Self.kilowatts(highest)), export up to \
                \(Self.kilowatts(-lowest))
                """
            )
        }
        return lines
    }

    private func method(_ service: ServiceSettings, _ output: ServiceOutputs) -> String {
        switch service.method {
        case .continuous:
            service.responseTime > .zero
                ? """
                its curve through a lag of \(Formatting.fixed(service.responseTime.seconds, 1)) s asks \
                \(Self.percent(output.askedShare.value))
                """
                : "its curve asks \(Self.percent(output.askedShare.value))"
        case .held:
            "its curve, which may only grow until frequency is back, asks \(Self.percent(output.askedShare.value))"
        case .triggered(let trigger):
            output.askedShare == .zero
                ? "its trigger at \(trigger.trigger.value) Hz is not under way"
                : "its trigger at \(trigger.trigger.value) Hz is under way: \(Self.percent(output.askedShare.value))"
        case .signal(let ageLimit): "\(signal(ageLimit)) \(Self.percent(output.askedShare.value))"
        }
    }

    private func signal(_ ageLimit: Interval) -> String {
        guard let signal = tick.inputs.signal, signal.takenAt <= tick.inputs.now else {
            return "no signal has come; what is asked is"
        }
        let age = tick.inputs.now.elapsed(since: signal.takenAt)
        if age > ageLimit {
            return
                """
                its signal is \(Formatting.fixed(age.seconds, 1)) s old, more than \
                \(Formatting.fixed(ageLimit.seconds, 1)) s, \
                and fades; what is asked is
                """
        }
        return "its signal, \(Formatting.fixed(age.seconds, 1)) s old, asks"
    }

    // MARK: One charger

    private func charger(_ index: Int) -> [String] {
        let turn = turns[index]
        let setpoint = tick.setpoints[index]
        var lines = [
            """
              \(names[index]): \
            \(setpoint == .zero ? "no power" : "\(Self.kilowatts(setpoint)) \(setpoint < .zero ? "discharge" : "charge")")
            """
        ]
        guard turn.control == .controlled else {
            let worst = turn.control.isBeyondControl ? ": it counts nothing for delivery and its worst for limits" : ""
            return lines + ["    \(turn.control.description)\(worst)"]
        }
        let charge =
            tick.chargers[index].stateOfCharge.map { "at \(Formatting.fixed($0.value * 100, 1)) %" }
            ?? "state of charge unknown"
        lines.append(
            """
                \(charge); may take \(Self.kilowatts(turn.lowest)) to \(Self.kilowatts(turn.highest)) of its \
            \(Self.kilowatts(-fleet[index].dischargeLimit)) to \(Self.kilowatts(fleet[index].chargeLimit))
            """
        )
        lines.append(
            """
                free for services: \(Self.kilowattHours(turn.energy.raise)) upwards, \
            \(Self.kilowattHours(turn.energy.lower)) downwards
            """
        )
        if turn.plan > .zero { lines.append("    its driver's plan charges \(Self.kilowatts(turn.plan))") }
        if let word = turn.departure.outlook.description { lines.append("    departure: \(word)") }
        for (reason, text) in Self.reasons where turn.reasons.contains(reason) { lines.append("    \(text)") }
        return lines
    }

    private static let reasons: [(ShareReasons, String)] = [
        (.locked, "a person has locked it: it has zero power until it is unlocked"),
        (.unknownCharge, "its state of charge is not known: it may charge only"),
        (.frozenCharge, "its state of charge stands still although energy flows: it may charge only"),
        (
            .unknownBattery,
            "battery and floor of its vehicle are not known: it does not discharge, and promises nothing"
        ),
        (.keepsTarget, "its departure has passed or is not known: it does not discharge below its target"),
        (.atFloor, "it is at its user's floor: it does not discharge"),
        (.full, "it is full: it does not charge"),
        (.offeredLess, "the charger itself offers less than its limit"),
        (.learnedLess, "it has delivered less than it was told, and is told less until it shows more"),
        (.failing, "it is not where its own model says it should be"),
        (.throughputUsed, "its energy for today is used up"),
        (
            .optedOut,
            "its driver takes no part: it is charged as planned, as far as the baseline has risen, and never discharged"
        ),
        (.tooSlow, "it is too slow to respond in a grid of this size: it is charged as planned"),
        (.belowMinimum, "its part would lie below its minimum power, so others carry it"),
        (.notNeeded, "it is not needed: others carry the target at a good part of their power"),
        (.keepsPromise, "all of them are held back, so that what is promised can be kept up for its whole duration"),
        (.connection, "the connection's limit holds all of them back"),
        (.phase, "the current of its phase is at its limit"),
        (.unbalance, "its phase would unbalance the connection"),
        (.waitsForOthers, "it waits until another charger has gone down: the connection has no room for both"),
        (.coversOthers, "it stands in for slower chargers until these follow"),
        (.woken, "it idles and hides its state of charge: its smallest charging makes it tell"),
    ]

    // MARK: Words

    private static func reason(_ state: SiteState) -> String {
        switch state {
        case .starting: "waiting for trusted frequency and a charger under control; all are at zero power"
        case .standby: "healthy and not armed; all are at zero power"
        case .armed: "little or nothing is asked"
        case .responding: "more than 1 % of a capacity is asked, or was within the last 5 s"
        case .recovering: "a response or the charging that it stopped is coming back"
        case .blocked: "frequency is not trusted or no charger can be reached; import and export may fall, not rise"
        case .stopping: "the program ends; all are at zero power"
        case .tripped: "a contact that stops the site is open or latched; all are at zero power"
        }
    }

    private static func because(_ limit: OfferLimit) -> String {
        switch limit {
        case .none: ""
        case .noCharger: ", since no charger is under control"
        case .suspended: ", since frequency is not trusted or the site is not armed: the offer is suspended"
        case .power: ", since the chargers have no more power"
        case .energy: ", since batteries or drivers have no more energy free for the whole duration"
        case .speed: ", since the chargers are too slow for more: not qualified"
        case .departures: ", since vehicles may leave"
        case .connection: ", since the connection has no more room"
        case .gridSize: ", since more could make a grid of this size swing"
        case .priority: ", since a service of higher priority has the rest"
        }
    }

    private static func kilowatts(_ power: Watts) -> String { Formatting.kilowatts(power, decimals: 3) }
    private static func kilowattHours(_ energy: WattHours) -> String {
        "\(Formatting.fixed(energy.value / 1_000, 2)) kWh"
    }
    private static func percent(_ share: Double) -> String { "\(Formatting.fixed(share * 100, 2)) %" }
}
