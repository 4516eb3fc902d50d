import FrequencyResponse

/// How much of the fleet's power is fast enough for each service: the time to the first and to the full response, part
/// by part. The law answers in full whatever the result.
enum QualificationCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        // Chargers whose users take no part count for no service.
        let pairs = zip(site.chargers, site.fleet).filter { $1.responds && $1.vehicle?.participates != false }
        let chargers = pairs.map(\.0)
        let fleet = pairs.map(\.1)
        return unmeasured(chargers)
            + site.services.enumerated().flatMap { index, service in
                [true, false].flatMap { raise in
                    side(raise: raise, index, service.settings, site: site, chargers: chargers, fleet: fleet)
                }
            }
    }

    private static func unmeasured(_ chargers: [SiteCharger]) -> [Finding] {
        let unknown = chargers.filter { !$0.settings.behaviour.isKnown }
        guard !unknown.isEmpty else { return [] }
        return [
            .warning(
                "dynamics-unmeasured", Formatting.names(unknown.map(\.name)),
                """
                nobody has measured how fast they follow, so 8 s of dead time and a tenth of their power per second \
                are \
                assumed; give what was measured under dynamics.
                """)
        ]
    }

    /// One service on one side of nominal frequency.
    private static func side(
        raise: Bool, _ index: Int, _ settings: ServiceSettings, site: Site, chargers: [SiteCharger],
        fleet: [ChargerSettings]
    ) -> [Finding] {
        guard raise ? settings.direction.answersLow : settings.direction.answersHigh else { return [] }
        if let trigger = settings.trigger, (trigger.trigger < site.nominalFrequency) != raise { return [] }
        let shares = fleet.map { raise ? $0.qualifiedShares[index].raise : $0.qualifiedShares[index].lower }
        let limits = fleet.map { raise ? $0.dischargeLimit : $0.chargeLimit }
        let qualified = zip(shares, limits).reduce(Watts.zero) { $0 + $1.1 * $1.0.share.value }
        let name = "\(settings.kind.rules.name), \(raise ? "low" : "high") frequency"
        var findings: [Finding] = [
            .note(
                "qualified-power", name,
                """
                fast enough are \(Formatting.kilowatts(qualified)) of the chargers' \
                \(Formatting.kilowatts(limits.reduce(.zero, +))); contracted are \
                \(Formatting.kilowatts(settings.capacity))
                """)
        ]
        if settings.kind == .droop, let partial = settings.timing.partial {
            findings.append(
                .note(
                    "droop-tolerance", "",
                    """
                      asked is \(Formatting.fixed(partial.share.value * 100, 1)) % within the response time of \
                    \(Formatting.seconds(partial.within)): 90 % less the 7.5 % that a test by IEEE 1547.1 allows
                    """))
        }
        findings += slow(chargers, shares, settings.timing, site)
        if qualified < settings.capacity {
            findings.append(
                .warning(
                    "not-qualified", name,
                    """
                    not qualified beyond \(Formatting.kilowatts(qualified)) of \
                    \(Formatting.kilowatts(settings.capacity)); the site responds with all that it has all the same.
                    """))
        }
        return findings
    }

    /// The chargers that do not count in full, those with the same reason together.
    private static func slow(
        _ chargers: [SiteCharger], _ shares: [QualifiedShare], _ timing: TimingRule, _ site: Site
    ) -> [Finding] {
        var groups: [(text: String, names: [String])] = []
        let paths = Dictionary(zip(site.chargers.map(\.name), site.reactionPaths)) { first, _ in first }
        for (charger, share) in zip(chargers, shares) where share.shortcoming != .none {
            guard let path = paths[charger.name] else { continue }
            let text =
                """
                \(Formatting.percent(share.share.value)) of the power, since \(reason(share, timing)): \
                \(budget(path, charger.settings))
                """
            if let group = groups.firstIndex(where: { $0.text == text }) {
                groups[group].names.append(charger.name)
            } else {
                groups.append((text, [charger.name]))
            }
        }
        return groups.map { .note("slow-chargers", "", "  \(Formatting.names($0.names)): \($0.text)") }
    }

    /// The way to the first watt and to full power, part by part.
    private static func budget(_ path: ReactionPath, _ charger: ChargerSettings) -> String {
        let behaviour = charger.behaviour
        let ramp = Interval(nanoseconds: Int64(max(charger.chargeLimit, charger.dischargeLimit) / behaviour.ramp * 1e9))
        let parts: [(String, Interval)] = [
            ("averaging", path.averaging), ("meter update", path.update), ("poll", path.poll),
            ("transfer", path.transfer),
            ("filter", path.filter), ("tick", path.tick),
            ("write", path.write), ("dead time", behaviour.longestDeadTime), ("ramp", ramp),
        ]
        return parts.filter { $0.1 > .zero }.map { "\($0.0) \(Formatting.seconds($0.1))" }.joined(separator: " + ")
    }

    private static func reason(_ credit: QualifiedShare, _ timing: TimingRule) -> String {
        switch credit.shortcoming {
        case .none: "it meets the rules"
        case .startsLate:
            """
            it starts after \(Formatting.seconds(credit.start)) and \
            \(timing.startWithin.map(Formatting.seconds) ?? "?") are allowed
            """
        case .fullLate:
            if let limit = timing.fullWithin {
                "it is in full after \(Formatting.seconds(credit.full)) and \(Formatting.seconds(limit)) are allowed"
            } else if let partial = timing.partial {
                """
                it does not give \(Formatting.fixed(partial.share.value * 100, 1)) % of it within \
                \(Formatting.seconds(partial.within))
                """
            } else {
                "it is in full too late"
            }
        case .energyLate:
            """
            it gives too little energy in the first \(timing.energy.map { Formatting.seconds($0.within) } ?? "?"), \
            where \
            \(timing.energy.map { Formatting.fixed($0.seconds, 1) } ?? "?") s of full response are asked
            """
        case .meanLow: "its mean over the rules' windows is low"
        }
    }
}
