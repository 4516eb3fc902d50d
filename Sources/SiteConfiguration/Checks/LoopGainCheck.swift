import FrequencyResponse

/// Whether this fleet's own delay could make its grid swing: by the grid's size where it is known, and otherwise how
/// large it has to be.
enum LoopGainCheck: SiteCheck {
    /// The inertia of a grid of rotating machines; an island of inverters may have much less.
    private static var assumedInertia: Interval { .seconds(3) }

    static func findings(_ site: Site) -> [Finding] {
        let response = GridResponse(site)
        guard let slowest = response.slowest else { return noneFastEnough(site, response) }
        return site.services.indices.flatMap { index in
            site.grid.size.map { known($0, index, slowest, response, site) } ?? unknown(index, slowest, site)
        } + leftOut(response, site)
    }

    private static func noneFastEnough(_ site: Site, _ response: GridResponse) -> [Finding] {
        guard let limit = site.grid.slowestResponse, let fastest = response.delays.min() else { return [] }
        return [
            .error(
                "only-fast", "grid.only_fast",
                """
                no charger follows frequency within \(Formatting.seconds(limit)), the fastest after \
                \(Formatting.seconds(fastest)); measure the chargers with droopd commission, or allow more
                """)
        ]
    }

    private static func unknown(_ index: Int, _ slowest: Interval, _ site: Site) -> [Finding] {
        let service = site.services[index].settings
        let smallest = LoopGain.smallestGrid(
            service, delay: slowest, nominal: site.nominalFrequency, inertia: assumedInertia)
        guard let smallest, smallest > .zero else { return [] }
        return [
            .note(
                "loop-gain", "\(service.kind.rules.name)",
                """
                its slowest charger responds \(Formatting.seconds(slowest)) after frequency, so this fleet may make a \
                grid of less than \(Formatting.fixed(smallest.value / 1e6, 2)) MW swing (inertia of \
                \(Formatting.fixed(assumedInertia.seconds, 0)) s); on an island give its size under grid
                """)
        ]
    }

    private static func known(
        _ grid: GridSize, _ index: Int, _ slowest: Interval, _ response: GridResponse, _ site: Site
    ) -> [Finding] {
        let service = site.services[index].settings
        let name = "\(service.kind.rules.name)"
        guard service.followsCurve || service.trigger != nil else { return [] }
        let usable = service.capacity * response.shares[index].value
        let circumstances =
            service.trigger != nil
            ? """
            a grid of \(Formatting.fixed(grid.power.value / 1e6, 2)) MW, where blocks may be \
            \(Formatting.percent(LoopGain.blocks.value)) of it together
            """
            : """
            a grid of \(Formatting.fixed(grid.power.value / 1e6, 2)) MW with an inertia of \
            \(Formatting.seconds(grid.inertia)), and a response \(Formatting.seconds(slowest)) after frequency
            """
        guard usable < service.capacity else {
            return [.note("loop-gain", name, "all of its \(Formatting.kilowatts(usable)) respond in \(circumstances)")]
        }
        return [
            .warning(
                "loop-gain-limit", name,
                """
                \(Formatting.kilowatts(usable)) of \(Formatting.kilowatts(service.capacity)) respond: more could swing \
                \(circumstances)\(service.trigger == nil ? "; faster chargers allow more" : ""). The rest is reported \
                as a shortfall.
                """)
        ]
    }

    /// Chargers that are too slow to respond.
    private static func leftOut(_ response: GridResponse, _ site: Site) -> [Finding] {
        let slow = zip(site.chargers, zip(response.delays, response.responds)).filter { !$0.1.1 }
        guard let slowest = slow.map(\.1.0).max() else { return [] }
        return [
            .warning(
                "too-slow", Formatting.names(slow.map(\.0.name)),
                """
                charged as planned and no part of the response, since power follows frequency only after up to \
                \(Formatting.seconds(slowest)) and faster chargers give more in this grid.
                """)
        ]
    }
}
