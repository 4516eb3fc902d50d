/// One check of a valid site. Each is a file of its own.
protocol SiteCheck {
    static func findings(_ site: Site) -> [Finding]
}

extension Site {
    /// The results of all checks, in the order in which they are printed. `check`, `run` and `commission` use the same:
    /// what one refuses, all refuse.
    public var findings: [Finding] {
        let checks: [any SiteCheck.Type] = [
            SummaryCheck.self, DescriptorCheck.self, BusCheck.self, StopDelayCheck.self, GridCodeCheck.self,
            ContactCheck.self,
            ReactionTimeCheck.self, QualificationCheck.self, ServiceCheck.self, MeterCheck.self, PhaseCheck.self,
            DepartureCheck.self, FallBackCheck.self, ConnectionCheck.self, SectionCheck.self,
        ]
        return checks.flatMap { $0.findings(self) }.map { finding in
            var placed = finding
            placed.place = places[finding.subject]
            return placed
        }
    }
}
