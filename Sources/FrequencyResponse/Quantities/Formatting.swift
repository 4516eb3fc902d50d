#if !hasFeature(Embedded)
    /// Quantities as people read them in messages and reports.
    public enum Formatting {
        /// A number with a fixed count of decimals.
        public static func fixed(_ value: Double, _ decimals: Int) -> String {
            guard value.isFinite, value.magnitude < 1e12 else { return "–" }
            var scale = 1.0
            for _ in 0..<decimals { scale *= 10 }
            let whole = Int64((value.magnitude * scale).rounded())
            let sign = value < 0 && whole > 0 ? "-" : ""
            guard decimals > 0 else { return sign + String(whole) }
            let fraction = String(whole % Int64(scale))
            return sign + String(whole / Int64(scale)) + "." + String(repeating: "0", count: decimals - fraction.count)
                + fraction
        }

        /// For example "7.4 kW".
        public static func kilowatts(_ power: Watts, decimals: Int = 1) -> String {
            "\(fixed(power.value / 1_000, decimals)) kW"
        }

        /// For example "250 ms"; parts of a millisecond are cut off.
        public static func milliseconds(_ time: Interval) -> String { "\(time.nanoseconds / 1_000_000) ms" }

        /// For example "0.25 s".
        public static func seconds(_ time: Interval) -> String { "\(fixed(time.seconds, 2)) s" }

        /// For example "10 min".
        public static func minutes(_ time: Interval) -> String { "\(fixed(time.seconds / 60, 0)) min" }

        /// A number with its noun, for example "1 charger" or "3 chargers".
        public static func counted(_ count: Int, _ noun: String) -> String {
            "\(count) \(noun)\(count == 1 ? "" : "s")"
        }

        /// A list of names; the middle of a long one is only counted.
        public static func names(_ names: [String]) -> String {
            guard names.count > 8 else { return names.joined(separator: ", ") }
            return "\(names.prefix(3).joined(separator: ", ")), … \(names[names.count - 1]) (\(names.count))"
        }

        /// For example "95 %", for 0.95.
        public static func percent(_ share: Double) -> String { "\(fixed(share * 100, 0)) %" }
    }
#endif
