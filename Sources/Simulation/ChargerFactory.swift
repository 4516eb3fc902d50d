public import Devices
public import FrequencyResponse

/// Which simulated charger stands for which profile.
public enum ChargerFactory {
    /// A simulation of the profile's device with a vehicle plugged in. Two have models of their own, with the habits
    /// that are known of them; all others are simulated from their profiles.
    public static func make(
        _ profile: ChargerProfile, _ settings: ChargerSettings, charge: Ratio, serial: String, now: Instant
    ) -> any SimulatedCharger {
        // A charger that was measured is simulated as measured.
        let known =
            settings.behaviour.isKnown
            ? ChargerDynamics(
                deadTime: settings.behaviour.longestDeadTime, ramp: settings.behaviour.ramp, offset: .zero) : nil
        let vehicle = Vehicle(battery: settings.vehicle?.battery ?? WattHours(40_000), stateOfCharge: charge)
        if profile.name == "sunspec-der" {
            let rating = max(settings.chargeLimit, settings.dischargeLimit)
            return SimulatedSunSpecDER(
                rating: max(rating, Watts(1_000)), vehicle: vehicle, dynamics: known ?? .fast, serial: serial, now: now)
        }
        if profile.name == "wallbox-quasar" {
            return QuasarModel(vehicle: vehicle, dynamics: known ?? .measuredCHAdeMO, now: now)
        }
        return ProfileCharger(
            profile: profile, chargeLimit: settings.chargeLimit, dischargeLimit: settings.dischargeLimit,
            vehicle: vehicle,
            dynamics: known ?? .fast, now: now)
    }
}
