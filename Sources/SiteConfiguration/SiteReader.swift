import Devices
import Foundation
import FrequencyResponse
import Modbus
import Yams

/// Reads a site file. The only way from YAML to a ``Site``; every mistake is found in one go.
public struct SiteReader {
    private let library: ProfileLibrary
    private let problems: ProblemCollector

    /// Reads a site file.
    public static func read(path: String, library: ProfileLibrary) throws(Problems) -> Site {
        try read(text: SourceFile.text(at: path), file: path, library: library)
    }

    /// Reads a site's text. `file` is its name in messages.
    public static func read(text: String, file: String, library: ProfileLibrary) throws(Problems) -> Site {
        try read(text: text, problems: ProblemCollector(file: file), library: library)
    }

    static func read(text: String, problems: ProblemCollector, library: ProfileLibrary) throws(Problems) -> Site {
        let reader = SiteReader(library: library, problems: problems)
        let site = SourceFile.root(of: text, problems: problems)
            .flatMap { Section($0, path: "", group: .siteFile, problems: problems) }
            .flatMap { reader.site($0, file: problems.file) }
        try problems.throwIfAny()
        guard var site else { preconditionFailure("a site file without mistakes gave no site") }
        site.places = problems.places
        site.sourceFiles =
            problems.files + library.paths(of: site.meters.map(\.profile.name), in: "meters")
            + library.paths(of: site.chargers.map(\.profile.name), in: "chargers")
        for (index, meter) in site.meters.enumerated() {
            site.places[meter.name] = problems.places["meters[\(index + 1)].name"]
        }
        for (index, charger) in site.chargers.enumerated() {
            site.places[charger.name] = problems.places["chargers[\(index + 1)].name"]
        }
        return site
    }

    private struct Grid {
        var name: String
        var frequency: Hertz
        var voltage: Volts
        var limits: SiteLimits
        var timeZone: SiteTimeZone
    }

    private func site(_ root: Section, file: String) -> Site? {
        let grid = root.section("site").flatMap { self.grid($0) }
        let control = ControlReader.read(root)
        // The first meter is the one at the connection.
        let meters = root.sections("meters").enumerated().compactMap {
            meter($1, control: control, measuresPhases: $0 == 0 && grid?.limits.phaseCurrent != nil)
        }
        let measured =
            root.text("commissioning").map {
                CommissioningReader.read($0, beside: file, root, problems: problems)
            } ?? [:]
        let phaseLimit =
            grid?.limits.phaseCurrent != nil ? "phase_current" : grid?.limits.unbalance != nil ? "unbalance" : nil
        let defaults = root.section("charger_defaults")?.inheritable() ?? []
        let chargers = root.sections("chargers").compactMap {
            $0.inherit(defaults)
            return charger($0, measured: measured, phaseLimit: phaseLimit)
        }
        for name in measured.keys.sorted() where !chargers.contains(where: { $0.name == name }) && !chargers.isEmpty {
            root.report(
                "the commissioning file has measured \(name), and there is no charger of that name",
                key: "commissioning")
        }
        if root.has("meters"), let nodes = root.node("meters")?.sequence, nodes.count > 3 {
            root.report("at most three meters are compared, \(nodes.count) are listed", key: "meters")
        }
        refuseRepeatedNames(root)
        refuseSharedAddresses(meters: meters, chargers: chargers, root: root)
        let services = services(root, nominal: grid?.frequency)
        let offers = offers(root)
        _ = root.node("grid")
        let gridSettings = root.sectionOrDefaults("grid").flatMap { self.gridSettings($0) }
        let sunspec = root.section("sunspec").flatMap { self.sunspec($0) }
        let gridCode = root.section("grid_code").flatMap { GridCodeReader.read($0, nominal: grid?.frequency) }
        let lines = root.section("gpio").map {
            GPIOReader(chargers: chargers, hasUnread: chargers.count != root.node("chargers")?.sequence?.count).read($0)
        }
        refuseEndlessSetpoints(chargers, lines, control, root)
        let unused = unusedSections(root)
        let precedence = precedence(root, meters: meters)
        let accepted = (root.list("accept") ?? []).compactMap { $0.scalar?.string }
        root.finish()
        guard let grid, let control, !services.isEmpty, let offers, let gridSettings, !meters.isEmpty, !chargers.isEmpty
        else {
            return nil
        }
        // While a charger is unread the sum says nothing.
        if chargers.count == root.node("chargers")?.sequence?.count {
            refuseExcessCapacity(services, chargers: chargers, root: root)
        }
        return Site(
            file: file, name: grid.name, nominalFrequency: grid.frequency, nominalVoltage: grid.voltage,
            timeZone: grid.timeZone, limits: grid.limits, services: services, offers: offers, grid: gridSettings,
            meters: meters,
            chargers: chargers,
            period: control.period,
            frequencyAgeLimit: control.ageLimit, holdLimit: control.holdLimit, stopDeadline: control.stopDeadline,
            onMeterLost: control.onMeterLost,
            filterTime: control.filterTime, rateLimit: control.rateLimit, rateWindow: control.rateWindow,
            sunspec: sunspec,
            gridCode: gridCode, lines: lines, hardwareWatchdog: control.hardwareWatchdog, unusedSections: unused,
            acceptedFindings: accepted, meterPrecedence: precedence)
    }

