public import Devices
public import FrequencyResponse
public import Modbus

/// A meter of the site.
public struct SiteMeter: Sendable {
    /// The name.
    public var name: String
    /// What its registers mean.
    public var profile: MeterProfile
    /// The address of its connection.
    public var connection: Endpoint
    /// The unit on its connection.
    public var unit: UInt8
    /// How often it is read.
    public var pollInterval: Interval
    /// How long an answer is waited for.
    public var responseTimeout: Interval
    /// How far its frequency may be off.
    public var accuracy: Hertz
    /// Whether registers that stand still count as frozen.
    public var judgesFrozen: Bool
}

/// How the site is shown to energy management systems.
public struct SunSpecSettings: Sendable, Equatable {
    /// The IPv4 address.
    public var host: String
    /// The port.
    public var port: UInt16
    /// The numeric addresses that may steer the baseline; nobody by default.
    public var writers: [String]
}

/// A phase of the connection.
public enum Phase: String, Sendable, CaseIterable {
    case l1 = "L1"
    case l2 = "L2"
    case l3 = "L3"

    /// From 0 on.
    var index: Int {
        switch self {
        case .l1: 0
        case .l2: 1
        case .l3: 2
        }
    }

    var set: PhaseSet {
        switch self {
        case .l1: .l1
        case .l2: .l2
        case .l3: .l3
        }
    }
}

/// A charger of the site.
public struct SiteCharger: Sendable {
    /// The name.
    public var name: String
    /// What its registers mean.
    public var profile: ChargerProfile
    /// The address of its connection.
    public var connection: Endpoint
    /// The unit on its connection.
    public var unit: UInt8
    /// The phases that it is connected to.
    public var phases: [Phase]
    /// The charger as the law knows it.
    public var settings: ChargerSettings
    /// How often it is read.
    public var pollInterval: Interval
    /// How long an answer is waited for.
    public var responseTimeout: Interval
    /// What the device's own timeout is set to; whole seconds.
    public var deviceTimeout: Interval
    /// How long it went on after the last word of droopd when that was tried; nil where nobody has.
    public var measuredFallback: Interval?
    /// What it does by itself while it is not under control.
    public var endStates: EndStates
    /// Who protects the grid against this charger's export; nil for a charge-only charger.
    public var gridProtection: String?
    /// What its vehicle starts with in a simulation.
    public var simulatedCharge: Ratio
}

/// One of the services stacked on a site.
public struct SiteService: Sendable {
    /// The service as the law knows it.
    public var settings: ServiceSettings
    /// How long frequency must have been back before charging may rise.
    public var recoveryWait: Interval
    /// How fast charging then rises, as a share of the capacity per second.
    public var recoveryRamp: Double
}

/// A watchdog that restarts the machine.
public struct HardwareWatchdogSettings: Sendable, Equatable {
    /// Its path under /dev.
    public var device: String
    /// Whole seconds.
    public var timeout: Interval
}

/// A site file, validated.
public struct Site: Sendable {
    /// The file that it comes from.
    public var file: String
    /// The file, the others that it names, and those of the profiles.
    public internal(set) var sourceFiles: [String] = []
    /// The name.
    public var name: String
    /// The nominal frequency of the grid.
    public var nominalFrequency: Hertz
    /// The nominal voltage, phase to neutral.
    public var nominalVoltage: Volts
    /// The time zone of departures.
    public var timeZone: SiteTimeZone
    /// The limits of the grid connection and its phases.
    public var limits: SiteLimits
    /// In order of priority.
    public var services: [SiteService]
    /// How offers are made.
    public var offers: OfferSettings
    /// The grid, as far as the site's own response can move it.
    public var grid: GridSettings
    /// The meters, in the order of the file.
    public var meters: [SiteMeter]
    /// The chargers, in the order of the file.
    public var chargers: [SiteCharger]
    /// The control period.
    public var period: Interval
    /// The age at which the meter counts as silent.
    public var frequencyAgeLimit: Interval
    /// How long the last response is held once frequency is not trusted.
    public var holdLimit: Interval
    /// How long an ordered stop waits for low power.
    public var stopDeadline: Interval
    /// What chargers do once no meter shows a frequency that counts.
    public var onMeterLost: MeterLossRule
    /// The time constant of the low-pass on frequency; zero for none.
    public var filterTime: Interval
    /// The rate of change, per second, beyond which nothing is answered; nil for none.
    public var rateLimit: Hertz?
    /// The time over which the rate of change is taken.
    public var rateWindow: Interval
    /// Where the site is shown as one SunSpec DER; nil for nowhere.
    public var sunspec: SunSpecSettings?
    /// The grid code that the site keeps to; nil for none.
    public var gridCode: SiteGridCode?
    /// Contacts, permits, lamp and heartbeat; nil for a site without.
    public var lines: GPIOSettings?
    /// The machine's own watchdog, where the site file names it.
    public var hardwareWatchdog: HardwareWatchdogSettings?
    /// Sections that are valid and that this version does not act on yet, for the start to say so.
    public var unusedSections: [String]
    /// The identities of warnings that a person has accepted for this site.
    public var acceptedFindings: [String]
    /// The indices of the meters that count when two contradict each other, the first before the others.
    public var meterPrecedence: [Int]
    /// Where keys, sections and named devices stand in the file, by dotted path and by name.
    var places: [String: SourcePlace] = [:]

