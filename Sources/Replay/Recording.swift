public import FrequencyResponse

/// One row of a recording.
public struct RecordedSample: Sendable, Equatable {
    /// Since the first row.
    public var time: Interval
    /// Nil where the recording has none (NaN or empty).
    public var frequency: Hertz?
    public var voltageLowest: Volts?
    public var voltageHighest: Volts?
    /// What a service by external signal followed then, -1 to 1; nil where the recording has none.
    public var signal: Ratio?
    /// The line in the file, counted from 1.
    public var line: Int
}

/// Frequency over time, from anywhere.
public struct Recording: Sendable {
    public var file: String
    public var samples: [RecordedSample]
    /// The usual time between two rows: the median.
    public var interval: Interval
    /// The first row's time as the file writes it; nil without a date.
    public var start: CivilTime?
    /// The first row's number of seconds where the recording counts them.
    public var startSeconds: Double
    /// What was found odd in the file and what was made of it.
    public var notes: [String]

    /// The time since the first row that a text names: a stamp or a time of day where the recording has a date, else seconds as it counts
    /// them. Nil for anything else, and for times outside the recording.
    public func time(of text: String) -> Interval? {
        let day: Int64 = 86_400_000_000_000
        let since: Int64
        switch (Stamp(text), start) {
        case (.civil(let stamp), .some(let start)): since = stamp.nanoseconds - start.nanoseconds
        case (.timeOfDay(let time), .some(let start)): since = ((time - start.nanosecondsOfDay) % day + day) % day
        case (.seconds(let seconds), nil): since = Int64(((seconds - startSeconds) * 1e9).rounded())
        default: return nil
        }
        guard let last = samples.last, since >= 0, since <= last.time.nanoseconds else { return nil }
        return Interval(nanoseconds: since)
    }

    /// The rows whose gap to the row before is above 1.5 intervals: there the meter was lost.
    public var gaps: [RecordedSample] {
        zip(samples, samples.dropFirst()).filter { ($1.time - $0.time).nanoseconds * 2 > interval.nanoseconds * 3 }.map(\.1)
    }
}

/// In what unit a recording states frequency.
public enum RecordedUnit: String, Sendable, CaseIterable {
    case hertz = "hz"
    case millihertzDeviation = "mhz-deviation"
    case hertzDeviation = "hz-deviation"
    case perUnit = "pu"
}

/// What a person may say of a recording where it does not say it itself.
public struct RecordingOptions: Sendable {
    public var column: String?
    public var unit: RecordedUnit?
    public var nominal: Hertz

    public init(column: String? = nil, unit: RecordedUnit? = nil, nominal: Hertz = Hertz(50)) {
        self.column = column
        self.unit = unit
        self.nominal = nominal
    }
}