    // MARK: services and offers

    /// One `service`, or a list of `services` with the highest priority first.
    private func services(_ root: Section, nominal: Hertz?) -> [SiteService] {
        guard root.has("services") else {
            let section = root.section("service", need: "kind and capacity")
            return section.flatMap { ServiceReader(section: $0, nominal: nominal).read() }.map { [$0] } ?? []
        }
        if root.has("service") {
            _ = root.node("service")
            root.report("there are services as well; list them all there, the most important first", key: "service")
        }
        let sections = root.sections("services", need: "at least one service")
        if sections.count > ServiceStack.countMax {
            root.report(
                "a site has at most \(ServiceStack.countMax) services, \(sections.count) are listed", key: "services")
        }
        let services = sections.compactMap { ServiceReader(section: $0, nominal: nominal).read() }
        return services.count == sections.count && services.count <= ServiceStack.countMax ? services : []
    }

    private func offers(_ root: Section) -> OfferSettings? {
        _ = root.node("offers")
        guard let section = root.sectionOrDefaults("offers") else { return nil }
        let confidence = section.quantity("confidence")
        let leaving = section.quantity("leaving")
        let period = section.interval("period")
        section.finish()
        guard let confidence, let leaving, let period else { return nil }
        return OfferSettings(confidence: Ratio(confidence), leavingPerHour: Ratio(leaving * 3_600), period: period)
    }

    private func gridSettings(_ section: Section) -> GridSettings? {
        let power = section.quantity("size")
        let inertia = section.interval("inertia")
        let slowest = section.interval("only_fast")
        let detector = section.choice("swing_detector", GridSettings.Detector.allCases.map { ($0.rawValue, $0) })
        if section.has("inertia"), !section.has("size") {
            section.report("inertia says nothing without the size of the grid", key: "inertia")
        }
        section.finish()
        guard let inertia, let detector else { return nil }
        return GridSettings(
            size: power.map { GridSize(power: Watts($0), inertia: inertia) }, slowestResponse: slowest,
            detector: detector)
    }

    // MARK: site

