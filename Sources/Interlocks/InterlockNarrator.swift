/// Tells what happened at contacts and permits.
public struct InterlockNarrator: Sendable {
    private let settings: InterlockSettings
    /// The chargers' names.
    private let names: [String]

    package init(settings: InterlockSettings, names: [String]) {
        self.settings = settings
        self.names = names
    }

    /// What happened at a contact or a permit.
    public func line(_ event: InterlockEvent) -> String {
        func contact(_ index: Int) -> String { settings.contacts[index].name }
        func permit(_ index: Int) -> String { settings.permits[index].name }
        return switch event {
        case .opened(let index): "\(contact(index)): open\(consequence(settings.contacts[index]))"
        case .closed(let index): "\(contact(index)): closed"
        case .latched(let index):
            "\(contact(index)): latched; it stays so until the reset button on site is pressed with the contact closed"
        case .unreadable(let index): "\(contact(index)): can't be read any more, and counts as open"
        case .edgeLost(let index): "\(contact(index)): a change was found by looking, before or without its edge"
        case .permitOn(let index): "\(permit(index)): on"
        case .permitOff(let index): "\(permit(index)): off"
        case .withheld(let index):
            """
            \(permit(index)): withheld: a stop is ordered, its charger is out of control and can't fall back by itself, \
            or other chargers start first
            """
        case .undrivable(let output): "output \(output + 1) can't be driven any more"
        case .welded(let index):
            """
            \(permit(index)): contactor welded, its mirror contact does not say that it is off; tripped until it is \
            mended and reset
            """
        case .contactorStaysOff(let index):
            "\(permit(index)): the contactor does not come on, its mirror contact says that it is off"
        case .dropped(let index):
            """
            \(permit(index)): the contactor fell although its permit is on; something else in the chain took the coil \
            away. Latched until it is reset
            """
        case .heartStopped: "heartbeat: stands still; a pulse-watchdog relay takes the coil away"
        case .heartBeats: "heartbeat: beats again"
        case .linesLost: "gpio: no contact can be read any more; ending, to ask for the lines anew"
        case .reset: "reset: latches cleared, permits may come on; press again to arm"
        case .resetRefused(let index): "reset refused: \(contact(index)) is not closed"
        case .armed: "armed by the button"
        case .requestExpired: "control gave no word in time: permits off"
        }
    }

    private func consequence(_ contact: ContactSettings) -> String {
        guard case .interlock(let action, let trips, _) = contact.role else { return "" }
        let whom = trips.map { $0.map { names[$0] }.joined(separator: ", ") } ?? "all"
        return switch action {
        case .stopNow: "; permit off now and zero power: \(whom)"
        case .stop: "; zero power, permit off when the power is low: \(whom)"
        case .block: "; zero power, frequency is not answered: \(whom)"
        }
    }
}
