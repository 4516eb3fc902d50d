import Devices
import FrequencyResponse
public import Modbus
public import SiteConfiguration

extension ProbedProfile {
    /// The lines for a site file that describe the device by this profile.
    public func stanza(_ profile: Profile, connection: Endpoint, unit: UInt8) -> [String] {
        var lines = [
            "- name: \(!isCharger ? "pcc" : "bay-1")", "  profile: \(profile.name)",
            "  connection: \(connection)",
            "  unit: \(unit)",
        ]
        switch profile {
        case .meter(let meter):
            let poll = PollDefault.interval(of: meter, on: connection)
            lines.append("  poll_interval: \(Formatting.milliseconds(poll))")
            // The standard limit is 500 ms.
            if poll + poll > .milliseconds(500) {
                lines.append("# and under control: frequency_age_limit: \(Formatting.milliseconds(poll + poll))")
            }
            let phases = values.filter { $0.label.hasPrefix("voltage") }
            let live = phases.filter { $0.value ?? 0 > 0 }.map { String($0.label.suffix(2)) }
            if phases.count == 3, live.count < 3 {
                lines.append(
                    """
                      phases: [\(live.joined(separator: ", "))]            # the others show no voltage, which would \
                    count as a dead bus
                    """
                )
            }
        case .charger(let charger):
            // What the device itself offers, where it says so.
            func limit(_ label: String, _ most: Watts) -> String {
                let offered = values.first { $0.label == label }?.value.map { Watts($0) }.flatMap {
                    $0 > .zero ? $0 : nil
                }
                return "\(Formatting.fixed(min(most, offered ?? most).value / 1_000, 1)) kW"
            }
            lines.append("  charge_limit: \(limit("offered charge", charger.chargeMaximum))")
            lines.append("  discharge_limit: \(limit("offered discharge", charger.dischargeMaximum))")
            if charger.gridProtection == nil, charger.dischargeMaximum > .zero {
                lines.append("  grid_protection: external            # or charger: where is it?")
            }
            if charger.timeout == nil {
                lines.append(
                    "# it has no timeout, so its supply needs a permit of its own under gpio.permits"
                )
            }
            lines.append("  vehicle: { battery: 40 kWh, minimum_charge: 40 % }")
        }
        return lines
    }
}
