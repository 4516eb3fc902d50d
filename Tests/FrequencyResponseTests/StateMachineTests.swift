import FrequencyResponse
import Testing

/// Every state of every state machine times every input, against what its header says, written down a second time. The
/// site's own states are in ``SiteStateTests``.
@Suite("State machines")
struct StateMachineTests {
    private static let now = Instant(nanoseconds: 1_000_000_000_000)

    // MARK: Triggered response

    private static let trigger = TriggerSettings(
        trigger: Hertz(49.8), power: Ratio(1), hold: .seconds(10), release: Hertz(49.9), releaseTime: .seconds(5),
        recoveryRamp: 0.1)

    struct TriggerEntry: Sendable {
        var phase: Int
        var hertz: Double
        var ends: Bool
        var rearmed: Bool
        var released: Bool
    }

    static let triggerEntries = (0..<6).flatMap { phase in
        [49.7, 49.8, 49.85, 49.9, 50.0, 50.1, 50.101, 50.5].flatMap { hertz in
            [false, true].flatMap { ends in
                [false, true].flatMap { rearmed in
                    [false, true].map {
                        TriggerEntry(phase: phase, hertz: hertz, ends: ends, rearmed: rearmed, released: $0)
                    }
                }
            }
        }
    }

    /// Phases: waiting; active within its hold; active beyond it; recovering at half its power; not ready within its
    /// readiness time; not ready beyond it.
    @Test("a triggered response goes where its rules send it, from every phase", arguments: triggerEntries)
    func triggered(entry: TriggerEntry) {
        let wasActive = entry.phase == 1 || entry.phase == 2
        let since = entry.phase == 1 ? Self.now - .seconds(3) : Self.now - .seconds(60)
        let phase: TriggeredResponse.Phase =
            switch entry.phase {
            case 0: .waiting
            case 1, 2: .active(since: since)
            case 3: .recovering
            case 4: .notReady(since: Self.now - .seconds(59))
            default: .notReady(since: Self.now - .seconds(60))
            }
        var response = TriggeredResponse(
            in: phase, share: wasActive ? 1 : entry.phase == 3 ? 0.5 : 0, isRearmed: entry.rearmed,
            releasedSince: entry.released ? Self.now - .seconds(8) : nil)
        var settings = Self.trigger
        settings.afterHold = entry.ends ? .ends : .continues
        let share = response.update(
            Hertz(entry.hertz), nominal: Hertz(50), settings: settings, now: Self.now, elapsed: .seconds(1)
        ).value

        let fires = entry.hertz <= 49.8
        let crosses = entry.hertz > 50.1
        let isReleased = entry.hertz >= 49.9
        let wasUnderWay = wasActive || entry.phase == 3
        let starts = fires && (entry.phase == 0 || entry.phase == 3) && (entry.rearmed || !entry.ends)
        if crosses, wasUnderWay {
            #expect(share == 0 && response.phase == .notReady(since: Self.now))
        } else if entry.phase >= 4 {
            let isReady = entry.phase == 5 && isReleased && entry.released
            #expect(share == 0 && response.phase == (isReady ? .waiting : phase))
            #expect(response.isMissed == fires)
        } else if starts {
            #expect(share == 1 && response.phase == .active(since: Self.now))
        } else if wasActive {
            // A release counts only while frequency is released, and only once it has lasted.
            let isOver = entry.phase == 2 && (entry.ends || (isReleased && entry.released))
            #expect(share == 1 && response.phase == (isOver ? .recovering : .active(since: since)))
        } else if entry.phase == 3 {
            #expect(share == 0.4 && response.phase == .recovering)
        } else {
            #expect(share == 0 && response.phase == .waiting)
        }
    }

    // MARK: Guard against rebound

    struct GuardEntry: Sendable {
        var phase: ReboundGuard.Phase
        var depth: Double
        var asked: Double
        var released: Bool
    }

    static let guardEntries = [ReboundGuard.Phase.resting, .guarding, .returning].flatMap { phase in
        [-0.2, -0.1, 0.0, 0.1, 0.11, 0.5].flatMap { depth in
            [-0.5, 0.0, 0.2, 0.9].flatMap { asked in
                [false, true].map { GuardEntry(phase: phase, depth: depth, asked: asked, released: $0) }
            }
        }
    }

