/// Sections that are valid and that this version does not act on yet.
enum SectionCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        site.unusedSections.map {
            .warning("section-unused", $0, "this section is valid, and this version does not act on it yet.")
        }
    }
}
