public import FrequencyResponse

/// The codes whose values ship with droopd.
public enum GridCode: String, Sendable, CaseIterable {
    case ieee1547 = "ieee-1547"
    case asnzs4777 = "as-nzs-4777"
    case g99
    case en50549 = "en-50549"

    /// The full name, for people to read.
    public var title: String {
        switch self {
        case .ieee1547: "IEEE 1547-2018, category III"
        case .asnzs4777: "AS/NZS 4777.2:2020, region Australia A"
        case .g99: "G99 (Great Britain)"
        case .en50549: "EN 50549-1"
        }
    }

    /// The nominal frequency that the code is for.
    public var nominalFrequency: Hertz { self == .ieee1547 ? Hertz(60) : Hertz(50) }

    /// What of its values nobody has compared with the code's text; each is a setting.
    public var unverified: String {
        switch self {
        case .ieee1547: "voltage trips, the voltage window of enter service, dip and swell"
        case .asnzs4777: "the times of all trips, frequency trips, the reconnection window, dip and swell"
        case .g99, .en50549: "all values"
        }
    }

    /// Sources: IEEE 1547-2018, clauses 6.4.1 (voltage trips), 6.5.1 (frequency trips: 62.0 Hz 0.16 s, 61.2 Hz 300 s,
    /// 58.5 Hz 300 s, 56.5 Hz 0.16 s), 6.4.2 (category III: momentary cessation below 0.5 for 1 s and from 1.1 to 1.2
    /// for 12 s) and 4.10.3 (enter service: 59.5 to 60.1 Hz, 300 s, ramp 300 s); AS/NZS 4777.2:2020, tables 4.1 and 4.2
    /// (180, 265, 275 and 70 V) and clause 4.7 (reconnection after 60 s, 16.67 %/min).
    public var settings: GridCodeSettings {
        switch self {
        case .ieee1547:
            GridCodeSettings(
                rules: [
                    TripRule(.frequency, above: 62, for: .milliseconds(160)),
                    TripRule(.frequency, above: 61.2, for: .seconds(300)),
                    TripRule(.frequency, below: 58.5, for: .seconds(300)),
                    TripRule(.frequency, below: 56.5, for: .milliseconds(160)),
                    TripRule(.voltage, above: 1.2, for: .milliseconds(160)),
                    TripRule(.voltage, above: 1.1, for: .seconds(13)),
                    TripRule(.voltage, below: 0.88, for: .seconds(21)),
                    TripRule(.voltage, below: 0.5, for: .seconds(2)),
                ], dip: MomentaryCessation(beyond: Ratio(0.5), rideThrough: .seconds(1)),
                swell: MomentaryCessation(beyond: Ratio(1.1), rideThrough: .seconds(12)),
                enterFrequency: (Hertz(59.5), Hertz(60.1)),
                enterVoltage: (Ratio(0.917), Ratio(1.05)), enterDelay: .seconds(300), enterRamp: .seconds(300))
        case .asnzs4777:
            GridCodeSettings(
                rules: [
                    TripRule(.frequency, above: 52, for: .milliseconds(200)),
                    TripRule(.frequency, below: 47, for: .seconds(1)),
                    TripRule(.voltage, above: 275 / 230, for: .milliseconds(200)),
                    TripRule(.voltage, above: 265 / 230, for: .seconds(1)),
                    TripRule(.voltage, below: 180 / 230, for: .seconds(10)),
                    TripRule(.voltage, below: 70 / 230, for: .seconds(1)),
                ], dip: MomentaryCessation(beyond: Ratio(0.5), rideThrough: .seconds(1)),
                swell: MomentaryCessation(beyond: Ratio(275.0 / 230), rideThrough: .milliseconds(200)),
                enterFrequency: (Hertz(47.5), Hertz(50.15)),
                enterVoltage: (Ratio(205.0 / 230), Ratio(253.0 / 230)), enterDelay: .seconds(60),
                enterRamp: .seconds(360))
        case .g99:
            GridCodeSettings(
                rules: [
                    TripRule(.frequency, above: 52, for: .milliseconds(500)),
                    TripRule(.frequency, below: 47.5, for: .seconds(20)),
                    TripRule(.frequency, below: 47, for: .milliseconds(500)),
                    TripRule(.voltage, above: 1.19, for: .milliseconds(500)),
                    TripRule(.voltage, above: 1.14, for: .seconds(1)),
                    TripRule(.voltage, below: 0.8, for: .milliseconds(2_500)),
                ], dip: MomentaryCessation(beyond: Ratio(0.5), rideThrough: .milliseconds(250)),
                swell: MomentaryCessation(beyond: Ratio(1.19), rideThrough: .milliseconds(500)),
                enterFrequency: (Hertz(47.5), Hertz(52)),
                enterVoltage: (Ratio(0.85), Ratio(1.14)), enterDelay: .seconds(20), enterRamp: .zero)
        case .en50549:
            GridCodeSettings(
                rules: [
                    TripRule(.frequency, above: 51.5, for: .milliseconds(500)),
                    TripRule(.frequency, below: 47.5, for: .milliseconds(500)),
                    TripRule(.voltage, above: 1.2, for: .milliseconds(200)),
                    TripRule(.voltage, above: 1.15, for: .seconds(1)),
                    TripRule(.voltage, below: 0.85, for: .seconds(3)),
                    TripRule(.voltage, below: 0.4, for: .milliseconds(1_500)),
                ], dip: MomentaryCessation(beyond: Ratio(0.5), rideThrough: .milliseconds(250)),
                swell: MomentaryCessation(beyond: Ratio(1.2), rideThrough: .milliseconds(200)),
                enterFrequency: (Hertz(49.5), Hertz(50.2)),
                enterVoltage: (Ratio(0.85), Ratio(1.1)), enterDelay: .seconds(60), enterRamp: .seconds(600))
        }
    }
}

extension GridCodeSettings {
    init(
        rules: [TripRule], dip: MomentaryCessation, swell: MomentaryCessation,
        enterFrequency: (lowest: Hertz, highest: Hertz), enterVoltage: (lowest: Ratio, highest: Ratio),
        enterDelay: Interval, enterRamp: Interval
    ) {
        self.init(
            dip: dip, swell: swell, enterFrequency: enterFrequency, enterVoltage: enterVoltage, enterDelay: enterDelay,
            enterRamp: enterRamp)
        replaceRules(rules)
    }

    /// Replaces all rules; there may be ``rulesMost``.
    mutating func replaceRules(_ rules: [TripRule]) {
        removeRules()
        for rule in rules { append(rule) }
    }
}
