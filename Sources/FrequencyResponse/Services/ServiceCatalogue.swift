extension ServiceKind {
    /// The rules of this service. GB figures: NESO service pages and Response Service Terms effective 31 July 2026,
    /// Schedule 2 and Table 1. Continental Europe: (EU) 2017/1485 Annex V and TenneT's FCR manual for BSPs, 8 April
    /// 2026. Droop: IEEE 1547-2018, clause 6.5.2.7. Nordic: "Technical Requirements for Frequency Containment Reserve
    /// Provision", 26 May 2023, updated 28 March 2025, and Fingrid's FFR page. Australia: Market Ancillary Service
    /// Specification v8.2, 3 June 2024, and the Frequency Operating Standard of 9 October 2023. LFSM: EN 50549-1. What
    /// was not read in the rules themselves is named in `unverified`, and is a setting.
    public var rules: ServiceRules {
        switch self {
        case .gbDynamicContainment:
            gb(
                "gb-dynamic-containment", "GB Dynamic Containment", start: .milliseconds(500), full: .seconds(1),
                minutes: 15,
                CurveShape(deadband: Hertz(0.015), knee: Hertz(0.2), kneeResponse: Ratio(0.05), full: Hertz(0.5)))
        case .gbDynamicModeration:
            gb(
                "gb-dynamic-moderation", "GB Dynamic Moderation", start: .milliseconds(500), full: .seconds(1),
                minutes: 30,
                CurveShape(deadband: Hertz(0.015), knee: Hertz(0.1), kneeResponse: Ratio(0.05), full: Hertz(0.2)))
        case .gbDynamicRegulation:
            gb(
                "gb-dynamic-regulation", "GB Dynamic Regulation", start: .seconds(2), full: .seconds(10),
                minutes: 60, CurveShape(deadband: Hertz(0.015), full: Hertz(0.2)))
        case .ceFCR:
            ServiceRules(
                name: "ce-fcr", title: "Continental Europe Frequency Containment Reserve",
                source: "(EU) 2017/1485 Annex V; TenneT FCR manual for BSPs, 8 April 2026",
                unverified: "",
                unverifiedEnergy:
                    "how energy is restored in normal state (power and thresholds as in the Nordic rules)",
                timing: TimingRule(
                    startWithin: .seconds(2), fullWithin: .seconds(30),
                    partial: TimedShare(share: Ratio(0.5), within: .seconds(15))),
                duration: .seconds(15 * 60), shape: CurveShape(deadband: .zero, full: Hertz(0.2)),
                nominalFrequency: Hertz(50),
                energy: .reservoir(
                    ReservoirRules(
                        normalOn: .seconds(20 * 60), normalOff: .seconds(25 * 60), normalPower: Ratio(0.25),
                        normalBand: Hertz(0.05))))
        case .nordicFCRN:
            nordic(
                "nordic-fcr-n", "Nordic FCR-N, normal operation", minutes: 60,
                CurveShape(deadband: .zero, full: Hertz(0.1)),
                energy: ReservoirRules(
                    normalOn: .seconds(30 * 60), normalOff: .seconds(3_450), normalPower: Ratio(0.34),
                    normalBand: Hertz(0.1)))
        case .nordicFCRDUp:
            nordic(
                "nordic-fcr-d-up", "Nordic FCR-D upwards, dynamic", minutes: 20, Self.disturbance(.low),
                timing: Self.disturbanceTiming,
                energy: Self.disturbanceEnergy)
        case .nordicFCRDDown:
            nordic(
                "nordic-fcr-d-down", "Nordic FCR-D downwards, dynamic", minutes: 20, Self.disturbance(.high),
                timing: Self.disturbanceTiming, energy: Self.disturbanceEnergy)
        case .nordicFCRDUpStatic:
            nordic(
                "nordic-fcr-d-up-static", "Nordic FCR-D upwards, static", minutes: 20, Self.disturbance(.low),
                timing: Self.staticTiming, method: Self.disturbanceHold, energy: Self.disturbanceEnergy)
        case .nordicFCRDDownStatic:
            nordic(
                "nordic-fcr-d-down-static", "Nordic FCR-D downwards, static", minutes: 20, Self.disturbance(.high),
                timing: Self.staticTiming, method: Self.disturbanceHold, energy: Self.disturbanceEnergy)
        case .nordicFFR:
            ServiceRules(
                name: "nordic-ffr", title: "Nordic Fast Frequency Reserve",
                source: "Fingrid, FFR requirements; Nordic TSOs, Technical Requirements for FFR",
                unverified: "the release above which it is ready again (49.8 Hz)",
                timing: TimingRule(fullWithin: .milliseconds(1_300)), duration: .seconds(30), baselineRule: .frozen,
                method: .triggered(
                    TriggerSettings(
                        trigger: Hertz(49.7), power: Ratio(1), hold: .seconds(30), release: Hertz(49.8),
                        releaseTime: .zero,
                        recoveryRamp: 0.2, afterHold: .ends, readiness: TriggerSettings.reserveReadiness)),
                nominalFrequency: Hertz(50), sold: .low)
        case .aemoVeryFast:
            aemo(
                "aemo-very-fast", "AEMO very fast contingency FCAS (R1, L1)",
                timing: TimingRule(frequencyRate: Hertz(1), fullWithin: .seconds(1)), lasting: .seconds(6),
                unverified:
                    """
                    all figures (only consultation pages and texts that quote the specification were read); that a \
                    variable controller is proportional between the band and the reference; the duration
                    """
            )
        case .aemoFast:
            aemo(
                "aemo-fast", "AEMO fast contingency FCAS (R6, L6)",
                timing: TimingRule(
                    frequencyRate: Hertz(0.125),
                    credit: CreditWindows(start: .seconds(1), middle: .seconds(6), end: .seconds(60))),
                lasting: .seconds(60),
                unverified:
                    """
                    all figures (only consultation pages and texts that quote the specification were read); that a \
                    variable controller is proportional between the band and the reference; the duration
                    """
            )
        case .aemoSlow:
            aemo(
                "aemo-slow", "AEMO slow contingency FCAS (R60, L60)",
                timing: TimingRule(frequencyRate: Hertz(0.125), fullWithin: .seconds(60)), lasting: .seconds(300),
                unverified:
                    """
                    all figures (only consultation pages and texts that quote the specification were read); that a \
                    variable controller is proportional between the band and the reference; the duration
                    """
            )
        case .aemoDelayed:
            aemo(
                "aemo-delayed", "AEMO delayed contingency FCAS (R5, L5)",
                timing: TimingRule(frequencyRate: Hertz(0.125), fullWithin: .seconds(300)), lasting: .seconds(600),
                unverified:
                    """
                    all figures (only consultation pages and texts that quote the specification were read); that a \
                    variable controller is proportional between the band and the reference; the duration
                    """
            )
        case .aemoPrimary:
            ServiceRules(
                name: "aemo-primary-response", title: "AEMO mandatory primary frequency response",
                source: "AEMO, Primary Frequency Response Requirements 2020; AEMO frequency review 2025",
                unverified:
                    """
                    all figures (read in texts that quote the requirements); the droop of 5 %; the duration of 5 min; \
                    no duty to keep headroom
                    """,
                duration: .seconds(5 * 60),
                shape: .droop(deadband: Hertz(0.015), droop: Ratio(0.05), nominal: Hertz(50)),
                nominalFrequency: Hertz(50))
        case .ds3FFR:
            ServiceRules(
                name: "ds3-ffr", title: "Ireland and Northern Ireland, DS3 Fast Frequency Response",
                source: "EirGrid DS3 System Services, FFR clause",
                unverified: "the trigger, which each contract names; the release at 49.85 Hz for 60 s; readiness",
                timing: TimingRule(fullWithin: .seconds(2)), duration: .seconds(10), baselineRule: .frozen,
                method: .triggered(
                    TriggerSettings(
                        trigger: Hertz(49.8), power: Ratio(1), hold: .seconds(10), release: Hertz(49.85),
                        releaseTime: .seconds(60),
                        recoveryRamp: 0.2 / 60, readiness: TriggerSettings.reserveReadiness)),
                nominalFrequency: Hertz(50), sold: .low)
        case .ercotFFR:
            ServiceRules(
                name: "ercot-rrs-ffr", title: "ERCOT Responsive Reserve, Fast Frequency Response",
                source: "ERCOT Nodal Protocols, section 2; Ancillary Services Study 2024",
                unverified:
                    """
                    all figures (read in texts that quote the protocols); the duration of 15 min; the release at 59.98 \
                    Hz for 60 s; the readiness
                    """,
                timing: TimingRule(fullWithin: .milliseconds(250)),
                duration: .seconds(15 * 60), baselineRule: .frozen,
                method: .triggered(
                    TriggerSettings(
                        trigger: Hertz(59.85), power: Ratio(1), hold: .seconds(15 * 60), release: Hertz(59.98),
                        releaseTime: .seconds(60), recoveryRamp: 0.2 / 60,
                        readiness: TriggerSettings.reserveReadiness)), nominalFrequency: Hertz(60), sold: .low)
        case .pjmRegD:
            ServiceRules(
                name: "pjm-regd", title: "PJM regulation D, by an external signal",
                source: "PJM fast regulation signal, as published by udel.edu",
                unverified: "that a signal counts for 6 s (three updates); the duration of 15 min",
                duration: .seconds(15 * 60),
                method: .signal(ageLimit: .seconds(6)), nominalFrequency: Hertz(60))
        case .lfsmO:
            lfsm(
                "lfsm-o", "LFSM-O: less export, more import at high frequency", .high,
                unverified: "the range of 2 % to 12 % for the droop; the duration of 15 min")
        case .lfsmU:
            lfsm(
                "lfsm-u", "LFSM-U: less import, more export at low frequency", .low,
                unverified: "the threshold of 49.8 Hz, the droop of 5 % and its range; the duration of 15 min")
        case .asNzs4777:
            ServiceRules(
                name: "as-nzs-4777-2", title: "AS/NZS 4777.2:2020, Australia A: lowest output held at high frequency",
                source: "AS/NZS 4777.2:2020 as encoded in UNSW-CEEM/DER_disturbance_analysis",
                unverified: "the duration of 15 min; its under-frequency side, which is left out",
                duration: .seconds(15 * 60),
                shape: CurveShape(deadband: Hertz(0.25), full: Hertz(2), sides: .high),
                method: .held(
                    HoldSettings(releaseDeviation: Hertz(0.15), releaseTime: .seconds(20), returnRamp: 0.1667 / 60)),
                nominalFrequency: Hertz(50))
        case .droop:
            ServiceRules(
                name: "droop", title: "Frequency droop in IEEE 1547 terms", source: "IEEE 1547-2018, clause 6.5.2.7",
                unverified: "the duration that counts as available (15 min)", duration: .seconds(15 * 60),
                baselineRule: .frozen)
        case .step:
            ServiceRules(
                name: "step", title: "A triggered response with hold, release and recovery", source: "the site file",
                unverified: "", duration: .seconds(10 * 60), baselineRule: .frozen)
        case .curve:
            ServiceRules(
                name: "curve", title: "A curve of the site file's own", source: "the site file", unverified: "",
                duration: .seconds(15 * 60))
        }
    }

    /// FCR-D: nothing up to 0.1 Hz, everything at 0.5 Hz.
    private static func disturbance(_ side: Direction) -> CurveShape {
        CurveShape(deadband: Hertz(0.1), full: Hertz(0.5), sides: side)
    }

    /// Requirements 2 and 3 at 0.24 Hz/s.
    private static var disturbanceTiming: TimingRule {
        TimingRule(
            frequencyRate: Hertz(0.24), partial: TimedShare(share: Ratio(0.86), within: .milliseconds(7_500)),
            energy: TimedEnergy(seconds: 3.2, within: .milliseconds(7_500)))
    }

    /// The static form must start within 2.5 s.
    private static var staticTiming: TimingRule {
        var timing = disturbanceTiming
        timing.startWithin = .milliseconds(2_500)
        return timing
    }

    /// Static FCR-D: deactivated after 60 s back in band, at 2.5 % of the capacity per second at most.
    private static var disturbanceHold: ServiceMethod {
        .held(HoldSettings(releaseDeviation: Hertz(0.1), releaseTime: .seconds(60), returnRamp: 0.025))
    }

    private static var disturbanceEnergy: ReservoirRules {
        ReservoirRules(
            normalOn: .seconds(1_200), normalOff: .seconds(1_200), normalPower: Ratio(0.2), normalBand: Hertz(0.1))
    }

    private func nordic(
        _ name: StaticString, _ title: StaticString, minutes: Int64, _ shape: CurveShape,
        timing: TimingRule = TimingRule(),
        method: ServiceMethod = .continuous, energy: ReservoirRules
    ) -> ServiceRules {
        ServiceRules(
            name: name, title: title,
            source: "Nordic TSOs, Technical Requirements for FCR Provision, 28 March 2025, requirements 1 to 4",
            unverified: "", timing: timing, duration: .seconds(60 * minutes), shape: shape, method: method,
            nominalFrequency: Hertz(50),
            energy: .reservoir(energy))
    }

    /// Nothing inside the normal operating band of 0.15 Hz, everything at the reference of 0.5 Hz (mainland).
    private func aemo(
        _ name: StaticString, _ title: StaticString, timing: TimingRule, lasting: Interval, unverified: StaticString
    ) -> ServiceRules {
        ServiceRules(
            name: name, title: title,
            source: "AEMO, MASS v8.2, 3 June 2024; Frequency Operating Standard, 9 October 2023",
            unverified: unverified, timing: timing, duration: lasting, baselineRule: .frozen,
            shape: CurveShape(deadband: Hertz(0.15), full: Hertz(0.5)), nominalFrequency: Hertz(50), guardsRebound: true
        )
    }

    /// From 0.2 Hz on with a droop of 5 %: everything 2.5 Hz further out.
    private func lfsm(
        _ name: StaticString, _ title: StaticString, _ side: Direction, unverified: StaticString
    ) -> ServiceRules {
        ServiceRules(
            name: name, title: title, source: "EN 50549-1, default settings", unverified: unverified,
            timing: TimingRule(startWithin: .seconds(2)), duration: .seconds(15 * 60),
            shape: CurveShape(deadband: Hertz(0.2), full: Hertz(2.7), sides: side), nominalFrequency: Hertz(50))
    }

    private func gb(
        _ name: StaticString, _ title: StaticString, start: Interval, full: Interval, minutes: Int64,
        _ shape: CurveShape
    ) -> ServiceRules {
        ServiceRules(
            name: name, title: title,
            source: "NESO service pages; Response Service Terms, 31 July 2026, Schedule 2 and Table 1",
            unverified:
                "curve points, durations and the rules on the state of energy, read in a text that quotes the terms",
            timing: TimingRule(startWithin: start, fullWithin: full), duration: .seconds(60 * minutes),
            shape: shape, nominalFrequency: Hertz(50), energy: .volumes(VolumeRules()))
    }
}
