import FrequencyResponse

/// The reference of the site file as a Markdown document: `docs/site-file.md` is this text.
public enum KeyDocument {
    /// The whole document.
    public static var markdown: String {
        var lines = [
            "# The site file", "",
            """
            One YAML file describes a site. `droopd keys --markdown` makes this reference from the table that the \
            reader uses. `droopd keys SECTION` prints one section. `droopd check --schema` prints a JSON Schema for \
            editors; it checks names and units, and `droopd check` checks everything.
            """, "",
            """
            Every quantity has its unit: `7.4 kW`, `50 ms`, `80 %`, `49.85 Hz`. Power is positive from the grid into \
            the site. A key that is not listed here is an error with its line and column. Anchors, aliases, merge keys \
            and tags are refused.
            """, "",
            "Units: "
                + Dimension.allCases.map { $0.units.map { "`\($0.name)`" }.joined(separator: " ") }
                .joined(separator: "; ") + ".",
        ]
        lines += section(KeyGroup.siteFile, level: 2, title: "The file")
        for group in unique(KeyGroup.siteFile.sections)
        where group.path != "service" && !group.path.hasPrefix("service.") {
            lines += section(group, level: 2, title: "`\(group.path)`")
        }
        lines += ["", "## `service` and `services[]`", "", "These keys belong to every kind of service.", ""]
        lines += table(KeyGroup.anyService.keys.filter { KeyGroup.common.contains($0.name) })
        for kind in ServiceKind.all {
            let own = KeyGroup.service(kind).keys.filter { !KeyGroup.common.contains($0.name) }
            guard !own.isEmpty else { continue }
            lines += ["", "### `kind: \(kind.rules.name)`", "", "\(kind.rules.title)", ""]
            lines += table(own)
        }
        let alone = ServiceKind.all.filter {
            KeyGroup.service($0).keys.allSatisfy { KeyGroup.common.contains($0.name) }
        }
        lines += [
            "",
            "These kinds have no keys of their own: "
                + alone.map { "`\($0.rules.name)`" }.joined(separator: ", ")
                + ". `droopd services KIND` shows the rules, the source and the curve of a kind.",
        ]
        for group in [KeyGroup.release, KeyGroup.energy(nil)] {
            lines += section(group, level: 2, title: "`\(group.path)`")
        }
        lines += ["", "These kinds have energy rules of their own, and with them other defaults:", ""]
        lines += ["| Kind | Defaults |", "| --- | --- |"] + ServiceKind.all.compactMap(energyDefaults)
        lines += section(KeyGroup.commissioningFile, level: 2, title: "The commissioning file")
        for group in KeyGroup.commissioningFile.sections where group.path.hasPrefix("commissioned") {
            lines += section(group, level: 2, title: "`\(group.path)`")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The defaults of a kind that differ from those of a service without energy rules.
    private static func energyDefaults(_ kind: ServiceKind) -> String? {
        guard kind.rules.energy != nil else { return nil }
        let own = zip(KeyGroup.energy(kind.rules.energy).keys, KeyGroup.energy(nil).keys).filter {
            $0.standard != $1.standard
        }
        return "| `\(kind.rules.name)` | \(own.map { "`\($0.0.name): \($0.0.standard)`" }.joined(separator: ", ")) |"
    }

    private static func unique(_ groups: [KeyGroup]) -> [KeyGroup] {
        groups.reduce(into: []) { groups, group in
            if !groups.contains(where: { $0.path == group.path }) { groups.append(group) }
        }
    }

    private static func section(_ group: KeyGroup, level: Int, title: String) -> [String] {
        var lines = ["", String(repeating: "#", count: level) + " \(title)", "", group.meaning]
        if !group.keys.isEmpty { lines += [""] + table(group.keys) }
        if let entries = group.entries {
            lines += [
                "",
                "Each entry has the keys of \(([entries] + group.variants).map { "`\($0.path)`" }.joined(separator: " or ")).",
            ]
        }
        return lines
    }

    private static func table(_ keys: [SiteKey]) -> [String] {
        ["| Key | Values | Default | Meaning |", "| --- | --- | --- | --- |"]
            + keys.map { key in
                let values = key.section.map { "[`\($0.path)`](#\(anchor($0.path)))" } ?? escaped(key.value.text)
                return "| `\(key.name)` | \(values) | \(escaped(key.standard)) | \(escaped(key.meaning)) |"
            }
    }

    /// The anchor that Markdown makes of a heading.
    private static func anchor(_ path: String) -> String {
        path == "service"
            ? "service-and-services"
            : String(path.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
    }

    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
