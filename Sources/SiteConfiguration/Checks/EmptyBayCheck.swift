import Devices
import FrequencyResponse

/// Chargers that do not show whether a vehicle is plugged in: an empty bay counts as ready.
enum EmptyBayCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        let names = site.chargers.filter { !$0.profile.showsEmpty }.map(\.name)
        guard !names.isEmpty else { return [] }
        return [
            .warning(
                "empty-bay-unseen", Formatting.names(names),
                """
                the profile has no register that shows whether a vehicle is plugged in, so an empty bay counts as \
                ready and its power as available; give a state of no_vehicle or a plug point in a profile of your own.
                """)
        ]
    }
}
