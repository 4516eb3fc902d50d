import ControlLoop
import Evidence
import FrequencyResponse
import Modbus
import Replay
import SiteConfiguration

extension Site {
    /// The services with their capacities, for a title.
    var servicesText: String {
        services.map { "\($0.settings.kind.rules.title), \(Report.fixed($0.settings.capacity.value / 1_000, 1)) kW" }.joined(
            separator: " + ")
    }

    /// The site's threads and connections. With observing no link can write.
    func runtimePlan(observes: Bool) -> RuntimePlan {
        var links: [LinkPlan] = []
        func link(_ connection: Endpoint) -> Int {
            if let index = links.firstIndex(where: { $0.endpoint == connection }) { return index }
            links.append(LinkPlan(endpoint: connection, mayWrite: !observes))
            return links.count - 1
        }
        for (index, meter) in meters.enumerated() {
            let settings = MeterLinkSettings(
                profile: meter.profile, unit: meter.unit, pollInterval: meter.pollInterval,
                responseTimeout: meter.responseTimeout, judgesFrozen: meter.judgesFrozen)
            links[link(meter.connection)].meters.append((index, settings))
        }
        for (index, charger) in chargers.enumerated() {
            let settings = ChargerLinkSettings(
                profile: charger.profile, unit: charger.unit, pollInterval: charger.pollInterval,
                responseTimeout: charger.responseTimeout, deviceTimeout: charger.deviceTimeout, observes: observes)
            links[link(charger.connection)].chargers.append((index, settings))
        }
        return RuntimePlan(
            settings: lawSettings(), fleet: fleet, period: period, links: links, armed: true)
    }

    /// The site with simulated chargers, for a recording.
    func replaySite(_ recording: Recording) -> ReplaySite {
        ReplaySite(
            settings: lawSettings(recordingInterval: recording.interval),
            chargers: zip(chargers, fleet).map { charger, settings in
                ReplayCharger(
                    name: charger.name, profile: charger.profile, settings: settings, initialCharge: charger.simulatedCharge)
            }, period: period)
    }
}
