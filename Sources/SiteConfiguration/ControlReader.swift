import FrequencyResponse

/// Reads the `control` section: the tick, what is done with frequency before it is acted on, and the machine's own
/// watchdog.
enum ControlReader {
    struct Control {
        var period: Interval
        var ageLimit: Interval
        var holdLimit: Interval
        var stopDeadline: Interval
        var filterTime: Interval
        var rateLimit: Hertz?
        var rateWindow: Interval
        var onMeterLost: MeterLossRule
        var hardwareWatchdog: HardwareWatchdogSettings?
    }

    /// Nil after a mistake, which is reported.
    static func read(_ root: Section) -> Control? {
        _ = root.node("control")
        guard let section = root.sectionOrDefaults("control") else { return nil }
        let period = section.interval("period")
        let age = section.interval("frequency_age_limit")
        let hold = section.interval("hold_limit")
        let stop = section.interval("stop_deadline")
        let filter = section.interval("frequency_filter")
        let rate = section.quantity("rate_of_change_limit")
        let window = section.interval("rate_of_change_window")
        if rate == nil, section.has("rate_of_change_window"), !section.has("rate_of_change_limit") {
            section.report(
                "a window alone limits nothing; give rate_of_change_limit as well, or leave it out",
                key: "rate_of_change_window")
        }
        let meterLost = section.choice(
            "on_meter_lost", [("charge", MeterLossRule.charge), ("hold", .hold), ("stop", .stop)])
        let watchdog = section.section("hardware_watchdog").flatMap { hardwareWatchdog($0) }
        section.finish()
        guard let period, let age, let hold, let stop, let filter, let window, let meterLost else { return nil }
        return Control(
            period: period, ageLimit: age, holdLimit: hold, stopDeadline: stop, filterTime: filter,
            rateLimit: rate.map { Hertz($0) },
            rateWindow: window, onMeterLost: meterLost, hardwareWatchdog: watchdog)
    }

    private static func hardwareWatchdog(_ section: Section) -> HardwareWatchdogSettings? {
        let device = section.text("device")
        let timeout = section.interval("timeout")
        if let device, !device.hasPrefix("/dev/") {
            section.report("“\(device)” is no device under /dev", key: "device")
        }
        if let timeout, timeout.nanoseconds % 1_000_000_000 != 0 {
            section.report("a hardware watchdog counts whole seconds", key: "timeout")
        }
        section.finish()
        guard let device, let timeout else { return nil }
        return HardwareWatchdogSettings(device: device, timeout: timeout)
    }
}
