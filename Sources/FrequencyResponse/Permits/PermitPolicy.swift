/// When the chargers of a site may have their supply at all. One update per tick.
///
/// The permits open while a contact has tripped the site, at an ordered stop, when all chargers are lost, and when one
/// can't be brought to zero power without a frequency; each once the power is low, or when that has taken too long. The
/// loss of the only meter alone opens none. Chargers that lost their supply cannot come
/// back by themselves. After a pause they get it again for as long as they need to start, at zero power until they are
/// taken over.
package struct PermitPolicy: BitwiseCopyable, Sendable {
    package struct Moment: BitwiseCopyable, Sendable {
        package var now: Instant
        package var isTripped: Bool
        package var isStopping: Bool
        /// The number of chargers under control.
        package var controlled: Int
        /// Contacts of their own block every charger, so that none can be under control.
        package var isEveryChargerBlocked: Bool
        /// Chargers start one after another, and one of them does.
        package var isStarting: Bool
        /// A charger without a permit of its own can't be brought to zero power.
        package var hasStray: Bool
        /// Every charger that is in reach shows a low power, and those that are not have had their timeout.
        package var isPowerLow: Bool

        package init(
            now: Instant, isTripped: Bool, isStopping: Bool, controlled: Int,
            isEveryChargerBlocked: Bool = false, isStarting: Bool = false, hasStray: Bool = false, isPowerLow: Bool
        ) {
            self.now = now
            self.isTripped = isTripped
            self.isStopping = isStopping
            self.controlled = controlled
            self.isEveryChargerBlocked = isEveryChargerBlocked
            self.isStarting = isStarting
            self.hasStray = hasStray
            self.isPowerLow = isPowerLow
        }
    }

    /// How long that may last before the site goes to zero power and its permits open: the ladder's 2 s.
    private static var lossLimit: Interval { .seconds(2) }

    private var reasonSince: Instant?
    private var lostSince: Instant?
    /// While chargers may start, and until when.
    private var startsUntil: Instant?
    private var pausedUntil: Instant?
    package private(set) var isPermitted = false
    /// Every charger has to be at zero power, whatever else would be allowed.
    package private(set) var requiresZeroPower = false

    package init() {}

    /// Goes on after a restart with a part of the pause left.
    package init(pausedUntil: Instant) { self.pausedUntil = pausedUntil }

    /// What is left of the pause.
    package func pauseLeft(_ now: Instant) -> Interval {
        pausedUntil.map { now < $0 ? $0.elapsed(since: now) : .zero } ?? .zero
    }

    package mutating func update(_ moment: Moment, rules: PermitRules) {
        let now = moment.now
        // After a trip chargers have to start as after any other time without power, and for as long.
        if moment.controlled > 0 || moment.isTripped {
            startsUntil = nil
        } else if moment.isEveryChargerBlocked {
            // Once their contacts close they have to start.
            startsUntil = now + rules.startTime
        } else if startsUntil == nil, pausedUntil.map({ now >= $0 }) ?? true, !isPermitted {
            startsUntil = now + rules.startTime
        }
        // Also after a restart: a supply that was taken stays away for the whole pause.
        if !isPermitted, moment.controlled == 0, !moment.isEveryChargerBlocked, pauseLeft(now) > .zero {
            requiresZeroPower = true
            return
        }
        let isStarting = moment.isStarting || startsUntil.map { now < $0 } ?? false
        let isLost = moment.hasStray || moment.controlled == 0 && !isStarting
        lostSince = isLost ? lostSince ?? now : nil
        let isLongLost = lostSince.map { now.elapsed(since: $0) >= Self.lossLimit } ?? false
        requiresZeroPower = isLongLost || moment.isTripped
        guard requiresZeroPower || moment.isStopping else {
            reasonSince = nil
            isPermitted = true
            return
        }
        let since = reasonSince ?? now
        reasonSince = since
        guard isPermitted, moment.isPowerLow || now.elapsed(since: since) >= rules.stopDeadline else { return }
        isPermitted = false
        startsUntil = nil
        pausedUntil = now + rules.pause
    }
}
