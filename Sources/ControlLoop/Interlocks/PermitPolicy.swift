public import FrequencyResponse

/// When control wants the chargers to have power at all. Pure; one update per tick.
///
/// Off: while a contact has tripped the site, at an ordered stop, and when the only meter or all chargers are lost;
/// each once the power is low, or when that has taken too long. Chargers that lost their supply can't come back by
/// themselves: after a pause they are given it again for as long as they need to start, neutral until they are taken
/// over.
public struct PermitPolicy: Sendable {
    public struct Moment: Sendable {
        public var now: Instant
        public var isTripped: Bool
        public var isStopping: Bool
        public var isFrequencyTrusted: Bool
        public var controlled: Int
        /// Contacts of their own hold every charger, so that none can be under control.
        public var isHeldOff: Bool
        /// Every charger that is in reach shows a low power, and those that are not have had their timeout.
        public var isPowerLow: Bool

        public init(
            now: Instant, isTripped: Bool, isStopping: Bool, isFrequencyTrusted: Bool, controlled: Int,
            isHeldOff: Bool = false,
            isPowerLow: Bool
        ) {
            self.now = now
            self.isTripped = isTripped
            self.isStopping = isStopping
            self.isFrequencyTrusted = isFrequencyTrusted
            self.controlled = controlled
            self.isHeldOff = isHeldOff
            self.isPowerLow = isPowerLow
        }
    }

    /// How long current may go on before the permit is taken away all the same.
    private let stopDeadline: Interval
    /// How long an input may be lost before the site is taken to neutral and out of power: the ladder's 2 s.
    private static var lossLimit: Interval { .seconds(2) }
    /// How long a supply that was taken stays away.
    private let pause: Interval
    /// How long chargers may need to answer once they have it.
    private let startTime: Interval

    private var reasonSince: Instant?
    private var lostSince: Instant?
    /// While chargers may start, and until when.
    private var startsUntil: Instant?
    private var pausedUntil: Instant?
    public private(set) var isPermitted = false
    /// Everything has to be neutral, whatever the law would still allow.
    public private(set) var mustBeNeutral = false

    public init(stopDeadline: Interval, startTime: Interval, pause: Interval) {
        self.stopDeadline = stopDeadline
        self.startTime = startTime
        self.pause = pause
    }

    public mutating func update(_ moment: Moment) {
        let now = moment.now
        // After a trip chargers have to start as after any other time without power, and for as long.
        if moment.controlled > 0 || moment.isTripped {
            startsUntil = nil
        } else if moment.isHeldOff {
            // Once they are let go they have to start.
            startsUntil = now + startTime
        } else if moment.isFrequencyTrusted, startsUntil == nil, pausedUntil.map({ now >= $0 }) ?? true, !isPermitted {
            startsUntil = now + startTime
        }
        let isStarting = startsUntil.map { now < $0 } ?? false
        let isLost = !moment.isFrequencyTrusted || moment.controlled == 0 && !isStarting
        lostSince = isLost ? lostSince ?? now : nil
        let isLongLost = lostSince.map { now.elapsed(since: $0) >= Self.lossLimit } ?? false
        mustBeNeutral = isLongLost || moment.isTripped
        guard mustBeNeutral || moment.isStopping else {
            reasonSince = nil
            isPermitted = true
            return
        }
        let since = reasonSince ?? now
        reasonSince = since
        guard isPermitted, moment.isPowerLow || now.elapsed(since: since) >= stopDeadline else { return }
        isPermitted = false
        startsUntil = nil
        pausedUntil = now + pause
    }
}
