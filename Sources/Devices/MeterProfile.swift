public import FrequencyResponse
public import Modbus

/// Where a profile's figures come from.
public struct Provenance: Sendable, Equatable {
    /// The document or source.
    public var document: String
    /// Its revision.
    public var revision: String
    /// Who checked it on a real device; nil when nobody did.
    public var verifiedBy: String?

    package init(document: String, revision: String, verifiedBy: String?) {
        self.document = document
        self.revision = revision
        self.verifiedBy = verifiedBy
    }
}

/// How a device wants to be read.
public struct ReadRules: Sendable, Equatable {
    /// The table that is read.
    public var table: RegisterTable
    /// The unit on its connection.
    public var unit: UInt8
    /// The most registers that one request reads.
    public var blockMaximum: Int
    /// The most registers that are read without need, to save a request.
    public var gapMaximum: Int
    /// Whether the registers have to be found by walking a SunSpec map.
    public var isSunSpec: Bool
    /// No block may reach across a multiple of this address; nil where none matters.
    public var blockBoundary: Int?
    /// What the device needs between an answer and the next request.
    public var spacing = Interval.zero
    /// What it needs between a connection and the first request.
    public var connectDelay = Interval.zero
    /// For how long it refuses connections after one has ended or was refused; trying sooner may begin that time anew.
    public var holdOff = Interval.zero

    package init(table: RegisterTable, unit: UInt8, blockMaximum: Int, gapMaximum: Int, isSunSpec: Bool) {
        self.table = table
        self.unit = unit
        self.blockMaximum = blockMaximum
        self.gapMaximum = gapMaximum
        self.isSunSpec = isSunSpec
    }
}

extension ReadRules {
    /// Makes requests smaller after the device has refused one of `count` registers: first without registers that are
    /// read only to save a request, then half as long. False when they are as small as they can be.
    mutating func shrink(refused count: Int) -> Bool {
        if gapMaximum > 0 {
            gapMaximum = 0
            return true
        }
        // No value takes more than four registers.
        guard blockMaximum > 4, count > 4 else { return false }
        blockMaximum = max(4, min(blockMaximum, count) / 2)
        return true
    }
}

/// Where a meter shows the currents and powers of its three phases.
public struct PhasePoints: Sendable, Equatable {
    /// The currents in amperes; a sign does not count.
    public var currents: [Point]
    /// The active powers in watts, positive for import.
    public var powers: [Point]

    package init(currents: [Point], powers: [Point]) {
        self.currents = currents
        self.powers = powers
    }

    /// All points.
    public var all: [Point] { currents + powers }
}

/// What is known of a kind of meter.
public struct MeterProfile: Sendable {
    /// The name.
    public var name: String
    /// The full name, for people to read.
    public var title: String
    /// Where the figures come from.
    public var provenance: Provenance
    /// How its registers are read.
    public var reading: ReadRules
    /// The frequency.
    public var frequency: Point
    /// Phase to neutral, one to three.
    public var voltages: [Point]
    /// Total active power, positive for import; nil when the meter has none.
    public var power: Point?
    /// Where a meter counts import and export apart, the export; the power is import less export.
    public var powerExport: Point?
    /// What it measures on each of three phases; nil where it does not.
    public var phases: PhasePoints?
    /// Whether that is read. It needs not be where no limit depends on it.
    public var readsPhases = true
    /// What shows that the device is of this kind: each must hold a valid value.
    public var identity: [Point] = []
    /// The smallest change of frequency that it really shows.
    public var resolution: Hertz
    /// How often it makes new values, and over what time they are averaged.
    public var updateTime: Interval
    /// The time over which the meter averages.
    public var averagingTime: Interval
    /// What it can show, its clamp values excluded.
    public var plausible: ClosedRange<Hertz>
    /// What of these was not stated by the maker or measured.
    public var unverified: [String]

