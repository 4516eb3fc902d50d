import Devices
import FrequencyResponse

/// Whether the first meter is good enough for the site's services.
enum MeterCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        let meter = site.meters[0]
        var findings = resolution(meter)
        for service in site.services.map(\.settings) where service.followsCurve {
            guard let deadband = deadband(service.curve), deadband < meter.profile.resolution * 2 else { continue }
            findings.append(
                .warning(
                    "deadband-below-resolution", meter.name,
                    """
                    the deadband of \(Formatting.fixed(deadband.value * 1_000, 1)) mHz of \(service.kind.rules.name) \
                    is less \
                    than twice the meter's step.
                    """))
        }
        if !meter.judgesFrozen {
            findings.append(
                .warning(
                    "frozen-check-off", meter.name,
                    """
                    frozen_check is off, so a meter that stands still goes on being believed; only a bench wants that.
                    """))
        }
        if meter.profile.voltages.isEmpty {
            findings.append(
                .warning(
                    "no-voltage", meter.name, "no voltage is measured, so a dead bus can't be told from a live one."))
        }
        return findings
    }

    private static func resolution(_ meter: SiteMeter) -> [Finding] {
        let resolution = meter.profile.resolution
        if resolution >= Hertz(0.1) {
            return [
                .error(
                    "meter-too-coarse", meter.name,
                    "a meter that shows steps of \(Formatting.fixed(resolution.value, 2)) Hz can't serve droop.")
            ]
        }
        guard resolution >= Hertz(0.01) else { return [] }
        return [
            .warning(
                "meter-coarse", meter.name,
                """
                \(meter.profile.name) shows frequency in steps of \(Formatting.fixed(resolution.value * 1_000, 1)) \
                mHz; \
                services ask for 10 mHz accuracy or better.
                """)
        ]
    }

    /// The smallest deviation at which the curve asks for anything; nil when it asks for something at once.
    private static func deadband(_ curve: Curve) -> Hertz? {
        var edge: Hertz?
        for index in 0..<curve.pointCount where curve[index].response == .zero {
            let width = curve[index].deviation.magnitude
            edge = min(edge ?? width, width)
        }
        return edge == .zero ? nil : edge
    }
}
