import FrequencyResponse

/// Names the site, its services and its chargers.
enum SummaryCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        [.note("site", site.name, "\(site.servicesText), \(Formatting.counted(site.chargers.count, "charger"))")]
    }
}

extension Site {
    /// The services with their capacities, for a title.
    public var servicesText: String {
        services.map { "\($0.settings.kind.rules.title), \(Formatting.kilowatts($0.settings.capacity))" }
            .joined(separator: " + ")
    }
}
