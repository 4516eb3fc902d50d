public import FrequencyResponse

/// Decides what opened contacts, permit requests and mirror contacts make of the permits. No I/O and no clock.
///
/// A permit is on only while the newest request asks for it, that request's tick saw every opening so far, every
/// contact that forbids it stands closed and has no latch, and its contactor is neither welded nor dropped. The button
/// clears latches when all latching contacts are closed and every welded contactor says off. The site is then not armed
/// until the button is pressed again.
public struct InterlockMachine: Sendable {
    private let settings: InterlockSettings
    private var contacts: [Contact]
    private var contactLatches: [Bool]
    /// It could not be read, and has not been read open since: its closing is nobody's press.
    private var wasLost: [Bool]
    private var weldLatches: [Bool]
    private var dropLatches: [Bool]
    /// The contactor has been seen on since its permit came on.
    private var hasBeenOn: [Bool]
    private var pressedAt: Instant?
    /// What comes sooner after a press is its bounce.
    private static var pressGap: Interval { .milliseconds(500) }
    private var request: PermitRequest?
    private var hasExpired = false
    /// When each permit last changed.
    private var permitChangedAt: [Instant]
    private var hasToldStaysOff: [Bool]
    /// Whether each permit is on.
    public private(set) var permits: [Bool]
    /// Grows with every opening.
    public private(set) var epoch: UInt64 = 0
    /// What a request has to have seen to keep each permit on, and to turn it on.
    private var requiredEpochs: [UInt64]
    private var requiredToTurnOn: [UInt64]
    /// Grows with every opening that concerns the charger; one for each.
    public private(set) var inhibits: [UInt32]
    /// A latch was reset, and the button has not been pressed again since.
    public private(set) var isDisarmed: Bool
    /// What has happened since the last call of `drainEvents`.
    public private(set) var events: [InterlockEvent] = []

    /// `latched` are the names of latches from before, as ``latches`` gives them.
    public init(settings: InterlockSettings, latched: Set<String> = [], now: Instant) {
        self.settings = settings
        contacts = settings.contacts.map { Contact(debounce: $0.debounce) }
        contactLatches = settings.contacts.map { latched.contains($0.name) }
        wasLost = settings.contacts.map { _ in false }
        weldLatches = settings.permits.map { latched.contains(Self.weldName($0)) }
        dropLatches = settings.permits.map { latched.contains(Self.dropName($0)) }
        hasBeenOn = settings.permits.map { _ in false }
        permits = settings.permits.map { _ in false }
        permitChangedAt = settings.permits.map { _ in now }
        hasToldStaysOff = settings.permits.map { _ in false }
        requiredEpochs = settings.permits.map { _ in 0 }
        requiredToTurnOn = requiredEpochs
        inhibits = Array(repeating: 0, count: settings.chargerCount)
        isDisarmed = latched.contains(Self.disarmedName)
    }

    private static func weldName(_ permit: PermitSettings) -> String { "welded \(permit.name)" }
    private static func dropName(_ permit: PermitSettings) -> String { "dropped \(permit.name)" }
    private static var disarmedName: String { "not armed" }

    /// What has to be kept over a restart.
    public var latches: Set<String> {
        var names = Set(settings.contacts.indices.filter { contactLatches[$0] }.map { settings.contacts[$0].name })
        for index in settings.permits.indices where weldLatches[index] {
            names.insert(Self.weldName(settings.permits[index]))
        }
        for index in settings.permits.indices where dropLatches[index] {
            names.insert(Self.dropName(settings.permits[index]))
        }
        if isDisarmed { names.insert(Self.disarmedName) }
        return names
    }

    /// Every latch that a site can have: a latch file that can't be read is taken to hold all of them.
    public static func allLatches(_ settings: InterlockSettings) -> Set<String> {
        let contacts = settings.contacts.filter { if case .interlock(_, _, true) = $0.role { true } else { false } }
            .map(\.name)
        let watched = settings.permits.indices.filter { index in
            settings.contacts.contains { $0.role == .feedback(permit: index) }
        }
        return Set(contacts + watched.map { weldName(settings.permits[$0]) })
    }

    /// Every name that ``latches`` may hold.
    public static func latchNames(_ settings: InterlockSettings) -> Set<String> {
        allLatches(settings).union(settings.permits.flatMap { [weldName($0), dropName($0)] }).union([disarmedName])
    }

