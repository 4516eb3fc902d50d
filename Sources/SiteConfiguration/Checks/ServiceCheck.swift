import FrequencyResponse

/// What is not verified of the services' rules, and services that do not go together.
enum ServiceCheck: SiteCheck {
    static func findings(_ site: Site) -> [Finding] {
        unverified(site) + repeated(site) + withoutSignal(site)
    }

    private static func unverified(_ site: Site) -> [Finding] {
        site.services.map(\.settings).compactMap { service in
            let rules = service.kind.rules
            let texts = [rules.unverified.description, service.energy == nil ? "" : rules.unverifiedEnergy.description]
                .filter { !$0.isEmpty }
            guard !texts.isEmpty else { return nil }
            return .warning("service-unverified", "\(rules.name)", "not verified: \(texts.joined(separator: "; ")).")
        }
    }

    private static func repeated(_ site: Site) -> [Finding] {
        site.services.map(\.settings.kind).enumerated().compactMap { index, kind in
            guard let first = site.services[..<index].firstIndex(where: { $0.settings.kind == kind }), kind != .step,
                kind != .curve
            else { return nil }
            return .warning(
                "service-repeated", "services[\(index + 1)]",
                """
                \(kind.rules.name) stands already as services[\(first + 1)]; both are answered, with the sum of their \
                capacities.
                """)
        }
    }

    private static func withoutSignal(_ site: Site) -> [Finding] {
        let hasSignal = site.services.contains { if case .signal = $0.settings.method { true } else { false } }
        guard hasSignal else { return [] }
        return [
            .error(
                "service-without-signal", "pjm-regd",
                """
                the site has no source for the signal of this service, so it would never answer; take the service out. \
                A replay takes the signal from a column called signal.
                """)
        ]
    }
}
