import Devices
import FrequencyResponse

/// How long each charger may continue after droopd has failed, and which profiles nobody has verified on hardware.
enum FallBackCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        var findings: [Finding] = []
        // Equal chargers are named together, in the order of the first of each kind.
        var groups: [(text: String, names: [String])] = []
        var index: [String: Int] = [:]
        for charger in site.chargers {
            if charger.profile.provenance.verifiedBy == nil {
                let warning = unverified(charger.profile.name)
                if !findings.contains(warning) { findings.append(warning) }
            }
            let text = "\(fallBack(charger, site)); grid protection: \(charger.gridProtection ?? "none needed")"
            if let known = index[text] {
                groups[known].names.append(charger.name)
            } else {
                index[text] = groups.count
                groups.append((text, [charger.name]))
            }
        }
        findings += groups.map { .note("fall-back", Formatting.names($0.names), $0.text) }
        let meter = site.meters[0].profile
        if meter.provenance.verifiedBy == nil { findings.append(unverified(meter.name)) }
        return findings
    }

    private static func unverified(_ profile: String) -> Finding {
        .warning("profile-unverified", profile, "nobody has verified this profile on hardware.")
    }

    private static func fallBack(_ charger: SiteCharger, _ site: Site) -> String {
        if let fallback = charger.measuredFallback {
            return "continues for \(Formatting.milliseconds(fallback)) after droopd has failed, as measured"
        }
        if charger.profile.timeout == nil, let relay = site.lines?.pulseWatchdog {
            let taken = charger.settings.readingAgeLimit + charger.deviceTimeout + site.period
            return
                """
                has no timeout; its supply is taken \(Formatting.milliseconds(taken)) after its last answer, and \
                \(Formatting.milliseconds(relay)) after droopd has failed by the pulse-watchdog relay
                """
        }
        let behaviour = charger.settings.behaviour
        let dead =
            behaviour.isKnown
            ? "its dead time of \(Formatting.milliseconds(behaviour.longestDeadTime))"
            : "its dead time, which has not been measured"
        return """
            continues for at most \(Formatting.milliseconds(charger.deviceTimeout)) after droopd has failed, plus \
            \(dead)
            """
    }
}
