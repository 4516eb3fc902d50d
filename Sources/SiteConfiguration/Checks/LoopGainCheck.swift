import FrequencyResponse

/// How large the grid has to be so that this fleet's own delay cannot make it swing.
enum LoopGainCheck: SiteCheck {
    /// The inertia of a grid of rotating machines; an island of inverters may have much less.
    private static var inertia: Interval { .seconds(3) }

    static func findings(_ site: Site) -> [Finding] {
        let delays = zip(site.chargers, site.reactionPaths).map { charger, path in
            LoopGain.delay(to: charger.settings.behaviour, rating: charger.settings.rating, path: path)
        }
        guard let slowest = delays.max() else { return [] }
        return site.services.map(\.settings).compactMap { service in
            let smallest = LoopGain.smallestGrid(
                service, delay: slowest, nominal: site.nominalFrequency, inertia: inertia)
            guard let smallest, smallest > .zero else { return nil }
            return .note(
                "loop-gain", "\(service.kind.rules.name)",
                """
                its slowest charger responds \(Formatting.seconds(slowest)) after frequency, so this fleet may make a \
                grid of less than \(Formatting.fixed(smallest.value / 1e6, 2)) MW swing (inertia of \
                \(Formatting.fixed(inertia.seconds, 0)) s); on an island ask for a study
                """)
        }
    }
}
