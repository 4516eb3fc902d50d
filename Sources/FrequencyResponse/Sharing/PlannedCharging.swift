/// The part of the users' charging plans that the phases and the connection let flow.
enum PlannedCharging {
    /// Returns the sum. Where a limit puts a user's target at risk, the charger's outlook says so. The chargers' shares
    /// are overwritten.
    static func withinLimits(
        _ plan: Watts, highest: Watts?, phases: borrowing PhaseLimits, fleet: Span<ChargerSettings>,
        turns: inout MutableSpan<ChargerTurn>
    ) -> Watts {
        guard phases.isSet || plan > plan.atMost(highest) else { return plan }
        let fitting = phases.shareOutPlans(fleet: fleet, turns: &turns)
        let allowed = fitting.atMost(highest)
        let part = fitting > allowed ? allowed / fitting : 1
        for index in 0..<fleet.count where turns[index].departure.outlook == .onTime {
            let power = turns[index].share * part
            guard power < turns[index].plan, let departsIn = turns[index].departure.departsIn else { continue }
            if power.energy(over: departsIn) < turns[index].departure.missing {
                turns[index].departure.outlook = .limited
            }
        }
        return allowed
    }
}
