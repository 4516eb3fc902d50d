/// A measured frequency with where and when it was taken.
public struct FrequencySample: BitwiseCopyable, Sendable {
    /// Nil when the meter answered that it has no value.
    public var frequency: Hertz?
    /// The lowest and the highest phase-to-neutral voltage of the same reading; nil when none is measured.
    public var voltageLowest: Volts?
    public var voltageHighest: Volts?
    /// When the request for it left, so that time on the wire counts as age.
    public var takenAt: Instant
    /// Differs from the sample before; says that this is a new reading and not the old one again.
    public var sequence: UInt32
    /// The index of the meter in the site file.
    public var source: UInt8
    /// Stands for all registers of the reading, bit by bit; nil where nothing but frequency is measured, or freezing is
    /// not judged.
    public var fingerprint: UInt64?

    public init(
        frequency: Hertz?, voltageLowest: Volts? = nil, voltageHighest: Volts? = nil,
        takenAt: Instant, sequence: UInt32, source: UInt8 = 0,
        fingerprint: UInt64? = nil
    ) {
        self.frequency = frequency
        self.voltageLowest = voltageLowest
        self.voltageHighest = voltageHighest
        self.takenAt = takenAt
        self.sequence = sequence
        self.source = source
        self.fingerprint = fingerprint
    }
}

/// Limits on what counts as a trusted frequency.
public struct JudgementSettings: BitwiseCopyable, Sendable {
    public var nominalFrequency: Hertz
    public var nominalVoltage: Volts
    /// The longest silence of the meter: now less the departure of its last answered request.
    public var silenceLimit: Interval
    /// How long the last response is kept once the limit is passed.
    public var holdLimit: Interval
    /// How long the response then takes to fade to nothing.
    public var fadeTime: Interval
    /// What the meter can show at all, its rails excluded.
    public var plausibleLowest: Hertz
    public var plausibleHighest: Hertz
    /// Frequency counts only while all measured phases lie inside this share of the nominal voltage.
    public var voltageLowest: Ratio
    public var voltageHighest: Ratio
    /// A voltage that was outside for no longer than this is followed again with the first good sample.
    public var rideThrough: Interval
    /// Good samples in a row before frequency is trusted for the first time, and again after a loss.
    public var samplesToStart: Int32
    public var samplesToResume: Int32
    /// How often the meter makes new values: polled faster, it shows the same one several times.
    public var updateTime: Interval
    /// How old a value is when it appears: the update time and half the averaging window.
    public var delay: Interval
    /// How far its frequency may be off.
    public var accuracy: Hertz
    /// How long all registers may stand still. A meter of coarse steps needs longer than one of fine ones.
    public var frozenAfter: Interval

    public init(
        nominalFrequency: Hertz, nominalVoltage: Volts, silenceLimit: Interval = .milliseconds(500),
        holdLimit: Interval = .seconds(1), fadeTime: Interval = .milliseconds(500),
        plausibleLowest: Hertz = Hertz(40), plausibleHighest: Hertz = Hertz(70),
        voltageLowest: Ratio = Ratio(0.5), voltageHighest: Ratio = Ratio(1.3), rideThrough: Interval = .zero,
        samplesToStart: Int32 = 3, samplesToResume: Int32 = 3, updateTime: Interval = .zero, delay: Interval = .zero,
        accuracy: Hertz = Hertz(0.01), frozenAfter: Interval = .seconds(60)
    ) {
        self.nominalFrequency = nominalFrequency
        self.nominalVoltage = nominalVoltage
        self.silenceLimit = silenceLimit
        self.holdLimit = holdLimit
        self.fadeTime = fadeTime
        self.plausibleLowest = plausibleLowest
        self.plausibleHighest = plausibleHighest
        self.voltageLowest = voltageLowest
        self.voltageHighest = voltageHighest
        self.rideThrough = rideThrough
        self.samplesToStart = samplesToStart
        self.samplesToResume = samplesToResume
        self.updateTime = updateTime
        self.delay = delay
        self.accuracy = accuracy
        self.frozenAfter = frozenAfter
    }
}

/// Why frequency is trusted or not.
public enum Trust: UInt8, Sendable, BitwiseCopyable {
    /// Not enough good samples since the start.
    case starting
    case trusted
    /// One sample is suspect; the value before it serves for one update of the meter.
    case suspect
    /// The meter has been silent for longer than its limit.
    case silent
    /// Suspect samples in a row: not available, or outside the plausible range.
    case implausible
    /// All of the meter's registers have stood still, which a live grid never does.
    case frozen
    /// Voltage is outside its window: the bus may be dead, whatever the frequency reads.
    case voltageOutside
    /// Good samples come in again, but not enough of them yet.
    case resuming
    /// Two sources say different things; the smaller response is given.
    case contradicted
    /// Frequency changes faster than the site file lets it count.
    case rateOfChange

