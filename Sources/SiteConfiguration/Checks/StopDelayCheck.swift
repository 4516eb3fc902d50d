import FrequencyResponse
import Modbus

/// How long an ordered zero power may wait behind a request that is not answered.
enum StopDelayCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        Set(site.chargers.map(\.connection)).sorted(by: { "\($0)" < "\($1)" }).map { endpoint in
            let timeouts =
                site.meters.filter { $0.connection == endpoint }.map(\.responseTimeout)
                + site.chargers.filter { $0.connection == endpoint }.map(\.responseTimeout)
            // On a serial bus a device that has not answered is left alone for as long again, and meanwhile another may
            // have its turn.
            let wait = (timeouts.max() ?? .zero) * (endpoint.line == nil ? 1 : timeouts.count == 1 ? 2 : 3)
            return .note(
                "stop-delay", "\(endpoint)",
                """
                a neutral waits at most \(Formatting.milliseconds(wait)) for an answer that does not \
                come\(endpoint.line == nil ? "" : ", and the silence after it")
                """)
        }
    }
}
