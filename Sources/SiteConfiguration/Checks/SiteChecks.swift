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
            DepartureCheck.self, EmptyBayCheck.self, LoopGainCheck.self, FallBackCheck.self, ConnectionCheck.self,
            EndStateCheck.self,
            SectionCheck.self,
        ]
        let found = checks.flatMap { $0.findings(self) }
        return (found + unusedAcceptances(found)).map { finding in
            var placed = finding
            placed.place = finding.subject.isEmpty ? nil : places[finding.subject]
            placed.isAccepted = finding.severity == .warning && acceptedFindings.contains(finding.identity)
            return placed
        }
    }

    /// An acceptance that accepts nothing is out of date, or a typo.
    private func unusedAcceptances(_ found: [Finding]) -> [Finding] {
        let warnings = Set(found.filter { $0.severity == .warning }.map(\.identity))
        return acceptedFindings.filter { !warnings.contains($0) }.map {
            let near = Spelling.nearest(to: $0, among: warnings.sorted()).map { "did you mean \($0)?" }
            return .warning(
                "accept-unused", "accept", "there is no warning \($0) here; \(near ?? "take it out of the list.")")
        }
    }
}
