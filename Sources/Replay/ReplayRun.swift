public import Devices
public import FrequencyResponse
import Modbus
import Simulation

/// One charger of a replayed site.
public struct ReplayCharger: Sendable {
    /// The name.
    public var name: String
    /// What its registers mean.
    public var profile: ChargerProfile
    /// The charger as the law knows it.
    public var settings: ChargerSettings
    /// What its simulated vehicle starts with.
    public var initialCharge: Ratio

    package init(name: String, profile: ChargerProfile, settings: ChargerSettings, initialCharge: Ratio) {
        self.name = name
        self.profile = profile
        self.settings = settings
        self.initialCharge = initialCharge
    }
}

/// A site as replay needs it. The law's settings are those for a recording: see `Site.lawSettings(recordingInterval:)`.
public struct ReplaySite: Sendable {
    /// The settings of the law.
    public var settings: LawSettings
    /// The chargers, in order.
    public var chargers: [ReplayCharger]
    /// The control period.
    public var period: Interval
    /// The offsets of the site's local time around an instant, in nanoseconds UTC since 1970; nil where the site file
    /// names no time zone.
    public var localOffsets: (@Sendable (Int64) -> LocalOffsets)?

    package init(
        settings: LawSettings, chargers: [ReplayCharger], period: Interval,
        localOffsets: (@Sendable (Int64) -> LocalOffsets)? = nil
    ) {
        self.localOffsets = localOffsets
        self.settings = settings
        self.chargers = chargers
        self.period = period
    }
}

/// One tick of a replay.
public struct ReplayStep: Sendable {
    /// Since the recording's first row.
    public var time: Interval
    /// The row that started the tick; nil for a tick between two rows.
    public var sample: RecordedSample?
    /// What the law answered.
    public var outputs: TickOutputs
    /// What flows at this time, before the tick's setpoints act.
    public var power: Watts
    /// What each charger did.
    public var chargers: [ReplayChargerStep]
    /// What the law was given in this tick and made of it; nil but for the tick that is to be explained.
    public var details: ReplayDetails?
}

/// All that stands behind one tick.
public struct ReplayDetails: Sendable {
    /// What the law was given.
    public var inputs: TickInputs
    /// What the law made of each charger.
    public var turns: [ChargerTurn]
    /// What the law was given of each charger.
    public var chargers: [ChargerInputs]
}

/// One charger's part of a replayed tick.
public struct ReplayChargerStep: Sendable, BitwiseCopyable {
    /// The power that it was commanded.
    public var setpoint: Watts
    /// The power that it had.
    public var power: Watts
    /// The state of charge of its vehicle.
    public var stateOfCharge: Ratio
}

/// A recording through the control law in virtual time, with simulated chargers: a tick at every row, and at every
/// control period between two rows. The law's state of charge is the simulated vehicles', as if each had been read
/// before the start.
public struct ReplayRun: ~Copyable {
    // Far enough from zero that no age reaches back before the time line.
    private static var origin: Instant { Instant(nanoseconds: 1_000_000_000_000) }

    private static func quietAfter(_ recording: Recording) -> Interval { recording.interval * 2 + .seconds(120) }

    private let recording: Recording
    private let site: ReplaySite
    private var law: ControlLaw
    private var chargers: [VirtualCharger]
    private let fleet: [ChargerSettings]
    private var inputs: [ChargerInputs]
    private var memory: [ChargerMemory]
    private var turns: [ChargerTurn]
    private var setpoints: [Setpoint]
    private var step: ReplayStep
    /// The newest value of the signal column; the law lets it age.
    private var signal: ExternalSignal?
    private var local: LocalOffsets?
    /// The first tick at or after this time carries its details.
    public var explainAt: Interval?

    package init(recording: Recording, site: ReplaySite) {
        let chargers = site.chargers.map { VirtualCharger($0, now: Self.origin) }
        self.recording = recording
        self.site = site
        self.chargers = chargers
        law = ControlLaw(settings: site.settings, isInService: Self.startsInService(recording, site.settings))
        fleet = site.chargers.map(\.settings)
        inputs = chargers.map { _ in ChargerInputs(control: .controlled) }
        memory = chargers.map { _ in ChargerMemory() }
        turns = chargers.map { _ in ChargerTurn() }
        setpoints = chargers.map { _ in Setpoint.zeroPower(until: Self.origin, tick: 0) }
        step = ReplayStep(
            time: .zero, sample: nil,
            outputs: .none,
            power: .zero,
            chargers: chargers.map {
                ReplayChargerStep(setpoint: .zero, power: .zero, stateOfCharge: $0.model.vehicle.stateOfCharge)
            }, details: nil)
    }

