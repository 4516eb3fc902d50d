public import FrequencyResponse
import GPIO
import Realtime
import Synchronization

/// A site under the hand of a person: setpoints by leases that only this bench renews, a charger's power as it reads it, and the power that the site's
/// meter sees. Links and lines are the daemon's own, so that what is measured is what will run, and an opened contact acts as it does there.
public final class CommissioningBench {
    private let exchange: Exchange
    private let observes: Bool
    /// The thread of the contacts and permits; nil for a site without.
    public let lines: LineThread?
    private let lineThread: RealtimeThread?
    private let permits: PermitPlan?
    private var policy: PermitPolicy?
    /// For a charger that can't fall back by itself.
    private var supply: SupplyWatch?
    private var linesWatch = LinesWatch()
    private var wishedAt: Instant?

    private var charger = 0
    private var settings: ChargerSettings?
    private var links: [Link] = []
    private var threads: [RealtimeThread] = []
    /// The links without the meter's, where the meter has one of its own.
    private var chargerLinks: [Int] = []
    private var ended: Set<Int> = []
    private var tick: UInt64 = 0
    private var sample: MeterSample?
    private var status = ChargerStatus.unknown

    private static var lease: Interval { .milliseconds(500) }
    /// Permits outlive the moments in which links are changed.
    private static var wishTime: Interval { .seconds(2) }
    private static var wishInterval: Interval { .milliseconds(100) }

    /// A reading of both ends.
    public struct Reading: Sendable {
        public var at: Instant
        public var charger: Watts?
        public var meter: Watts?
    }

    /// Asks for the site's lines and reads its contacts; no charger is spoken to yet. Throws when a line can't be had.
    public init(_ plan: RuntimePlan) throws {
        exchange = Exchange(chargerCount: plan.fleet.count, meterCount: plan.links.reduce(0) { $0 + $1.meters.count })
        observes = plan.links.allSatisfy { !$0.mayWrite }
        permits = plan.lines?.permits
        let exchange = exchange
        lines = try plan.lines.map {
            LineThread(
                settings: $0.settings, outputs: $0.outputs, lines: try $0.open(exchange.interlocks.bell), exchange: exchange,
                latched: $0.latched)
        }
        if lines != nil { exchange.interlocks.condition.store(InterlockCondition.tripped.rawValue, ordering: .releasing) }
        lineThread = lines.map { lines in RealtimeThread(name: "lines", priority: 60) { lines.run() } }
        policy = permits.map { PermitPolicy(stopDeadline: $0.stopDeadline, startTime: $0.startTime, pause: $0.pause) }
    }

    // MARK: One charger after the other

    /// Speaks to one charger of the plan, and to the meters.
    public func take(_ index: Int, of plan: RuntimePlan) {
        charger = index
        settings = plan.fleet[index]
        status = .unknown
        supply = permits.flatMap { permits in
            permits.permits.first { $0.charger == index }?.takenAfter.map { SupplyWatch(patience: $0, pause: permits.pause) }
        }
        ended = []
        let own = plan.links.map { link in
            var link = link
            link.chargers = link.chargers.filter { $0.index == index }
            return link
        }.filter { !$0.meters.isEmpty || !$0.chargers.isEmpty }
        let exchange = exchange
        links = own.map { Link(plan: $0, exchange: exchange) }
        chargerLinks = own.indices.filter { !own[$0].chargers.isEmpty }
        threads = links.enumerated().map { number, link in RealtimeThread(name: "link-\(number)") { link.run() } }
    }

    /// Whether the meter goes on being read when the charger's connection falls silent.
    public func meterStandsAlone(in plan: RuntimePlan) -> Bool {
        !plan.links.contains { link in link.chargers.contains { $0.index == charger } && !link.meters.isEmpty }
    }

    public var inputs: ChargerInputs { status.inputs }

    /// The device has acknowledged neutral, and was told nothing else since.
    public var isNeutral: Bool { status.neutralTick != nil }

    /// A contact is open or latched, the site is not armed, or nobody looks at the contacts: no power may be moved.
    public var isHeldOff: Bool {
        guard lines != nil else { return false }
        let shared = exchange.interlocks
        let isHung = linesWatch.isHung(turns: exchange.progress.lineTurns.load(ordering: .relaxed), now: LiveClock.now())
        return isHung || supply?.isWithheld ?? false || shared.isDisarmed.load(ordering: .relaxed)
            || shared.condition.load(ordering: .acquiring) != InterlockCondition.clear.rawValue
            || shared.blocks[charger].value.load(ordering: .acquiring) != UInt32(ChargerBlock.none.rawValue)
    }

