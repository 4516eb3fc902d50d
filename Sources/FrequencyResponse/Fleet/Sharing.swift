/// Splits the site's target over its chargers.
///
/// Each charger gets a part in proportion to the room it has in the target's direction, so none is asked for more than
/// it has. Where minimum powers forbid that all take part, as many do as can be at or above their minimum, those that
/// are already active in that direction first. Parts are rounded to each charger's resolution in such a way that the
/// rounding of one is made up by the next: the sum stays within half a step of the target, and never beyond the site's
/// limit. No charger ever works against another. The cost grows linearly with the chargers.
enum Sharing {
    /// Reads each memory's window, writes its share, and returns the sum of the shares. The sum stays within the site's
    /// window from `lowest` (zero or below) to `highest` (zero or above).
    static func split(
        _ target: Watts, lowest: Watts, highest: Watts, fleet: Span<ChargerSettings>,
        memory: inout MutableSpan<ChargerMemory>
    ) -> Watts {
        for index in 0..<memory.count { memory[index].share = .zero }
        let side: Double = target > .zero ? 1 : -1
        let limit = side > 0 ? highest : -lowest
        let wanted = min(target.magnitude, limit)
        guard wanted > .zero else { return .zero }
        let members = membership(wanted, side: side, fleet: fleet, memory: memory)
        guard members.room > .zero else { return .zero }
        let fraction = min(1, wanted / members.room)
        var exact = Watts.zero
        var given = Watts.zero
        var left = members
        for pass in 0..<2 {
            for index in 0..<memory.count where isActive(memory[index], side: side) == (pass == 0) {
                let room = memory[index].room(side: side)
                guard room > .zero, left.count > 0 else { continue }
                left.count -= 1
                exact += room * fraction
                let part = rounded(
                    exact - given, room: min(room, limit - given), least: fleet[index].minimum(side: side),
                    resolution: fleet[index].resolution)
                memory[index].share = part * side
                given += part
            }
        }
        return given * side
    }

    private struct Membership {
        var count = 0
        var room = Watts.zero
    }

    /// How many chargers take part, counted active ones first: the largest number of which each can be at or above
    /// its minimum, and their joint room.
    private static func membership(
        _ wanted: Watts, side: Double, fleet: Span<ChargerSettings>, memory: borrowing MutableSpan<ChargerMemory>
    ) -> Membership {
        var best = Membership()
        var tried = Membership()
        var steepest = 0.0
        for pass in 0..<2 {
            for index in 0..<memory.count where isActive(memory[index], side: side) == (pass == 0) {
                let room = memory[index].room(side: side)
                guard room > .zero else { continue }
                tried.count += 1
                tried.room += room
                steepest = max(steepest, fleet[index].minimum(side: side) / room)
                if wanted / tried.room >= steepest { best = tried }
            }
        }
        return best
    }

    private static func isActive(_ memory: ChargerMemory, side: Double) -> Bool {
        memory.commanded.value * side > 0
    }

    private static func rounded(_ exact: Watts, room: Watts, least: Watts, resolution: Watts) -> Watts {
        let steps = Int64(max(0, exact / resolution) + 0.5)
        let part = resolution * Double(steps)
        if part > room { return resolution * Double(Int64(room / resolution)) }
        if part >= least { return part }
        // The one before it was rounded up: a minimum is kept rather than the last step of the sum.
        let upward = resolution * Double(Int64(least / resolution + 0.999_999))
        return upward <= room ? upward : .zero
    }
}

extension ChargerMemory {
    /// The room in a direction, as a positive number.
    func room(side: Double) -> Watts { side > 0 ? highest : -lowest }
}

extension ChargerSettings {
    func minimum(side: Double) -> Watts { side > 0 ? chargeMinimum : dischargeMinimum }
}