    private func grid(_ section: Section) -> Grid? {
        let name = section.text("name")
        let frequency = section.choice("nominal_frequency", [("50 Hz", Hertz(50)), ("60 Hz", Hertz(60))])
        let voltage = section.quantity("nominal_voltage")
        let timeZone = timeZone(section)
        var limits = SiteLimits()
        if let connection = section.section("connection") {
            limits.importLimit = connection.quantity("import_limit").map { Watts($0) }
            limits.exportLimit = connection.quantity("export_limit").map { Watts($0) }
            limits.phaseCurrent = connection.quantity("phase_current").map { Amperes($0) }
            limits.unbalance = connection.quantity("unbalance").map {
                Watts($0)
            }
            connection.finish()
        }
        if let building = section.section("building") {
            let maximum = building.quantity("maximum")
            let minimum = building.quantity("minimum")
            // Without a word on it, all of it may hang on one phase.
            let phase = building.quantity("phase_maximum", default: max(0, maximum ?? 0))
            let phaseMinimum = building.quantity("phase_minimum", default: min(0, minimum ?? 0))
            limits.buildingStep = building.quantity("step").map { Watts($0) }
            building.finish()
            limits.buildingPhaseMaximum = Watts(phase ?? 0)
            limits.buildingPhaseMinimum = Watts(phaseMinimum ?? 0)
            if let minimum, let phaseMinimum, building.has("phase_minimum"), phaseMinimum * 3 > minimum {
                building.report(
                    """
                    \(Dimension.power.text(phaseMinimum)) on one phase and \(Dimension.power.text(minimum)) in all \
                    can't both be: the phase with the least load carries at most a third of the minimum
                    """,
                    key: "phase_minimum")
            }
            if let maximum, let phase, building.has("phase_maximum"), phase > max(0, maximum) || phase * 3 < maximum {
                building.report(
                    """
                    \(Dimension.power.text(phase)) on one phase and \(Dimension.power.text(maximum)) in all can't both \
                    be: a phase carries at least a third of the maximum and at most all of it
                    """,
                    key: "phase_maximum")
            }
            if let maximum, let minimum {
                if minimum > maximum { building.report("the minimum lies above the maximum", key: "minimum") }
                limits.buildingMaximum = Watts(maximum)
                limits.buildingMinimum = Watts(minimum)
            }
        }
        section.finish()
        guard let name, let frequency, let voltage, let timeZone else { return nil }
        return Grid(
            name: name, frequency: frequency, voltage: Volts(voltage), limits: limits, timeZone: timeZone)
    }

    private func timeZone(_ section: Section) -> SiteTimeZone? {
        guard let name = section.text("time_zone") else { return section.has("time_zone") ? nil : .machine }
        if let zone = SiteTimeZone(name) { return zone }
        section.report(
            """
            “\(name)” is no time zone of the IANA database; `timedatectl list-timezones` lists them, such as \
            Europe/London
            """,
            key: "time_zone")
        return nil
    }

    /// The site as a SunSpec DER: loopback unless it says otherwise, and nobody writes unless it says who.
    private func sunspec(_ section: Section) -> SunSpecSettings? {
        let listen = section.text("listen") ?? "127.0.0.1:8502"
        let listener = ConnectionReader.listener(listen)
        if listener == nil {
            section.report("“\(listen)” is not a numeric IPv4 address and port such as 127.0.0.1:8502", key: "listen")
        }
        var writers: [String] = []
        for node in section.list("write") ?? [] {
            guard let text = node.scalar?.string, Endpoint.isIPv4(text) else {
                section.report(
                    "“\(node.scalar?.string ?? "a group")” is not a numeric IPv4 address such as 192.0.2.5", at: node,
                    key: "write")
                continue
            }
            writers.append(text)
        }
        section.finish()
        return listener.map { SunSpecSettings(host: $0.host, port: $0.port, writers: writers) }
    }

    private func unusedSections(_ root: Section) -> [String] {
        var unused: [String] = []
        if let journal = root.section("journal") {
            _ = journal.text("directory")
            _ = journal.interval("keep")
            _ = journal.quantity("size_limit")
            journal.finish()
            unused.append("journal")
        }
        if let status = root.section("status") {
            if let listen = status.text("listen"),
                ConnectionReader.listener(listen) == nil
            {
                status.report("“\(listen)” is not an address and port such as 127.0.0.1:8080", key: "listen")
            }
            status.finish()
            unused.append("status")
        }
        return unused
    }

    // MARK: meters and chargers

