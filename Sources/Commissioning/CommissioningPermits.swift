import ControlLoop
import Devices
import FrequencyResponse
import GPIO
import Interlocks
import Synchronization

/// What a bench that commissions wants of permits and heartbeat, in the place of control: the supply of the one charger
/// that is spoken to, and of no other that has a permit of its own. The rules are the daemon's.
struct CommissioningPermits {
    /// Why no power may be moved.
    enum Hold {
        case none
        /// A contact that blocks: no power, and the supply stays.
        case zeroPower
        /// Open, latched, not armed, withheld, or nobody looks at the contacts.
        case tripped
    }

    private let mailboxes: Mailboxes
    /// The site's permits, and when they open and close.
    private let permits: [PermitSettings]
    private let rules: PermitRules
    private var policy = PermitPolicy()
    private var stallDetector = GPIOStallDetector()
    private var requestedAt: Instant?
    private(set) var charger: Int?
    private var settings = ChargerSettings(chargeLimit: .zero, dischargeLimit: .zero)
    /// For a charger that can't fall back by itself.
    private var supply: SupplyCutoff?
    /// The newest tick that told the charger a power.
    private var toldTick: UInt64?
    /// It was told a power, and has not been seen without since.
    private var mayBePowered = false
    /// It has been under control since it was taken.
    private var wasControlled = false
    /// It is left alone on purpose: then the heart beats on, or the relay's time would be measured and not the
    /// charger's.
    var isLeftAlone = false

    /// Permits outlive the moments in which links are changed.
    private static var requestTime: Interval { .seconds(2) }
    private static var requestInterval: Interval { .milliseconds(100) }

    init(_ permits: [PermitSettings], rules: PermitRules, mailboxes: Mailboxes) {
        self.permits = permits
        self.rules = rules
        self.mailboxes = mailboxes
    }

    /// What a charger was told before is not forgotten when it is taken again.
    mutating func take(_ index: Int, _ settings: ChargerSettings) {
        if charger != index {
            noteFallenBack()
            supply = settings.permit?.lossLimit == nil ? nil : SupplyCutoff()
        }
        charger = index
        self.settings = settings
        wasControlled = false
        isLeftAlone = false
    }

    mutating func tell(_ tick: UInt64) {
        toldTick = tick
        mayBePowered = true
        supply?.noteCommand(tick)
    }

    /// It was left alone, and the meter has seen its power go.
    mutating func noteFallenBack() {
        toldTick = nil
        mayBePowered = false
    }

    /// Its supply is off, or that of all, and no contactor is known to be welded.
    var hasNoSupply: Bool {
        let standing = mailboxes.interlocks.standingPermits.load(ordering: .acquiring)
        return permits.indices.contains { index in
            (permits[index].charger ?? charger) == charger && standing & (1 << UInt64(index)) == 0
        }
    }

    /// Why no power may be moved now.
    mutating func hold(_ now: Instant) -> Hold {
        let shared = mailboxes.interlocks
        let isHung = stallDetector.isHung(turns: mailboxes.progress.lineTurns.load(ordering: .relaxed), now: now)
        let condition = InterlockCondition(rawValue: shared.condition.load(ordering: .acquiring)) ?? .tripped
        let block =
            charger.flatMap { ChargerBlock(rawValue: UInt8(shared.blocks[$0].value.load(ordering: .acquiring))) }
            ?? .none
        if isHung || condition == .tripped || block == .orderedStop || supply?.isWithheld ?? false
            || shared.isDisarmed.load(ordering: .relaxed)
        {
            return .tripped
        }
        return condition == .blocked || block == .zeroPower ? .zeroPower : .none
    }

    /// Renews the request, as control does with every tick.
    mutating func renew(_ newest: ChargerInputs, tick: UInt64, now: Instant) -> Hold {
        // Before the contacts are looked at: one that opens meanwhile has then raised a number that was not seen.
        let epoch = mailboxes.interlocks.epoch.load(ordering: .acquiring)
        let hold = hold(now)
        guard hold != .none || requestedAt.map({ now.elapsed(since: $0) >= Self.requestInterval }) ?? true else {
            return hold
        }
        requestedAt = now
        var status = newest
        // Left alone it says nothing: then its last word stands.
        if !isLeftAlone, !status.isFresh(settings.readingAgeLimit, now) { status.control = .unreachable }
        let isControlled = status.control == .controlled
        wasControlled = wasControlled || isControlled
        if let lossLimit = settings.permit?.lossLimit {
            supply?.update(
                isControlled: isControlled, zeroPowerTick: status.zeroPower?.tick,
                rule: SupplyCutoff.Rule(limit: lossLimit, pause: rules.pause), now: now)
        }
        if let toldTick, let zeroPowerTick = status.zeroPower?.tick, zeroPowerTick > toldTick { self.toldTick = nil }
        let isPowerLow = isPowerLow(status)
        if isPowerLow, status.takenAt != nil { mayBePowered = false }
        policy.update(
            PermitPolicy.Moment(
                now: now, isTripped: hold == .tripped, isStopping: false,
                controlled: isControlled ? 1 : 0,
                isEveryChargerBlocked: !wasControlled, isPowerLow: isPowerLow), rules: rules)
        // Nobody speaks to the others, so they get no supply.
        var withheld: UInt64 = 0
        for index in permits.indices where permits[index].charger != nil {
            if permits[index].charger != charger || supply?.isWithheld ?? false { withheld |= 1 << UInt64(index) }
        }
        mailboxes.interlocks.permitRequest.publish(
            PermitRequest(
                tick: tick, expires: now + Self.requestTime, epoch: epoch, isPermitted: policy.isPermitted,
                withheld: withheld,
                allowsHeartbeat: isLeftAlone || isControlled || toldTick == nil, isFault: hold != .none))
        mailboxes.interlocks.bell.ring()
        return hold
    }

    /// It shows next to nothing since it acknowledged zero power; one that was not seen since it was taken counts if it
    /// carried nothing before.
    private func isPowerLow(_ status: ChargerInputs) -> Bool {
        guard let takenAt = status.takenAt else { return !mayBePowered }
        guard let zeroPower = status.zeroPower, takenAt >= zeroPower.since else { return false }
        return status.measuresLittle(settings.lowPower)
    }
}
