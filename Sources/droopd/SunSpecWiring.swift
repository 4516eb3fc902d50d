import ControlLoop
import FrequencyResponse
import SiteConfiguration
import SunSpecServer

extension Site {
    /// What the SunSpec server says of the site itself.
    var nameplate: SiteNameplate {
        SiteNameplate(
            name: name, version: Droopd.version, fleet: fleet, nominalVoltage: nominalVoltage,
            droop: DroopFacts(service, nominalFrequency: nominalFrequency))
    }

    /// What a tick says of the site as a whole.
    func snapshot(_ tick: TickRecord, _ records: [ChargerRecord]) -> SiteSnapshot {
        SiteSnapshot(tick.inputs, tick.outputs, chargers: records.map(\.inputs), fleet: fleet)
    }
}
