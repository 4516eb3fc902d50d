/// The powers up to which a charger is used on one side, each at least the one before it; positive.
struct Tiers: BitwiseCopyable, Sendable {
    /// What its driver's plan charges anyway.
    var planned = Watts.zero
    /// What it can keep up for the services' duration, less for a battery that has moved more energy today.
    var spared = Watts.zero
    /// What it can keep up for the services' duration.
    var sustained = Watts.zero
    /// All it has.
    var most = Watts.zero

    static func + (left: Tiers, right: Tiers) -> Tiers {
        Tiers(
            planned: left.planned + right.planned, spared: left.spared + right.spared,
            sustained: left.sustained + right.sustained,
            most: left.most + right.most)
    }
}

/// Splits the site's target over its chargers.
///
/// Power is filled in like water, level by level: first what drivers' plans charge anyway, then what every battery can
/// keep up for as long as the services last, the less worn ones first, and then all there is. On each level everybody
/// gives the same part of what it has, so nobody runs empty before the others, and a fleet that can meet a target for
/// its whole duration does.
///
/// As few chargers take part as can do so at half of their power, those that are active on this side first, then those
/// that last worked on it: a small signal modulates one active car, and a car that charges is not turned round while
/// another can discharge. One leaves only when the rest would do at 35 %, so that nobody is switched to and fro. A
/// charger that would stand below its minimum leaves; those in front are rather kept at it. Parts are rounded to each
/// charger's resolution so that the rounding of one is made up by the next: the sum stays within half a step of the
/// target and never beyond the site's limit. No charger ever works against another. The cost grows linearly with the
/// chargers.
enum Sharing {
    private static var comfort: Double { 0.5 }
    private static var leaving: Double { 0.35 }
    private static var classes: Int { 5 }

    /// Reads each memory's tiers, writes its share, and returns the sum of the shares. `limit` is what the site allows
    /// on the target's side, as a positive number. `turn` says where to begin among equals.
    static func split(
        _ target: Watts, limit: Watts, fleet: Span<ChargerSettings>, memory: inout MutableSpan<ChargerMemory>, turn: Int
    ) -> Watts {
        for index in 0..<memory.count { memory[index].share = .zero }
        let side: Double = target > .zero ? 1 : -1
        let wanted = min(target.magnitude, limit)
        guard wanted > .zero else { return .zero }
        let first = arrange(side: side, memory: &memory, turn: turn)
        choose(wanted, side: side, first: first, fleet: fleet, memory: &memory)
        for _ in 0..<3 {
            guard dropLow(wanted, side: side, first: first, fleet: fleet, memory: &memory) else { break }
        }
        return fill(wanted, limit: limit, side: side, first: first, fleet: fleet, memory: &memory) * side
    }

    // MARK: Who comes first

    /// Links the chargers in the order in which they are asked, and returns the first; -1 when none has room.
    private static func arrange(side: Double, memory: inout MutableSpan<ChargerMemory>, turn: Int) -> Int32 {
        var strongest = Watts.zero
        for index in 0..<memory.count { strongest = max(strongest, memory[index].tiers.spared) }
        var heads = InlineArray<5, Int32>(repeating: -1)
        var tails = InlineArray<5, Int32>(repeating: -1)
        let count = memory.count
        var index = count == 0 ? 0 : turn % count
        for _ in 0..<count {
            if memory[index].tiers.most > .zero {
                let rank = rank(memory[index], side: side, strongest: strongest)
                memory[index].next = -1
                if tails[rank] < 0 { heads[rank] = Int32(index) } else { memory[Int(tails[rank])].next = Int32(index) }
                tails[rank] = Int32(index)
            }
            memory[index].takesPart = false
            index = index + 1 == count ? 0 : index + 1
        }
        var first: Int32 = -1
        var last: Int32 = -1
        for rank in 0..<classes where heads[rank] >= 0 {
            if last < 0 { first = heads[rank] } else { memory[Int(last)].next = heads[rank] }
            last = tails[rank]
        }
        return first
    }

    private static func rank(_ memory: ChargerMemory, side: Double, strongest: Watts) -> Int {
        if isActive(memory, side: side) { return 0 }
        let last = Double(memory.lastSide) * side
        if last > 0 { return 1 }
        if last < 0 || memory.commanded.value * side < 0 { return 4 }
        return memory.tiers.spared >= strongest / 2 ? 2 : 3
    }

    private static func isActive(_ memory: ChargerMemory, side: Double) -> Bool {
        memory.commanded.value * side > 0 || memory.tiers.planned > .zero
    }