    public var isTrusted: Bool { self == .trusted || self == .suspect }
}

/// What the judge says of the newest sample.
public struct JudgedFrequency: BitwiseCopyable, Sendable {
    /// The frequency to act on; nil when there is none.
    public var frequency: Hertz?
    public var trust: Trust
    /// The share of the response that still counts: 1 trusted or held, falling to 0 as a lost value fades.
    public var weight: Ratio

    public init(frequency: Hertz?, trust: Trust, weight: Ratio) {
        self.frequency = frequency
        self.trust = trust
        self.weight = weight
    }
}

/// Decides, sample by sample, whether frequency may be acted on.
///
/// States: not yet trusted, trusted, one suspect sample, lost (held, then fading), ceased. A suspect sample is one
/// without a value, outside the plausible range, more than 1 Hz + 5 Hz/s away from the sample before it, or with a
/// voltage that moved by more than 10 % of nominal in the same update. It is compared with the last good sample; a jump
/// is believed once it has stayed for longer than one update of the meter. A reading is frozen when its whole block of
/// registers has been bit-identical for 60 s and at least 20 samples; equal frequency alone never is. Voltage outside
/// its window ceases the response at once. Several sources are compared in ``SourceComparison``.
public struct FrequencyJudge: BitwiseCopyable, Sendable {
    private enum Phase: BitwiseCopyable, Sendable {
        case untrusted(Trust)
        case trusted
        case suspect
        case lost(Trust, since: Instant)
    }

    private var phase: Phase = .untrusted(.starting)
    private var hasStarted = false
    private var goodInARow: Int32 = 0
    private var newest: FrequencySample?
    private var lastGood: FrequencySample?
    /// The first of the suspect samples in a row.
    private var firstSuspect: FrequencySample?
    /// What is believed once it has stayed: the first of the suspect samples that agree with each other.
    private var candidate: FrequencySample?
    private var block = UnchangedBlock()
    /// When the dip under way was first seen, while frequency was trusted until then.
    private var dippedAt: Instant?
    /// The last frequency that was acted on.
    private var served: Hertz?

    public init() {}

    /// Takes the newest sample, which may be the one of the call before, and the current time.
    public mutating func update(
        _ sample: FrequencySample?, now: Instant, settings: JudgementSettings
    ) -> JudgedFrequency {
        if let sample, newest?.sequence != sample.sequence || newest?.source != sample.source {
            // A silence counts although the sample that ends it is here already.
            if let newest, sample.takenAt > newest.takenAt + settings.silenceLimit {
                loseSilent(newest, settings: settings)
            }
            take(sample, now: now, settings: settings)
        }
        fallSilent(now: now, settings: settings)
        return verdict(now: now, settings: settings)
    }

    private enum Quality { case good, suspect, voltageOutside, frozen }

    private mutating func take(_ sample: FrequencySample, now: Instant, settings: JudgementSettings) {
        let isFrozen = block.update(sample.fingerprint, at: sample.takenAt, limit: settings.frozenAfter)
        let quality = isFrozen ? .frozen : quality(of: sample, settings: settings)
        newest = sample
        switch quality {
        case .good:
            lastGood = sample
            forgetSuspects()
            takeGood(sample, settings: settings)
        case .suspect:
            goodInARow = 0
            let isSecondUpdate = firstSuspect.map { sample.takenAt > $0.takenAt + settings.updateTime } ?? false
            if firstSuspect == nil { firstSuspect = sample }
            let agrees =
                candidate.map { $0.frequency != nil && isWithinReach(sample, of: $0, settings: settings) } ?? false
            if !agrees { candidate = sample }
            switch phase {
            case .trusted: phase = .suspect
            case .suspect: if isSecondUpdate { phase = .lost(.implausible, since: now) }
            case .untrusted, .lost: break
            }
        case .frozen:
            goodInARow = 0
            forgetSuspects()
            switch phase {
            case .trusted, .suspect: phase = .lost(.frozen, since: now)
            case .untrusted: phase = .untrusted(.frozen)
            case .lost: break
            }
        case .voltageOutside:
            goodInARow = 0
            forgetSuspects()
            switch phase {
            case .trusted, .suspect: dippedAt = sample.takenAt
            case .untrusted(.voltageOutside): break
            case .untrusted, .lost: dippedAt = nil
            }
            phase = .untrusted(.voltageOutside)
        }
    }

    private mutating func takeGood(_ sample: FrequencySample, settings: JudgementSettings) {
        goodInARow = min(goodInARow + 1, 1_000)
        let needed =
            isRiddenThrough(sample, settings: settings)
            ? 1 : hasStarted ? settings.samplesToResume : settings.samplesToStart
        switch phase {
        case .trusted, .suspect:
            phase = .trusted
            served = sample.frequency
        case .untrusted, .lost:
            guard goodInARow >= needed else { return }
            phase = .trusted
            hasStarted = true
            served = sample.frequency
        }
    }

