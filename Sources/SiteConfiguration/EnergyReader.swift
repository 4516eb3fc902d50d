import FrequencyResponse

/// Reads the `energy` section of a service: how energy is kept for it, where that differs from the catalogue.
enum EnergyReader {
    private enum Scheme { case none, volumes, reservoir }

    static func read(_ service: Section, default rules: EnergyRules?) -> EnergyRules? {
        guard let section = service.section("energy") else { return rules }
        let scheme = section.choice(
            "scheme", [("none", Scheme.none), ("volumes", .volumes), ("reservoir", .reservoir)],
            default: standard(rules))
        defer { section.finish() }
        switch scheme {
        case nil, .some(.none): return nil
        case .volumes:
            let period = section.interval("settlement_period")
            let recovery = section.quantity("recovery")
            guard let period, let recovery else { return nil }
            return .volumes(VolumeRules(settlementPeriod: period, recoveryShare: Ratio(recovery)))
        case .reservoir: return reservoir(section)
        }
    }

    private static func standard(_ rules: EnergyRules?) -> Scheme? {
        switch rules {
        case nil: nil
        case .volumes: .volumes
        case .reservoir: .reservoir
        }
    }

    private static func reservoir(_ section: Section) -> EnergyRules? {
        let on = section.interval("normal_on")
        let off = section.interval("normal_off")
        let power = section.quantity("normal_power")
        let band = section.quantity("normal_band")
        let ramp = section.interval("normal_ramp")
        let alertOn = section.interval("alert_on")
        let alertOff = section.interval("alert_off")
        let alertRamp = section.interval("alert_ramp")
        guard let on, let off, let power, let band, let ramp, let alertOn, let alertOff, let alertRamp else {
            return nil
        }
        if off < on { section.report("restoring must end at more than it starts at", key: "normal_off") }
        if alertOff < alertOn { section.report("it must end at more than it starts at", key: "alert_off") }
        return .reservoir(
            ReservoirRules(
                normalOn: on, normalOff: off, normalPower: Ratio(power), normalBand: Hertz(band), normalRamp: ramp,
                alertOn: alertOn,
                alertOff: alertOff, alertRamp: alertRamp))
    }
}
