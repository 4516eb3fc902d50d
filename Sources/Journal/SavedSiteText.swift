import CZlib
import FrequencyResponse

/// The text of a saved site: a head with the version, a line for each field, and the CRC-32 of all before it.
struct SavedSiteText {
    /// Grows with every file that is written.
    var sequence: UInt64
    var time: SavingTime
    var site: SavedSite

    /// Why the state of control is not known although the text is whole.
    private(set) var doubt: String?

    private static let head = "droopd state"

    /// The text is not whole, or none of a saved site.
    struct Damaged: Error, Equatable {}

    var text: String {
        var lines = [
            Self.head, "sequence \(sequence)", "saved_at_ns \(time.instant.nanoseconds)",
            "control_version \(SavedState.version)",
        ]
        if let boot = time.boot { lines.append("boot \(boot)") }
        lines += site.meters.map { "meter \(Self.line($0))" }
        lines += site.latched.sorted().map { "latched \($0)" }
        lines += site.locks.sorted { $0.key < $1.key }.map { name, lock in
            "locked " + [name, lock.by, lock.at, lock.reason].map(Self.line).joined(separator: "\t")
        }
        if let arming = site.arming {
            lines += [
                "armed \(arming.isArmed ? "yes" : "no")", "armed_by \(Self.line(arming.by))",
                "armed_at \(Self.line(arming.at))", "armed_for \(Self.line(arming.siteFile))",
            ]
        }
        if var law = site.law {
            var writer = FieldWriter("law")
            law.visit(&writer)
            lines += writer.lines
        }
        for (name, charger) in site.chargers.sorted(by: { $0.key < $1.key }) {
            var charger = charger
            var writer = FieldWriter("charger.\(name)")
            charger.visit(&writer)
            lines += writer.lines
        }
        let body = lines.joined(separator: "\n") + "\n"
        return body + "crc32 \(Self.checksum(body))\n"
    }

    private static func line(_ text: String) -> String {
        text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
    }

    /// The CRC-32 of a text in hexadecimal.
    static func checksum(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return String(unsafe czlib_crc32(bytes, bytes.count), radix: 16)
    }

    init(sequence: UInt64, time: SavingTime, site: SavedSite) {
        self.sequence = sequence
        self.time = time
        self.site = site
    }

    /// What persons and contacts have changed has the same form in every version. What is saved of control is read only
    /// where it is of this version and complete.
    init(reading text: String) throws(Damaged) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 3, lines.last == "", lines[0].hasPrefix(Self.head) else { throw Damaged() }
        let body = lines.dropLast(2).joined(separator: "\n") + "\n"
        guard lines[lines.count - 2] == "crc32 \(Self.checksum(body))" else { throw Damaged() }
        site = SavedSite()
        var fields: [String: String] = [:]
        for line in lines.dropFirst().dropLast(2) {
            // A charger's name may hold spaces, and a number holds none.
            let holdsNumber = line.hasPrefix("charger.")
            guard let space = holdsNumber ? line.lastIndex(of: " ") : line.firstIndex(of: " ") else { throw Damaged() }
            let name = String(line[..<space])
            let value = String(line[line.index(after: space)...])
            switch name {
            case "latched": site.latched.insert(value)
            case "meter": site.meters.append(value)
            case "locked":
                let parts = value.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                site.locks[parts[0]] = BayLock(parts) ?? .unread
            default: fields[name] = value
            }
        }
        guard let sequence = fields["sequence"].flatMap(UInt64.init),
            let savedAt = fields["saved_at_ns"].flatMap(Int64.init)
        else { throw Damaged() }
        self.sequence = sequence
        time = SavingTime(boot: fields["boot"], instant: Instant(nanoseconds: savedAt))
        site.arming = Self.arming(fields)
        readControl(fields)
    }

    private mutating func readControl(_ fields: [String: String]) {
        guard let version = fields["control_version"], version == "\(SavedState.version)" else {
            doubt = "the saved state of control is of another version"
            return
        }
        do throws(FieldRefused) {
            try readLaw(fields)
            try readChargers(fields)
        } catch {
            doubt = "the saved state of control can't be read: \(error.name)"
            site.law = nil
            site.chargers = [:]
        }
    }

    private struct FieldRefused: Error { var name: String }

    private static func arming(_ fields: [String: String]) -> Arming? {
        guard let armed = fields["armed"], let by = fields["armed_by"], let at = fields["armed_at"],
            let siteFile = fields["armed_for"]
        else { return nil }
        return Arming(isArmed: armed == "yes", by: by, at: at, siteFile: siteFile)
    }

    private mutating func readLaw(_ fields: [String: String]) throws(FieldRefused) {
        let count = fields.keys.count { $0.hasPrefix("law.") }
        guard count > 0 else { return }
        var reader = FieldReader("law", of: fields)
        var law = SavedState.blank
        law.visit(&reader)
        if let name = reader.firstRefused { throw FieldRefused(name: name) }
        guard reader.count == count else { throw FieldRefused(name: "law") }
        site.law = law
    }

    private mutating func readChargers(_ fields: [String: String]) throws(FieldRefused) {
        let keys = fields.keys.filter { $0.hasPrefix("charger.") }
        // A charger's name may hold dots; the field behind it does not.
        let names = Set(keys.compactMap { key in key.lastIndex(of: ".").map { String(key[..<$0]) } })
        for name in names.sorted() where name.count > "charger.".count {
            var reader = FieldReader(name, of: fields)
            var charger = SavedCharger.blank
            charger.visit(&reader)
            if let refused = reader.firstRefused { throw FieldRefused(name: refused) }
            guard
                reader.count
                    == keys.count(where: { $0.hasPrefix(name + ".") && !$0.dropFirst(name.count + 1).contains(".") })
            else { throw FieldRefused(name: name) }
            site.chargers[String(name.dropFirst("charger.".count))] = charger
        }
    }
}

/// Tells texts from others: their length and CRC-32.
public enum SourceDigest {
    /// A short text that differs when one of the texts has changed.
    public static func text(of texts: [String]) -> String {
        let all = texts.joined(separator: "\u{0}")
        return "\(SavedSiteText.checksum(all))-\(all.utf8.count)"
    }
}
