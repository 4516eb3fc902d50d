import Foundation
public import FrequencyResponse

/// The time zone of a site, with its changes to and from daylight-saving time.
public struct SiteTimeZone: Sendable {
    private let zone: TimeZone
    /// Whether it is the machine's zone, because the site file names none.
    public let isMachine: Bool

    private static let databases = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]

    /// The zone of the machine.
    public static var machine: Self { Self(zone: .current, isMachine: true) }

    private init(zone: TimeZone, isMachine: Bool) {
        self.zone = zone
        self.isMachine = isMachine
    }

    /// Nil when there is no zone of that name. A name is one of the IANA database, such as Europe/London.
    public init?(_ name: String) {
        // Foundation makes a zone of many words; the database has a file for each of its own.
        let isName = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-".contains($0)) }
        guard isName, !name.hasPrefix("/"), let zone = TimeZone(identifier: name),
            TimeZone.knownTimeZoneIdentifiers.contains(name)
                || Self.databases.contains(where: { FileManager.default.fileExists(atPath: "\($0)/\(name)") })
        else { return nil }
        self.init(zone: zone, isMachine: false)
    }

    /// The name in the IANA database.
    public var name: String { zone.identifier }

    /// The offsets around an instant, in nanoseconds UTC since 1970.
    public func offsets(around utc: Int64) -> LocalOffsets {
        let now = Date(timeIntervalSince1970: Double(utc) / 1e9)
        let offset = Int32(zone.secondsFromGMT(for: now))
        var offsets = LocalOffsets(constant: offset)
        if let next = zone.nextDaylightSavingTimeTransition(after: now) {
            offsets.until = Self.nanoseconds(next)
            offsets.after = Int32(zone.secondsFromGMT(for: next.addingTimeInterval(1)))
        }
        if let last = lastTransition(before: now) {
            offsets.since = Self.nanoseconds(last)
            offsets.before = Int32(zone.secondsFromGMT(for: last.addingTimeInterval(-1)))
        }
        return offsets
    }

    /// Zones change at most a few times a year; one that has not changed for a year counts as constant before.
    private func lastTransition(before now: Date) -> Date? {
        var found: Date?
        var from = now.addingTimeInterval(-400 * 86_400)
        while let next = zone.nextDaylightSavingTimeTransition(after: from), next <= now {
            found = next
            from = next
        }
        return found
    }

    private static func nanoseconds(_ date: Date) -> Int64 {
        Int64(date.timeIntervalSince1970.rounded()) * 1_000_000_000
    }
}
