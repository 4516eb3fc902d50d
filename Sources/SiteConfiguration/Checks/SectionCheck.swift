/// Sections that are valid and that this version does not act on yet.
enum SectionCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        site.unusedSections.map { section in
            section == "journal"
                ? .error(
                    "journal-not-kept", section,
                    "this version keeps no journal, so nothing would be recorded; take the section out.")
                : .warning("section-unused", section, "this section is valid, and this version does not act on it yet.")
        }
    }
}