    @Test("the guard against rebound goes where its rules send it, from every phase", arguments: guardEntries)
    func rebound(entry: GuardEntry) {
        var rebound = ReboundGuard(
            in: entry.phase, peak: entry.phase == .resting ? 0 : 0.6,
            releasedSince: entry.released ? Self.now - .seconds(61) : nil)
        let settings = ReboundSettings(edge: Hertz(0.1), time: .seconds(60), ramp: 0.01)
        let share = rebound.update(
            entry.asked, depth: Hertz(entry.depth), idleShare: 0.4, settings: settings, now: Self.now,
            elapsed: .seconds(1))
        let isDeep = entry.depth > 0.1
        // A response to the other side is never held back by what is guarded.
        if entry.depth < -0.1 || entry.asked < 0 {
            #expect(rebound.phase == .resting)
            #expect(share == entry.asked)
            return
        }
        if isDeep, entry.asked > 0 {
            #expect(rebound.phase == .guarding)
            #expect(share >= min(entry.asked, 0.4) && share >= entry.asked)
        } else if entry.phase == .guarding {
            #expect(rebound.phase == (!isDeep && entry.released ? .returning : .guarding))
            #expect(share == max(entry.asked, 0.4))
        } else if entry.phase == .returning {
            #expect(rebound.phase == .returning)
            #expect(abs(share - max(entry.asked, 0.59)) < 1e-12)
        } else {
            #expect(rebound.phase == .resting)
            #expect(share == entry.asked)
        }
    }

    // MARK: Held response

    struct HeldEntry: Sendable {
        var start: Double
        var asked: Double
        /// Above zero on the side that the held response supports.
        var depth: Double
        var isReleased: Bool
    }

    static let heldEntries = [0.0, 0.5, -0.5].flatMap { start in
        [0.0, 0.2, 0.5, 0.8, -0.2, -0.5, -0.8].flatMap { asked in
            [-0.5, -0.16, -0.15, 0.1, 0.15, 0.16, 0.5].flatMap { depth in
                [false, true].map { HeldEntry(start: start, asked: asked, depth: depth, isReleased: $0) }
            }
        }
    }

    @Test("a held response: goes where its rules send it, on both sides of nominal", arguments: heldEntries)
    func held(entry: HeldEntry) {
        let settings = HoldSettings(releaseDeviation: Hertz(0.15), releaseTime: .seconds(20), returnRamp: 0.01)
        let deviation = Hertz(entry.start > 0 ? -entry.depth : entry.depth)
        let crosses = entry.depth < -0.15
        let isBack = entry.depth <= 0.15
        var response = HeldResponse(holding: entry.start)
        var now = Self.now
        // So long back that the release is over. What is asked meanwhile is what is held.
        if entry.isReleased, isBack, !crosses {
            for _ in 0..<20 {
                _ = response.update(
                    entry.start, deviation: deviation, settings: settings, now: now, elapsed: .seconds(1))
                now = now + .seconds(1)
            }
        }
        let share = response.update(
            entry.asked, deviation: deviation, settings: settings, now: now, elapsed: .seconds(1))
        let isSameSide = entry.asked * entry.start > 0
        let isOtherSide = entry.asked * entry.start < 0
        if entry.start == 0 || isOtherSide || crosses || isSameSide && abs(entry.asked) >= abs(entry.start) {
            #expect(share == entry.asked)
        } else if entry.isReleased, isBack {
            #expect(abs(abs(share) - max(abs(entry.asked), abs(entry.start) - 0.01)) < 1e-12)
        } else {
            #expect(share == entry.start)
        }
    }

    // MARK: Energy of a reservoir

    struct ReservoirEntry: Sendable {
        var restoring: EnergyReservoir.Restoring
        var alert: Bool
        var up: Double
        var down: Double
        var deviation: Double?
        var direction: Direction
    }

    static let reservoirEntries = [EnergyReservoir.Restoring.off, .charging, .discharging].flatMap { restoring in
        [false, true].flatMap { alert in
            [4.0, 5, 7, 10, 20, 30, 40, 57.5, 60].flatMap { up in
                [4.0, 20, 40, 60].flatMap { down in
                    [nil, 0.0, 0.09, 0.1].flatMap { (deviation: Double?) in
                        [Direction.low, .high, .both].map {
                            ReservoirEntry(
                                restoring: restoring, alert: alert, up: up, down: down, deviation: deviation,
                                direction: $0)
                        }
                    }
                }
            }
        }
    }

