/// A charger that a person has locked, to work at it. It isolates by software alone.
public struct BayLock: Sendable, Equatable {
    /// What for.
    public var reason: String
    /// Who has locked it.
    public var by: String
    /// Since when, in UTC.
    public var at: String

    /// A lock of which no more is known.
    static var unread: Self { Self(reason: "the saved state could not be read", by: "droopd", at: "its start") }

    /// A lock.
    public init(reason: String, by: String, at: String) {
        self.reason = reason
        self.by = by
        self.at = at
    }

    init?(_ parts: [String]) {
        guard parts.count == 4 else { return nil }
        self.init(reason: parts[3], by: parts[1], at: parts[2])
    }
}

extension [String: BayLock] {
    /// The locked names that are none of these chargers.
    public func unknown(_ chargers: [String]) -> [String] { keys.filter { !chargers.contains($0) }.sorted() }

    /// The indices of the chargers that are locked. A lock of an unknown name may be that of a charger which was
    /// renamed, so it counts for all of them.
    public func indices(of chargers: [String]) -> Set<Int> {
        let all = Set(chargers.indices)
        return unknown(chargers).isEmpty ? all.filter { self[chargers[$0]] != nil } : all
    }
}

/// The intent of a person that the site be armed, or not.
public struct Arming: Sendable, Equatable {
    /// Whether the site shall be armed.
    public var isArmed: Bool
    /// Who wants it: a user's name, or the option of a command.
    public var by: String
    /// Since when, in UTC.
    public var at: String
    /// Stands for the site file and the profiles that it was said for.
    public var siteFile: String

    /// Whether it arms a site with these files.
    public func arms(_ siteFile: String) -> Bool { isArmed && self.siteFile == siteFile }

    /// An intent for a site file.
    public init(isArmed: Bool, by: String, at: String, siteFile: String) {
        self.isArmed = isArmed
        self.by = by
        self.at = at
        self.siteFile = siteFile
    }
}
