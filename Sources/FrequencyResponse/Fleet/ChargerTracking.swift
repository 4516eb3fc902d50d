/// One charger against its own model: what its power should be, what it may be at worst, and what it fails to deliver.
///
/// Commands act after the dead time, at the charger's ramp. The commands that may still be under way are kept in twelve
/// slots that together cover the longest dead time and the age of a reading. A charger that stays outside what the
/// model allows is given less to do, at 5 % of its limit per second, and gets it back ten times as slowly. What it
/// delivers beside a followed command is its offset.
struct ChargerTracking: BitwiseCopyable, Sendable {
    private static var slots: Int { 12 }
    /// The share of the greater limit within which commands count as one.
    private static var closeCommands: Double { 0.02 }
    private var newest = InlineArray<12, Watts>(repeating: .zero)
    private var lows = InlineArray<12, Watts>(repeating: .zero)
    private var highs = InlineArray<12, Watts>(repeating: .zero)
    /// The lowest and the highest command in all slots.
    private var lowest = Watts.zero
    private var highest = Watts.zero
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
    /// What it has shown to follow.
    private(set) var learned = LearnedLimits()
    /// The part of its commands that it does not deliver though its model says that it should: positive when support
    /// for a low frequency is missing.
    private(set) var undelivered = Watts.zero
    /// Measured less expected while it follows.
    private(set) var offset = Watts.zero

    /// What a charger can do, of its settings.
    struct Plant: BitwiseCopyable {
        var behaviour: ChargerBehaviour
        var chargeLimit: Watts
        var dischargeLimit: Watts
        var readingAgeLimit: Interval
    }

    /// Moves on by a tick. `command` is the one of the last tick. `measured` is nil without a fresh reading.
    mutating func update(_ command: Watts, measured: Watts?, plant: Plant, now: Instant, elapsed: Interval) {
        let behaviour = plant.behaviour
        let width = max(.milliseconds(20), (behaviour.longestDeadTime + plant.readingAgeLimit) / 10)
        record(command, width: width, now: now, elapsed: elapsed)
        let isSteady =
            steadyFor > width * Int64(Self.slots) && modelLow == command && modelHigh == command && expected == command
        if isSteady {
            reachLow = min(command, measured ?? command)
            reachHigh = max(command, measured ?? command)
        } else {
            let reach = behaviour.ramp * elapsed.seconds
            modelLow = min(lowest, modelLow + reach)
            modelHigh = max(highest, modelHigh - reach)
            let arrived = delayed(by: behaviour.deadTime(from: expected, to: command), width: width)
            expected = expected < arrived ? min(arrived, expected + reach) : max(arrived, expected - reach)
            reachLow = measured.map { min($0, lowest) } ?? modelLow
            reachHigh = measured.map { max($0, highest) } ?? modelHigh
        }
        judge(measured, plant: plant, elapsed: elapsed)
        learnOffset(measured, plant: plant, elapsed: elapsed)
    }

    private mutating func record(_ command: Watts, width: Interval, now: Instant, elapsed: Interval) {
        steadyFor = command == self.command ? steadyFor + elapsed : .zero
        let before = self.command
        self.command = command
        guard let start = slotStart, now < start + width * Int64(Self.slots) else {
            for index in 0..<Self.slots { fill(index, command) }
            lowest = command
            highest = command
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
        if now >= start + width { advance(from: start, width: width, now: now, command: before) }
        note(command)
    }

    /// Starts a new slot for every width that has passed.
    private mutating func advance(from start: Instant, width: Interval, now: Instant, command: Watts) {
        var next = start
        while now >= next + width {
            next = next + width
            head = head + 1 == Self.slots ? 0 : head + 1
            fill(head, command)
        }
        slotStart = next
        lowest = lows[0]
        highest = highs[0]
        for index in 1..<Self.slots {
            lowest = min(lowest, lows[index])
            highest = max(highest, highs[index])
        }
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
        lowest = min(lowest, command)
        highest = max(highest, command)
    }

    /// The command that stood so long ago.
    private func delayed(by delay: Interval, width: Interval) -> Watts {
        let back = min(Self.slots - 1, Int(delay.nanoseconds / width.nanoseconds))
        return newest[(head + Self.slots - back) % Self.slots]
    }

    private mutating func judge(_ measured: Watts?, plant: Plant, elapsed: Interval) {
        learned.isFailing = false
        undelivered = .zero
        let limit = max(plant.chargeLimit, plant.dischargeLimit)
        guard let measured, limit > .zero else { return }
        let tolerance = Self.tolerance(limit)
        // A process that was stopped has seen nothing of what went on: such a gap counts as one second.
        let fall = limit * (0.05 * min(1, elapsed.seconds))
        if modelHigh < .zero, measured > modelHigh + tolerance {
            learned.isFailing = true
            undelivered = measured - modelHigh
            learned.discharge = max(max(.zero, -measured), (learned.discharge ?? plant.dischargeLimit) - fall)
        } else {
            learned.discharge = Self.recovered(learned.discharge, limit: plant.dischargeLimit, by: fall / 10)
        }
        if modelLow > .zero, measured < modelLow - tolerance {
            learned.isFailing = true
            undelivered = measured - modelLow
            learned.charge = max(max(.zero, measured), (learned.charge ?? plant.chargeLimit) - fall)
        } else {
            learned.charge = Self.recovered(learned.charge, limit: plant.chargeLimit, by: fall / 10)
        }
    }

    /// Learns only while the commands of the whole dead time lie close together and the model has arrived there: what a
    /// charger still has to follow is no offset. It is a mean over 20 s.
    private mutating func learnOffset(_ measured: Watts?, plant: Plant, elapsed: Interval) {
        guard plant.behaviour.isKnown, let measured, !learned.isFailing, command != .zero,
            expected.value * command.value > 0
        else { return }
        let limit = max(plant.chargeLimit, plant.dischargeLimit)
        let close = limit * Self.closeCommands
        guard highest - lowest <= close, (expected - command).magnitude <= close else { return }
        let tolerance = Self.tolerance(limit)
        let difference = (measured - expected).clamped(to: -tolerance...tolerance)
        offset += (difference - offset) * (min(1, elapsed.seconds) / 20)
    }

    /// How far a reading may lie from the model.
    private static func tolerance(_ limit: Watts) -> Watts { limit * 0.1 + Watts(50) }

    private static func recovered(_ learned: Watts?, limit: Watts, by step: Watts) -> Watts? {
        guard let learned else { return nil }
        let more = learned + step
        return more >= limit ? nil : more
    }
}

/// The powers that a charger has shown to follow, as positive numbers; nil while there is no doubt.
struct LearnedLimits: BitwiseCopyable, Sendable {
    var charge: Watts?
    var discharge: Watts?
    /// Its power is outside what its model allows.
    var isFailing = false
}
