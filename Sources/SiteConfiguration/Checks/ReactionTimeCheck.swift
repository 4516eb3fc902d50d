import Devices
import FrequencyResponse

/// The time from a change of frequency to the write of a setpoint: the worst case of each part, one after the other.
enum ReactionTimeCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        let meter = site.meters[0]
        let bus = site.busBudgets[0]
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
        return [
            .note(
                "frequency-age", "",
                "a frequency is at most \(Formatting.milliseconds(age)) old when control gets it (\(list(parts)))"),
            .note(
                "reaction-time", "",
                """
                reaction time up to the setpoint's write: \(Formatting.milliseconds(reaction)) at worst (the age \
                of the frequency, \(list(rest))); the devices' own answer times have not been measured
                """),
        ]
    }

    private static func list(_ parts: [(String, Interval)]) -> String {
        parts.map { "\($0.0) \(Formatting.milliseconds($0.1))" }.joined(separator: ", ")
    }
}
