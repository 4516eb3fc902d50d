public import FrequencyResponse

/// How a recording counts time, and its first row's time in that way.
public enum TimeOrigin: Sendable, Equatable {
    case civil(CivilTime)
    /// Nanoseconds since midnight of a day that it does not name.
    case timeOfDay(Int64)
    case seconds(Double)

    private static var day: Int64 { 86_400_000_000_000 }

    /// The date and time, where the recording has a date.
    public var date: CivilTime? {
        if case .civil(let start) = self { start } else { nil }
    }

    /// A time as the recording would write it.
    public func text(_ since: Interval) -> String {
        switch self {
        case .civil(let start):
            return CivilTime.iso8601(nanoseconds: start.nanoseconds + since.nanoseconds, zone: start.zone)
        case .timeOfDay(let start):
            let stamp = CivilTime.iso8601(nanoseconds: (start + since.nanoseconds) % Self.day, zone: "")
            return String(stamp.drop { $0 != "T" }.dropFirst())
        case .seconds(let start):
            let value = start + since.seconds
            return value == 0 ? "0.0" : value.description
        }
    }
}

extension Recording {
    /// Why a text names no time of a recording, as a sentence's end.
    public struct NoSuchTime: Error {
        /// What is wrong with the text.
        public var reason: String
    }

    /// The time since the first row that a text names: a stamp, a time of day that comes once, or seconds; as the
    /// recording counts seconds where it does, else since its first row. A stamp without a zone is taken in the
    /// recording's.
    public func time(named text: String) throws(NoSuchTime) -> Interval {
        let length = samples.last?.time ?? .zero
        let since: Int64
        switch (Stamp(text), origin) {
        case (.civil(let stamp), .civil(let start)):
            let shift = (start.zoneOffset ?? 0) - (stamp.zoneOffset ?? start.zoneOffset ?? 0)
            since = stamp.nanoseconds - start.nanoseconds + shift * 1_000_000_000
        case (.civil, _): throw refused(text, "names a date, and the recording has none")
        case (.timeOfDay(let time), .civil(let start)): since = try moment(time, start: start.nanosecondsOfDay, text)
        case (.timeOfDay(let time), .timeOfDay(let start)): since = try moment(time, start: start, text)
        case (.timeOfDay, .seconds): throw refused(text, "is a time of day, and the recording counts seconds")
        case (.seconds(let seconds), .seconds(let start)): since = Int64(((seconds - start) * 1e9).rounded())
        case (.seconds(let seconds), _): since = Int64((seconds * 1e9).rounded())
        case (nil, _): throw refused(text, "is no time")
        }
        guard since >= 0, since <= length.nanoseconds else { throw refused(text, "lies outside the recording") }
        return Interval(nanoseconds: since)
    }

    private func moment(_ time: Int64, start: Int64, _ text: String) throws(NoSuchTime) -> Int64 {
        let day: Int64 = 86_400_000_000_000
        let since = ((time - start) % day + day) % day
        if since + day <= samples.last?.time.nanoseconds ?? 0 {
            throw refused(text, "comes on more than one day of the recording; name the day as well")
        }
        return since
    }

    private func refused(_ text: String, _ what: String) -> NoSuchTime {
        let last = samples.last?.time ?? .zero
        let seconds =
            switch origin {
            case .seconds: ""
            default: ", or the seconds since its start, 0 to \(last.seconds)"
            }
        return NoSuchTime(
            reason:
                """
                “\(text)” \(what); it goes from \(origin.text(.zero)) to \(origin.text(last)): give a time of \
                these\(seconds)
                """
        )
    }
}
