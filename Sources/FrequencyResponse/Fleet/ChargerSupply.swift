/// Why a charger's own permit is withheld: an ordered stop, a loss of control, or because it waits for its turn.
/// Remembered from tick to tick.
package struct ChargerSupply: BitwiseCopyable, Sendable {
    private var stop = OrderedStop()
    private var cutoff = SupplyCutoff()
    package var start = SupplyStart()
    private(set) var isControlled = false
    /// Since when it discharges without a command.
    private var straysSince: Instant?

    package init() {}

    /// What decides about one charger's supply, of its settings and the site's.
    package struct Limits: BitwiseCopyable, Sendable {
        package var readingAge: Interval
        package var deviceTimeout: Interval
        /// The power up to which it counts as without current.
        package var lowPower: Watts
        /// How long it may need until it shows zero power: its dead time, its ramp, and 2 s for the way there and back.
        package var settlingTime: Interval

        package init(_ settings: ChargerSettings) {
            readingAge = settings.readingAgeLimit
            deviceTimeout = settings.deviceTimeout
            lowPower = settings.lowPower
            settlingTime =
                settings.behaviour.longestDeadTime + settings.behaviour.rampTime(settings.rating) + .seconds(2)
        }

        /// How long after its last reading a charger may still receive what feeds its timeout: two zero powers without
        /// an answer, of at most a quarter of the timeout each, and the reconnection between them.
        fileprivate var lastCommandTime: Interval { deviceTimeout / 2 + .seconds(1) }
    }

    /// The times of a site's supplies.
    package struct Times: BitwiseCopyable, Sendable {
        /// How long power may flow after an ordered stop.
        package var stopDeadline: Interval
        /// How long a supply stays cut at least.
        package var pause: Interval
        /// How long a charger may need to answer once it has its supply.
        package var start: Interval

        package init(stopDeadline: Interval, pause: Interval, start: Interval) {
            self.stopDeadline = stopDeadline
            self.pause = pause
            self.start = start
        }
    }

    /// How far a charger is from carrying power.
    package struct Rest: BitwiseCopyable, Sendable {
        /// It is under control, with or without a vehicle.
        package var isControlled: Bool
        /// It shows a low power, and has shown it since it acknowledged zero power if it was under control; or it is
        /// out of reach and has fallen back.
        package var isPowerLow: Bool
        /// It discharges without a command, for longer than it needs to stop.
        package var strays: Bool
    }

    /// Whether its permit stays open. A charger without a permit of its own has none to withhold.
    package func isWithheld(_ permit: OwnPermit?) -> Bool {
        permit.map { start.isWithheld || isForbidden($0) } ?? false
    }

    /// Whether it may not even wait for its turn.
    package func isForbidden(_ permit: OwnPermit) -> Bool {
        stop.isWithheld || permit.lossLimit != nil && cutoff.isWithheld
    }

    /// Whether it has no supply, and no room is kept for it.
    func isOff(_ permit: OwnPermit?, now: Instant) -> Bool {
        permit != nil && !start.isUnderWay && start.isOff(now)
    }

    /// Moves on by a tick. `commandedTick` is this tick's number if it commands the charger a power, `commanded` is that
    /// power or zero, and `isOn` says whether its permit output is on.
    package mutating func update(
        _ charger: ChargerInputs, commandedTick: UInt64?, commanded: Watts, permit: OwnPermit?, isOn: Bool,
        limits: Limits,
        times: Times, now: Instant
    ) -> Rest {
        let control = charger.control(at: now, limit: limits.readingAge)
        if let lossLimit = permit?.lossLimit {
            if let commandedTick { cutoff.noteCommand(commandedTick) }
            cutoff.update(
                isControlled: control == .controlled, zeroPowerTick: charger.zeroPower?.tick,
                rule: SupplyCutoff.Rule(limit: lossLimit, pause: times.pause), now: now)
        }
        let hasFallenBack =
            control == .unreachable && hasFallenBack(charger.takenAt, permit: permit, limits: limits, now: now)
        let measuresLittle = charger.measuresLittle(limits.lowPower)
        let rest = Rest(
            isControlled: control == .controlled || control == .noVehicle,
            isPowerLow: hasFallenBack
                || control != .unreachable && measuresLittle && Self.showsRest(charger, control: control),
            strays: strays(
                control == .controlled ? commanded : .zero, shows: control == .unreachable ? nil : charger.power,
                limits: limits, now: now))
        isControlled = rest.isControlled
        if permit != nil {
            stop.update(
                isOrdered: charger.allowance == .orderedStop, isPowerLow: rest.isPowerLow, deadline: times.stopDeadline,
                now: now)
            start.update(isOn: isOn, isControlled: rest.isControlled, startTime: times.start, now: now)
        }
        return rest
    }

    /// Whether it has discharged for long without a command, whoever controls it.
    private mutating func strays(_ commanded: Watts, shows power: Watts?, limits: Limits, now: Instant) -> Bool {
        let isAstray = commanded >= .zero && power.map { $0 < -limits.lowPower } ?? false
        straysSince = isAstray ? straysSince ?? now : nil
        return straysSince.map { now.elapsed(since: $0) > limits.settlingTime } ?? false
    }

    /// Whether its reading was taken after it acknowledged zero power. One that is not under control owes none.
    private static func showsRest(_ charger: ChargerInputs, control: ChargerControl) -> Bool {
        guard let takenAt = charger.takenAt else { return false }
        guard let zeroPower = charger.zeroPower else { return control != .controlled }
        return takenAt >= zeroPower.since
    }

    /// Whether a charger out of reach was never seen, or has been out of reach for longer than its own timeout. One
    /// without a timeout has fallen back if it was commanded no power, or if its supply is cut.
    private func hasFallenBack(_ takenAt: Instant?, permit: OwnPermit?, limits: Limits, now: Instant) -> Bool {
        if permit?.lossLimit != nil { return cutoff.isWithheld || !cutoff.mayHavePower }
        guard let takenAt else { return true }
        return takenAt <= now && now.elapsed(since: takenAt) > limits.deviceTimeout + limits.lastCommandTime
    }
}

/// The permit output that switches one charger's supply alone.
public struct OwnPermit: BitwiseCopyable, Sendable, Equatable {
    /// Its number among the site's permits, 0 to 63.
    public var number: UInt8
    /// How long the charger may be out of control before its supply is cut; nil for one that falls back by itself.
    public var lossLimit: Interval?

    /// Its bit among those of all permits.
    var bit: UInt64 { 1 << UInt64(number) }

    package init(number: UInt8, lossLimit: Interval?) {
        self.number = number
        self.lossLimit = lossLimit
    }
}
