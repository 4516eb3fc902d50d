import Devices
import FrequencyResponse

/// Whether the site keeps its limits while droopd is dead or still starts: what all chargers do by themselves, beside
/// the building at its extremes, has to fit.
///
/// A charger whose supply goes through a permit behind a pulse-watchdog relay does nothing while droopd is dead. When
/// its permit closes it does for a while what it does after a return of its supply. Permits of single chargers close
/// one after another, so one of them counts at a time. The permit of the site closes for all chargers at once.
enum EndStateCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        [Side.importing, .exporting].flatMap { connection(site, $0) + phases(site, $0) } + notes(site)
    }

    /// The direction of a limit.
    private enum Side: String {
        case importing = "import"
        case exporting = "export"

        var sign: Double { self == .importing ? 1 : -1 }
    }

    // MARK: Limits

    private static func connection(_ site: Site, _ side: Side) -> [Finding] {
        let limits = site.limits
        let limit = side == .importing ? limits.importLimit : limits.exportLimit
        let building = side == .importing ? limits.buildingMaximum : -limits.buildingMinimum
        guard let limit else { return [] }
        let load = Load(site, side, chargers: site.chargers, part: { _ in 1 })
        return load.excess(room: limit - building, limit: limit).map {
            [.error("end-states-connection", "site.connection.\(side.rawValue)_limit", $0)]
        } ?? []
    }

    private static func phases(_ site: Site, _ side: Side) -> [Finding] {
        // The law counts 10 % less than nominal while no voltage is measured.
        let voltage = site.nominalVoltage * 0.9
        guard let room = site.limits.phaseRoom(side: side.sign, voltage: voltage),
            let current = site.limits.phaseCurrent
        else { return [] }
        let limit = current.power(at: voltage)
        // One finding says it, for the first phase that is beyond its current.
        return Phase.allCases.lazy.compactMap { phase -> Finding? in
            let here = site.chargers.filter { $0.phases.contains(phase) }
            let load = Load(site, side, chargers: here, part: { 1 / Double($0.phases.count) })
            return load.excess(room: room, limit: limit).map {
                .error("end-states-phase", "site.connection.phase_current", "\(phase.rawValue): \($0)")
            }
        }.first.map { [$0] } ?? []
    }

    /// What chargers may do by themselves at one limit.
    private struct Load {
        private let side: Side
        private let part: (SiteCharger) -> Double
        /// Chargers without a permit behind a relay, those behind the site's permit, and those behind their own.
        private var free: [SiteCharger] = []
        private var behindOne: [SiteCharger] = []
        private var behindOwn: [SiteCharger] = []

        /// `part` is the part of a charger that counts.
        init(_ site: Site, _ side: Side, chargers: [SiteCharger], part: @escaping (SiteCharger) -> Double) {
            self.side = side
            self.part = part
            for charger in chargers {
                if site.lines?.pulseWatchdog == nil {
                    free.append(charger)
                } else if site.lines?.permits.contains(where: { $0.charger == charger.name }) ?? false {
                    behindOwn.append(charger)
                } else if site.lines?.permit != nil {
                    behindOne.append(charger)
                } else {
                    free.append(charger)
                }
            }
        }

        private func power(_ charger: SiteCharger) -> Watts {
            (side == .importing ? charger.worstImport : charger.worstExport).power * part(charger)
        }

        private func sum(_ chargers: [SiteCharger]) -> Watts { chargers.reduce(.zero) { $0 + power($1) } }

        /// A sentence where they do not fit into what the building leaves of the limit.
        func excess(room: Watts, limit: Watts) -> String? {
            let start = max(sum(behindOne), behindOwn.map { power($0) }.max() ?? .zero)
            let room = max(.zero, room)
            guard sum(free) + start > room + Watts(1) else { return nil }
            let named = free + (free.isEmpty || !behindOne.isEmpty ? behindOne : [])
            let chargers = named.isEmpty ? behindOwn : named
            guard let cause = chargers.max(by: { power($0) < power($1) }) else { return nil }
            let remedy =
                free.isEmpty && !behindOne.isEmpty
                ? """
                give every charger a permit of its own under gpio.outputs.permits, because the site's permit closes \
                for all at once
                """
                : """
                give them permits of their own (gpio.outputs.permits) that a pulse-watchdog relay holds \
                (gpio.outputs.heartbeat.pulse_watchdog), or say under end_states what was seen on site
                """
            let worst = side == .importing ? cause.worstImport : cause.worstExport
            return """
                while droopd is dead or starts, \(names(chargers)) may \(side == .importing ? "take" : "give") \
                \(Formatting.kilowatts(sum(chargers))) by themselves (\(cause.name): \
                \(Formatting.kilowatts(worst.power)) \(worst.name)), and the building leaves \
                \(Formatting.kilowatts(room)) of \(Formatting.kilowatts(limit)); \(remedy).
                """
        }

        private func names(_ chargers: [SiteCharger]) -> String {
            chargers.count <= 4 ? Formatting.names(chargers.map(\.name)) : "\(chargers.count) chargers"
        }
    }

    // MARK: Notes

    /// What each kind of charger does by itself.
    private static func notes(_ site: Site) -> [Finding] {
        var groups: [(text: String, names: [String])] = []
        for charger in site.chargers {
            let text = charger.endStates.all.map { "\(words($0.state, charger)) \($0.name)" }.joined(separator: ", ")
            if let known = groups.firstIndex(where: { $0.text == text }) {
                groups[known].names.append(charger.name)
            } else {
                groups.append((text, [charger.name]))
            }
        }
        return groups.map { .note("end-states", Formatting.names($0.names), "does by itself: \($0.text)") }
    }

    private static func words(_ state: EndState, _ charger: SiteCharger) -> String {
        switch state {
        case .power(let power): Formatting.kilowatts(power)
        case .chargeLimit: Formatting.kilowatts(charger.settings.chargeLimit)
        case .unknown: "unknown (\(Formatting.kilowatts(charger.profile.chargeMaximum)) counts)"
        }
    }
}
