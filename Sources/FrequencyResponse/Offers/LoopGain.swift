/// The synchronous grid that a site responds to.
public struct GridSize: BitwiseCopyable, Sendable, Equatable {
    /// The power of its generators.
    public var power: Watts
    /// The inertia constant of its generators, as energy per power.
    public var inertia: Interval

    package init(power: Watts, inertia: Interval) {
        self.power = power
        self.inertia = inertia
    }
}

/// How large a grid has to be so that a fleet's own delay cannot make it swing.
///
/// A response that arrives late pushes a weak grid on instead of holding it. For a response of `k` parts of the
/// capacity per hertz that arrives after the delay θ with the lag τ, on a grid of nominal frequency f0, power S and
/// inertia H, the planning limit of the capacity is half of H S / (k f0 (θ + τ)).
public enum LoopGain {
    /// ln 10: a response time is this many time constants (IEEE 1547-2018, 6.5.2.7).
    private static var timeConstantsTo90Percent: Double { 2.302585092994046 }

    /// The time from a change of frequency to the charger's power: its dead time, the meter's latency, half a meter
    /// interval, half a tick, the write, and a quarter of the time that its full ramp takes.
    public static func delay(to charger: ChargerBehaviour, rating: Watts, path: ReactionPath) -> Interval {
        charger.longestDeadTime + path.averaging + path.update + path.transfer + path.filter + path.poll / 2
            + path.tick / 2 + path.write + charger.rampTime(rating) / 4
    }

    /// The steepest leg of a service's curve, in parts of the capacity per hertz; nil for a service without a curve to
    /// follow. A trigger needs its hold and its readiness time instead.
    public static func steepest(_ service: ServiceSettings) -> Double? {
        guard service.followsCurve else { return nil }
        var steepest = 0.0
        for index in 1..<service.curve.pointCount {
            let before = service.curve[index - 1]
            let after = service.curve[index]
            let slope = (before.response - after.response).value / (after.deviation - before.deviation).value
            steepest = max(steepest, slope)
        }
        return steepest
    }

    /// The smallest grid, by its power, at which the service with this capacity stays within the planning limit.
    public static func smallestGrid(_ service: ServiceSettings, delay: Interval, nominal: Hertz, inertia: Interval)
        -> Watts?
    {
        guard let steepest = steepest(service), inertia > .zero else { return nil }
        return service.capacity
            * (2 * steepest * nominal.value * wait(service, delay: delay).seconds / inertia.seconds)
    }

    /// The delay with the lag of a service, θ + τ.
    public static func wait(_ service: ServiceSettings, delay: Interval) -> Interval {
        delay + Interval(nanoseconds: Int64(Double(service.responseTime.nanoseconds) / timeConstantsTo90Percent))
    }

    /// The most that blocks at a trigger may be together, as a part of the grid's power. No formula covers them: on
    /// simulated grids 1 % never made a fall deeper, and 2.5 % did, since a block that lifts frequency across nominal
    /// ends there (`LawTrials closed-loop`).
    public static var blocks: Ratio { Ratio(0.01) }

    /// The parts of the services' capacities that keep all of them together within the planning limit, the most
    /// important service first. `delay` is that of the slowest charger that responds. Blocks at a trigger have a limit
    /// of their own, and a service by an external signal takes nothing.
    public static func shares(_ services: ServiceStack, delay: Interval, nominal: Hertz, grid: GridSize)
        -> InlineArray<6, Ratio>
    {
        var shares = InlineArray<6, Ratio>(repeating: Ratio(1))
        var left = grid.power
        var leftForBlocks = grid.power * blocks.value
        for index in 0..<services.count {
            if let trigger = services[index].trigger {
                let block = services[index].capacity * trigger.power.value
                shares[index] = Ratio(min(1, block > .zero ? leftForBlocks / block : 1))
                leftForBlocks = max(.zero, leftForBlocks - block)
            }
            let needed = smallestGrid(services[index], delay: delay, nominal: nominal, inertia: grid.inertia)
            guard let needed, needed > .zero else { continue }
            shares[index] = Ratio(min(1, left / needed))
            left = max(.zero, left - needed)
        }
        return shares
    }
}
