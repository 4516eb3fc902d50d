/// One charger against its own model: what its power should be, what it may be at worst, and what it fails to deliver.
///
/// Commands act after the dead time, at the charger's ramp. The commands that may still be under way are kept in twelve
/// slots that together cover the longest dead time and the age of a reading. A charger that stays outside what the
/// model allows is given less to do, at 5 % of its limit per second, and gets it back ten times as slowly. What it
/// delivers beside a followed command is its offset.
struct ChargerTracking: BitwiseCopyable, Sendable {
    private static var slots: Int { 12 }
    private var newest = InlineArray<12, Watts>(repeating: .zero)
    private var lows = InlineArray<12, Watts>(repeating: .zero)
    private var highs = InlineArray<12, Watts>(repeating: .zero)
    private var head = 0
    private var slotStart: Instant?
    private var command = Watts.zero
    private var steadyFor = Interval.zero
    /// What the model says.
    private(set) var expected = Watts.zero
    private var modelLow = Watts.zero
    private var modelHigh = Watts.zero
    /// Between these its power is, and stays until a new command acts.
    private(set) var reachLow = Watts.zero
    private(set) var reachHigh = Watts.zero
    /// The powers that it has shown to follow, as positive numbers; nil while there is no doubt.
    private(set) var learnedCharge: Watts?
    private(set) var learnedDischarge: Watts?
    private(set) var isFailing = false
    /// Measured less expected while it follows.
    private(set) var offset = Watts.zero

    /// Moves on by a tick, in which `command` has stood since the last one. `measured` is nil when there is no fresh
    /// reading.
    mutating func update(_ command: Watts, measured: Watts?, settings: ChargerSettings, now: Instant, elapsed: Interval)
    {
        let behaviour = settings.behaviour
        take(command, width: slotWidth(settings), now: now, elapsed: elapsed)
        let limit = max(settings.chargeLimit, settings.dischargeLimit)
        let reach = behaviour.ramp * elapsed.seconds
        let isSteady =
            steadyFor > slotWidth(settings) * Int64(Self.slots) && modelLow == command && modelHigh == command
            && expected == command
        if isSteady {
            reachLow = min(command, measured ?? command)
            reachHigh = max(command, measured ?? command)
        } else {
            var lowest = lows[0]
            var highest = highs[0]
            for index in 1..<Self.slots {
                lowest = min(lowest, lows[index])
                highest = max(highest, highs[index])
            }
            modelLow = min(lowest, modelLow + reach)
            modelHigh = max(highest, modelHigh - reach)
            let arrived = delayed(by: behaviour.deadTime(from: expected, to: command), width: slotWidth(settings))
            expected = expected < arrived ? min(arrived, expected + reach) : max(arrived, expected - reach)
            reachLow = measured.map { min($0, lowest) } ?? modelLow
            reachHigh = measured.map { max($0, highest) } ?? modelHigh
        }
        judge(measured, limit: limit, settings: settings, elapsed: elapsed)
    }

    private func slotWidth(_ settings: ChargerSettings) -> Interval {
        max(.milliseconds(20), (settings.behaviour.longestDeadTime + settings.readingAgeLimit) / 10)
    }

    private mutating func take(_ command: Watts, width: Interval, now: Instant, elapsed: Interval) {
        steadyFor = command == self.command ? steadyFor + elapsed : .zero
        let before = self.command
        self.command = command
        guard let start = slotStart, now < start + width * Int64(Self.slots) else {
            for index in 0..<Self.slots { fill(index, command) }
            if slotStart == nil {
                expected = command
                modelLow = command
                modelHigh = command
            } else {
                note(before)
            }
            slotStart = now
            return
        }
        var next = start
        while now >= next + width {
            next = next + width
            head = head + 1 == Self.slots ? 0 : head + 1
            fill(head, before)
        }
        slotStart = next
        note(command)
    }

    private mutating func fill(_ index: Int, _ command: Watts) {
        newest[index] = command
        lows[index] = command
        highs[index] = command
    }

    private mutating func note(_ command: Watts) {
        newest[head] = command
        lows[head] = min(lows[head], command)
        highs[head] = max(highs[head], command)
    }

    /// The command that stood so long ago.
    private func delayed(by delay: Interval, width: Interval) -> Watts {
        let back = min(Self.slots - 1, Int(delay.nanoseconds / width.nanoseconds))
        return newest[(head + Self.slots - back) % Self.slots]
    }

    private mutating func judge(_ measured: Watts?, limit: Watts, settings: ChargerSettings, elapsed: Interval) {
        isFailing = false
        guard let measured, limit > .zero else { return }
        let tolerance = limit * 0.1 + Watts(50)
        // A process that was stopped has seen nothing of what went on: such a gap counts as one second.
        let fall = limit * (0.05 * min(1, elapsed.seconds))
        if modelHigh < .zero, measured > modelHigh + tolerance {
            isFailing = true
            learnedDischarge = max(max(.zero, -measured), (learnedDischarge ?? settings.dischargeLimit) - fall)
        } else {
            learnedDischarge = Self.recovered(learnedDischarge, limit: settings.dischargeLimit, by: fall / 10)
        }
        if modelLow > .zero, measured < modelLow - tolerance {
            isFailing = true
            learnedCharge = max(max(.zero, measured), (learnedCharge ?? settings.chargeLimit) - fall)
        } else {
            learnedCharge = Self.recovered(learnedCharge, limit: settings.chargeLimit, by: fall / 10)
        }
        guard settings.behaviour.isKnown, !isFailing, command != .zero, expected.value * command.value > 0 else {
            return
        }
        // A mean over 20 s: what a moving command leaves between model and reading evens out in it.
        let difference = (measured - expected).clamped(to: -tolerance...tolerance)
        offset += (difference - offset) * (min(1, elapsed.seconds) / 20)
    }

    private static func recovered(_ learned: Watts?, limit: Watts, by step: Watts) -> Watts? {
        guard let learned else { return nil }
        let more = learned + step
        return more >= limit ? nil : more
    }
}