    /// How long a setpoint counts without being renewed: five control periods.
    public var lease: Interval { period * 5 }

    /// The service of the highest priority.
    public var service: ServiceSettings { services[0].settings }

    /// The contracted powers of all services together, on the side where they are more.
    public var capacity: Watts { max(stack.capacity(low: true), stack.capacity(low: false)) }

    var stack: ServiceStack {
        var stack = ServiceStack(services[0].settings)
        for service in services.dropFirst() { stack.append(service.settings) }
        return stack
    }

    /// The law's settings. `recordingInterval` is the time between the samples of a replayed recording, by which the
    /// limit on silence grows; a replay trusts its first sample, a live meter its third.
    public func lawSettings(recordingInterval: Interval? = nil) -> LawSettings {
        let meterDelay = meters[0].profile.updateTime + meters[0].profile.averagingTime
        let slowInterval = MeterProfile.slowInterval(poll: meters[0].pollInterval)
        let isReplay = recordingInterval != nil
        func judgement(_ index: Int) -> JudgementSettings? {
            index < meters.count && (index == 0 || !isReplay)
                ? self.judgement(of: meters[index], recordingInterval: recordingInterval) : nil
        }
        let response = GridResponse(self)
        var stack = stack
        for index in 0..<stack.count { stack.items[index].gridShare = response.shares[index] }
        var settings = LawSettings(
            services: stack,
            sensing: SensingSettings(
                first: self.judgement(of: meters[0], recordingInterval: recordingInterval), second: judgement(1),
                third: judgement(2),
                filterTime: filterTime, rateLimit: rateLimit, rateWindow: rateWindow),
            limits: limits, offers: offers, gridCode: gridCode?.settings, lease: lease,
            loadAgeLimit: max(.seconds(1), max(meterDelay * 3, slowInterval * 5 / 2)),
            meterDelay: meterDelay,
            recoveryWait: services.map(\.recoveryWait).max() ?? .zero,
            baselineRise: services.reduce(.zero) { $0 + $1.settings.capacity * $1.recoveryRamp })
        settings.swing = swing(response)
        settings.onMeterLost = onMeterLost
        for (rank, meter) in meterPrecedence.prefix(3).enumerated() where meter < 3 {
            settings.sensing.precedence.ranks[meter] = UInt8(rank + 1)
        }
        return settings
    }

    /// A swing can come of what follows a curve alone.
    private func swing(_ response: GridResponse) -> SwingSettings? {
        guard grid.detector != .off, let slowest = response.slowest else { return nil }
        let waits = services.map(\.settings).filter(\.followsCurve).map { LoopGain.wait($0, delay: slowest) }
        return waits.max().map { SwingSettings(wait: $0, acts: grid.detector == .act) }
    }

