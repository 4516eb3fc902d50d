import Interlocks

/// The contacts and outputs as they have to be wired.
enum ContactCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        guard let lines = site.lines else { return [] }
        let outputs = [lines.permit, lines.lamp, lines.heartbeat].compactMap { $0 } + lines.permits.map(\.output)
        return lines.contacts.map { contact in
            .note(
                "contact", "",
                """
                contact \(contact.name) at \(contact.address), closed when \(contact.closedIsHigh ? "high" : "low"); \
                \(role(contact.role))
                """)
        }
            + outputs.map {
                .note("output", "", "output \($0.name) at \($0.address), on when \($0.onIsHigh ? "high" : "low")")
            }
    }

    private static func role(_ role: SiteContact.Role) -> String {
        switch role {
        case .interlock(let action, let trips, let latches):
            let concerned = trips?.joined(separator: ", ") ?? "all chargers"
            return
                """
                opened: \(action.rawValue), \
                \(concerned)\(latches ? ", latched until the button on site resets it" : "")
                """
        case .reset: return "pressed: clears latches; pressed again: arms"
        case .feedback(let charger):
            return "mirror contact of the permit of \(charger ?? "all"), to follow within 500 ms"
        }
    }
}