    package init(
        name: String, title: String, provenance: Provenance, reading: ReadRules, frequency: Point,
        voltages: [Point], power: Point?, resolution: Hertz, updateTime: Interval, averagingTime: Interval,
        plausible: ClosedRange<Hertz>, unverified: [String]
    ) {
        self.name = name
        self.title = title
        self.provenance = provenance
        self.reading = reading
        self.frequency = frequency
        self.voltages = voltages
        self.power = power
        self.resolution = resolution
        self.updateTime = updateTime
        self.averagingTime = averagingTime
        self.plausible = plausible
        self.unverified = unverified
    }

    /// What every sample needs: frequency, and the voltages without which it does not count.
    public var fastPoints: [Point] { [frequency] + voltages }

    /// What may be older: the power at the connection and on its phases.
    public var slowPoints: [Point] {
        [power, powerExport].compactMap { $0 } + (readsPhases ? phases?.all ?? [] : [])
    }

    /// How often the slow points are read where that takes requests of its own: well within the second for which the
    /// building's load counts.
    public static func slowInterval(poll: Interval) -> Interval { max(poll, .milliseconds(400)) }

    /// The plan of every poll, and that of what is read in between; the second is nil where the power comes with the
    /// frequency at no more requests.
    public func plans(map: SunSpecMap) throws(MissingModel) -> (fast: ReadPlan, slow: ReadPlan?) {
        let all = try ReadPlan(fastPoints + slowPoints, rules: reading, map: map)
        let fast = try ReadPlan(fastPoints, rules: reading, map: map)
        if all.blocks.count <= fast.blocks.count { return (all, nil) }
        return (fast, try ReadPlan(slowPoints, rules: reading, map: map))
    }

    /// Whether a frequency is one that the meter can show.
    public func canShow(_ frequency: Hertz) -> Bool { plausible.contains(frequency) }

    /// All points.
    public var points: [Point] {
        [frequency] + voltages + [power, powerExport].compactMap { $0 } + (phases?.all ?? [])
    }
}

/// The values of one reading of a meter; nil where the meter had none.
public struct MeterReading: Sendable, Equatable, BitwiseCopyable {
    /// The frequency.
    public var frequency: Hertz?
    /// The lowest voltage of the phases.
    public var voltageLowest: Volts?
    /// The highest voltage of the phases.
    public var voltageHighest: Volts?
    /// The power, positive from the grid.
    public var power: Watts?
}

extension MeterProfile {
    /// Takes the values out of the blocks of a plan made for ``points``.
    public func reading(from replies: [RegisterBlock], plan: ReadPlan) -> MeterReading {
        let phases = voltages.compactMap { plan.value(of: $0, in: replies) }
        // A frequency counts only with its voltages: on a dead bus they may be what is missing first.
        let isComplete = phases.count == voltages.count
        return MeterReading(
            frequency: isComplete ? plan.value(of: frequency, in: replies).map { Hertz($0) } : nil,
            voltageLowest: isComplete ? phases.min().map { Volts($0) } : nil,
            voltageHighest: isComplete ? phases.max().map { Volts($0) } : nil,
            power: power(in: replies, plan: plan))
    }

    /// The power out of the blocks of a plan that covers it.
    public func power(in replies: [RegisterBlock], plan: ReadPlan) -> Watts? {
        guard let value = power.flatMap({ plan.value(of: $0, in: replies) }) else { return nil }
        guard let powerExport else { return Watts(value) }
        return plan.value(of: powerExport, in: replies).map { Watts(value - $0) }
    }

    /// Currents and powers of all three phases; nil where one is not available.
    public func phases(in replies: [RegisterBlock], plan: ReadPlan) -> PhaseMeasurement? {
        guard readsPhases, let phases, phases.currents.count == 3, phases.powers.count == 3 else { return nil }
        var measured = PhaseMeasurement(currents: [.zero, .zero, .zero], powers: [.zero, .zero, .zero])
        for phase in 0..<3 {
            guard let current = plan.value(of: phases.currents[phase], in: replies),
                let power = plan.value(of: phases.powers[phase], in: replies)
            else { return nil }
            measured.currents[phase] = Amperes(current.magnitude)
            measured.powers[phase] = Watts(power)
        }
        return measured
    }
}
