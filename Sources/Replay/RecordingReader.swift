import FrequencyResponse

/// Reads a recording in any of the published forms, as it lies there. What is odd is repaired only where one reading
/// alone is possible, and is then said; anything else is refused with its line.
public struct RecordingReader {
    private let file: String
    private let options: RecordingOptions
    private var notes: [String] = []
    /// The stamps have more than one UTC offset.
    private var hasSeveralZones = false

    /// Reads a recording's file.
    public static func read(path: String, options: RecordingOptions = RecordingOptions()) throws(RecordingError)
        -> Recording
    {
        try read(bytes: RecordingFile.bytes(at: path), file: path, options: options)
    }

    /// Reads a recording's text.
    public static func read(
        bytes: [UInt8], file: String, options: RecordingOptions = RecordingOptions()
    ) throws(RecordingError) -> Recording {
        var reader = RecordingReader(file: file, options: options)
        return try reader.recording(bytes)
    }

    private init(file: String, options: RecordingOptions) {
        self.file = file
        self.options = options
    }

    private func refused(_ statement: String, line: Int? = nil) -> RecordingError {
        RecordingError(file: file, line: line, statement: statement)
    }

    private struct Columns {
        var time: Int
        /// A column of dates beside one of times of day; nil where one column has both.
        var date: Int?
        var frequency: Int
        var voltages: [Int]
        var signal: Int?
        var names: [String]
        var isIndexed: Bool
    }

    private struct Row {
        var stamp: Stamp
        var value: Double?
        var voltages: [Double]
        var signal: Double?
        var line: Int
    }

    private mutating func recording(_ bytes: [UInt8]) throws(RecordingError) -> Recording {
        var table = TextTable(bytes: bytes)
        guard let header = table.next() else { throw refused("the recording is empty", line: 1) }
        let columns = try columns(header.cells)
        var rows: [Row] = []
        while let line = table.next() {
            rows.append(try row(line.cells, line: line.number, columns: columns))
        }
        guard rows.count >= 2 else {
            throw refused("the recording has \(rows.count) rows, and needs at least 2", line: header.number)
        }
        let times = try times(rows, columns: columns)
        let unit = try unit(rows, column: columns.names[columns.frequency])
        return try assemble(rows, times: times, unit: unit, columns: columns)
    }

    // MARK: Columns

    private static let timeNames = [
        "time_s", "time", "timestamp", "datetime", "dtm", "ts", "zeitstempel", "zeit", "uhrzeit", "heure", "tid",
        "date",
        "datum", "index", "seconds", "",
    ]
    private static let dateNames = ["date", "datum", "day", "tag"]
    private static let dayTimeNames = ["time", "zeit", "uhrzeit", "heure", "tid"]

    private func columns(_ cells: [String]) throws(RecordingError) -> Columns {
        let names = cells.map { $0.lowercased() }
        guard names.contains(where: { Double($0) == nil && Stamp($0) == nil }) else {
            throw refused("there is no header line; write one such as time_s,frequency_hz above the values", line: 1)
        }
        if let wanted = options.timeColumn, !cells.contains(wanted) {
            throw refused("there is no time column \(wanted); there are \(cells.joined(separator: ", "))", line: 1)
        }
        let wantedTime = options.timeColumn.flatMap { cells.firstIndex(of: $0) }
        let dayTime = Self.dayTimeNames.lazy.compactMap { names.firstIndex(of: $0) }.first
        let date =
            wantedTime == nil && dayTime != nil
            ? Self.dateNames.lazy.compactMap { names.firstIndex(of: $0) }.first : nil
        let named = date == nil ? nil : dayTime
        guard let time = wantedTime ?? named ?? Self.timeNames.lazy.compactMap({ names.firstIndex(of: $0) }).first
        else {
            throw refused(
                """
                no column is called \(Self.timeNames.dropLast().joined(separator: ", ")); there are \
                \(cells.joined(separator: ", ")); name the one with the times with --time-column
                """,
                line: 1)
        }
        let voltages = names.indices.filter { names[$0].contains("volt") }
        let signal = names.firstIndex(of: "signal")
        let others = names.indices.filter { $0 != time && $0 != date && $0 != signal && !voltages.contains($0) }
        let withName = others.filter { names[$0].contains("freq") || names[$0].contains("frek") }
        let candidates = withName.isEmpty ? others : withName
        if let wanted = options.column {
            guard let chosen = cells.firstIndex(of: wanted), chosen != time else {
                throw refused(
                    """
                    there is no frequency column \(wanted); there are \
                    \(candidates.map { cells[$0] }.joined(separator: ", "))
                    """,
                    line: 1)
            }
            return Columns(
                time: time, date: date, frequency: chosen, voltages: voltages, signal: signal, names: cells,
                isIndexed: names[time] == "index")
        }
        guard candidates.count == 1 else {
            throw refused(
                candidates.isEmpty
                    ? "no column holds frequencies"
                    : """
                    \(candidates.count) columns could be the frequency \
                    (\(candidates.map { cells[$0] }.joined(separator: ", "))); name one with --column
                    """,
                line: 1)
        }
        return Columns(
            time: time, date: date, frequency: candidates[0], voltages: voltages, signal: signal, names: cells,
            isIndexed: names[time] == "index")
    }

