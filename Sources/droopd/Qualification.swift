import Evidence
import FrequencyResponse
import SiteConfiguration

/// What the chargers' speed makes of each service: the time to the first and to the full response, part by part, and
/// how much of the fleet's power meets the rules.
struct Qualification {
    let summary: [String]
    let warnings: [String]

    init(site: Site) {
        var summary: [String] = []
        var warnings: [String] = []
        // Whose driver takes no part counts for no service.
        let chargers = site.chargers.filter { $0.settings.vehicle?.participates != false }
        let fleet = site.fleet.filter { $0.vehicle?.participates != false }
        let unknown = chargers.filter { !$0.settings.behaviour.isKnown }
        if !unknown.isEmpty {
            warnings.append(
                """
                \(unknown.map(\.name).joined(separator: ", ")): nobody has measured how fast they follow, so 8 s of \
                dead time and a tenth of their power per second are assumed; give what was measured under dynamics.
                """
            )
        }
        for (index, service) in site.services.enumerated() {
            let settings = service.settings
            for raise in [true, false] where raise ? settings.direction.answersLow : settings.direction.answersHigh {
                if let trigger = settings.trigger, (trigger.trigger < site.nominalFrequency) != raise { continue }
                let credits = fleet.map { raise ? $0.qualifiedShares[index].raise : $0.qualifiedShares[index].lower }
                let limits = fleet.map { raise ? $0.dischargeLimit : $0.chargeLimit }
                let qualified = zip(credits, limits).reduce(Watts.zero) { $0 + $1.1 * $1.0.share.value }
                let name = "\(settings.kind.rules.name), \(raise ? "low" : "high") frequency"
                summary.append(
                    """
                    \(name): by speed \(Self.kilowatts(qualified)) of the chargers' \
                    \(Self.kilowatts(limits.reduce(.zero, +))) count, \(Self.kilowatts(settings.capacity)) are asked
                    """
                )
                if settings.kind == .droop, let partial = settings.timing.partial {
                    summary.append(
                        """
                          asked is \(Formatting.fixed(partial.share.value * 100, 1)) % within the response time of \
                        \(Self.seconds(partial.within)): 90 % less the 7.5 % that a test by IEEE 1547.1 allows
                        """
                    )
                }
                var groups: [(text: String, names: [String])] = []
                for (charger, credit) in zip(chargers, credits) where credit.shortcoming != .none {
                    let budget = Self.budget(site.reactionPath(to: charger), charger.settings)
                    let text =
                        """
                        \(Self.percent(credit.share)) of the power, since \(Self.reason(credit, settings.timing)): \
                        \(budget)
                        """
                    if let group = groups.firstIndex(where: { $0.text == text }) {
                        groups[group].names.append(charger.name)
                    } else {
                        groups.append((text, [charger.name]))
                    }
                }
                summary += groups.map { "  \($0.names.joined(separator: ", ")): \($0.text)" }
                if qualified < settings.capacity {
                    warnings.append(
                        """
                        \(name): not qualified beyond \(Self.kilowatts(qualified)) of \
                        \(Self.kilowatts(settings.capacity)); the site answers in full all the same.
                        """
                    )
                }
            }
        }
        self.summary = summary
        self.warnings = warnings
    }

    /// The way to the first watt and to full power, part by part.
    static func budget(_ path: ReactionPath, _ charger: ChargerSettings) -> String {
        let behaviour = charger.behaviour
        let ramp = Interval(nanoseconds: Int64(max(charger.chargeLimit, charger.dischargeLimit) / behaviour.ramp * 1e9))
        let parts: [(String, Interval)] = [
            ("averaging", path.averaging), ("meter update", path.update), ("poll", path.poll),
            ("transfer", path.transfer),
            ("filter", path.filter), ("tick", path.tick),
            ("write", path.write), ("dead time", behaviour.longestDeadTime), ("ramp", ramp),
        ]
        return parts.filter { $0.1 > .zero }.map { "\($0.0) \(seconds($0.1))" }.joined(separator: " + ")
    }

    static func reason(_ credit: QualifiedShare, _ timing: TimingRule) -> String {
        switch credit.shortcoming {
        case .none: "it meets the rules"
        case .startsLate:
            "it starts after \(seconds(credit.start)) and \(timing.startWithin.map(seconds) ?? "?") are allowed"
        case .fullLate:
            """
            \(credit.full >= .seconds(3_600) ? "it is not in full within an hour" : "it is in full after \(seconds(credit.full))") \
            and 
            """
                + (timing.fullWithin.map { "\(seconds($0)) are allowed" }
                    ?? timing.partial.map {
                        "\(Formatting.fixed($0.share.value * 100, 1)) % are asked within \(seconds($0.within))"
                    }
                    ?? "that is too late")
        case .energyLate:
            """
            it gives too little energy in the first \(timing.energy.map { seconds($0.within) } ?? "?"), where \
            \(timing.energy.map { Formatting.fixed($0.seconds, 1) } ?? "?") s of full response are asked
            """
        case .meanLow: "its mean over the rules' windows is low"
        }
    }

    private static func percent(_ share: Ratio) -> String { "\(Formatting.fixed(share.value * 100, 0)) %" }
    private static func kilowatts(_ power: Watts) -> String { "\(Formatting.fixed(power.value / 1_000, 1)) kW" }
    private static func seconds(_ time: Interval) -> String { "\(Formatting.fixed(time.seconds, 2)) s" }
}
