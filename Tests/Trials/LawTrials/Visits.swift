import ArgumentParser
import FrequencyResponse
import Glibc
import Simulation

/// One vehicle's stay, in seconds since the start of the month.
struct Visit {
    var arrival: Int64
    var departure: Int64
    /// What the driver says; nil when nothing was said, or it lies before arrival.
    var announced: Int64?
    var energy: WattHours
    var bay: Int
}

/// Who comes when, and leaves when.
struct Visits {
    static let bays = 50
    let all: [Visit]
    let origin: String

    init(path: String?, seed: UInt64, days: Int) throws {
        guard let path else {
            all = Self.made(seed: seed, days: days)
            origin = "SKIPPED: no sessions were named, \(all.count) are made from the seed"
            return
        }
        guard let file = unsafe fopen(path, "r") else { throw ValidationError("\(path) can't be read.") }
        defer { unsafe fclose(file) }
        var visits: [Visit] = []
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        var first: Int64?
        while unsafe getline(&line, &capacity, file) > 0 {
            guard let text = unsafe line.map({ unsafe String(cString: $0) }), let visit = Self.visit(text, from: &first)
            else { continue }
            if visit.departure <= Int64(days) * 86_400 { visits.append(visit) }
        }
        unsafe free(line)
        all = Self.parked(visits)
        origin = "\(all.count) recorded sessions on \(Self.bays) bays"
    }

    /// A row of the sessions' CSV; nil for the header. Its stamps are local and carry their offset.
    private static func visit(_ text: String, from first: inout Int64?) -> Visit? {
        let cells = text.split(whereSeparator: { $0 == "," || $0 == "\n" || $0 == "\r" }).map(String.init)
        guard cells.count >= 7, let arrival = seconds(cells[0]), let departure = seconds(cells[1]),
            let energy = Double(cells[2])
        else {
            return nil
        }
        let start = first ?? arrival - arrival % 86_400
        first = start
        guard departure > arrival else { return nil }
        let announced = seconds(cells[6]).map { $0 - start }
        return Visit(
            arrival: arrival - start, departure: departure - start,
            announced: announced.flatMap { $0 > arrival - start ? $0 : nil },
            energy: WattHours(energy * 1_000), bay: 0)
    }

    /// Seconds since 1970 in the stamp's own zone.
    private static func seconds(_ text: String) -> Int64? {
        let digits = text.split(whereSeparator: { !$0.isNumber }).compactMap { Int64($0) }
        guard digits.count >= 6 else { return nil }
        // Days since 1970 by Howard Hinnant's count of eras from March.
        let year = digits[1] <= 2 ? digits[0] - 1 : digits[0]
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (digits[1] + (digits[1] > 2 ? -3 : 9)) + 2) / 5 + digits[2] - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return days * 86_400 + (digits[3] * 60 + digits[4]) * 60 + digits[5]
    }

    /// Gives each a free bay; who finds none drives on.
    private static func parked(_ visits: [Visit]) -> [Visit] {
        var free = [Int64](repeating: 0, count: bays)
        var parked: [Visit] = []
        for visit in visits.sorted(by: { $0.arrival < $1.arrival }) {
            guard let bay = free.firstIndex(where: { $0 < visit.arrival }) else { continue }
            free[bay] = visit.departure + 60
            var own = visit
            own.bay = bay
            parked.append(own)
        }
        return parked
    }

    private static func made(seed: UInt64, days: Int) -> [Visit] {
        var random = SeededGenerator(seed: seed &+ 11)
        var visits: [Visit] = []
        for day in 0..<Int64(days) {
            for _ in 0..<45 {
                let arrival = day * 86_400 + Int64(random.between(6, 18) * 3_600)
                let stay = random.between(0.5, 10) * 3_600
                // A third leave before the time they named.
                let early = random.chance(0.33) ? random.between(0.3, 0.95) : 1
                visits.append(
                    Visit(
                        arrival: arrival, departure: arrival + Int64(stay * early), announced: arrival + Int64(stay),
                        energy: WattHours(random.between(4_000, 40_000)), bay: 0))
            }
        }
        return parked(visits.filter { $0.departure < Int64(days) * 86_400 })
    }
}