    /// What has happened since the last call.
    public mutating func drainEvents() -> [InterlockEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    // MARK: What comes in

    /// A level at a contact, by an edge or by a poll.
    public mutating func see(contact index: Int, isHigh: Bool, at: Instant, byPoll: Bool = false) {
        let closed = isHigh == settings.contacts[index].closedIsHigh
        if !closed { wasLost[index] = false }
        if byPoll, contacts[index].state != .unknown, contacts[index].isSeenClosed != closed {
            events.append(.edgeLost(contact: index))
        }
        if contacts[index].see(closed: closed, at: at) == .opened { opened(index) }
    }

    /// A contact can't be read: it counts as open.
    public mutating func lose(contact index: Int, at: Instant) {
        let wasSeen = contacts[index].state != .open
        wasLost[index] = true
        let change = contacts[index].see(closed: false, at: at)
        if wasSeen { events.append(.unreadable(contact: index)) }
        if change == .opened { opened(index) }
    }

    /// A permit request. Every contact has to have been looked at since it was made.
    public mutating func take(_ newest: PermitRequest, now: Instant) {
        let news = newest.withheld & ~(request?.withheld ?? 0)
        for permit in permits.indices where news & (1 << UInt64(permit)) != 0 {
            events.append(.withheld(permit: permit))
        }
        request = newest
        hasExpired = false
        decide(now: now)
    }

    /// Time passes: contacts come to rest, mirror contacts are due, requests expire.
    public mutating func settle(now: Instant) {
        for index in contacts.indices {
            let wasOpen = contacts[index].hasOpened
            if contacts[index].settle(now: now) == .closed { closed(index, wasOpen: wasOpen, now: now) }
        }
        if let request, now > request.expires + settings.requestGrace, !hasExpired {
            hasExpired = true
            events.append(.requestExpired)
        }
        decide(now: now)
        watchMirrors(now: now)
        decide(now: now)
    }

    /// When ``settle(now:)`` has to be called next at the latest.
    public func due(after now: Instant) -> Instant? {
        var times = contacts.compactMap(\.due)
        if let request, !hasExpired { times.append(request.expires + settings.requestGrace) }
        times += settings.permits.indices.filter { mirror(of: $0) != nil }.map {
            permitChangedAt[$0] + settings.feedbackTime
        }
        return times.filter { $0 > now }.min()
    }

    /// Decides again, at once: for the openings of a moment.
    public mutating func decide(now: Instant) {
        for index in permits.indices {
            let isOn = isAllowed(index) && isRequested(index, now: now)
            guard isOn != permits[index] else { continue }
            permits[index] = isOn
            permitChangedAt[index] = now
            hasToldStaysOff[index] = false
            hasBeenOn[index] = false
            events.append(isOn ? .permitOn(index) : .permitOff(index))
        }
    }

    // MARK: What follows

    /// What the contacts make of the site as a whole.
    public var condition: InterlockCondition {
        var worst = InterlockCondition.clear
        for index in contacts.indices {
            guard case .interlock(let action, nil, _) = settings.contacts[index].role, forbids(index) else { continue }
            if action != .block { return .tripped }
            worst = .blocked
        }
        for index in permits.indices where isOut(index) && settings.permits[index].charger == nil { return .tripped }
        return worst
    }

    /// Whether a charger has to stand still for a contact or a contactor of its own.
    public func block(charger: Int) -> ChargerBlock {
        var block =
            settings.permits.indices.contains { settings.permits[$0].charger == charger && isOut($0) }
            ? ChargerBlock.zeroPower : .none
        for index in contacts.indices {
            guard case .interlock(let action, let trips?, _) = settings.contacts[index].role, trips.contains(charger),
                forbids(index)
            else {
                continue
            }
            if action == .stop { return .orderedStop }
            block = .zeroPower
        }
        return block
    }

    /// A bit for each permit that is on, or whose contactor is known to be welded.
    public var standingPermits: UInt64 {
        permits.indices.reduce(0) { $0 | (permits[$1] || weldLatches[$1] ? 1 << UInt64($1) : 0) }
    }

    /// Whether something is open, latched, welded, or waits to be armed.
    public var isFault: Bool {
        isDisarmed || weldLatches.contains(true) || dropLatches.contains(true)
            || contacts.indices.contains {
                if case .interlock = settings.contacts[$0].role { forbids($0) } else { false }
            }
    }

    private func forbids(_ index: Int) -> Bool { contactLatches[index] || !contacts[index].isClosed }

    /// Whether a contactor is welded, or fell by itself.
    private func isOut(_ permit: Int) -> Bool { weldLatches[permit] || dropLatches[permit] }

    /// Whether a contactor can't be relied upon to open: then the heart may not beat.
    public var isWelded: Bool { weldLatches.contains(true) }

    /// Whether no contact and no latch stands against a permit.
    private func isAllowed(_ permit: Int) -> Bool {
        guard !isOut(permit) else { return false }
        let own = settings.permits[permit].charger
        for index in contacts.indices {
            guard case .interlock(let action, let trips, _) = settings.contacts[index].role, forbids(index) else {
                continue
            }
            // An ordered stop leaves a permit that is on to control, which takes it away once the power is low.
            guard action == .stopNow || action == .stop && !permits[permit] else { continue }
            if Self.concerns(trips, own) { return false }
        }
        return true
    }

    /// Whether a contact's scope takes in a permit's: all, or the permit's own charger.
    private static func concerns(_ trips: [Int]?, _ charger: Int?) -> Bool {
        guard let trips else { return true }
        return charger.map { trips.contains($0) } ?? false
    }

    private func isRequested(_ permit: Int, now: Instant) -> Bool {
        guard let request, now <= request.expires + settings.requestGrace else { return false }
        guard request.isPermitted, request.withheld & (1 << UInt64(permit)) == 0 else { return false }
        return request.epoch >= (permits[permit] ? requiredEpochs : requiredToTurnOn)[permit]
    }

    private mutating func opened(_ index: Int) {
        events.append(.opened(contact: index))
        guard case .interlock(let action, let trips, let latches) = settings.contacts[index].role else { return }
        if latches, !contactLatches[index] {
            contactLatches[index] = true
            events.append(.latched(contact: index))
        }
        raise(trips)
        guard action != .block else { return }
        // An ordered stop leaves a permit on until control has taken it away.
        for permit in permits.indices where Self.concerns(trips, settings.permits[permit].charger) {
            requiredToTurnOn[permit] = epoch
            if action == .stopNow { requiredEpochs[permit] = epoch }
        }
    }

    /// No setpoint of a tick that did not know of this counts any more.
    private mutating func raise(_ chargers: [Int]?) {
        epoch &+= 1
        for charger in chargers ?? Array(inhibits.indices) { inhibits[charger] &+= 1 }
    }

    private mutating func closed(_ index: Int, wasOpen: Bool, now: Instant) {
        events.append(.closed(contact: index))
        // A button that is bridged, or held since before the start or since it could not be read, is no press.
        if settings.contacts[index].role == .reset, wasOpen, !wasLost[index],
            pressedAt.map({ now >= $0 + Self.pressGap }) ?? true
        {
            pressedAt = now
            pressed()
        }
    }

    private var hasLatch: Bool {
        contactLatches.contains(true) || weldLatches.contains(true) || dropLatches.contains(true)
    }

    private mutating func pressed() {
        guard hasLatch else {
            if isDisarmed {
                isDisarmed = false
                events.append(.armed)
            }
            return
        }
        for index in contacts.indices {
            guard case .interlock(_, _, true) = settings.contacts[index].role, !contacts[index].isClosed else {
                continue
            }
            events.append(.resetRefused(contact: index))
            return
        }
        for permit in permits.indices {
            guard let mirror = mirror(of: permit), weldLatches[permit], !contacts[mirror].isClosed else { continue }
            events.append(.resetRefused(contact: mirror))
            return
        }
        contactLatches = contactLatches.map { _ in false }
        weldLatches = weldLatches.map { _ in false }
        dropLatches = dropLatches.map { _ in false }
        isDisarmed = true
        events.append(.reset)
    }

    // MARK: Mirror contacts

    private func mirror(of permit: Int) -> Int? {
        settings.contacts.firstIndex { $0.role == .feedback(permit: permit) }
    }

    private mutating func watchMirrors(now: Instant) {
        for permit in permits.indices {
            guard let mirror = mirror(of: permit), now >= permitChangedAt[permit] + settings.feedbackTime else {
                continue
            }
            let saysOff = contacts[mirror].isClosed
            if !permits[permit], !saysOff, !weldLatches[permit] {
                weldLatches[permit] = true
                events.append(.welded(permit: permit))
                raise(settings.permits[permit].charger.map { [$0] })
            }
            if permits[permit], !saysOff { hasBeenOn[permit] = true }
            if permits[permit], saysOff, hasBeenOn[permit], !dropLatches[permit] {
                // Something else in the chain took the coil away: it must not come back by itself.
                dropLatches[permit] = true
                events.append(.dropped(permit: permit))
                raise(settings.permits[permit].charger.map { [$0] })
            } else if permits[permit], saysOff, !hasToldStaysOff[permit] {
                hasToldStaysOff[permit] = true
                events.append(.contactorStaysOff(permit: permit))
            }
        }
    }
}
