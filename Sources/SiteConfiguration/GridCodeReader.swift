public import FrequencyResponse
import Yams

/// The grid code of a site, with what the site file changes of it.
public struct SiteGridCode: Sendable {
    /// The code.
    public var code: GridCode
    /// Its values, with what the site file changes.
    public var settings: GridCodeSettings
}

/// Reads the section `grid_code` of a site file: a code by its name, and what the operator of the grid has agreed
/// otherwise.
struct GridCodeReader {
    /// Within which every service has its duty: a fast trip inside it would end the response that is sold.
    private static func duty(_ nominal: Hertz) -> ClosedRange<Double> { nominal > Hertz(55) ? 57...61.8 : 47.5...51.5 }
    /// A trip after longer than this is not a fast one.
    private static var fast: Interval { .seconds(10) }

    static func read(_ section: Section, nominal: Hertz?) -> SiteGridCode? {
        let code = section.choice("kind", GridCode.allCases.map { ($0.rawValue, $0) })
        guard let code else {
            section.finish()
            return nil
        }
        if let nominal, nominal != code.nominalFrequency {
            section.report(
                """
                \(code.title) is a code for \(Int(code.nominalFrequency.value)) Hz, and the site has \
                \(Int(nominal.value)) Hz
                """,
                key: "kind"
            )
        }
        var settings = code.settings
        if let limit = section.quantity("dip_below") { settings.dip.limit = Ratio(limit) }
        if let time = section.interval("ride_through", default: settings.dip.rideThrough) {
            settings.dip.rideThrough = time
        }
        if let limit = section.quantity("swell_above") { settings.swell.limit = Ratio(limit) }
        if let time = section.interval("swell_ride_through", default: settings.swell.rideThrough) {
            settings.swell.rideThrough = time
        }
        if let time = section.interval("out_of_service_after", default: settings.unwitnessedLimit) {
            settings.unwitnessedLimit = time
        }
        if section.has("trips") { settings = trips(section, settings, nominal: code.nominalFrequency) }
        if let enter = section.section("enter_service") { self.enter(enter, &settings) }
        section.finish()
        return SiteGridCode(code: code, settings: settings)
    }

    private static func trips(_ section: Section, _ before: GridCodeSettings, nominal: Hertz) -> GridCodeSettings {
        var rules: [TripRule] = []
        for one in section.sections("trips", need: "limits with their times") {
            let time = one.interval("for")
            let kinds = ["frequency_below", "frequency_above", "voltage_below", "voltage_above"].filter { one.has($0) }
            if kinds.count != 1 {
                one.report(
                    """
                    one of frequency_below, frequency_above, voltage_below and voltage_above is needed, and \
                    \(kinds.count) stand here
                    """
                )
                for kind in kinds { _ = one.node(kind) }
            }
            let around = nominal.value * 0.8...nominal.value * 1.2
            if let kind = kinds.first, kinds.count == 1, let time {
                let isFrequency = kind.hasPrefix("frequency")
                let limit = one.quantity(kind, range: isFrequency ? around : nil)
                if let limit {
                    let quantity: TripRule.Quantity = isFrequency ? .frequency : .voltage
                    let rule =
                        kind.hasSuffix("below")
                        ? TripRule(quantity, below: limit, for: time) : TripRule(quantity, above: limit, for: time)
                    refuseInsideDuty(rule, one, key: kind, nominal: nominal)
                    rules.append(rule)
                }
            }
            one.finish()
        }
        if rules.count > GridCodeSettings.rulesMost {
            section.report(
                "at most \(GridCodeSettings.rulesMost) trips are kept to, \(rules.count) are listed", key: "trips")
            return before
        }
        var settings = before
        settings.replaceRules(rules)
        return settings
    }

    private static func refuseInsideDuty(_ rule: TripRule, _ section: Section, key: String, nominal: Hertz) {
        guard rule.quantity == .frequency, rule.time < fast else { return }
        let duty = duty(nominal)
        guard rule.isBelow ? rule.limit > duty.lowerBound : rule.limit < duty.upperBound else { return }
        section.report(
            """
            a trip within \(Dimension.time.text(rule.time.seconds)) lies inside the range in which a service has its \
            duty, \(duty.lowerBound) to \(duty.upperBound) Hz
            """,
            key: key)
    }

    private static func enter(_ section: Section, _ settings: inout GridCodeSettings) {
        if let delay = section.interval("delay", default: settings.enterDelay) {
            settings.enterDelay = delay
        }
        if let ramp = section.interval("ramp", default: settings.enterRamp) {
            settings.enterRamp = ramp
        }
        if section.has("frequency"), let window = window("frequency", .frequency, 40...70, in: section) {
            settings.enterFrequency = (Hertz(window.lowerBound), Hertz(window.upperBound))
        }
        if section.has("voltage"), let window = window("voltage", .share, 0.3...1.5, in: section) {
            settings.enterVoltage = (Ratio(window.lowerBound), Ratio(window.upperBound))
        }
        section.finish()
    }

    private static func window(_ key: String, _ dimension: Dimension, _ range: ClosedRange<Double>, in section: Section)
        -> ClosedRange<
            Double
        >?
    {
        let nodes = section.list(key) ?? []
        let values = nodes.compactMap { section.quantity($0, key: key, dimension, range) }
        guard nodes.count == 2, values.count == 2, values[0] < values[1] else {
            if values.count == nodes.count { section.report("two values in ascending order are needed", key: key) }
            return nil
        }
        return values[0]...values[1]
    }
}
