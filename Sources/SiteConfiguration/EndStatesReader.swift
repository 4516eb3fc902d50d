import Devices
import FrequencyResponse
import Yams

/// Reads what a charger does by itself, in a profile or in a site file.
enum EndStatesReader {
    /// All three states of a profile; nil after a mistake.
    static func whole(_ section: Section) -> EndStates? {
        let need = "a power, charge_limit or unknown"
        let timeout = state("after_timeout", section, need: need)
        let powerReturn = state("after_power_return", section, need: need)
        let takeover = state("after_local_takeover", section, need: need)
        section.finish()
        guard let timeout, let powerReturn, let takeover else { return nil }
        return EndStates(afterTimeout: timeout, afterPowerReturn: powerReturn, afterLocalTakeover: takeover)
    }

    /// The states of a profile, with those that a site file names in their place; nil after a mistake.
    static func merged(_ section: Section, into states: EndStates) -> EndStates? {
        var states = states
        if section.has("after_timeout") {
            guard let state = state("after_timeout", section, need: nil) else { return nil }
            states.afterTimeout = state
        }
        if section.has("after_power_return") {
            guard let state = state("after_power_return", section, need: nil) else { return nil }
            states.afterPowerReturn = state
        }
        if section.has("after_local_takeover") {
            guard let state = state("after_local_takeover", section, need: nil) else { return nil }
            states.afterLocalTakeover = state
        }
        section.finish()
        return states
    }

    private static func state(_ key: String, _ section: Section, need: String?) -> EndState? {
        guard let node = section.node(key, need: need) else { return nil }
        switch node.scalar?.string {
        case "unknown": return .unknown
        case "charge_limit": return .chargeLimit
        case let word? where !word.contains(where: \.isNumber):
            section.report(
                "“\(word)” is no end state; write a power such as 7.4 kW, charge_limit, or unknown", at: node, key: key)
            return nil
        default: return section.quantity(node, key: key, .power, -1e6...1e6).map { .power(Watts($0)) }
        }
    }
}
