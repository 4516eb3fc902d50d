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
        let lag = service.responseTime.seconds / timeConstantsTo90Percent
        return service.capacity * (2 * steepest * nominal.value * (delay.seconds + lag) / inertia.seconds)
    }
}
