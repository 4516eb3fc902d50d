import FrequencyResponse
import TestSupport
import Testing

@testable import Replay

private func read(_ text: String, _ options: RecordingOptions = RecordingOptions()) throws(RecordingError) -> Recording
{
    try RecordingReader.read(bytes: Array(text.utf8), file: "test.csv", options: options)
}

private func refusal(_ text: String) -> RecordingError? {
    do {
        _ = try read(text)
        return nil
    } catch {
        return error
    }
}

@Suite("Recordings")
struct RecordingReaderTests {
    struct Form: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var start: String?
        var testDescription: String { name }
    }

    /// Two rows 1 s apart, 49.9 Hz then 50.1 Hz, in every form that is published.
    static let forms = [
        Form(name: "plain", text: "time_s,frequency_hz\n0,49.9\n1,50.1\n"),
        Form(name: "plain with voltage", text: "time_s,frequency_hz,voltage_v\n0,49.9,230\n1,50.1,231\n"),
        Form(name: "numbered, CRLF", text: "index,frequency_hz\r\n0,49.9\r\n1,50.1\r\n"),
        Form(
            name: "NESO, old stamps", text: "dtm,f\n09/08/2019 15:51:49,49.9\n09/08/2019 15:51:50,50.1\n",
            start: "2019-08-09T15:51:49"),
        Form(
            name: "NESO, new stamps", text: "dtm,f\n2019-08-09T15:51:49Z,49.9\n2019-08-09T15:51:50Z,50.1\n",
            start: "2019-08-09T15:51:49Z"),
        Form(
            name: "byte order mark and quotes",
            text: "\u{FEFF}\"dtm\",\"f\"\n\"2019-08-09 15:51:49\",49.9\n\"2019-08-09 15:51:50\",50.1\n",
            start: "2019-08-09T15:51:49"),
        Form(
            name: "decimal comma", text: "time;frequency\n2019-08-09 15:51:49;49,9\n2019-08-09 15:51:50;50,1\n",
            start: "2019-08-09T15:51:49"),
        Form(
            name: "deviation in mHz", text: ",Frequency\n2019-08-09 15:51:49,-100.0\n2019-08-09 15:51:50,100.0\n",
            start: "2019-08-09T15:51:49"),
        Form(
            name: "English month",
            text: "AnalyzerL1Frequency,time\n49.9,28-Apr-2025 11:00:00\n50.1,28-Apr-2025 11:00:01\n",
            start: "2025-04-28T11:00:00"),
        Form(name: "time of day", text: "TIME,f\n23:59:59,49.9\n00:00:00,50.1\n"),
        Form(
            name: "compact stamps", text: "DateTime,GridFreq\n20190809T155149.000,49.9\n20190809T155150.000,50.1\n",
            start: "2019-08-09T15:51:49"),
        Form(
            name: "slashes and fractions",
            text: "Timestamp,N:Frequency\n2025/04/28 11:00:00.500,49.9\n2025/04/28 11:00:01.500,50.1\n",
            start: "2025-04-28T11:00:00.5"),
        Form(name: "per unit", text: "time_s,frequency\n0,0.998\n1,1.002\n"),
    ]

    @Test("every published form gives the same two samples", arguments: forms)
    func sameSamples(form: Form) throws {
        let recording = try read(form.text)
        #expect(recording.samples.count == 2)
        #expect(recording.samples.map { $0.time } == [.zero, .seconds(1)])
        for (sample, expected) in zip(recording.samples, [49.9, 50.1]) {
            #expect(abs((sample.frequency ?? .zero).value - expected) < 1e-9)
        }
        #expect(
            recording.origin.date.map { CivilTime.iso8601(nanoseconds: $0.nanoseconds, zone: $0.zone) } == form.start)
    }

    @Test("a time is named as the recording writes it, and anything else is refused with the recording's span")
    func namedTimes() throws {
        let dated = try read(
            "time,frequency_hz\n2025-04-28T10:00:00+02:00,50\n2025-04-28T10:00:01+02:00,50\n2025-04-28T10:00:02+02:00,50\n"
        )
        #expect(try dated.time(named: "10:00:01") == .seconds(1))
        #expect(try dated.time(named: "2025-04-28 10:00:01") == .seconds(1))
        #expect(try dated.time(named: "2025-04-28T08:00:01Z") == .seconds(1))
        #expect(try dated.time(named: "1.5") == .milliseconds(1_500))
        for wrong in ["10:00:03", "2025-04-28T10:00:01Z", "-1", "3", "noon", "1e300"] {
            let error = #expect(throws: Recording.NoSuchTime.self) { try dated.time(named: wrong) }
            #expect(
                error?.reason.contains("from 2025-04-28T10:00:00+02:00 to 2025-04-28T10:00:02+02:00") == true,
                "\(wrong)")
        }
        let days = try read(
            "time,frequency_hz\n" + (0...25).map { "2025-04-\($0 / 24 + 1) \($0 % 24):00:00,50\n" }.joined())
        #expect(try days.time(named: "2025-04-02 01:00:00") == .seconds(25 * 3_600))
        #expect(throws: Recording.NoSuchTime.self) { try days.time(named: "01:00:00") }
        #expect(try days.time(named: "02:00:00") == .seconds(2 * 3_600))
        let ofDay = try read("time,frequency_hz\n23:59:59,50\n00:00:00,50\n")
        #expect(try ofDay.time(named: "00:00:00") == .seconds(1))
        let counted = try read("time_s,frequency_hz\n100,50\n101,50\n")
        #expect(try counted.time(named: "101") == .seconds(1))
        #expect(throws: Recording.NoSuchTime.self) { try counted.time(named: "1") }
    }

    // MARK: Stamps

    /// Rows of one second with an offset from UTC that changes at an instant, and one value that counts them.
    private func offsets(_ rows: [String]) -> String {
        "time,frequency_hz\n"
            + rows.enumerated().map { "\($0.element),\(50 + Double($0.offset % 7) / 1_000)\n" }.joined()
    }

    @Test("stamps with UTC offsets are seamless where the offset changes")
    func changingOffsets() throws {
        let autumn = try read(
            offsets([
                "2024-10-27T02:59:58+02:00", "2024-10-27T02:59:59+02:00", "2024-10-27T02:00:00+01:00",
                "2024-10-27T02:00:01+01:00",
            ]))
        let spring = try read(
            offsets([
                "2024-03-31T01:59:58+01:00", "2024-03-31T01:59:59+01:00", "2024-03-31T03:00:00+02:00",
                "2024-03-31T03:00:01+02:00",
            ]))
        for recording in [autumn, spring] {
            #expect(recording.samples.map(\.time) == (0..<4).map { Interval.seconds($0) } && recording.gaps.isEmpty)
            #expect(recording.notes.contains { $0.contains("all times are shown in UTC") })
        }
        #expect(
            autumn.origin.text(.zero) == "2024-10-27T00:59:58Z"
                && spring.origin.text(.seconds(2)) == "2024-03-31T01:00:00Z")
        #expect(
            refusal(offsets(["2024-10-27T02:59:58+02:00", "2024-10-27T02:59:59"]))?.statement.contains("no UTC offset")
                == true)
    }

    @Test("date and time in two columns: days count", arguments: ["Date,Time,Frequency", "Uhrzeit;Datum;Frequenz"])
    func twoColumns(header: String) throws {
        let isFirst = header.hasPrefix("Date")
        let separator = isFirst ? "," : ";"
        func row(_ day: Int, _ time: String) -> String {
            let cells = isFirst ? ["2024-10-\(day)", time] : [time, "2024-10-\(day)"]
            return (cells + ["49.98"]).joined(separator: separator) + "\n"
        }
        let recording = try read(
            header + "\n" + row(27, "23:59:58") + row(27, "23:59:59") + row(28, "00:00:00") + row(31, "00:00:00"))
        #expect(recording.samples.map(\.time.seconds) == [0, 1, 2, 2 + 3 * 86_400] && recording.gaps.count == 1)
    }

    @Test("headers in other languages, tabs, all line ends, a time column by name")
    func headers() throws {
        for text in [
            "Zeit;Frequenz\n2024-10-27 10:00:00;49,9\n2024-10-27 10:00:01;50,1\n",
            "tid\tfrekvens\r2024-10-27 10:00:00\t49.9\r2024-10-27 10:00:01\t50.1\r",
            "time,frequency\r\n2024-10-27 10:00:00,49.9\r\n2024-10-27 10:00:01,50.1",
        ] {
            let recording = try read(text)
            #expect(recording.samples.compactMap(\.frequency?.value) == [49.9, 50.1], "\(text)")
            #expect(recording.samples.map(\.line) == [2, 3])
        }
        let named = try read("when,f\n0,49.9\n1,50.1\n", RecordingOptions(timeColumn: "when"))
        #expect(named.samples.count == 2)
        #expect(refusal("when,f\n0,49.9\n1,50.1\n")?.statement.contains("--time-column") == true)
    }

    @Test("stamps cut to seconds: rows are spread evenly and said", arguments: [2, 5, 10, 20])
    func cutStamps(rate: Int) throws {
        // Begins in the middle of a second, and now and then a row is missing or doubled.
        let rows = (rate / 2..<rate * 40).filter { $0 % 97 != 96 || rate < 10 }
        let recording = try read(
            "time_s,frequency_hz\n" + rows.map { "\($0 / rate),\(50 + Double($0 % 11) / 1_000)\n" }.joined())
        #expect(recording.samples.count == rows.count)
        #expect(recording.notes.contains { $0.contains("spread evenly") })
        #expect((recording.interval.seconds - 1 / Double(rate)).magnitude < 0.012)
        #expect(zip(recording.samples, recording.samples.dropFirst()).allSatisfy { $0.time < $1.time })
    }

    @Test("stamps cut to seconds: the date stays, and the first row keeps its place")
    func cutDates() throws {
        for zone in ["", "Z", "+02:00"] {
            var text = "time,frequency_hz\n"
            for row in 4..<200 {
                let second = row / 10 < 10 ? "0\(row / 10)" : "\(row / 10)"
                text += "2024-03-12 10:00:\(second)\(zone),50.0\(row % 9)\n"
            }
            let recording = try read(text)
            #expect(recording.origin.text(.zero) == "2024-03-12T10:00:00.4\(zone)")
            #expect(recording.origin.text(recording.samples[6].time) == "2024-03-12T10:00:01\(zone)")
        }
    }

    @Test("a recording in which no row has a frequency is refused", arguments: ["frequency_hz", "f"])
    func nothingThere(column: String) {
        let text = "time_s,\(column)\n" + (0..<60).map { "\($0),-9999\n" }.joined()
        #expect(refusal(text)?.statement.contains("--unit") == true)
        let deviations = "time_s,deviation_hz\n" + (0..<60).map { "\($0),\(Double($0 % 7) / 100)\n" }.joined()
        #expect(refusal(deviations)?.statement.contains("hz-deviation") == true)
    }

    @Test("spoiled stamps, or two recordings in a file, are refused with the line")
    func spoiledStamps() throws {
        // Sixty rows a minute share a stamp, then two, then ninety.
        let counts = [60, 2, 90, 7, 33, 1, 61]
        var text = "time_s,frequency_hz\n"
        for (minute, count) in counts.enumerated() {
            for row in 0..<count { text += "\(minute * 60),\(50 + Double(row % 9) / 1_000)\n" }
        }
        let error = try #require(refusal(text))
        #expect(error.line == 3 && error.statement.contains("247 of 254 rows repeat the stamp"), "\(error)")
        // A repeat in a hundred rows is left out.
        let few = try read("time_s,frequency_hz\n" + (0..<200).map { "\($0 - $0 / 100),50.0\($0 % 9)\n" }.joined())
        #expect(few.notes.contains("1 of 200 rows repeat the stamp of the row above and were left out"))
    }

    @Test("stamps as far apart as numbers go are refused and do not trap")
    func farStamps() {
        var text = "time_s,frequency_hz\n"
        for stamp in ["-8900000000", "8900000000", "8950000000", "8999000000"] {
            for row in 0..<3 { text += "\(stamp),50.0\(row)\n" }
        }
        #expect(refusal(text) != nil)
    }

    // MARK: Numbers

    /// A grid's frequency of some minutes: slow waves.
    private static func wave(_ row: Int) -> Double {
        let phase = Double(row % 240) / 240
        return 0.04 * (phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase) + 0.001 * Double(row * 7 % 11)
    }

    @Test("the unit follows from range, spread and steps", arguments: [0.0, 0.05, -0.08, 0.2])
    func units(offset: Double) throws {
        let forms: [(String, (Double) -> Double)] = [
            ("Hz", { 50 + $0 }), ("mHz", { 50_000 + $0 * 1_000 }), ("deviations in mHz from", { $0 * 1_000 }),
            ("shares of the nominal", { 1 + $0 / 50 }),
        ]
        for (unit, write) in forms {
            let text = "time_s,f\n" + (0..<600).map { "\($0),\(write(Self.wave($0) + offset))\n" }.joined()
            let recording = try read(text)
            let worst = zip(recording.samples, 0..<600).map {
                abs(($0.frequency?.value ?? 0) - 50 - Self.wave($1) - offset)
            }.max()
            #expect(worst ?? 1 < 1e-9, "\(unit)")
            #expect(recording.notes.contains { $0.contains("taken as \(unit)") } == (unit != "Hz"))
        }
        // Deviations of up to 50 mHz around 50 mHz: as Hz a grid would jump.
        let mixed = "time_s,f\n" + (0..<600).map { "\($0),\(50 + Self.wave($0) * 200)\n" }.joined()
        #expect(try read(mixed).notes.contains { $0.contains("taken as deviations in mHz") })
    }

    @Test("numbers of no unit and counted rows are refused with the choices")
    func unknownUnits() {
        let noise = "time_s,f\n" + (0..<100).map { "\($0),\($0 * 7_919 % 1_000_000)\n" }.joined()
        #expect(refusal(noise)?.statement.contains("say with --unit what they are: hz, mhz") == true)
        let counter = "time_s,f\n" + (0..<100).map { "\($0),\($0)\n" }.joined()
        #expect(refusal(counter)?.statement.contains("counts its rows") == true)
    }

    @Test(
        "numbers that stand for no value are none: not shown, not judged, counted",
        arguments: [-9_999, 0, 1e20, 9_999, 65_535])
    func sentinels(value: Double) throws {
        let text =
            "time_s,frequency\n" + (0..<120).map { "\($0),\($0 % 40 == 20 ? value : 50 + Self.wave($0))\n" }.joined()
        let recording = try read(text)
        #expect(recording.samples.count { $0.frequency == nil } == 3)
        #expect(recording.samples.compactMap(\.frequency).allSatisfy { ($0 - Hertz(50)).magnitude < Hertz(1) })
        #expect(recording.notes.contains { $0.contains("3 of 120 rows hold a number that is no frequency") })
    }

    @Test("a voltage column that holds nothing measures nothing")
    func emptyVoltage() throws {
        let recording = try read("time_s,frequency_hz,voltage_v\n0,50,\n1,50,\n")
        #expect(recording.samples.allSatisfy { $0.frequency == Hertz(50) && $0.voltageLowest == nil })
        #expect(recording.notes.contains { $0.contains("no voltage") })
    }

    @Test("what can't be read is refused with its line")
    func refusals() {
        let cases: [(String, Int, String)] = [
            ("", 1, "empty"),
            ("time_s,frequency_hz\n", 1, "needs at least 2"),
            ("time_s,frequency_hz\n0,50\n1,50,3\n", 3, "3 values where the header has 2"),
            ("time_s,frequency_hz\n0,50\nlater,50\n", 3, "“later” is not a time"),
            ("time_s,frequency_hz\n0,50\n1,inf\n", 3, "“inf” is not a number"),
            ("time_s,frequency_hz\n0,50\n2,50\n1,50\n", 4, "before that of the row above"),
            ("0,50\n1,50\n", 1, "no header"),
            ("a,b\n0,50\n1,50\n", 1, "no column is called"),
            ("time_s,a,b\n0,50,50\n1,50,50\n", 1, "name one with --column"),
            ("time_s,frequency\n0,0.5\n1,0.5\n", 2, "say with --unit"),
            ("time,f\n2262-06-20 00:00:00,50\n2262-06-20 00:00:01,50\n", 2, "is not a time"),
            ("time_s,f\n0,50\n900000000,50\n", 3, "more than a year"),
            ("time_s,f\n-8999999999,50\n8999999999,50\n", 3, "too far"),
            ("dtm,f\n2019-08-09 15:51:49,50\n2019-13-09 15:51:50,50\n", 3, "is not a time"),
        ]
        for (text, line, says) in cases {
            let error = refusal(text)
            #expect(error?.statement.contains(says) == true, "\(says): \(String(describing: error))")
            #expect(error?.line == line, "\(String(describing: error))")
        }
    }

    @Test("repeated stamps are left out and counted, empty values are kept as such")
    func oddities() throws {
        let recording = try read("time_s,frequency_hz\n0,50\n1,NaN\n1,50\n2,\n3,50\n")
        let emptyRows = recording.samples.map { $0.frequency == nil }
        #expect(emptyRows == [false, true, true, false])
        #expect(recording.notes.contains("1 of 5 rows repeat the stamp of the row above and were left out"))
        #expect(recording.notes.contains("2 of 5 rows have no frequency"))
    }

    @Test("exchanged months and days are read right and counted")
    func exchanged() throws {
        var text = "time,frequency\n"
        for (month, day) in [("01", "05"), ("02", "05")] {
            for hour in 0..<24 { text += "2019-\(month)-\(day) \(hour < 10 ? "0" : "")\(hour):00:00,50\n" }
        }
        for hour in 0..<24 { text += "2019-05-03 \(hour < 10 ? "0" : "")\(hour):00:00,50\n" }
        // As they stand, the stamps run from January over February to May; they never run backwards, so nothing is
        // guessed.
        #expect(try read(text).notes.contains { $0.contains("exchanged") } == false)
        text = "time,frequency\n"
        for (month, day) in [("11", "05"), ("12", "05"), ("05", "13")] {
            for hour in 0..<24 { text += "2019-\(month)-\(day) \(hour < 10 ? "0" : "")\(hour):00:00,50\n" }
        }
        let recording = try read(text)
        #expect(recording.samples.last?.time == .seconds(71 * 3_600))
        #expect(recording.notes.contains { $0.contains("exchanged in the stamps of 48 rows") })
    }

    @Test(
        "dates of open order: read by the day first, and that is said",
        arguments: [
            ("03/04/2024", "03/04/2024", true), ("3-4-2024", "3-4-2024", true), ("03.04.2024", "03.04.2024", false),
            ("03/04/2024", "13/04/2024", false), ("04/04/2024", "04/04/2024", false),
            ("2024-04-03", "2024-04-03", false),
        ])
    func openOrder(first: String, last: String, isSaid: Bool) throws {
        let recording = try read("time,frequency\n\(first) 10:00:00,50\n\(last) 10:00:01,50\n")
        #expect(
            recording.notes.contains("dates are read as day, month, year: the first is 2024-4-3 (year-month-day)")
                == isSaid, "\(recording.notes)")
    }

    struct Published: Sendable, CustomTestStringConvertible {
        var path: String
        var rows: Int
        var invalid: Int
        var lowest: Double
        var highest: Double
        var seconds: Int64
        var column: String?
        var testDescription: String { path + (column.map { " " + $0 } ?? "") }
    }

    static let published = [
        Published(
            path: "gb-2019-08-09/neso_trajectory.csv", rows: 360, invalid: 0, lowest: 48.787, highest: 50.089,
            seconds: 1),
        Published(
            path: "nsw-2018-08-25/nsw_frequency_1s.csv", rows: 2_096, invalid: 0, lowest: 48.994961, highest: 50.130562,
            seconds: 1),
        Published(
            path: "iberia-2025-04-28/toledo_data.csv", rows: 3_600, invalid: 10, lowest: 40, highest: 50.044, seconds: 2
        ),
        Published(
            path: "france-2019-05/france_2019_05.csv.zip", rows: 267_840, invalid: 0, lowest: 49.8895, highest: 50.1295,
            seconds: 10),
        Published(
            path: "gb-2017-60d-1min/TrainData.csv", rows: 60_480, invalid: 0, lowest: 49.757, highest: 50.357,
            seconds: 60),
        Published(
            path: "mainsfrequency-2024-08-19/2024-08-19T152602.csv", rows: 517, invalid: 0, lowest: 49.978,
            highest: 50.041, seconds: 1),
        Published(
            path: "cities/lon_sto_ves_1h_1s.csv", rows: 3_600, invalid: 0, lowest: 49.787442, highest: 50.083481,
            seconds: 1, column: "LON"),
        Published(
            path: "cities/lon_sto_ves_1h_1s.csv", rows: 3_600, invalid: 0, lowest: 49.843126, highest: 50.067205,
            seconds: 1, column: "STO"),
        Published(
            path: "cities/lon_sto_ves_1h_1s.csv", rows: 3_600, invalid: 0, lowest: 49.625865, highest: 50.050775,
            seconds: 1, column: "VES"),
    ]

    @Test(
        "recordings made by others give their known figures",
        .enabled(if: TestData.hasOutside, "\(TestData.outsideMissing)"),
        arguments: published)
    func known(figures: Published) throws {
        let recording = try RecordingReader.read(
            path: TestData.recording(figures.path), options: RecordingOptions(column: figures.column))
        let values = recording.samples.compactMap { $0.frequency?.value }
        #expect(recording.samples.count == figures.rows)
        #expect(figures.rows - values.count == figures.invalid)
        #expect(abs((values.min() ?? 0) - figures.lowest) < 1e-5)
        #expect(abs((values.max() ?? 0) - figures.highest) < 1e-5)
        #expect(recording.interval == .seconds(figures.seconds))
        #expect(recording.gaps.isEmpty)
    }
}
