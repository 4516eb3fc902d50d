public import FrequencyResponse

/// One row of a recording.
public struct RecordedSample: Sendable, Equatable {
    /// Since the first row.
    public var time: Interval
    /// Nil where the recording has none (NaN or empty).
    public var frequency: Hertz?
    /// The lowest voltage of the phases; nil when none was recorded.
    public var voltageLowest: Volts?
    /// The highest voltage of the phases; nil when none was recorded.
    public var voltageHighest: Volts?
    /// What a service by external signal followed then, -1 to 1; nil where the recording has none.
    public var signal: Ratio?
    /// The line in the file, counted from 1.
    public var line: Int
}

/// Frequency over time, from anywhere.
public struct Recording: Sendable {
    /// The file that it comes from.
    public var file: String
    /// The samples, in order of time.
    public var samples: [RecordedSample]
    /// The usual time between two rows: the median.
    public var interval: Interval
    /// How the file counts time, and its first row's time.
    public var origin: TimeOrigin
    /// What was found odd in the file and what was made of it.
    public var notes: [String]

    /// The rows whose gap to the row before is above 1.5 intervals: there the meter was lost.
    public var gaps: [RecordedSample] {
        zip(samples, samples.dropFirst()).filter { ($1.time - $0.time).nanoseconds * 2 > interval.nanoseconds * 3 }.map(
            \.1)
    }
}

/// In what unit a recording states frequency.
public enum RecordedUnit: String, Sendable, CaseIterable {
    case hertz = "hz"
    case millihertz = "mhz"
    case millihertzDeviation = "mhz-deviation"
    case hertzDeviation = "hz-deviation"
    case perUnit = "pu"

    /// The values of `--unit`, for messages.
    static var choices: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// A description of the unit for messages.
    public var words: String {
        switch self {
        case .hertz: "Hz"
        case .millihertz: "mHz"
        case .millihertzDeviation: "deviations in mHz from the nominal frequency"
        case .hertzDeviation: "deviations in Hz from the nominal frequency"
        case .perUnit: "shares of the nominal frequency"
        }
    }
}

/// What a person may say of a recording where it does not say it itself.
public struct RecordingOptions: Sendable {
    /// The column to read; nil for the only one that fits.
    public var column: String?
    /// The column with the times; nil for the one that is called so.
    public var timeColumn: String?
    /// The unit of the column; nil to find it by the values.
    public var unit: RecordedUnit?
    /// The nominal frequency of the recording.
    public var nominal: Hertz

    /// How a recording is to be read. What is nil is found out from the recording.
    public init(
        column: String? = nil, timeColumn: String? = nil, unit: RecordedUnit? = nil, nominal: Hertz = Hertz(50)
    ) {
        self.timeColumn = timeColumn
        self.column = column
        self.unit = unit
        self.nominal = nominal
    }
}
