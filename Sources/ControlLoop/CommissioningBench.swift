public import FrequencyResponse
import Realtime

/// One charger under the hand of a person: setpoints by leases that only this bench renews, its power as it reads it, and the power that the site's meter
/// sees. The links are the daemon's own, so that what is measured is what will run.
public final class CommissioningBench {
    private let exchange: Exchange
    private let links: [Link]
    private let threads: [RealtimeThread]
    /// The links without the meter's, where the meter has one of its own.
    private let chargerLinks: [Int]
    private let index: Int
    private var ended: Set<Int> = []
    private var tick: UInt64 = 0
    private var sample: MeterSample?
    private var status = ChargerStatus.unknown

    /// A reading of both ends.
    public struct Reading: Sendable {
        public var at: Instant
        public var charger: Watts?
        public var meter: Watts?
    }

    /// `plan` is that of the site; of its chargers only the one at `index` is spoken to.
    public init(_ plan: RuntimePlan, charger index: Int) {
        self.index = index
        exchange = Exchange(
            chargerCount: plan.fleet.count, meterCount: plan.links.reduce(0) { $0 + $1.meters.count })
        let own = plan.links.map { link in
            var link = link
            link.chargers = link.chargers.filter { $0.index == index }
            return link
        }.filter { !$0.meters.isEmpty || !$0.chargers.isEmpty }
        let exchange = exchange
        links = own.map { Link(plan: $0, exchange: exchange) }
        chargerLinks = own.indices.filter { !own[$0].chargers.isEmpty }
        let links = links
        threads = links.enumerated().map { number, link in RealtimeThread(name: "link-\(number)") { link.run() } }
    }

    /// Whether the meter goes on being read when the charger's connection falls silent.
    public func meterStandsAlone(in plan: RuntimePlan) -> Bool {
        !plan.links.contains { link in link.chargers.contains { $0.index == index } && !link.meters.isEmpty }
    }

    public var inputs: ChargerInputs { status.inputs }

    /// The device has acknowledged neutral, and was told nothing else since.
    public var isNeutral: Bool { status.neutralTick != nil }

    /// Holds a setpoint for a time and gives a reading whenever there is a new one; ends early when `visit` says so. Nil holds nothing: the last lease runs out.
    public func hold(_ power: Watts?, for time: Interval, visit: (Reading) -> Bool) {
        let end = LiveClock.now() + time
        while LiveClock.now() < end {
            let now = LiveClock.now()
            if let power {
                tick += 1
                exchange.setpoints[index].publish(
                    CommandedSetpoint(Setpoint(isNeutral: power == .zero, power: power, expires: now + .milliseconds(500), tick: tick)))
                exchange.setpointsCame.raise()
            }
            let seen = exchange.sampleCame.count
            exchange.sampleCame.wait(while: seen, until: now + .milliseconds(20))
            let newSample = exchange.samples[0].latest()
            let newStatus = exchange.statuses[index].latest()
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

    /// Ends the links.
    public func end() {
        for link in links { link.stop() }
        for index in links.indices { end(index) }
    }

    /// A thread can be waited for once.
    private func end(_ index: Int) {
        guard ended.insert(index).inserted else { return }
        links[index].stop()
        _ = threads[index].join(within: .seconds(5))
    }
}
