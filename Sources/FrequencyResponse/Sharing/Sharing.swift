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

    /// Reads each turn's tiers, writes its share, and returns the sum of the shares. `limit` is what the site allows
    /// on the target's side, as a positive number. `startIndex` says where to begin among equals.
    static func split(
        _ target: Watts, limit: Watts, fleet: Span<ChargerSettings>, turns: inout MutableSpan<ChargerTurn>,
        startIndex: Int
    ) -> Watts {
        for index in 0..<turns.count { turns[index].share = .zero }
        let side: Double = target > .zero ? 1 : -1
        let wanted = min(target.magnitude, limit)
        guard wanted > .zero else { return .zero }
        let first = arrange(side: side, turns: &turns, startIndex: startIndex)
        choose(wanted, side: side, first: first, fleet: fleet, turns: &turns)
        for _ in 0..<3 {
            guard dropLow(wanted, side: side, first: first, fleet: fleet, turns: &turns) else { break }
        }
        return fill(wanted, limit: limit, side: side, first: first, fleet: fleet, turns: &turns) * side
    }

    // MARK: Who comes first

    /// Links the chargers in the order in which they are asked, and returns the first; -1 when none has room.
    private static func arrange(side: Double, turns: inout MutableSpan<ChargerTurn>, startIndex: Int) -> Int32 {
        var strongest = Watts.zero
        for index in 0..<turns.count { strongest = max(strongest, turns[index].tiers.spared) }
        var heads = InlineArray<5, Int32>(repeating: -1)
        var tails = InlineArray<5, Int32>(repeating: -1)
        let count = turns.count
        var index = count == 0 ? 0 : startIndex % count
        for _ in 0..<count {
            if turns[index].tiers.most > .zero {
                let rank = rank(turns[index], side: side, strongest: strongest)
                turns[index].next = -1
                if tails[rank] < 0 { heads[rank] = Int32(index) } else { turns[Int(tails[rank])].next = Int32(index) }
                tails[rank] = Int32(index)
            }
            turns[index].takesPart = false
            index = index + 1 == count ? 0 : index + 1
        }
        var first: Int32 = -1
        var last: Int32 = -1
        for rank in 0..<classes where heads[rank] >= 0 {
            if last < 0 { first = heads[rank] } else { turns[Int(last)].next = heads[rank] }
            last = tails[rank]
        }
        return first
    }

    private static func rank(_ turn: borrowing ChargerTurn, side: Double, strongest: Watts) -> Int {
        if isActive(turn, side: side) { return 0 }
        let last = Double(turn.before.lastSide) * side
        let commanded = turn.before.commanded.value * side
        if last > 0 { return 1 }
        if last < 0 || commanded < 0 { return 4 }
        return turn.tiers.spared >= strongest / 2 ? 2 : 3
    }

    private static func isActive(_ turn: borrowing ChargerTurn, side: Double) -> Bool {
        let isCommanded = turn.before.commanded.value * side > 0
        let isPlanned = turn.tiers.planned > .zero
        return isCommanded || isPlanned
    }

    // MARK: Who takes part

    private static func choose(
        _ wanted: Watts, side: Double, first: Int32, fleet: Span<ChargerSettings>,
        turns: inout MutableSpan<ChargerTurn>
    ) {
        var joined = Watts.zero
        var kept = Watts.zero
        var index = first
        while index >= 0 {
            let at = Int(index)
            let least = max(turns[at].tiers.planned, fleet.minimum(at, side: side))
            let most = turns[at].tiers.most
            // One that is active stays for longer than an idle one would be called.
            let stays = isActive(turns[at], side: side) && kept < wanted
            index = turns[at].next
            guard joined < wanted || stays || turns[at].tiers.planned > .zero else { continue }
            turns[at].takesPart = true
            joined += min(most, max(least, most * comfort))
            kept += min(most, max(least, most * leaving))
        }
    }

    /// Takes out those that would stand below their minimum, as long as those in front of them can do without; false
    /// when all stand well.
    private static func dropLow(
        _ wanted: Watts, side: Double, first: Int32, fleet: Span<ChargerSettings>,
        turns: inout MutableSpan<ChargerTurn>
    ) -> Bool {
        let level = Level(wanted, of: sum(first: first, turns: turns))
        var keptAtMinimum = Watts.zero
        var hasDropped = false
        var index = first
        while index >= 0 {
            let at = Int(index)
            index = turns[at].next
            guard turns[at].takesPart else { continue }
            let least = fleet.minimum(at, side: side)
            if level.power(turns[at].tiers) < least {
                guard keptAtMinimum + least > wanted || turns[at].tiers.most < least else {
                    keptAtMinimum += least
                    continue
                }
                turns[at].takesPart = false
                turns[at].reasons.insert(.belowMinimum)
                hasDropped = true
            } else {
                keptAtMinimum += least
            }
        }
        return hasDropped
    }

    private static func sum(first: Int32, turns: borrowing MutableSpan<ChargerTurn>) -> Tiers {
        var sum = Tiers()
        var index = first
        while index >= 0 {
            if turns[Int(index)].takesPart { sum = sum + turns[Int(index)].tiers }
            index = turns[Int(index)].next
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
        turns: inout MutableSpan<ChargerTurn>
    ) -> Watts {
        let level = Level(wanted, of: sum(first: first, turns: turns))
        var exact = Watts.zero
        var given = Watts.zero
        var index = first
        while index >= 0 {
            let at = Int(index)
            index = turns[at].next
            guard turns[at].takesPart else {
                turns[at].reasons.insert(.notNeeded)
                continue
            }
            exact += level.power(turns[at].tiers)
            let part = rounded(
                exact - given, room: min(turns[at].tiers.most, limit - given), least: fleet.minimum(at, side: side),
                resolution: turns[at].step)
            turns[at].share = part * side
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