    /// A name that can stand in a CSV header and in a log line.
    private func name(_ section: Section) -> String? {
        guard let name = section.text("name") else { return nil }
        let isPlain = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || " _-.".unicodeScalars.contains($0)
        }
        guard isPlain, name.count <= 40 else {
            section.report("a name is up to 40 letters, digits, spaces, hyphens, underscores and points", key: "name")
            return nil
        }
        return name
    }

    private func meter(_ section: Section, control: ControlReader.Control?, measuresPhases: Bool) -> SiteMeter? {
        let name = name(section)
        let profile = profile(section) { profile -> MeterProfile? in
            if case .meter(let meter) = profile { meter } else { nil }
        }
        let connection = ConnectionReader.read(section)
        let unit = ConnectionReader.unit(
            section, endpoint: connection, standard: profile.map { Int($0.reading.unit) } ?? 1)
        let standardPoll = profile.flatMap { profile in connection.map { PollDefault.interval(of: profile, on: $0) } }
        let standardTimeout = profile.flatMap { profile in
            connection.map { PollDefault.responseTimeout(of: profile, on: $0) }
        }
        let poll = section.interval("poll_interval", default: standardPoll ?? .milliseconds(50))
        let timeout = section.interval("response_timeout", default: standardTimeout ?? .milliseconds(200))
        let phases = phases(section)
        let frozen = section.choice("frozen_check", [("on", true), ("off", false)])
        let accuracy = section.quantity("accuracy", default: max(0.01, profile?.resolution.value ?? 0))
        if let poll, let control, poll + poll > control.ageLimit {
            section.report(
                """
                polls every \(Dimension.time.text(poll.seconds)), so control.frequency_age_limit must be at least \
                twice that, not \(Dimension.time.text(control.ageLimit.seconds))
                """,
                key: "poll_interval")
        }
        if section.has("phases"), let profile, profile.voltages.count != 3 {
            section.report(
                "\(profile.name) measures no voltages of three phases of which some could be named; leave it out",
                key: "phases")
        }
        if let poll, let profile {
            let least = profile.reading.spacing * Int64(BusBudget.plans(profile).fast.count)
            if poll < least {
                section.report(
                    """
                    polls every \(Dimension.time.text(poll.seconds)), and with the spacing of \(profile.name) one \
                    reading takes at least \(Dimension.time.text(least.seconds))
                    """,
                    key: "poll_interval")
            }
        }
        section.finish()
        guard let name, var profile, let connection, let unit, let poll, let timeout, let frozen, let accuracy,
            let phases
        else {
            return nil
        }
        // What no limit depends on is not read. A meter with some phases left out says nothing of the others.
        profile.readsPhases = measuresPhases && phases.count == 3
        // Where it is not wired, it measures no voltage, which is no dead bus.
        if profile.voltages.count == 3 { profile.voltages = phases.map { profile.voltages[$0.index] } }
        return SiteMeter(
            name: name, profile: profile, connection: connection, unit: UInt8(unit), pollInterval: poll,
            responseTimeout: timeout, accuracy: Hertz(accuracy), judgesFrozen: frozen)
    }

    private func charger(_ section: Section, measured: [String: Commissioned], phaseLimit: String?) -> SiteCharger? {
        let name = name(section)
        let profile = profile(section) { profile -> ChargerProfile? in
            if case .charger(let charger) = profile { charger } else { nil }
        }
        let connection = ConnectionReader.read(section)
        let unit = ConnectionReader.unit(
            section, endpoint: connection, standard: profile.map { Int($0.reading.unit) } ?? 1)
        let phases = phases(section, of: profile, phaseLimit: phaseLimit)
        let charge = section.quantity("charge_limit")
        let discharge = section.quantity("discharge_limit")
        let standardPoll = profile.flatMap { profile in connection.map { PollDefault.interval(of: profile, on: $0) } }
        let poll = section.interval("poll_interval", default: standardPoll ?? .milliseconds(500))
        let timeout = section.interval("response_timeout")
        let deviceTimeout = deviceTimeout(section, profile: profile)
        let protection = protection(section, profile: profile, discharge: discharge)
        let endStates = section.section("end_states").map {
            EndStatesReader.merged($0, into: profile?.endStates ?? .unknown)
        }
        let vehicle = section.section("vehicle").map { VehicleReader.read($0) }
        if let discharge, discharge > 0, vehicle == nil {
            section.report(
                """
                discharging needs the vehicle's battery and minimum_charge, and there is no vehicle section; add \
                vehicle: { battery: 40 kWh, minimum_charge: 40 % }, or set discharge_limit: 0 kW
                """,
                key: "discharge_limit")
        }
        let behaviour = section.section("dynamics").map { BehaviourReader.read($0) }
        if let profile, let charge, charge > profile.chargeMaximum.value {
            section.report(
                """
                \(Dimension.power.text(charge)) is more than the \(Dimension.power.text(profile.chargeMaximum.value)) \
                of the profile \(profile.name)
                """,
                key: "charge_limit")
        }
        if let profile, let discharge, discharge > profile.dischargeMaximum.value {
            section.report(
                """
                \(Dimension.power.text(discharge)) is more than the \
                \(Dimension.power.text(profile.dischargeMaximum.value)) of the profile \(profile.name)
                """,
                key: "discharge_limit")
        }
        section.finish()
        guard let name, let profile, let connection, let unit, let phases, let charge, let discharge, let poll,
            let timeout, let deviceTimeout
        else { return nil }
        if timeout * 4 > deviceTimeout {
            section.report(
                """
                a write may be under way for \(Dimension.time.text(timeout.seconds)), more than a quarter of the \
                device_timeout of \(Dimension.time.text(deviceTimeout.seconds))
                """,
                key: "response_timeout")
        }
        if case .some(.none) = vehicle { return nil }
        if case .some(.none) = behaviour { return nil }
        if case .some(.none) = endStates { return nil }
        let commissioned = measured[name]
        if commissioned != nil, section.has("dynamics") {
            section.report(
                "\(name) was measured, in the commissioning file; take its dynamics out of one of the two",
                key: "dynamics")
        }
        let settings = ChargerSettings(
            chargeLimit: Watts(charge), dischargeLimit: Watts(discharge),
            chargeMinimum: max(profile.chargeMinimum, commissioned?.chargeMinimum ?? .zero),
            dischargeMinimum: max(profile.dischargeMinimum, commissioned?.dischargeMinimum ?? .zero),
            resolution: profile.resolution,
            wakePower: profile.wakePower,
            // For limits the time that it really took counts, where that is longer; the tick that sees it and a
            // contactor take theirs.
            deviceTimeout: profile.timeout == nil
                ? deviceTimeout + .milliseconds(2_500) : max(deviceTimeout, commissioned?.fallback ?? .zero),
            readingAgeLimit: readingAgeLimit(profile, poll: poll),
            phases: phases.reduce(into: PhaseSet(rawValue: 0)) { $0.insert($1.set) }, forbidsZero: profile.forbidsZero,
            // A device that tells a state of charge tells it in whole percents, if nothing better is known.
            chargeStep: profile.stateOfCharge == nil ? .zero : Ratio(0.01),
            behaviour: commissioned?.behaviour ?? behaviour ?? nil,
            vehicle: vehicle??.settings)
        var charger = SiteCharger(
            name: name, profile: profile, connection: connection, unit: UInt8(unit), phases: phases, settings: settings,
            pollInterval: poll, responseTimeout: timeout, deviceTimeout: deviceTimeout,
            measuredFallback: commissioned?.fallback, endStates: endStates.flatMap { $0 } ?? profile.endStates,
            gridProtection: protection,
            simulatedCharge: vehicle??.simulatedCharge ?? Ratio(0.6))
        charger.settings.ownImport = charger.worstImport.power
        charger.settings.ownExport = charger.worstExport.power
        return charger
    }

    /// A profile of the library by its name, or one of the site's own by its file, beside the site file.
    private func profile<Kind>(_ section: Section, as kind: (Profile) -> Kind?) -> Kind? {
        guard let name = section.text("profile") else {
            return nil
        }
        let fitting = library.profiles.filter { kind($0) != nil }.map(\.name).joined(separator: ", ")
        guard let profile = name.hasSuffix(".yaml") ? own(name, section) : library[name] else {
            if !name.hasSuffix(".yaml") {
                section.report(
                    "there is no profile “\(name)”; there are \(fitting), and a file of your own that ends with .yaml",
                    key: "profile")
            }
            return nil
        }
        guard let match = kind(profile) else {
            section.report("the profile \(name) is for another kind of device; fitting are \(fitting)", key: "profile")
            return nil
        }
        return match
    }

    private func own(_ name: String, _ section: Section) -> Profile? {
        let path =
            name.hasPrefix("/")
            ? name : URL(fileURLWithPath: problems.file).deletingLastPathComponent().appendingPathComponent(name).path
        if !problems.files.contains(path) { problems.files.append(path) }
        do {
            return try ProfileReader.read(path: path)
        } catch {
            section.report(error, key: "profile")
            return nil
        }
    }

    /// The phases of a charger. Where its profile does not say that it uses all three, the site file has to, as soon as
    /// something depends on it. Empty where neither says and nothing depends on it.
    private func phases(_ section: Section, of profile: ChargerProfile?, phaseLimit: String?) -> [Phase]? {
        if section.node("phases") == nil, let profile, profile.phaseCount != 3 {
            if let phaseLimit {
                let device =
                    profile.phaseCount.map { "\(profile.name) uses \($0 == 1 ? "one phase" : "\($0) phases")" }
                    ?? "\(profile.name) does not say how many phases a device uses"
                section.report(
                    """
                    \(device), and site.connection.\(phaseLimit) is set; say which, for example phases: \
                    [L1\(profile.phaseCount == 2 ? ", L2" : "")]
                    """,
                    key: "phases")
                return nil
            }
            return []
        }
        guard let phases = phases(section) else { return nil }
        if let count = profile?.phaseCount, phases.count > count {
            section.report(
                "\(phases.count) phases are named, and \(profile?.name ?? "") uses \(count)", key: "phases")
        }
        return phases
    }

    private func phases(_ section: Section) -> [Phase]? {
        guard let nodes = section.list("phases") else { return section.has("phases") ? nil : Phase.allCases }
        let phases = nodes.compactMap { $0.scalar.flatMap { Phase(rawValue: $0.string) } }
        guard phases.count == nodes.count, !phases.isEmpty, Set(phases).count == phases.count else {
            section.report("a list of different phases out of L1, L2, L3 is needed", key: "phases")
            return nil
        }
        return phases
    }

    private func deviceTimeout(_ section: Section, profile: ChargerProfile?) -> Interval? {
        guard let timeout = section.interval("device_timeout") else { return nil }
        guard let profile else { return timeout }
        // For a device without one it is how long its supply may stay while it is out of hand.
        guard let device = profile.timeout else { return timeout }
        if timeout > device.maximum {
            section.report(
                "the device takes at most \(Dimension.time.text(device.maximum.seconds))", key: "device_timeout")
        }
        if timeout.nanoseconds % 1_000_000_000 != 0 {
            section.report("the device's timeout counts whole seconds", key: "device_timeout")
        }
        return timeout
    }

    /// Where a device wants time between requests, a setpoint, its reading back and a heartbeat may come before the
    /// next reading.
    private func readingAgeLimit(_ profile: ChargerProfile, poll: Interval) -> Interval {
        let blocks = BusBudget.blocks(profile.telemetry, profile.reading).count
        return poll + .milliseconds(500) + profile.reading.spacing * Int64(blocks + 3)
    }

    private func protection(_ section: Section, profile: ChargerProfile?, discharge: Double?) -> String? {
        let named = section.choice(
            "grid_protection",
            [("charger", "the charger's own, certified in the device"), ("external", "an external relay")],
            isNeeded: false)
        let protection = named ?? profile?.gridProtection
        if let discharge, discharge > 0, protection == nil, profile != nil, !section.has("grid_protection") {
            section.report(
                """
                discharging needs certified grid protection; say where it is with grid_protection: charger or external
                """,
                key: "discharge_limit")
        }
        return protection
    }

    /// The indices of the meters that count before others.
    private func precedence(_ root: Section, meters: [SiteMeter]) -> [Int] {
        guard let nodes = root.list("meter_precedence") else { return [] }
        let names = nodes.map { $0.scalar?.string ?? "" }
        for (name, node) in zip(names, nodes) where !meters.contains(where: { $0.name == name }) && !meters.isEmpty {
            root.report("there is no meter “\(name)”", at: node, key: "meter_precedence")
        }
        if names.count < 2 || Set(names).count < names.count {
            root.report("list two or three meters here, each once", key: "meter_precedence")
        }
        return names.compactMap { name in meters.firstIndex { $0.name == name } }
    }

    private func refuseRepeatedNames(_ root: Section) {
        var seen: Set<String> = []
        for list in ["meters", "chargers"] {
            for (index, node) in (root.node(list)?.sequence ?? []).enumerated() {
                guard let value = node.mapping?["name"], let name = value.scalar?.string else { continue }
                if !seen.insert(name).inserted {
                    root.report("the name \(name) is already taken", at: value, key: "\(list)[\(index + 1)].name")
                }
            }
        }
    }

    /// Two devices at one address would be one device, commanded and counted twice. A timeout that belongs to the
    /// connection needs the whole connection silent for one charger's sake, which is not supported.
    private func refuseSharedAddresses(meters: [SiteMeter], chargers: [SiteCharger], root: Section) {
        let devices =
            meters.map { ($0.name, $0.connection, $0.unit) } + chargers.map { ($0.name, $0.connection, $0.unit) }
        let nodes =
            (root.node("meters")?.sequence.map { Array($0) } ?? [])
            + (root.node("chargers")?.sequence.map { Array($0) } ?? [])
        var seen: [String: String] = [:]
        for (name, connection, unit) in devices {
            let address = "\(connection) unit \(unit)"
            guard let other = seen.updateValue(name, forKey: address),
                let node = nodes.last(where: { $0.mapping?["name"]?.scalar?.string == name })?.mapping?["connection"]
            else { continue }
            root.report("this is the address of \(other) as well, \(address)", at: node, key: "\(name).connection")
        }
        refuseSlowAnswers(meters: meters, chargers: chargers, nodes: nodes, root: root)
        var lines: [String: Endpoint] = [:]
        for (name, connection, _) in devices {
            guard let line = connection.line, let other = lines.updateValue(connection, forKey: line.device),
                other != connection,
                let node = nodes.last(where: { $0.mapping?["name"]?.scalar?.string == name })?.mapping?["connection"]
            else { continue }
            root.report(
                "the line \(line.device) is set up as \(other) elsewhere; one line has one setting", at: node,
                key: "\(name).connection")
        }
        let devicesHere = Dictionary(grouping: devices, by: \.1)
        for charger in chargers where charger.profile.timeout?.scope == .connection {
            if devicesHere[charger.connection]?.count ?? 0 > 1 {
                root.report(
                    """
                    \(charger.name) shares its connection, and the timeout of \(charger.profile.name) belongs to the \
                    connection; give it one of its own
                    """,
                    key: "chargers")
            }
        }
    }

    /// A charger that goes on with its last setpoint for ever needs somebody who takes its supply: control while it
    /// lives, the relay after that.
    private func refuseEndlessSetpoints(
        _ chargers: [SiteCharger], _ lines: GPIOSettings?, _ control: ControlReader.Control?, _ root: Section
    ) {
        let nodes = root.node("chargers")?.sequence.map { Array($0) } ?? []
        for charger in chargers where charger.profile.timeout == nil {
            let hasPermit = lines?.permits.contains { $0.charger == charger.name } ?? false
            guard !(hasPermit && lines?.pulseWatchdog != nil) else { continue }
            // The profile may stand in charger_defaults.
            let own = nodes.last { $0.mapping?["name"]?.scalar?.string == charger.name }
            let named = own?.mapping?["profile"] ?? root.node("charger_defaults")?.mapping?["profile"]
            guard let node = named ?? own ?? root.node("chargers") else { continue }
            root.report(
                """
                the profile \(charger.profile.name) has no timeout of its own: after a failure the charger would go \
                on, \(charger.profile.setpointEnds == .never ? "for ever" : "for how long nobody has said"); give it a \
                permit of its own under gpio.outputs.permits, and say with gpio.outputs.heartbeat.pulse_watchdog how \
                long its relay holds without a heartbeat
                """,
                at: node, key: "\(charger.name).profile")
        }
        if let relay = lines?.pulseWatchdog, let control, relay < control.period * 3,
            let node = root.node("gpio")?.mapping?["outputs"]?.mapping?["heartbeat"]?.mapping?["pulse_watchdog"]
        {
            root.report(
                """
                holds for \(Dimension.time.text(relay.seconds)) without a heartbeat, and one comes with every period \
                of \(Dimension.time.text(control.period.seconds)); three of them have to fit
                """,
                at: node, key: "gpio.outputs.heartbeat.pulse_watchdog")
        }
    }

    /// A request that waits for its answer holds up the zero power of every charger behind the same connection.
    private func refuseSlowAnswers(meters: [SiteMeter], chargers: [SiteCharger], nodes: [Node], root: Section) {
        let devices =
            meters.map { ($0.name, $0.connection, $0.responseTimeout) }
            + chargers.map { ($0.name, $0.connection, $0.responseTimeout) }
        let chargersHere = Dictionary(grouping: chargers, by: \.connection)
        for (name, connection, timeout) in devices {
            let others = (chargersHere[connection] ?? []).filter { $0.name != name }
            guard let least = others.map(\.deviceTimeout).min() else { continue }
            let allowed = min(.seconds(1), least / 4)
            guard timeout > allowed, let node = nodes.last(where: { $0.mapping?["name"]?.scalar?.string == name })
            else { continue }
            root.report(
                """
                waits up to \(Dimension.time.text(timeout.seconds)) for an answer, and zero power for \
                \(others.map(\.name).joined(separator: ", ")) behind the same connection waits with it; at most \
                \(Dimension.time.text(allowed.seconds)) is allowed there, or a connection of its own
                """,
                at: node.mapping?["response_timeout"] ?? node, key: "\(name).response_timeout")
        }
    }

    /// Capacity that the chargers could not deliver even with full batteries is an impossible combination.
    private func refuseExcessCapacity(_ services: [SiteService], chargers: [SiteCharger], root: Section) {
        let discharge = chargers.reduce(0) { $0 + $1.settings.dischargeLimit.value }
        let charge = chargers.reduce(0) { $0 + $1.settings.chargeLimit.value }
        let stoppable = chargers.filter { $0.settings.vehicle?.targetCharge != nil }
            .reduce(0) { $0 + $1.settings.chargeLimit.value }
        var raise = 0.0
        var lower = 0.0
        // A droop's capacity is the rating that it refers to.
        for service in services.map(\.settings) where service.kind != .droop {
            let isHighTrigger = service.trigger.map { $0.release < $0.trigger } ?? false
            let isLowTrigger = service.trigger.map { $0.release > $0.trigger } ?? false
            if service.direction.answersLow, !isHighTrigger { raise += service.capacity.value }
            if service.direction.answersHigh, !isLowTrigger { lower += service.capacity.value }
        }
        let excess = [(raise, discharge + stoppable), (lower, charge)].filter { $0.0 > $0.1 }.min { $0.1 < $1.1 }
        if let (needed, most) = excess {
            let statement =
                """
                \(Dimension.power.text(needed)) is more than the \(Dimension.power.text(most)) that the chargers' \
                limits sum to in one direction
                """
            if root.has("services") {
                root.report(statement, key: "services")
            } else {
                root.section("service")?.report(statement, key: "capacity")
            }
        }
    }
}
