import FrequencyResponse

/// Whether the site's connections fit into one process. libmodbus waits with `select`, which takes no descriptor of
/// 1,024 or more.
enum DescriptorCheck: SiteCheck {
    /// The limit of a process, and what of it the program needs for itself: files, events, contacts, its server.
    private static var most: Int { 1_024 }
    private static var own: Int { 64 }

    static func findings(_ site: Site) -> [Finding] {
        let connections = Set(site.meters.map(\.connection) + site.chargers.map(\.connection)).count
        let contacts = site.lines.map { $0.contacts.count + 8 } ?? 0
        let room = most - own - contacts
        guard connections > room else { return [] }
        return [
            .error(
                "too-many-connections", "chargers",
                """
                the site has \(connections) connections, and one process serves at most \(room); put chargers behind \
                shared gateways, or run a second site file on another machine.
                """)
        ]
    }
}