    private func row(_ cells: [String], line: Int, columns: Columns) throws(RecordingError) -> Row {
        guard cells.count == columns.names.count else {
            throw refused("the line has \(cells.count) values where the header has \(columns.names.count)", line: line)
        }
        let text = columns.date.map { "\(cells[$0]) \(cells[columns.time])" } ?? cells[columns.time]
        guard let stamp = Stamp(text) else { throw refused("“\(text.prefix(40))” is not a time", line: line) }
        var voltages: [Double] = []
        for index in columns.voltages {
            if let voltage = try number(cells[index], line: line), voltage >= 0, !Self.isSentinel(voltage) {
                voltages.append(voltage)
            }
        }
        var signal: Double?
        if let column = columns.signal {
            signal = try number(cells[column], line: line)
            if let signal, signal.magnitude > 1 {
                throw refused("the signal \(cells[column].prefix(40)) is outside -1 to 1", line: line)
            }
        }
        return Row(
            stamp: stamp, value: try number(cells[columns.frequency], line: line), voltages: voltages, signal: signal,
            line: line)
    }

    /// Nothing and NaN mean that there was no value; text and infinities are refused.
    private func number(_ text: String, line: Int) throws(RecordingError) -> Double? {
        if text.isEmpty || text.lowercased() == "nan" { return nil }
        let plain = text.contains(",") ? String(text.map { $0 == "," ? "." : $0 }) : text
        guard let value = Double(plain), value.isFinite else {
            throw refused("“\(text.prefix(40))” is not a number", line: line)
        }
        return value
    }

    // MARK: Time

    /// The rows' times in nanoseconds on one line.
    private mutating func times(_ rows: [Row], columns: Columns) throws(RecordingError) -> [Int64] {
        switch rows[0].stamp {
        case .seconds:
            if columns.isIndexed { notes.append("rows are numbered and not stamped; they are taken as 1 s apart") }
            return try rows.mapTyped { row throws(RecordingError) in
                guard case .seconds(let value) = row.stamp else {
                    throw refused("the stamp is of another form than the first", line: row.line)
                }
                return Int64((value * 1e9).rounded())
            }
        case .timeOfDay:
            notes.append("stamps have no date")
            var day: Int64 = 0
            var last: Int64 = 0
            return try rows.mapTyped { row throws(RecordingError) in
                guard case .timeOfDay(let value) = row.stamp else {
                    throw refused("the stamp is of another form than the first", line: row.line)
                }
                if value + day < last - 43_200_000_000_000 { day += 86_400_000_000_000 }
                last = value + day
                return last
            }
        case .civil:
            let stamps = try rows.mapTyped { row throws(RecordingError) in
                guard case .civil(let value) = row.stamp else {
                    throw refused("the stamp is of another form than the first", line: row.line)
                }
                return value
            }
            noteOrder(stamps)
            guard stamps[0].zoneOffset != nil || stamps.contains(where: { $0.zoneOffset != nil }) else {
                return repaired(stamps) ?? stamps.map(\.nanoseconds)
            }
            return try utc(stamps, rows: rows)
        }
    }

    /// Says which of day and month was taken first where no stamp decides it.
    private mutating func noteOrder(_ stamps: [CivilTime]) {
        guard let stamp = stamps.first(where: { $0.day != $0.month }), stamps.allSatisfy(\.mayBeMonthFirst),
            stamps.allSatisfy({ $0.day <= 12 })
        else { return }
        notes.append(
            """
            dates are read as day, month, year: the first is \(stamp.year)-\(stamp.month)-\(stamp.day) \
            (year-month-day)
            """
        )
    }