    /// A frequency counts within 10 % of nominal, which encloses the range in which services have their duty (47 to 52
    /// Hz and 57 to 61.8 Hz), and within what the meter can show. A meter of coarse steps may stand still for longer
    /// before it counts as frozen.
    private func judgement(of meter: SiteMeter, recordingInterval: Interval?) -> JudgementSettings {
        let profile = meter.profile
        let isReplay = recordingInterval != nil
        var settings = JudgementSettings(
            nominalFrequency: nominalFrequency, nominalVoltage: nominalVoltage,
            silenceLimit: frequencyAgeLimit + (recordingInterval ?? .zero), holdLimit: holdLimit,
            plausibleLowest: max(nominalFrequency * 0.9, isReplay ? .zero : profile.plausible.lowerBound),
            plausibleHighest: min(nominalFrequency * 1.1, isReplay ? Hertz(1_000) : profile.plausible.upperBound),
            voltageLowest: gridCode?.settings.dip.limit ?? Ratio(0.5),
            voltageHighest: gridCode?.settings.swell.limit ?? Ratio(1.3),
            rideThroughLow: gridCode?.settings.dip.rideThrough ?? .zero,
            rideThroughHigh: gridCode?.settings.swell.rideThrough ?? .zero,
            samplesToStart: isReplay ? 1 : 3, updateTime: isReplay ? .zero : profile.updateTime,
            delay: profile.updateTime + profile.averagingTime / 2, accuracy: meter.accuracy,
            frozenAfter: profile.resolution > Hertz(0.01) ? .seconds(300) : .seconds(60))
        settings.measuresVoltage = !profile.voltages.isEmpty
        return settings
    }

    /// The time from a change of frequency to each charger's command, as far as profiles and settings tell it.
    public var reactionPaths: [ReactionPath] {
        let budgets = budgetsByEndpoint
        let meter = meters[0]
        return chargers.map { charger in
            let meterBudget = budgets[meter.connection]
            let chargerBudget = budgets[charger.connection]
            return ReactionPath(
                averaging: meter.profile.averagingTime / 2, update: meter.profile.updateTime, poll: meter.pollInterval,
                transfer: (meterBudget?.longestExchange ?? .zero) + (meterBudget?.reading ?? .zero), filter: filterTime,
                tick: period,
                write: charger.profile.writeSpacing + (chargerBudget?.longestExchange ?? .zero)
                    + (chargerBudget?.setpoints ?? .zero))
        }
    }

    /// The chargers as the law knows them, with what each counts for every service by its speed.
    public var fleet: [ChargerSettings] {
        // Equal chargers count the same, and each takes an hour of simulated time to find out.
        var known: [CreditKey: QualifiedShare] = [:]
        let responds = GridResponse(self).responds
        return zip(zip(chargers, reactionPaths), responds).map { pair, responds in
            let (charger, path) = pair
            var settings = charger.settings
            settings.responds = responds
            for (index, service) in services.enumerated() {
                func credit(_ rating: Watts) -> QualifiedShare {
                    let key = CreditKey(service: index, rating: rating, behaviour: settings.behaviour, path: path)
                    if let credit = known[key] { return credit }
                    let credit = Capability.credit(
                        rating: rating, behaviour: settings.behaviour, path: path, settings: service.settings)
                    known[key] = credit
                    return credit
                }
                settings.qualifiedShares[index] = QualifiedShares(
                    raise: credit(settings.dischargeLimit), lower: credit(settings.chargeLimit))
            }
            return settings
        }
    }

    /// All that a charger's credit for a service follows from.
    private struct CreditKey: Hashable {
        private let numbers: [Int64]

        init(service: Int, rating: Watts, behaviour: ChargerBehaviour, path: ReactionPath) {
            numbers = [
                Int64(service), Int64(bitPattern: rating.value.bitPattern), behaviour.deadTime.nanoseconds,
                behaviour.deadTimeIdle.nanoseconds, behaviour.deadTimeReversal.nanoseconds,
                Int64(bitPattern: behaviour.ramp.value.bitPattern), behaviour.isKnown ? 1 : 0,
                path.averaging.nanoseconds, path.update.nanoseconds, path.poll.nanoseconds, path.transfer.nanoseconds,
                path.filter.nanoseconds, path.tick.nanoseconds, path.write.nanoseconds,
            ]
        }
    }
}
