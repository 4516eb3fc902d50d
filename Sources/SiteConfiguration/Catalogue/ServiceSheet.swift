public import FrequencyResponse

/// A service in words: its rules with their source, its keys, and its curve.
public enum ServiceSheet {
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
        for line in Self.keys(rules.name.description) + Self.commonKeys(kind) + Self.energyKeys(rules.energy) {
            lines.append("    \(line)")
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

    /// The keys by which a site file describes the service, with their defaults, beyond those that all have.
    private static func keys(_ name: String) -> [String] {
        switch name {
        case "step":
            return [
                "trigger                 required, such as 49.85 Hz; above nominal it supports a high frequency",
                "power: 100 %            of the capacity, 1 % to 100 %",
                "hold                    required, lasts at least so long, 1 s to 2 h",
                """
                release                 required, such as { above: 49.9 Hz, for: 60 s }: it ends only after frequency \
                was back for so long (below: for a high trigger)
                """,
                """
                after_hold: continue    or end: it ends with its hold, and what it stopped from charging stays stopped
                """,
                "baseline: frozen        or scheduled, zero",
            ]
        case "droop":
            return [
                "deadband                required, such as 36 mHz, to each side of nominal, 0 Hz to 1 Hz",
                """
                droop                   required, such as 5 %: change of frequency, as a share of nominal, for the \
                whole capacity; 0.5 % to 50 %
                """,
                "response_time           required, such as 5 s: to 90 % of a step, 0 s to 60 s; 0 s answers at once",
                "baseline: frozen        or scheduled, zero",
            ]
        case "curve":
            return [
                """
                points                  required, such as [[49.5 Hz, 100 %], [49.9 Hz, 0 %], [50.1 Hz, 0 %], [50.5 Hz, \
                -100 %]]:
                """,
                """
                                        2 to 64 points upwards in frequency; the response never rises, and is 0 % at \
                nominal
                """,
                "baseline: scheduled     or frozen, zero",
            ]
        case "ce-fcr": return ["deadband: 0 mHz         0 to 10 mHz"]
        case "lfsm-o":
            return [
                "threshold: 50.2 Hz      50.2 to 50.5 Hz (50.4 Hz and 10 % in G99)",
                "droop: 5 %              2 % to 12 %",
            ]
        case "lfsm-u": return ["threshold: 49.8 Hz      49.5 to 49.8 Hz", "droop: 5 %              2 % to 12 %"]
        case "aemo-primary-response":
            return ["deadband: 15 mHz        0 to 15 mHz", "droop: 5 %              0.5 % to 50 %"]
        case "as-nzs-4777-2": return ["release_time: 20 s      20 to 60 s"]
        case "nordic-ffr":
            return [
                "trigger                 required: 49.7 Hz, in full within 1.3 s; or 49.6 Hz, 1.0 s; or 49.5 Hz, 0.7 s",
                "support: long           30 s; or short, 5 s", "release: 49.8 Hz        above which it is ready again",
            ]
        case "ds3-ffr":
            return [
                "trigger                 required, as contracted, 49 Hz to 49.9 Hz",
                "hold: 10 s              from the trigger on, 1 s to 2 h",
            ]
        case "ercot-rrs-ffr": return ["hold: 15 min            1 s to 2 h"]
        case "pjm-regd": return ["signal_age_limit: 6 s   2 s to 60 s"]
        case let name where name.hasPrefix("aemo-"):
            return [
                "controller: variable    or switching, with trigger, power, hold and release as for step",
                "reference: 500 mHz      the deviation at which a variable controller gives everything",
            ]
        default: return []
        }
    }

    /// The keys that all services have.
    private static func commonKeys(_ kind: ServiceKind) -> [String] {
        let rules = kind.rules
        let side = kind == .step ? "that of its trigger" : "\(rules.direction)"
        return [
            "capacity                required, such as 40 kW: the power that is contracted",
            "direction               low, high or both, as far as the service is sold; default \(side)",
            """
            duration                how long the full response must last, 1 s to 24 h; default \
            \(kind == .step ? "its hold" : time(rules.duration))
            """,
            """
            recovery_wait: 60 s     how long frequency must have been back before what was stopped may charge, 0 s to \
            1 h
            """,
            "recovery_ramp: 20 %/min how fast it then comes back, in shares of the capacity",
        ]
    }

    /// The keys of the `energy` section, as the service has them.
    private static func energyKeys(_ rules: EnergyRules?) -> [String] {
        switch rules {
        case nil:
            [
                """
                energy                  { scheme: volumes } or { scheme: reservoir, ... } keeps energy by rules; \
                default none
                """
            ]
        case .volumes(let volumes):
            [
                """
                energy                  default { scheme: volumes, settlement_period: \
                \(time(volumes.settlementPeriod)), recovery: \
                \(Formatting.fixed(volumes.recoveryShare.value * 100, 0)) % \
                }; or { scheme: none }
                """
            ]
        case .reservoir(let reservoir):
            [
                """
                energy                  default { scheme: reservoir, normal_on: \(time(reservoir.normalOn)), \
                normal_off: \(time(reservoir.normalOff)), normal_power: \
                \(Formatting.fixed(reservoir.normalPower.value * 100, 0)) %, normal_band: \
                \(Formatting.fixed(reservoir.normalBand.value * 1_000, 0)) mHz,
                """,
                """
                                        normal_ramp: \(time(reservoir.normalRamp)), alert_on: \
                \(time(reservoir.alertOn)), alert_off: \(time(reservoir.alertOff)), alert_ramp: \
                \(time(reservoir.alertRamp)) }; or { scheme: none }
                """,
            ]
        }
    }
}
