public import FrequencyResponse

/// How a charger's power followed one change of its setpoint, from samples of the power alone.
///
/// The start and the ramp are taken from the straight line through the crossings of 10 % and 90 % of the change, so
/// that readings a tenth of a second apart give more than a tenth of a second.
public struct StepResponse: Sendable, Equatable {
    /// A power at a time after the command, in seconds.
    public struct Sample: Sendable, Equatable {
        /// Seconds since the command.
        public var time: Double
        /// The power at that time.
        public var power: Watts

        package init(time: Double, power: Watts) {
            self.time = time
            self.power = power
        }
    }

    /// From the command to the beginning of the change.
    public var deadTime: Double
    /// In watts per second.
    public var ramp: Watts
    /// What it settles at, less what it was told.
    public var offset: Watts
    /// The power at which it settles.
    public var settled: Watts

    /// The time from the command to the end of a change.
    func settledAfter(_ change: Watts) -> Double { deadTime + change.magnitude / ramp }

    /// Nil when the power never went nine tenths of the way.
    public init?(_ samples: [Sample], from start: Watts, to target: Watts) {
        let change = target - start
        guard change.magnitude > Watts(1), let last = samples.last else { return nil }
        func share(_ sample: Sample) -> Double { (sample.power - start) / change }
        func crossing(_ level: Double) -> Double? {
            guard let index = samples.firstIndex(where: { share($0) >= level }) else { return nil }
            guard index > 0 else { return samples[0].time }
            let (before, after) = (samples[index - 1], samples[index])
            let part = (level - share(before)) / (share(after) - share(before))
            return before.time + (after.time - before.time) * part
        }
        guard let tenth = crossing(0.1), let most = crossing(0.9) else { return nil }
        let rise = max(0.001, most - tenth)
        ramp = change.magnitude * (0.8 / rise)
        deadTime = max(0, tenth - rise / 8)
        let tail = samples.filter { $0.time >= max(most + 0.5, last.time - 2) }
        let mean = (tail.isEmpty ? [last] : tail).reduce(Watts.zero) { $0 + $1.power } / Double(max(1, tail.count))
        settled = mean
        offset = mean - target
    }
}
