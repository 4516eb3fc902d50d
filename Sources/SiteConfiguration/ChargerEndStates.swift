import Devices
import FrequencyResponse

extension SiteCharger {
    /// A power, or the most of charging that counts for it.
    func power(of state: EndState) -> Watts {
        switch state {
        case .power(let power): power
        case .chargeLimit: settings.chargeLimit
        case .unknown: profile.chargeMaximum
        }
    }

    /// The most that it may take by itself, with the state in which it does.
    var worstImport: (power: Watts, name: String) { worst(side: 1) }

    /// The most that it may give by itself, as a positive number, with the state in which it does.
    var worstExport: (power: Watts, name: String) { worst(side: -1) }

    private func worst(side: Double) -> (power: Watts, name: String) {
        endStates.all.map { (max(.zero, power(of: $0.state) * side), $0.name) }.max { $0.0 < $1.0 } ?? (.zero, "")
    }
}