    // MARK: Who takes part

    private static func choose(
        _ wanted: Watts, side: Double, first: Int32, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) {
        var joined = Watts.zero
        var kept = Watts.zero
        var index = first
        while index >= 0 {
            let at = Int(index)
            let least = max(memory[at].tiers.planned, fleet[at].minimum(side: side))
            let most = memory[at].tiers.most
            // One that is active stays for longer than an idle one would be called.
            let stays = isActive(memory[at], side: side) && kept < wanted
            index = memory[at].next
            guard joined < wanted || stays || memory[at].tiers.planned > .zero else { continue }
            memory[at].takesPart = true
            joined += min(most, max(least, most * comfort))
            kept += min(most, max(least, most * leaving))
        }
    }

    /// Takes out those that would stand below their minimum, as long as those in front of them can do without; false
    /// when all stand well.
    private static func dropLow(
        _ wanted: Watts, side: Double, first: Int32, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Bool {
        let level = Level(wanted, of: sum(first: first, memory: memory))
        var keptAtMinimum = Watts.zero
        var hasDropped = false
        var index = first
        while index >= 0 {
            let at = Int(index)
            index = memory[at].next
            guard memory[at].takesPart else { continue }
            let least = fleet[at].minimum(side: side)
            if level.power(memory[at].tiers) < least {
                guard keptAtMinimum + least > wanted || memory[at].tiers.most < least else {
                    keptAtMinimum += least
                    continue
                }
                memory[at].takesPart = false
                memory[at].reasons.insert(.belowMinimum)
                hasDropped = true
            } else {
                keptAtMinimum += least
            }
        }
        return hasDropped
    }

    private static func sum(first: Int32, memory: borrowing MutableSpan<ChargerMemory>) -> Tiers {
        var sum = Tiers()
        var index = first
        while index >= 0 {
            if memory[Int(index)].takesPart { sum = sum + memory[Int(index)].tiers }
            index = memory[Int(index)].next
        }
        return sum
    }

    /// How high the water stands: the tier that is partly full, and its part.
    private struct Level {
        private var tier: Int
        private var part: Double

        init(_ wanted: Watts, of sum: Tiers) {
            if wanted <= sum.planned {
                tier = 0
                part = sum.planned > .zero ? wanted / sum.planned : 0
            } else if wanted <= sum.spared {
                tier = 1
                part = (wanted - sum.planned) / (sum.spared - sum.planned)
            } else if wanted <= sum.sustained {
                tier = 2
                part = (wanted - sum.spared) / (sum.sustained - sum.spared)
            } else {
                tier = 3
                part = sum.most > sum.sustained ? min(1, (wanted - sum.sustained) / (sum.most - sum.sustained)) : 1
            }
        }

        func power(_ tiers: Tiers) -> Watts {
            switch tier {
            case 0: tiers.planned * part
            case 1: tiers.planned + (tiers.spared - tiers.planned) * part
            case 2: tiers.spared + (tiers.sustained - tiers.spared) * part
            default: tiers.sustained + (tiers.most - tiers.sustained) * part
            }
        }
    }

    // MARK: How much

    private static func fill(
        _ wanted: Watts, limit: Watts, side: Double, first: Int32, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        let level = Level(wanted, of: sum(first: first, memory: memory))
        var exact = Watts.zero
        var given = Watts.zero
        var index = first
        while index >= 0 {
            let at = Int(index)
            index = memory[at].next
            guard memory[at].takesPart else {
                memory[at].reasons.insert(.notNeeded)
                continue
            }
            exact += level.power(memory[at].tiers)
            let part = rounded(
                exact - given, room: min(memory[at].tiers.most, limit - given), least: fleet[at].minimum(side: side),
                resolution: fleet[at].resolution)
            memory[at].share = part * side
            given += part
        }
        return given
    }

    private static func rounded(_ exact: Watts, room: Watts, least: Watts, resolution: Watts) -> Watts {
        let steps = Int64(max(0, exact / resolution) + 0.5)
        let part = resolution * Double(steps)
        if part > room {
            let down = resolution * Double(Int64(max(0, room / resolution)))
            return down >= least ? down : .zero
        }
        if part == .zero { return .zero }
        if part >= least { return part }
        // The one before it was rounded up: a minimum is kept rather than the last step of the sum.
        let upward = resolution * Double(Int64(least / resolution + 0.999_999))
        return upward <= room ? upward : .zero
    }
}

extension ChargerSettings {
    func minimum(side: Double) -> Watts { side > 0 ? chargeMinimum : dischargeMinimum }
}