    @Test("normal and alert energy management switch where the Nordic rules say")
    func reservoir() {
        guard case .reservoir(let rules) = ServiceKind.nordicFCRN.rules.energy else {
            Issue.record("FCR-N has no reservoir rules")
            return
        }
        for entry in Self.reservoirEntries {
            var reservoir = EnergyReservoir(in: entry.restoring, isAlert: entry.alert)
            // Minutes at 6 kW.
            let demand = reservoir.update(
                EnergyState(
                    raise: WattHours(entry.up * 100), lower: WattHours(entry.down * 100), powerRaise: Watts(6_000),
                    powerLower: Watts(6_000),
                    soldRaise: Watts(6_000), soldLower: Watts(6_000),
                    delivered: .zero, deviation: entry.deviation.map { Hertz($0) }, period: 0), rules: rules,
                direction: entry.direction,
                elapsed: .seconds(30))
            let up = entry.direction.answersLow ? entry.up : .infinity
            let down = entry.direction.answersHigh ? entry.down : .infinity
            let isNormal = entry.deviation.map { $0 < 0.1 } ?? false
            let expected: EnergyReservoir.Restoring
            if !isNormal {
                expected = .off
            } else if entry.restoring == .charging, up < 57.5, down > 30 {
                expected = .charging
            } else if entry.restoring == .discharging, down < 57.5, up > 30 {
                expected = .discharging
            } else {
                expected = up <= 30 && down > 30 ? .charging : down <= 30 && up > 30 ? .discharging : .off
            }
            #expect(reservoir.restoring == expected, "\(entry)")
            let least = min(up, down)
            #expect(reservoir.isAlert == (entry.alert ? least < 10 : least <= 5), "\(entry)")
            // 34 % of what is sold, over the five minutes of the rolling mean.
            let restored = expected == .charging ? 204.0 : expected == .discharging ? -204 : 0
            #expect(abs(demand.restore.value - restored) < 1e-9, "\(entry)")
            #expect(abs(demand.blend - (reservoir.isAlert ? 0.1 : 0)) < 1e-12, "\(entry)")
        }
    }

    // MARK: Two sources

