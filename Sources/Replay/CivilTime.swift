/// A date and time as a recording writes it, in whatever zone it does.
public struct CivilTime: Equatable, Sendable {
    /// The year.
    public var year: Int
    /// The month, 1 to 12.
    public var month: Int
    /// The day of the month.
    public var day: Int
    /// Since midnight.
    public var nanosecondsOfDay: Int64
    /// The zone as written ("Z", "+02:00"); empty when the stamp names none.
    public var zone: String
    /// The day is written before the month and with a separator that others use the other way round.
    var mayBeMonthFirst = false

    /// Nanoseconds since 1970 in the stamp's own zone.
    public var nanoseconds: Int64 { Int64(Self.days(year, month, day)) * 86_400_000_000_000 + nanosecondsOfDay }

    /// Seconds east of Greenwich; nil where no zone is written.
    var zoneOffset: Int64? {
        if zone.isEmpty { return nil }
        if zone == "Z" { return 0 }
        let digits = zone.utf8.filter { (48...57).contains($0) }.map { Int64($0 - 48) }
        let seconds = ((digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3]) * 60
        return zone.hasPrefix("-") ? -seconds : seconds
    }

    /// A time in nanoseconds since 1970, in the zone as it is written.
    init(nanoseconds: Int64, zone: String) {
        let dayLength: Int64 = 86_400_000_000_000
        let days = nanoseconds >= 0 ? nanoseconds / dayLength : -((-nanoseconds + dayLength - 1) / dayLength)
        let date = Self.date(Int(days))
        self.init(
            year: date.year, month: date.month, day: date.day, nanosecondsOfDay: nanoseconds - days * dayLength,
            zone: zone)
    }

    init(year: Int, month: Int, day: Int, nanosecondsOfDay: Int64, zone: String) {
        self.year = year
        self.month = month
        self.day = day
        self.nanosecondsOfDay = nanosecondsOfDay
        self.zone = zone
    }

    /// The same stamp with month and day exchanged; nil where that is no date.
    var exchanged: CivilTime? {
        var other = self
        (other.month, other.day) = (day, month)
        return other.isValid ? other : nil
    }

    var isValid: Bool {
        (1...12).contains(month) && (1...Self.daysIn(month, of: year)).contains(day) && (1_700...2_200).contains(year)
    }

    /// ISO 8601, with as many decimals as are needed.
    public static func iso8601(nanoseconds: Int64, zone: String) -> String {
        let day: Int64 = 86_400_000_000_000
        let days = nanoseconds >= 0 ? nanoseconds / day : -((-nanoseconds + day - 1) / day)
        let (year, month, dayOfMonth) = date(Int(days))
        let rest = nanoseconds - days * day
        let seconds = Int(rest / 1_000_000_000)
        let fraction = rest % 1_000_000_000
        var text = "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))T"
        text += "\(pad(seconds / 3_600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2))"
        if fraction > 0 {
            var digits = pad(Int(fraction), 9)
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return text + zone
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func daysIn(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted by eras of 400 years that begin in March.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// The ways in which recordings write time.
enum Stamp {
    case civil(CivilTime)
    /// A time of day without a date, in nanoseconds.
    case timeOfDay(Int64)
    case seconds(Double)

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Reads a stamp; nil when it is in none of the known forms.
    init?(_ text: String) {
        var number = Number(text)
        if let time = number.timeOfDay(), number.isAtEnd {
            self = .timeOfDay(time)
            return
        }
        var stamp = Number(text)
        if let civil = stamp.civil(months: Self.months) {
            self = .civil(civil)
        } else if let value = Double(text), value.isFinite, value.magnitude < 9e9 {
            self = .seconds(value)
        } else {
            return nil
        }
    }

    /// Takes digits and separators off the front of a text.
    private struct Number {
        private let bytes: [UInt8]
        private var index = 0

        init(_ text: String) { bytes = Array(text.utf8) }

        var isAtEnd: Bool { index == bytes.count }

        private mutating func digits(_ counts: ClosedRange<Int>) -> Int? {
            var value = 0
            var count = 0
            while index < bytes.count, (48...57).contains(bytes[index]), count < counts.upperBound {
                value = value * 10 + Int(bytes[index] - 48)
                index += 1
                count += 1
            }
            return counts.contains(count) ? value : nil
        }

        private mutating func take(_ options: String) -> Bool {
            guard index < bytes.count, options.utf8.contains(bytes[index]) else { return false }
            index += 1
            return true
        }

        /// `HH:MM:SS` with an optional fraction.
        mutating func timeOfDay() -> Int64? {
            guard let hour = digits(1...2), hour < 24, take(":"), let minute = digits(2...2), minute < 60 else {
                return nil
            }
            return rest(hour, minute, take(":") ? digits(2...2) : 0)
        }

        private mutating func rest(_ hour: Int, _ minute: Int, _ second: Int?) -> Int64? {
            guard let second, second < 60 else { return nil }
            var nanoseconds: Int64 = 0
            if take(".,") {
                var unit: Int64 = 100_000_000
                while index < bytes.count, (48...57).contains(bytes[index]) {
                    nanoseconds += Int64(bytes[index] - 48) * unit
                    unit /= 10
                    index += 1
                }
            }
            return Int64(hour * 3_600 + minute * 60 + second) * 1_000_000_000 + nanoseconds
        }

        /// `2019-05-01 00:00:10`, `2019/05/01T00:00:10.5Z`, `01/05/2019 00:00`, `28-Apr-2025 11:00:00`,
        /// `20190501T000010.500`.
        mutating func civil(months: [String]) -> CivilTime? {
            guard let date = date(months: months), take(" T"), let time = compactOrPlainTime() else { return nil }
            var civil = CivilTime(
                year: date.year, month: date.month, day: date.day, nanosecondsOfDay: time, zone: "")
            civil.mayBeMonthFirst = date.mayBeMonthFirst
            guard let zone = zone(), isAtEnd, civil.isValid else { return nil }
            civil.zone = zone
            return civil
        }

        private mutating func date(
            months: [String]
        ) -> (year: Int, month: Int, day: Int, mayBeMonthFirst: Bool)? {
            let start = index
            if let year = digits(4...4) {
                if take("-/"), let month = digits(1...2), take("-/"), let day = digits(1...2) {
                    return (year, month, day, false)
                }
                index = start + 4
                if let month = digits(2...2), let day = digits(2...2) { return (year, month, day, false) }
            }
            index = start
            guard let day = digits(1...2), take("-/.") else { return nil }
            if index + 3 < bytes.count,
                let month = months.firstIndex(
                    of: String(decoding: bytes[index..<index + 3], as: UTF8.self).lowercased())
            {
                index += 3
                guard take("-/ "), let year = digits(4...4) else { return nil }
                return (year, month + 1, day, false)
            }
            // A point is written after the day alone.
            let mayBeMonthFirst = bytes[index - 1] != UInt8(ascii: ".")
            guard let month = digits(1...2), take("-/."), let year = digits(4...4) else { return nil }
            return (year, month, day, mayBeMonthFirst)
        }

        private mutating func compactOrPlainTime() -> Int64? {
            let start = index
            if let time = timeOfDay() { return time }
            index = start
            guard let hour = digits(2...2), hour < 24, let minute = digits(2...2), minute < 60 else { return nil }
            return rest(hour, minute, digits(2...2))
        }

        private mutating func zone() -> String? {
            if isAtEnd { return "" }
            if take("Z") { return "Z" }
            let start = index
            guard take("+-"), digits(2...2) != nil else { return nil }
            _ = take(":")
            guard digits(2...2) != nil else { return nil }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
    }
}
