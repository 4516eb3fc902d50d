public import Devices
public import FrequencyResponse
public import Modbus

/// How often a device is read, and how long a meter's answer is waited for, where the site file does not say: as often
/// as its service needs, and as its line and the pause that its maker asks for allow.
public enum PollDefault {
    /// The intervals that are chosen from.
    private static var steps: [Int64] { [50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000] }

    /// For a meter: 50 ms at least.
    public static func interval(of meter: MeterProfile, on endpoint: Endpoint) -> Interval {
        interval(
            BusBudget.plans(meter).fast, spacing: meter.reading.spacing, on: endpoint, least: .milliseconds(50))
    }

    /// For a charger: 500 ms at least. Each reading is followed by a reading of the setpoint.
    public static func interval(of charger: ChargerProfile, on endpoint: Endpoint) -> Interval {
        let blocks = BusBudget.blocks(charger.telemetry, charger.reading)
        return interval(
            blocks + [charger.setpoint.type.registerCount], spacing: charger.reading.spacing, on: endpoint,
            least: .milliseconds(500))
    }

    /// How long a meter's answer is waited for: 200 ms at least, and twice the longest exchange on its line.
    public static func responseTimeout(of meter: MeterProfile, on endpoint: Endpoint) -> Interval {
        let plans = BusBudget.plans(meter)
        let longest = (plans.fast + plans.slow).max() ?? 0
        let exchange = endpoint.line.map { $0.time(bytes: 13 + 2 * longest) + 2 * $0.gap } ?? 0
        return rounded(max(.milliseconds(200), Interval(nanoseconds: exchange * 2)))
    }

    /// Half of a line's time is left to what else is there, and to the device's own time to answer.
    private static func interval(_ blocks: [Int], spacing: Interval, on endpoint: Endpoint, least: Interval) -> Interval
    {
        let busy = endpoint.line.map { line in
            blocks.reduce(Int64(0)) { $0 + line.time(bytes: 13 + 2 * $1) + 2 * line.gap }
        }
        let needed = max(least, max(spacing * Int64(blocks.count), Interval(nanoseconds: (busy ?? 0) * 2)))
        return rounded(needed)
    }

    private static func rounded(_ time: Interval) -> Interval {
        .milliseconds(steps.first { Interval.milliseconds($0) >= time } ?? 10_000)
    }
}
