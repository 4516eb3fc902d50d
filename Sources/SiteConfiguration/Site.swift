public import Devices
public import FrequencyResponse

/// A Modbus connection: one host and port, with all units behind it.
public struct Connection: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    public var description: String { "tcp://\(host):\(port)" }
}

/// A meter of the site.
public struct SiteMeter: Sendable {
    public var name: String
    public var profile: MeterProfile
    public var connection: Connection
    public var unit: UInt8
    public var pollInterval: Interval
    public var responseTimeout: Interval
    /// Whether registers that stand still count as frozen.
    public var judgesFrozen: Bool
}

/// A phase of the connection.
public enum Phase: String, Sendable, CaseIterable {
    case l1 = "L1"
    case l2 = "L2"
    case l3 = "L3"
}

/// A charger of the site.
public struct SiteCharger: Sendable {
    public var name: String
    public var profile: ChargerProfile
    public var connection: Connection
    public var unit: UInt8
    public var phases: [Phase]
    public var settings: ChargerSettings
    public var pollInterval: Interval
    public var responseTimeout: Interval
    /// What the device's own timeout is set to; whole seconds.
    public var deviceTimeout: Interval
    /// Who protects the grid against this charger's export; nil for a charge-only charger.
    public var gridProtection: String?
    /// What its vehicle starts with in a simulation.
    public var simulatedCharge: Ratio
}

/// A site file, validated.
public struct Site: Sendable {
    public var file: String
    public var name: String
    public var nominalFrequency: Hertz
    public var nominalVoltage: Volts
    public var limits: SiteLimits
    public var service: ServiceSettings
    public var recoveryWait: Interval
    /// As a share of the capacity per second.
    public var recoveryRamp: Double
    public var meters: [SiteMeter]
    public var chargers: [SiteCharger]
    public var period: Interval
    public var frequencyAgeLimit: Interval
    public var holdLimit: Interval
    public var stopDeadline: Interval
    /// Sections that are valid and that this version does not act on yet, for the start to say so.
    public var unusedSections: [String]

    /// How long a setpoint counts without being renewed: five control periods.
    public var lease: Interval { period * 5 }

    /// The law's settings. A frequency counts within 10 % of nominal, which encloses the range in which services have their duty (47
    /// to 52 Hz and 57 to 61.8 Hz), and within what the meter can show. `recordingInterval` is the time between the samples of a replayed recording, by which the
    /// limit on silence grows; a replay trusts its first sample, a live meter its third.
    public func lawSettings(recordingInterval: Interval? = nil) -> Settings {
        let profile = meters[0].profile
        return Settings(
            service: service,
            judgement: JudgementSettings(
                nominalFrequency: nominalFrequency, nominalVoltage: nominalVoltage,
                silenceLimit: frequencyAgeLimit + (recordingInterval ?? .zero), holdLimit: holdLimit,
                plausibleLowest: max(nominalFrequency * 0.9, recordingInterval == nil ? profile.plausible.lowerBound : .zero),
                plausibleHighest: min(
                    nominalFrequency * 1.1, recordingInterval == nil ? profile.plausible.upperBound : Hertz(1_000)),
                samplesToStart: recordingInterval == nil ? 3 : 1,
                updateTime: recordingInterval == nil ? profile.updateTime : .zero),
            limits: limits, lease: lease, meterDelay: profile.updateTime + profile.averagingTime, recoveryWait: recoveryWait,
            baselineRise: service.capacity * recoveryRamp)
    }

    public var fleet: [ChargerSettings] { chargers.map(\.settings) }
}
