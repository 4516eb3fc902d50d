import FrequencyResponse

/// Whether every connection can carry its requests, and every device can answer in time.
enum BusCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        site.busBudgets.flatMap { budget in
            [note(budget)] + (budget.load.map { timeouts(budget, site) + load($0, budget) } ?? [])
        }
    }

    private static func note(_ budget: BusBudget) -> Finding {
        var text =
            """
            \(Formatting.fixed(budget.requestsPerSecond, 1)) requests a second for \
            \(Formatting.names(budget.devices))
            """
        if let load = budget.load {
            text +=
                """
                , busy for \(Formatting.fixed(load * 100, 1)) % of the time; all setpoints take \
                \(Formatting.milliseconds(budget.setpoints))
                """
        }
        return .note("bus-load", "\(budget.endpoint)", text)
    }

    private static func timeouts(_ budget: BusBudget, _ site: Site) -> [Finding] {
        zip(budget.devices, budget.exchanges).compactMap { name, exchange in
            guard let timeout = site.responseTimeout(of: name), timeout < exchange + .milliseconds(50) else {
                return nil
            }
            let found =
                """
                one exchange takes \(Formatting.milliseconds(exchange)) on \(budget.endpoint), and its \
                response_timeout is \(Formatting.milliseconds(timeout))
                """
            if timeout <= exchange {
                return .error(
                    "response-timeout-impossible", name,
                    found + ", so no answer could ever come in time; raise response_timeout or the baud rate.")
            }
            return .warning(
                "response-timeout-short", name,
                found + ", which leaves the device little time of its own; raise response_timeout or the baud rate.")
        }
    }

    private static func load(_ load: Double, _ budget: BusBudget) -> [Finding] {
        if load > 1 {
            return [
                .error(
                    "bus-overload", "\(budget.endpoint)",
                    """
                    the line would be busy for \(Formatting.percent(load)) of the time; poll less often, raise the \
                    baud \
                    rate, or spread \(Formatting.names(budget.devices)) over more lines.
                    """)
            ]
        }
        guard load > 0.7 else { return [] }
        return [
            .warning(
                "bus-busy", "\(budget.endpoint)",
                """
                the line is busy for \(Formatting.percent(load)) of the time, before any answer's delay and any \
                changed \
                setpoint.
                """)
        ]
    }
}

extension Site {
    /// How long a device may take to answer; nil where the site has none of that name.
    fileprivate func responseTimeout(of name: String) -> Interval? {
        meters.first { $0.name == name }?.responseTimeout ?? chargers.first { $0.name == name }?.responseTimeout
    }
}
