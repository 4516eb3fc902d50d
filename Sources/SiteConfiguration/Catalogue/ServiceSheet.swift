public import FrequencyResponse

/// A service in words: its rules with their source, its keys, and its curve.
public enum ServiceSheet {
    /// The sheet of a service.
    public static func text(_ kind: ServiceKind) -> String {
        var lines: [String] = []
        let rules = kind.rules
        lines.append("\(rules.title)")
        lines.append("  source          \(rules.source)")
        for text in [rules.unverified, rules.unverifiedEnergy] where !text.description.isEmpty {
            lines.append("  unverified      \(text)")
        }
        lines.append("  grid            \(rules.nominalFrequency.map { "\(Int($0.value)) Hz" } ?? "any")")
        for line in Self.timing(rules.timing) { lines.append("  timing          \(line)") }
        lines.append("  kept up for     \(Self.time(rules.duration)), in full")
        lines.append("  side            \(kind == .step ? "that of its trigger" : "\(rules.direction)")")
        lines.append("  baseline        \(rules.baselineRule)")
        for line in kind == .step
            ? ["all at once at its trigger, for its hold and until its release"] : Self.method(rules.method)
        {
            lines.append("  answer          \(line)")
        }
        if rules.guardsRebound {
            lines.append(
                "  rebound         charging that it stopped comes back after recovery_wait inside the band, and ramped")
        }
        for line in Self.energy(rules.energy) { lines.append("  energy          \(line)") }
        lines.append("  keys")
        for key in KeyGroup.service(kind).keys where key.name != "kind" { lines += Self.lines(key) }
        if rules.energy != nil {
            lines.append("  keys of its section energy")
            for key in KeyGroup.energy(rules.energy).keys where key.belongs(to: rules.energy) {
                lines += Self.lines(key)
            }
        }
        guard let shape = rules.shape, let curve = try? shape.curve() else {
            if let trigger = trigger(rules), let nominal = rules.nominalFrequency {
                lines.append("\n" + CurvePicture(trigger: trigger, nominal: nominal).text)
            }
            return lines.joined(separator: "\n")
        }
        let nominal = rules.nominalFrequency ?? Hertz(50)
        lines.append("  curve")
        for index in 0..<curve.pointCount {
            let point = curve[index]
            lines.append(
                """
                    \(Formatting.fixed((nominal + point.deviation).value, 3)) Hz  \
                \(Formatting.fixed(point.response.value * 100, 1)) %
                """
            )
        }
        lines.append("\n" + CurvePicture(curve: curve, nominal: nominal).text)
        return lines.joined(separator: "\n")
    }

    private static func lines(_ key: SiteKey) -> [String] {
        let values = key.section.map { "a section, see droopd keys \($0.path)" } ?? key.value.text
        let standard =
            switch key.presence {
            case .required: "required"
            case .conditional(let words): words
            default: "default \(key.standard)"
            }
        let pad = String(repeating: " ", count: max(1, 24 - key.name.count))
        return ["    \(key.name)\(pad)\(values); \(standard)"] + KeyGroup.wrapped(key.meaning, indent: 28, width: 100)
    }

    private static func trigger(_ rules: ServiceRules) -> TriggerSettings? {
        if case .triggered(let trigger) = rules.method { trigger } else { nil }
    }

    private static func time(_ time: Interval) -> String {
        time.nanoseconds % 60_000_000_000 == 0 ? "\(time.nanoseconds / 60_000_000_000) min" : "\(time.seconds) s"
    }

    private static func timing(_ rule: TimingRule) -> [String] {
        var lines: [String] = []
        if let time = rule.startWithin { lines.append("starts within \(time.seconds) s") }
        if let partial = rule.partial {
            lines.append("\(Formatting.fixed(partial.share.value * 100, 0)) % within \(partial.within.seconds) s")
        }
        if let time = rule.fullWithin { lines.append("in full within \(time.seconds) s") }
        if let energy = rule.energy {
            lines.append("energy of \(energy.seconds) s of full response within \(energy.within.seconds) s")
        }
        if let credit = rule.credit {
            lines.append(
                """
                counts twice the lower mean over \(credit.start.seconds) to \(credit.middle.seconds) s and \
                \(credit.middle.seconds) to \(credit.end.seconds) s, at most the peak
                """
            )
        }
        if rule.frequencyRate > .zero { lines.append("tested by a ramp of \(rule.frequencyRate.value) Hz/s") }
        return lines.isEmpty ? ["no single time is named"] : lines
    }

    private static func method(_ method: ServiceMethod) -> [String] {
        switch method {
        case .continuous: ["follows its curve as frequency moves, out and back"]
        case .held(let hold):
            [
                """
                may only grow until frequency has been within \
                \(Formatting.fixed(hold.releaseDeviation.value * 1_000, 0)) \
                mHz for \(hold.releaseTime.seconds) s, then returns at \
                \(Formatting.fixed(hold.returnRamp * 6_000, 1)) % \
                of the capacity per minute
                """
            ]
        case .triggered(let trigger):
            [
                "all at once at \(trigger.trigger.value) Hz, for at least \(trigger.hold.seconds) s"
                    + (trigger.afterHold == .ends
                        ? ", then away; ready again above \(trigger.release.value) Hz"
                        : """
                         and until frequency has been back at \(trigger.release.value) Hz for \
                        \(trigger.releaseTime.seconds) s
                        """),
                """
                away at \(Formatting.fixed(trigger.recoveryRamp * 100, 2)) % of the capacity per second; charging \
                stays \
                stopped until frequency is back
                """,
            ]
        case .signal(let limit):
            ["an external signal of -1 to 1; each value counts for \(limit.seconds) s, then fades within 2 s"]
        }
    }

    private static func energy(_ rules: EnergyRules?) -> [String] {
        switch rules {
        case nil: []
        case .volumes(let volumes):
            [
                """
                capacity times duration is stored at the start of each settlement period of \
                \(time(volumes.settlementPeriod)), less what was delivered
                """,
                """
                that comes back by the baseline three periods later, at most \
                \(Formatting.fixed(volumes.recoveryShare.value * 100, 0)) % of it per period
                """,
            ]
        case .reservoir(let reservoir):
            [
                """
                restored by \(Formatting.fixed(reservoir.normalPower.value * 100, 0)) % of the capacity from \
                \(time(reservoir.normalOn)) left to \(time(reservoir.normalOff)), while frequency is within \
                \(Formatting.fixed(reservoir.normalBand.value * 1_000, 0)) mHz
                """,
                """
                from \(time(reservoir.alertOn)) left to \(time(reservoir.alertOff)) deviations count from the mean of \
                the last 5 min
                """,
            ]
        }
    }
}

extension SiteKey {
    /// Whether a key of the section energy belongs to the scheme of these rules.
    fileprivate func belongs(to rules: EnergyRules?) -> Bool {
        let other = if case .volumes = rules { "reservoir:" } else { "volumes:" }
        return !meaning.hasPrefix(other)
    }
}