    /// Whether this sample ends a dip within the code's ride-through time.
    private func isRiddenThrough(_ sample: FrequencySample, settings: JudgementSettings) -> Bool {
        guard case .untrusted(.voltageOutside) = phase, let dippedAt, dippedAt <= sample.takenAt else { return false }
        return sample.takenAt.elapsed(since: dippedAt) <= settings.rideThrough
    }

    private func quality(of sample: FrequencySample, settings: JudgementSettings) -> Quality {
        if let lowest = sample.voltageLowest, let highest = sample.voltageHighest {
            let low = settings.nominalVoltage * settings.voltageLowest.value
            let high = settings.nominalVoltage * settings.voltageHighest.value
            guard lowest >= low, highest <= high else { return .voltageOutside }
        }
        guard let frequency = sample.frequency,
            frequency > settings.plausibleLowest, frequency < settings.plausibleHighest
        else { return .suspect }
        guard let lastGood, !isWithinReach(sample, of: lastGood, settings: settings) else { return .good }
        // A jump: believed when it has stayed beyond one update, never because one update was read twice.
        guard let candidate, sample.takenAt > candidate.takenAt + settings.updateTime, candidate.frequency != nil,
            isWithinReach(sample, of: candidate, settings: settings)
        else { return .suspect }
        return .good
    }

    private mutating func forgetSuspects() {
        firstSuspect = nil
        candidate = nil
    }

    private func isWithinReach(
        _ sample: FrequencySample, of earlier: FrequencySample, settings: JudgementSettings
    ) -> Bool {
        guard earlier.takenAt <= sample.takenAt else { return true }
        if let now = sample.frequency, let before = earlier.frequency {
            let reach = Hertz(1 + 5 * sample.takenAt.elapsed(since: earlier.takenAt).seconds)
            guard (now - before).magnitude <= reach else { return false }
        }
        if let now = sample.voltageLowest, let before = earlier.voltageLowest {
            return (now - before).magnitude <= settings.nominalVoltage * 0.1
        }
        return true
    }

    private mutating func fallSilent(now: Instant, settings: JudgementSettings) {
        guard let newest, newest.takenAt <= now,
            now.elapsed(since: newest.takenAt) > settings.silenceLimit
        else { return }
        loseSilent(newest, settings: settings)
    }

    private mutating func loseSilent(_ newest: FrequencySample, settings: JudgementSettings) {
        goodInARow = 0
        switch phase {
        // Counted from the limit and not from now: a process that was stopped must not hold an old value.
        case .trusted, .suspect: phase = .lost(.silent, since: newest.takenAt + settings.silenceLimit)
        case .untrusted, .lost: break
        }
    }

    private mutating func verdict(now: Instant, settings: JudgementSettings) -> JudgedFrequency {
        switch phase {
        case .trusted: return JudgedFrequency(frequency: served, trust: .trusted, weight: Ratio(1))
        case .suspect: return JudgedFrequency(frequency: served, trust: .suspect, weight: Ratio(1))
        case .untrusted(let reason):
            let trust: Trust = hasStarted && goodInARow > 0 ? .resuming : reason
            return JudgedFrequency(frequency: nil, trust: trust, weight: .zero)
        case .lost(let reason, let since):
            let weight = fading(now.elapsed(since: since), settings: settings)
            if weight == .zero { phase = .untrusted(reason) }
            return JudgedFrequency(frequency: nil, trust: goodInARow > 0 ? .resuming : reason, weight: weight)
        }
    }

    private func fading(_ lost: Interval, settings: JudgementSettings) -> Ratio {
        if lost <= settings.holdLimit { return Ratio(1) }
        let faded = lost - settings.holdLimit
        if faded >= settings.fadeTime { return .zero }
        return Ratio(1 - faded.seconds / settings.fadeTime.seconds)
    }
}

/// Finds registers that have stood still for too long.
private struct UnchangedBlock: BitwiseCopyable, Sendable {
    private static var count: Int32 { 20 }

    private var fingerprint: UInt64?
    private var since: Instant?
    private var samples: Int32 = 0

    /// Whether the block has been the same for the time and the number of samples.
    mutating func update(_ newest: UInt64?, at now: Instant, limit: Interval) -> Bool {
        guard let newest, newest == fingerprint, let since, since <= now else {
            fingerprint = newest
            since = now
            samples = 1
            return false
        }
        samples = min(samples + 1, 1_000)
        return samples >= Self.count && now.elapsed(since: since) >= limit
    }
}