    /// Stamps with an offset from UTC stand on one time line, whatever the offset is where.
    private mutating func utc(_ stamps: [CivilTime], rows: [Row]) throws(RecordingError) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(stamps.count)
        for (stamp, row) in zip(stamps, rows) {
            guard let offset = stamp.zoneOffset else {
                throw refused("the stamp has no UTC offset, and others have", line: row.line)
            }
            times.append(stamp.nanoseconds - offset * 1_000_000_000)
        }
        if stamps.contains(where: { $0.zone != stamps[0].zone }) {
            hasSeveralZones = true
            notes.append("the UTC offset of the stamps changes; all times are shown in UTC")
        }
        return times
    }

    /// Undoes an exchange of month and day. It is believed only if stamps run backwards as they are, and with some of
    /// them exchanged every row follows the one before by no more than 1.5 of the usual interval.
    private mutating func repaired(_ stamps: [CivilTime]) -> [Int64]? {
        let plain = stamps.map(\.nanoseconds)
        guard zip(plain, plain.dropFirst()).contains(where: { $0 > $1 }) else { return nil }
        let interval = Self.median(plain)
        for first in [stamps[0], stamps[0].exchanged].compactMap({ $0 }) {
            var result = [first.nanoseconds]
            var exchanged = first == stamps[0] ? 0 : 1
            for stamp in stamps.dropFirst() {
                let last = result[result.count - 1]
                let latest = last + interval + interval / 2
                let candidates = [stamp, stamp.exchanged].compactMap { $0 }
                guard let fitting = candidates.first(where: { $0.nanoseconds > last && $0.nanoseconds <= latest })
                else { break }
                if fitting != stamp { exchanged += 1 }
                result.append(fitting.nanoseconds)
            }
            if result.count == stamps.count {
                notes.append(
                    """
                    month and day are exchanged in the stamps of \(exchanged) rows; they were read the other way \
                    round, in the order of the rows
                    """
                )
                return result
            }
        }
        return nil
    }

    private static func median(_ times: [Int64]) -> Int64 {
        let steps = zip(times, times.dropFirst()).map { $1 &- $0 }.filter { $0 > 0 }.sorted()
        return steps.isEmpty ? 0 : steps[steps.count / 2]
    }

    // MARK: Unit

    private mutating func unit(_ rows: [Row], column: String) throws(RecordingError) -> RecordedUnit {
        let values = rows.compactMap(\.value)
        guard !values.isEmpty else { throw refused("the column \(column) holds no numbers") }
        if values.count > 2, zip(values, values.dropFirst()).allSatisfy({ $1 - $0 == 1 }) {
            throw refused("the column \(column) counts its rows and holds no frequency; name another with --column")
        }
        if let unit = options.unit { return unit }
        let isDeviation = ["dev", "delta", "diff"].contains { column.lowercased().contains($0) }
        if column.lowercased().hasSuffix("_hz"), !isDeviation { return .hertz }
        let score = UnitScore(values.filter { !Self.isSentinel($0) }, nominal: options.nominal)
        let fitting = score.fitting
        guard fitting.count == 1 else {
            let reading =
                fitting.isEmpty
                ? "is no frequency in any unit known here"
                : "may be \(fitting.map(\.words).joined(separator: " or "))"
            throw refused(
                """
                the numbers of column \(column) \(score.description); that \(reading); say with --unit what they are: \
                \(RecordedUnit.choices)
                """,
                line: rows[0].line)
        }
        switch fitting[0] {
        case .hertz: break
        case .millihertz: notes.append("frequency was taken as mHz")
        case .millihertzDeviation, .hertzDeviation, .perUnit:
            notes.append("frequency was taken as \(fitting[0].words) of \(options.nominal.value) Hz")
        }
        return fitting[0]
    }

    /// Numbers that instruments write where they have no value.
    private static func isSentinel(_ value: Double) -> Bool {
        value.magnitude >= 99_999 || [-999, 999, -9_999, 9_999, 32_767, -32_768, 65_535].contains(value)
    }

    /// Whether a row has a frequency at all: a number that no grid can have, such as 0 or -9999, means that there was
    /// no value.
    private func hasValue(_ frequency: Hertz) -> Bool {
        (frequency - options.nominal).magnitude <= options.nominal * 0.5
    }

    private func hertz(_ value: Double, _ unit: RecordedUnit) -> Hertz {
        switch unit {
        case .hertz: Hertz(value)
        case .millihertz: Hertz(value / 1_000)
        case .millihertzDeviation: options.nominal + Hertz(value / 1_000)
        case .hertzDeviation: options.nominal + Hertz(value)
        case .perUnit: options.nominal * value
        }
    }

    // MARK: Samples

    private mutating func spread(_ times: [Int64], rows: [Row]) throws(RecordingError) -> [Int64] {
        switch RepeatedStamps.judge(times) {
        case .none: return times
        case .repeats(let count):
            notes.append("\(count) of \(rows.count) rows repeat the stamp of the row above and were left out")
            return times
        case .spread(let count, let spread):
            notes.append(
                """
                \(count) of \(rows.count) rows share the stamp of the row above, as where stamps are cut; rows were \
                spread evenly
                """
            )
            return spread
        case .spoiled(let count, let first):
            throw refused(
                """
                \(count) of \(rows.count) rows repeat the stamp of the row above, first here: these are several \
                readings in one file, or a program has cut the stamps; write the stamps with their fractions of a second
                """,
                line: rows[first].line)
        }
    }

    private mutating func assemble(
        _ rows: [Row], times: [Int64], unit: RecordedUnit, columns: Columns
    ) throws(RecordingError) -> Recording {
        // A column that holds nothing at all measures nothing.
        let hasVoltage = rows.contains { !$0.voltages.isEmpty }
        let stamped = times
        let times = try spread(stamped, rows: rows)
        // Where the first second is incomplete its first row does not begin it.
        let shift = times[0] - stamped[0]
        var samples: [RecordedSample] = []
        samples.reserveCapacity(rows.count)
        var empty = 0
        var invalid: [Double] = []
        for (row, time) in zip(rows, times) {
            let (passed, isTooFar) = time.subtractingReportingOverflow(times[0])
            guard !isTooFar else { throw refused("the stamp lies too far from the first row's", line: row.line) }
            let since = Interval(nanoseconds: passed)
            if let last = samples.last, since <= last.time {
                guard since == last.time else {
                    throw refused(
                        """
                        the stamp lies before that of the row above; put the rows in the order of time, or cut the \
                        recording where its clock was set back. Stamps with a UTC offset need no cut
                        """,
                        line: row.line)
                }
                continue
            }
            if row.value == nil { empty += 1 }
            let complete = row.voltages.count == columns.voltages.count && hasVoltage
            // As with a meter: where voltages are measured, a frequency counts only with them.
            let counts = complete || !hasVoltage
            var frequency = counts ? row.value.map { hertz($0, unit) } : nil
            if let value = row.value, frequency.map({ !hasValue($0) }) ?? false {
                frequency = nil
                invalid.append(value)
            }
            samples.append(
                RecordedSample(
                    time: since, frequency: frequency,
                    voltageLowest: complete ? row.voltages.min().map { Volts($0) } : nil,
                    voltageHighest: complete ? row.voltages.max().map { Volts($0) } : nil,
                    signal: row.signal.map { Ratio($0) },
                    line: row.line))
        }
        let longest = zip(samples, samples.dropFirst()).first { ($1.time - $0.time) > Interval.seconds(366 * 86_400) }
        if let longest {
            throw refused("more than a year lies between this row and the one above", line: longest.1.line)
        }
        guard samples.count >= 2 else { throw refused("all rows have the same stamp", line: rows[0].line) }
        guard samples.contains(where: { $0.frequency != nil }) else {
            let example = invalid.first.map { " such as \($0)" } ?? ""
            throw refused(
                """
                no row has a frequency: the column \(columns.names[columns.frequency]) holds numbers\(example), read \
                as \(unit.words); say with --unit what they are: \(RecordedUnit.choices)
                """,
                line: rows[0].line)
        }
        if empty > 0 { notes.append("\(empty) of \(rows.count) rows have no frequency") }
        if let example = invalid.first {
            notes.append(
                """
                \(invalid.count) of \(rows.count) rows hold a number that is no frequency, such as \(example): no \
                value
                """
            )
        }
        let absurd = samples.count {
            $0.frequency.map { ($0 - options.nominal).magnitude > options.nominal * 0.1 } ?? false
        }
        if absurd > 0 {
            notes.append(
                """
                \(absurd) of \(rows.count) rows show a frequency more than 10 % from \(options.nominal.value) Hz, \
                which is not acted on
                """
            )
        }
        if !hasVoltage {
            notes.append("there is no voltage in the recording, so a dead bus can't be told from a live one")
        }
        notes.append("frozen values are not judged in a recording")
        let origin: TimeOrigin =
            switch rows[0].stamp {
            case .civil(let stamp):
                if hasSeveralZones {
                    .civil(CivilTime(nanoseconds: times[0], zone: "Z"))
                } else if stamp.zoneOffset != nil {
                    .civil(CivilTime(nanoseconds: stamp.nanoseconds + shift, zone: stamp.zone))
                } else {
                    .civil(
                        CivilTime(
                            nanoseconds: (stamp.nanoseconds == stamped[0] ? stamp : stamp.exchanged ?? stamp)
                                .nanoseconds
                                + shift, zone: ""))
                }
            case .seconds(let value): .seconds(value + Double(shift) / 1e9)
            case .timeOfDay(let time): .timeOfDay(time + shift)
            }
        return Recording(
            file: file, samples: samples,
            interval: Interval(nanoseconds: Self.median(samples.map(\.time.nanoseconds))), origin: origin,
            notes: notes)
    }
}

extension Array {
    /// `map` that keeps the type of the error.
    func mapTyped<Result, Failure: Error>(_ transform: (Element) throws(Failure) -> Result) throws(Failure) -> [Result]
    {
        var results: [Result] = []
        results.reserveCapacity(count)
        for element in self { results.append(try transform(element)) }
        return results
    }
}
