import FrequencyResponse
public import Interlocks

/// A site with contacts and permits, for tests of the interlocks.
///
/// Contacts: 0 emergency stop (latches), 1 ordered stop, 2 grid relay, 3 door of charger 1, 4 reset, 5 mirror of the
/// site's contactor.
public enum InterlockSite {
    /// Its contacts, permits and outputs.
    public static let settings = InterlockSettings(
        contacts: [
            ContactSettings(
                name: "estop", role: .interlock(.stopNow, trips: nil, latches: true), closedIsHigh: false,
                debounce: .milliseconds(5)),
            ContactSettings(
                name: "stop", role: .interlock(.stop, trips: nil, latches: false), closedIsHigh: false,
                debounce: .milliseconds(5)),
            ContactSettings(
                name: "relay", role: .interlock(.block, trips: nil, latches: false), closedIsHigh: true,
                debounce: .zero),
            ContactSettings(
                name: "door", role: .interlock(.stopNow, trips: [1], latches: false), closedIsHigh: false,
                debounce: .zero),
            ContactSettings(name: "reset", role: .reset, closedIsHigh: false, debounce: .milliseconds(20)),
            ContactSettings(name: "mirror", role: .feedback(permit: 0), closedIsHigh: false, debounce: .zero),
        ],
        permits: [PermitSettings(name: "permit", charger: nil), PermitSettings(name: "permits.b", charger: 1)],
        chargerCount: 2)
}
