public import ControlLoop
import Devices
public import FrequencyResponse
import Interlocks
import Realtime
import Synchronization

/// A site under the hand of a person: setpoints by leases that only this bench renews, a charger's power as it reads
/// it, and the power that the site's meter sees. Links and lines are the daemon's own, so that what is measured is what
/// will run, and an opened contact acts as it does there.
public final class CommissioningBench {
    private let mailboxes: Mailboxes
    private let observes: Bool
    /// The thread of the contacts and permits; nil for a site without.
    public let lines: GPIOThread?
    private let lineThread: RealtimeThread?
    /// Nil for a site without lines, and while observing.
    private var permits: CommissioningPermits?

    private var charger = 0
    private var links: [Link] = []
    private var threads: [RealtimeThread] = []
    /// The links without the meter's, where the meter has one of its own.
    private var chargerLinks: [Int] = []
    private var ended: Set<Int> = []
    private var tick: UInt64 = 0
    private var sample: MeterSample?
    private var status = ChargerInputs.unknown
    private static var lease: Interval { .milliseconds(500) }

    /// A reading of both ends.
    public struct Reading: Sendable {
        /// When it was read.
        public var at: Instant
        /// The charger's power; nil when this reading is not the charger's.
        public var charger: Watts?
        /// The meter's power; nil when this reading is not the meter's.
        public var meter: Watts?
    }

    /// Asks for the site's lines and reads its contacts; no charger is spoken to yet. Throws when a line can't be had.
    public init(_ plan: RuntimePlan) throws {
        let mailboxes = Mailboxes(
            chargerCount: plan.fleet.count, meterCount: plan.links.reduce(0) { $0 + $1.meters.count })
        self.mailboxes = mailboxes
        observes = plan.links.allSatisfy { !$0.mayWrite }
        lines = try plan.lines.map { try GPIOThread($0, mailboxes: mailboxes) }
        if lines != nil {
            mailboxes.interlocks.condition.store(InterlockCondition.tripped.rawValue, ordering: .releasing)
        }
        lineThread = lines.map { lines in RealtimeThread(name: "lines", priority: 60) { lines.run() } }
        if !observes, let lines = plan.lines {
            permits = CommissioningPermits(lines.settings.permits, rules: lines.rules, mailboxes: mailboxes)
        }
    }

    /// The latches that have to survive a restart.
    public var savedState: SavedStateSource { SavedStateSource(mailboxes: mailboxes, lines: lines) }

    // MARK: One charger after the other

    /// Speaks to one charger of the plan, and to the meters.
    public func take(_ index: Int, of plan: RuntimePlan) {
        charger = index
        permits?.take(index, plan.fleet[index])
        status = .unknown
        ended = []
        let own = plan.links.map { link in
            var link = link
            link.chargers = link.chargers.filter { $0.index == index }
            return link
        }.filter { !$0.meters.isEmpty || !$0.chargers.isEmpty }
        let mailboxes = mailboxes
        links = own.map { Link(plan: $0, mailboxes: mailboxes) }
        chargerLinks = own.indices.filter { !own[$0].chargers.isEmpty }
        threads = links.enumerated().map { number, link in RealtimeThread(name: "link-\(number)") { link.run() } }
    }

    /// Whether the meter goes on being read when the charger's connection falls silent.
    public func meterStandsAlone(in plan: RuntimePlan) -> Bool {
        !plan.links.contains { link in link.chargers.contains { $0.index == charger } && !link.meters.isEmpty }
    }

    /// The charger's newest state.
    public var inputs: ChargerInputs { status }

    /// The device has acknowledged zero power, and was told nothing else since.
    public var isZeroPowerAcknowledged: Bool { status.zeroPower != nil }

    /// A contact is open or latched, the site is not armed, the supply is withheld, or nobody looks at the contacts: no
    /// power may be moved.
    public var isHeldOff: Bool {
        permits.map {
            var permits = $0; return permits.hold(LiveClock.now()) != .none
        } ?? false
    }

    /// The charger's supply is off by its permits.
    public var hasNoSupply: Bool { permits?.hasNoSupply ?? false }

    /// Holds a setpoint for a time and gives a reading whenever there is a new one; ends early when `visit` says so, or
    /// when power is asked for and a contact forbids it. Nil holds nothing: the last lease runs out.
    public func hold(_ power: Watts?, for time: Interval, visit: (Reading) -> Bool) {
        let end = LiveClock.now() + time
        while LiveClock.now() < end {
            let now = LiveClock.now()
            let inhibit = mailboxes.interlocks.inhibits[charger].value.load(ordering: .acquiring)
            let isHeldOff = (permits?.renew(status, tick: tick, now: now) ?? .none) != .none
            if let power, !observes { publish(isHeldOff ? .zero : power, inhibit: inhibit, now: now) }
            if isHeldOff, power != .zero { return }
            let seen = mailboxes.sampleCame.count
            mailboxes.sampleCame.wait(while: seen, until: now + .milliseconds(20))
            let newSample = mailboxes.samples[0].latest()
            let newStatus = mailboxes.statuses[charger].latest()
            if newSample.isNew { sample = newSample.value }
            let isFresh = newStatus.isNew && newStatus.value.takenAt != status.takenAt
            if newStatus.isNew { status = newStatus.value }
            guard isFresh || newSample.isNew else { continue }
            let at = isFresh ? status.takenAt ?? now : sample?.sample.takenAt ?? now
            guard
                visit(
                    Reading(
                        at: at, charger: isFresh ? status.power : nil,
                        meter: newSample.isNew ? sample?.sitePower?.power : nil))
            else { return }
        }
    }

    private func publish(_ power: Watts, inhibit: UInt32, now: Instant) {
        tick += 1
        if power != .zero { permits?.tell(tick) }
        mailboxes.setpoints[charger].publish(
            Setpoint(
                isZeroPower: power == .zero, power: power, expires: now + Self.lease, tick: tick, inhibit: inhibit))
        mailboxes.setpointsCame.raise()
    }

    /// What has happened on the links since the last call.
    public func events() -> [LinkEvent] {
        links.flatMap { link in
            var found: [LinkEvent] = []
            while let event = link.events.pop() { found.append(event) }
            return found
        }
    }

    /// Falls silent towards the charger, whatever it was commanded: no zero power is written. Its connection
    /// is reset.
    public func goSilent() {
        permits?.isLeftAlone = true
        for index in chargerLinks { end(index) }
    }

    /// Left alone, the charger has given up its power by itself.
    public func noteFallenBack() { permits?.noteFallenBack() }

    /// Ends the links; permits stay as they are.
    public func hangUp() {
        for link in links { link.stop() }
        for index in links.indices { end(index) }
    }

    /// Ends everything: permits off, and at last the lines.
    public func end() {
        hangUp()
        lines?.end()
        _ = lineThread?.join(within: .seconds(2))
    }

    /// A thread can be waited for once.
    private func end(_ index: Int) {
        guard ended.insert(index).inserted else { return }
        links[index].stop()
        // A link may be busy with a request; meanwhile the heart goes on.
        let until = LiveClock.now() + .seconds(5)
        while !threads[index].join(within: .milliseconds(20)), LiveClock.now() < until {
            _ = permits?.renew(status, tick: tick, now: LiveClock.now())
        }
    }
}