    /// Holds a setpoint for a time and gives a reading whenever there is a new one; ends early when `visit` says so, or when power is asked for and a
    /// contact forbids it. Nil holds nothing: the last lease runs out.
    public func hold(_ power: Watts?, for time: Interval, visit: (Reading) -> Bool) {
        let end = LiveClock.now() + time
        while LiveClock.now() < end {
            let now = LiveClock.now()
            let inhibit = exchange.interlocks.inhibits[charger].value.load(ordering: .acquiring)
            let isHeldOff = keepPermits(now)
            if let power, !observes {
                tick += 1
                let power = isHeldOff ? .zero : power
                exchange.setpoints[charger].publish(
                    CommandedSetpoint(
                        Setpoint(isNeutral: power == .zero, power: power, expires: now + Self.lease, tick: tick), inhibit: inhibit))
                exchange.setpointsCame.raise()
            }
            if isHeldOff, !observes, power != .zero { return }
            let seen = exchange.sampleCame.count
            exchange.sampleCame.wait(while: seen, until: now + .milliseconds(20))
            let newSample = exchange.samples[0].latest()
            let newStatus = exchange.statuses[charger].latest()
            if newSample.isNew { sample = newSample.value }
            let isFresh = newStatus.isNew && newStatus.value.inputs.takenAt != status.inputs.takenAt
            if newStatus.isNew { status = newStatus.value }
            guard isFresh || newSample.isNew else { continue }
            let at = isFresh ? status.inputs.takenAt ?? now : sample?.sample.takenAt ?? now
            guard
                visit(
                    Reading(at: at, charger: isFresh ? status.inputs.power : nil, meter: newSample.isNew ? sample?.sitePower?.power : nil))
            else { return }
        }
    }

    /// Renews the wish for permits, as control does with every tick; true while a contact forbids power.
    private func keepPermits(_ now: Instant) -> Bool {
        // Before the contacts are looked at: one that opens meanwhile has then raised a number that was not seen.
        let epoch = exchange.interlocks.epoch.load(ordering: .acquiring)
        let isHeldOff = isHeldOff
        guard policy != nil, !observes, wishedAt.map({ now.elapsed(since: $0) >= Self.wishInterval }) ?? true || isHeldOff else {
            return isHeldOff
        }
        wishedAt = now
        supply?.update(isInHand: isInHand(now), isNeutral: isNeutral, now: now)
        var withheld: UInt64 = 0
        if supply?.isWithheld ?? false, let own = permits?.permits.firstIndex(where: { $0.charger == charger }) {
            withheld = 1 << UInt64(own)
        }
        policy?.update(
            PermitPolicy.Moment(
                now: now, isTripped: isHeldOff, isStopping: false, isFrequencyTrusted: true,
                controlled: status.inputs.link == .controlled ? 1 : 0, isPowerLow: isPowerLow))
        exchange.interlocks.wish.publish(
            PermitWish(
                tick: tick, expires: now + Self.wishTime, epoch: epoch, isPermitted: policy?.isPermitted ?? false, withheld: withheld,
                isHealthy: !isHeldOff || isPowerLow, isFault: isHeldOff))
        exchange.interlocks.bell.ring()
        return isHeldOff
    }

    /// Under control, by a fresh reading.
    private func isInHand(_ now: Instant) -> Bool {
        guard let settings, status.inputs.link == .controlled, let takenAt = status.inputs.takenAt else { return false }
        return takenAt >= now || now.elapsed(since: takenAt) <= settings.readingAgeLimit
    }

    /// The charger shows next to nothing since it acknowledged neutral, or was never seen.
    private var isPowerLow: Bool {
        guard let settings, let takenAt = status.inputs.takenAt else { return true }
        guard let power = status.inputs.power, let neutralAt = status.neutralAt, takenAt >= neutralAt else { return false }
        return power.magnitude <= max(settings.chargeLimit, settings.dischargeLimit) * 0.05
    }

    /// What has happened on the links since the last call.
    public func events() -> [LinkEvent] {
        links.flatMap { link in
            var found: [LinkEvent] = []
            while let event = link.events.pop() { found.append(event) }
            return found
        }
    }

    /// Falls silent towards the charger, in the middle of whatever it was told: no neutral is written. Its connection is reset.
    public func goSilent() {
        for index in chargerLinks { end(index) }
    }

    /// Ends the links; permits stay as they are for as long as the last wish.
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
        _ = threads[index].join(within: .seconds(5))
    }
}