    @Test("two sources: contradict after three updates, agree after ten")
    func comparison() {
        for isContradicted in [false, true] {
            for changing in [Int32(0), 1, 2, 8, 9] {
                for difference in [0.0, 0.019, 0.021, 0.3] {
                    for (first, second) in [
                        (Trust.trusted, Trust.trusted), (.trusted, .silent), (.silent, .trusted), (.silent, .silent),
                    ] {
                        var comparison = SourceComparison(isContradicted: isContradicted, changing: changing)
                        let result = comparison.update(
                            Self.source(49.6, first), Self.source(49.6 + difference, second), nil, nominal: Hertz(50),
                            rateOfChange: 0, now: Instant(nanoseconds: 0))
                        guard first.isTrusted, second.isTrusted else {
                            #expect(comparison.isContradicted == isContradicted)
                            // The survivor of a contradiction is not acted on.
                            let alone =
                                first.isTrusted ? Hertz(49.6) : second.isTrusted ? Hertz(49.6 + difference) : nil
                            #expect(result.frequency == (isContradicted ? nil : alone))
                            if isContradicted, alone != nil { #expect(result.trust == .unconfirmed) }
                            continue
                        }
                        let apart = difference > 0.02
                        let toggles = apart != isContradicted && changing >= (isContradicted ? 9 : 2)
                        #expect(comparison.isContradicted == (isContradicted != toggles))
                        #expect(result.trust == (comparison.isContradicted ? .contradicted : .trusted))
                        // The smaller of the two responses.
                        #expect(result.frequency == Hertz(comparison.isContradicted ? 49.6 + difference : 49.6))
                    }
                }
            }
        }
    }

    private static func source(_ hertz: Double, _ trust: Trust) -> SourceComparison.Source {
        SourceComparison.Source(
            judged: JudgedFrequency(
                frequency: trust.isTrusted ? Hertz(hertz) : nil, trust: trust,
                weight: trust.isTrusted ? Ratio(1) : .zero),
            accuracy: Hertz(0.01), updateTime: .milliseconds(100), delay: .milliseconds(100),
            takenAt: Instant(nanoseconds: 0))
    }

    // MARK: Frequency judge

    /// Ways into each of the judge's states, each input from there, and where it leads.
    @Test("the judge of frequency goes where its header sends it, from every state")
    func judge() {
        enum Input: CaseIterable { case good, none, rail, dead, frozen, nothing, silence }
        let settings = JudgementSettings(
            nominalFrequency: Hertz(50), nominalVoltage: Volts(230), frozenAfter: .seconds(1))
        let states: [(name: String, inputs: [Input])] = [
            ("starting", []), ("trusted", [.good, .good, .good]), ("suspect", [.good, .good, .good, .none]),
            ("lost", [.good, .good, .good, .none, .none]), ("ceased", [.good, .good, .good, .dead]),
            ("frozen", [.good, .good, .good, .frozen]),
            ("silent", [.good, .good, .good, .silence]),
        ]
        let expected: [String: [Input: Trust]] = [
            "starting": [
                .good: .starting, .none: .starting, .rail: .starting, .dead: .voltageOutside, .frozen: .frozen,
                .nothing: .starting,
                .silence: .starting,
            ],
            "trusted": [
                .good: .trusted, .none: .suspect, .rail: .suspect, .dead: .voltageOutside, .frozen: .frozen,
                .nothing: .trusted,
                .silence: .silent,
            ],
            "suspect": [
                .good: .trusted, .none: .implausible, .rail: .implausible, .dead: .voltageOutside, .frozen: .frozen,
                .nothing: .suspect,
                .silence: .silent,
            ],
            "lost": [
                .good: .resuming, .none: .implausible, .rail: .implausible, .dead: .voltageOutside,
                .frozen: .implausible,
                .nothing: .implausible, .silence: .implausible,
            ],
            "ceased": [
                .good: .resuming, .none: .voltageOutside, .rail: .voltageOutside, .dead: .voltageOutside,
                .frozen: .frozen,
                .nothing: .voltageOutside, .silence: .silent,
            ],
            "frozen": [
                .good: .resuming, .none: .frozen, .rail: .frozen, .dead: .voltageOutside, .frozen: .frozen,
                .nothing: .frozen,
                .silence: .frozen,
            ],
            "silent": [
                .good: .resuming, .none: .silent, .rail: .silent, .dead: .voltageOutside, .frozen: .silent,
                .nothing: .silent,
                .silence: .silent,
            ],
        ]
        for state in states {
            for input in Input.allCases {
                var judge = FrequencyJudge()
                var now = Self.now
                var sequence: UInt32 = 0
                var last: FrequencySample?
                func feed(_ input: Input) -> JudgedFrequency {
                    func sample(_ hertz: Double?, volts: Double = 230, changes: UInt32? = nil) -> FrequencySample {
                        sequence += 1
                        return FrequencySample(
                            frequency: hertz.map { Hertz($0) }, voltageLowest: Volts(volts),
                            voltageHighest: Volts(volts), takenAt: now,
                            sequence: sequence, changes: changes ?? sequence)
                    }
                    now = now + .milliseconds(50)
                    switch input {
                    case .good: last = sample(49.9)
                    case .none: last = sample(nil)
                    case .rail: last = sample(70)
                    case .dead: last = sample(47.4, volts: 4)
                    case .nothing: break
                    case .silence: now = now + .milliseconds(700)
                    case .frozen:
                        // The same block for longer than it may stand, and twenty times.
                        var judged = judge.update(last, now: now, settings: settings)
                        for _ in 0..<30 {
                            now = now + .milliseconds(50)
                            last = sample(49.9, changes: 1_000_000)
                            judged = judge.update(last, now: now, settings: settings)
                        }
                        return judged
                    }
                    return judge.update(last, now: now, settings: settings)
                }
                for step in state.inputs { _ = feed(step) }
                let trust = feed(input).trust
                // Thirty good-looking samples of a block that stands still first make a state good again.
                let allowed: [Trust] = input == .frozen ? [.frozen] : [expected[state.name]?[input] ?? .starting]
                #expect(allowed.contains(trust), "\(state.name), \(input)")
            }
        }
    }
}
