import FrequencyResponse
import Modbus

/// How long an ordered zero power may wait behind a request that is not answered.
enum StopDelayCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        let meters = Dictionary(grouping: site.meters, by: \.connection)
        let chargers = Dictionary(grouping: site.chargers, by: \.connection)
        return chargers.map { ("\($0.key)", $0.key, $0.value) }.sorted(by: { $0.0 < $1.0 }).map { _, endpoint, here in
            let timeouts = (meters[endpoint] ?? []).map(\.responseTimeout) + here.map(\.responseTimeout)
            // On a serial bus a device that has not answered is left alone for as long again, and meanwhile another may
            // have its turn.
            let wait = (timeouts.max() ?? .zero) * (endpoint.line == nil ? 1 : timeouts.count == 1 ? 2 : 3)
            return .note(
                "stop-delay", "\(endpoint)",
                """
                stopping a charger here can take up to \(Formatting.milliseconds(wait)) while another request is not \
                answered\(endpoint.line == nil ? "" : ", with the silence after it")
                """)
        }
    }
}