    /// Replays all rows; `visit` is given every tick, and says whether to go on.
    public mutating func run(visit: (borrowing ReplayStep) -> Bool) {
        for index in recording.samples.indices {
            let row = recording.samples[index]
            let at = (Self.origin + row.time).wholeMicroseconds
            let sample = FrequencySample(
                frequency: row.frequency, voltageLowest: row.voltageLowest, voltageHighest: row.voltageHighest,
                takenAt: at, sequence: UInt32(truncatingIfNeeded: index + 1))
            if let share = row.signal { signal = ExternalSignal(share: share, takenAt: at) }
            tick(now: at, sample: sample)
            step.time = row.time
            step.sample = row
            guard visit(step) else { return }
            guard index + 1 < recording.samples.count else { return }
            let next = (Self.origin + recording.samples[index + 1].time).wholeMicroseconds
            var now = at + site.period
            step.sample = nil
            while now < next {
                tick(now: now, sample: sample)
                step.time = now.elapsed(since: Self.origin)
                guard visit(step) else { return }
                // Long after the meter was lost little changes any more; a gap of days need not be stepped by
                // milliseconds.
                now = now + (now.elapsed(since: at) > Self.quietAfter(recording) ? .seconds(1) : site.period)
            }
        }
    }

    private mutating func tick(now: Instant, sample: FrequencySample) {
        var power = Watts.zero
        for index in chargers.indices {
            chargers[index].advance(to: now)
            let measured = chargers[index].model.power
            let stateOfCharge = chargers[index].model.vehicle.stateOfCharge
            inputs[index].takenAt = now
            inputs[index].power = measured
            inputs[index].stateOfCharge = stateOfCharge
            step.chargers[index].power = measured
            step.chargers[index].stateOfCharge = stateOfCharge
            power += measured
        }
        step.power = power
        let given = TickInputs(
            now: now, sample: sample, signal: signal, clock: clock(now))
        step.outputs = law.step(
            given, fleet: fleet, chargers: inputs, memory: &memory, turns: &turns, setpoints: &setpoints)
        explain(given, at: now)
        for index in chargers.indices {
            let command = setpoints[index].isZeroPower ? .zero : setpoints[index].power
            chargers[index].command(command)
            step.chargers[index].setpoint = command
        }
    }

    private mutating func explain(_ given: TickInputs, at now: Instant) {
        step.details = nil
        guard let time = explainAt, now >= Self.origin + time else { return }
        explainAt = nil
        step.details = ReplayDetails(inputs: given, turns: turns, chargers: inputs)
    }

    /// A recording whose first three samples lie in the grid code's window begins in service, without a wait.
    private static func startsInService(_ recording: Recording, _ settings: LawSettings) -> Bool {
        guard let code = settings.gridCode else { return true }
        let nominal = settings.sensing.first.nominalVoltage
        return recording.samples.prefix(3).allSatisfy { sample in
            guard let frequency = sample.frequency else { return false }
            return code.isEntryWindow(
                frequency: frequency, lowest: sample.voltageLowest.map { Ratio($0 / nominal) },
                highest: sample.voltageHighest.map { Ratio($0 / nominal) })
        }
    }

    /// A recording with a zone is converted to the site's time. One without is taken in the site's own time, which then
    /// has no changes.
    private mutating func clock(_ now: Instant) -> WallClock {
        guard let start = recording.origin.date else { return .unknown }
        let elapsed = now.elapsed(since: Self.origin).nanoseconds
        let written = start.nanoseconds + elapsed
        guard let zone = start.zoneOffset else {
            return WallClock(nanosecondsUTC: written, offsetFromUTC: 0, isTrusted: true)
        }
        let utc = written - zone * 1_000_000_000
        guard let localOffsets = site.localOffsets else {
            return WallClock(nanosecondsUTC: utc, offsetFromUTC: Int32(zone), isTrusted: true)
        }
        if local.map({ utc < $0.since || utc >= $0.until }) ?? true { local = localOffsets(utc) }
        return WallClock(
            nanosecondsUTC: utc, local: local ?? LocalOffsets(constant: Int32(zone)), isTrusted: true)
    }
}
