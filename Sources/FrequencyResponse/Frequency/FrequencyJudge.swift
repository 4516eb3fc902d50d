/// Decides, sample by sample, whether frequency may be acted on.
///
/// States: untrusted, trusted, suspect, lost (held, then fading). A suspect sample is one without a value, outside the
/// plausible range, more than 1 Hz + 5 Hz/s away from the last good sample, or with a voltage that moved by more than
/// 10 % of nominal in the same update. A jump is believed once a later update of the meter is within 0.2 Hz of it, and
/// 5 Hz/s. A reading is frozen when its whole block of registers has been the same for 60 s and at least 20 samples;
/// equal frequency alone never is. Voltage outside its window makes frequency untrusted at once. Several sources are compared
/// in ``SourceComparison``.
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
    /// Its registers have stood still for too long.
    private(set) var isFrozen = false
    /// When voltage was first seen outside its window, while frequency was trusted until then.
    private var outsideSince: Instant?
    /// For how long that may last and still be ridden through: the shortest of what was seen.
    private var rideThrough = Interval.zero
    /// The last frequency that was acted on.
    private var served: Hertz?

    package init() {}

    /// Goes on after a restart: a meter that was frozen stays so until its registers move.
    package init(wasFrozen: Bool) {
        guard wasFrozen else { return }
        isFrozen = true
        phase = .untrusted(.frozen)
        block = UnchangedBlock(stoodStill: true)
    }

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

    /// What frequency may differ by from the sample before, beside 5 Hz/s, and from a jump that it confirms.
    private static var largestStep: Hertz { Hertz(1) }
    private static var confirmation: Hertz { Hertz(0.2) }

    private enum Quality { case good, suspect, voltageOutside, frozen }

    private mutating func take(_ sample: FrequencySample, now: Instant, settings: JudgementSettings) {
        isFrozen = block.update(sample.changes, at: sample.takenAt, limit: settings.frozenAfter)
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
            let agrees = candidate.map { isConfirmed(sample, of: $0, settings: settings) } ?? false
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
            case .trusted, .suspect:
                outsideSince = sample.takenAt
                rideThrough = self.rideThrough(sample, settings: settings)
            case .untrusted(.voltageOutside):
                rideThrough = min(rideThrough, self.rideThrough(sample, settings: settings))
            case .untrusted, .lost: outsideSince = nil
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
        guard case .untrusted(.voltageOutside) = phase, let outsideSince, outsideSince <= sample.takenAt else {
            return false
        }
        return sample.takenAt.elapsed(since: outsideSince) <= rideThrough
    }

    private func rideThrough(_ sample: FrequencySample, settings: JudgementSettings) -> Interval {
        let isLow = sample.voltageLowest.map { $0 < settings.nominalVoltage * settings.voltageLowest.value } ?? false
        return isLow ? settings.rideThroughLow : settings.rideThroughHigh
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
        guard let candidate, sample.takenAt > candidate.takenAt + settings.updateTime,
            isConfirmed(sample, of: candidate, settings: settings)
        else { return .suspect }
        return .good
    }

    private mutating func forgetSuspects() {
        firstSuspect = nil
        candidate = nil
    }

    private static func reach(of earlier: FrequencySample, at time: Instant, step: Hertz) -> Hertz {
        step + Hertz(5 * time.elapsed(since: min(earlier.takenAt, time)).seconds)
    }

    private func isWithinReach(
        _ sample: FrequencySample, of earlier: FrequencySample, step: Hertz = largestStep,
        settings: JudgementSettings
    ) -> Bool {
        guard earlier.takenAt <= sample.takenAt else { return true }
        if let now = sample.frequency, let before = earlier.frequency {
            guard (now - before).magnitude <= Self.reach(of: earlier, at: sample.takenAt, step: step) else {
                return false
            }
        }
        if let now = sample.voltageLowest, let before = earlier.voltageLowest {
            return (now - before).magnitude <= settings.nominalVoltage * 0.1
        }
        return true
    }

    /// Whether a sample after a jump shows the same: within 0.2 Hz and what frequency can change meanwhile. Where only
    /// voltage has jumped, frequency has as much room as after any update.
    private func isConfirmed(
        _ sample: FrequencySample, of jump: FrequencySample, settings: JudgementSettings
    ) -> Bool {
        guard sample.frequency != nil, let then = jump.frequency else { return false }
        let hasJumped =
            lastGood.map { good in
                good.frequency.map {
                    (then - $0).magnitude > Self.reach(of: good, at: jump.takenAt, step: Self.largestStep)
                } ?? false
            } ?? false
        return isWithinReach(
            sample, of: jump, step: hasJumped ? Self.confirmation : Self.largestStep, settings: settings)
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
        // A verdict has the age of its sample and does not outlive it.
        case .untrusted(.starting), .untrusted(.silent): break
        case .untrusted: phase = .untrusted(.silent)
        case .lost: break
        }
    }

    /// The voltage of the sample that ``update(_:now:settings:)`` took last, while the meter answers and its registers
    /// move.
    public func voltage(now: Instant, settings: JudgementSettings) -> WitnessedVoltage {
        guard settings.measuresVoltage else { return .notMeasured }
        guard let newest, newest.takenAt <= now, now.elapsed(since: newest.takenAt) <= settings.silenceLimit,
            !isFrozen
        else { return .unknown }
        guard let lowest = newest.voltageLowest, let highest = newest.voltageHighest else { return .unknown }
        guard lowest.value.isFinite, highest.value.isFinite else { return .unknown }
        return .known(lowest: lowest, highest: highest)
    }

    private mutating func verdict(now: Instant, settings: JudgementSettings) -> JudgedFrequency {
        switch phase {
        case .trusted, .suspect:
            let trust: Trust = if case .trusted = phase { .trusted } else { .suspect }
            return JudgedFrequency(
                frequency: served, trust: trust, weight: Ratio(1), sampledAt: lastGood?.takenAt)
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
