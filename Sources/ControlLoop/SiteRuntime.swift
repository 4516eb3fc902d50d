import Devices
public import FrequencyResponse
public import GPIO
public import Interlocks
import Realtime
public import SiteConfiguration
import Synchronization

/// What a site needs to run: its law, its chargers in order, and its connections.
public struct RuntimePlan: Sendable {
    /// The settings of the law.
    public let settings: LawSettings
    /// The chargers, in the order of the site file.
    public var fleet: [ChargerSettings]
    /// The control period.
    public var period: Interval
    /// The time zone of departures.
    public var timeZone: SiteTimeZone
    /// The connections with their devices.
    public var links: [LinkPlan]
    /// Whether the site is armed from its start.
    public var armed: Bool
    /// What was saved before; nil for a start without.
    public var restored: RestoredSite?
    /// The indices of the chargers that are locked from the start.
    public var locked: Set<Int> = []
    /// The site's contacts and permits, with their lines; nil for a site without.
    public let lines: GPIOPlan?

    /// The law gets the permits' rules with the lines, so that neither is there without the other.
    public init(
        settings: LawSettings, fleet: [ChargerSettings], period: Interval, links: [LinkPlan], armed: Bool,
        timeZone: SiteTimeZone = .machine, lines: GPIOPlan? = nil
    ) {
        self.timeZone = timeZone
        self.lines = lines
        var settings = settings
        settings.permits = lines?.rules
        self.settings = settings
        self.fleet = fleet
        self.period = period
        self.links = links
        self.armed = armed
    }
}

/// What the lines' thread needs.
public struct GPIOPlan: Sendable {
    /// The contacts and permits.
    public var settings: InterlockSettings
    /// Which output is what.
    public var outputs: OutputPlan
    /// When the permits open and close.
    public var rules: PermitRules
    /// Given the bell that ends their waits.
    public var open: @Sendable (LineBell) throws -> any SiteLines & Sendable
    /// What was latched before.
    public var latched: Set<String>

    package init(
        settings: InterlockSettings, outputs: OutputPlan, rules: PermitRules,
        latched: Set<String> = [],
        open: @escaping @Sendable (LineBell) throws -> any SiteLines & Sendable
    ) {
        self.settings = settings
        self.outputs = outputs
        self.rules = rules
        self.latched = latched
        self.open = open
    }
}

/// A running site: the control thread and a thread per connection. One thread owns it: it starts it, reads its records
/// and ends it.
public final class SiteRuntime {
    private let mailboxes: Mailboxes
    private let control: ControlThread
    private let controlThread: RealtimeThread
    private let linkThreads: [RealtimeThread]
    /// The connections.
    public let links: [Link]
    /// The thread of the contacts and permits; nil for a site without.
    public let lines: GPIOThread?
    private let lineThread: RealtimeThread?
    private var watchdog: (dog: Watchdog, thread: RealtimeThread)?
    private let chargerCount: Int
    private let timeZone: SiteTimeZone
    /// Unoptimised code copies a driver's profile in every call, which overran 256 KiB.
    #if DEBUG
        private static let linkStack = 2_048 * 1_024
    #else
        private static let linkStack = 256 * 1_024
    #endif
    /// How long a link may be busy with one request.
    private let requestTime: Interval

    /// Starts all threads; the lines first, so that no setpoint leaves before the contacts were read. Throws when a
    /// line can't be had.
    public init(_ plan: RuntimePlan) throws {
        timeZone = plan.timeZone
        let mailboxes = Mailboxes(
            chargerCount: plan.fleet.count, meterCount: plan.links.reduce(0) { $0 + $1.meters.count })
        let control = ControlThread(
            settings: plan.settings, fleet: plan.fleet, period: plan.period, mailboxes: mailboxes, armed: plan.armed,
            restored: plan.restored)
        let lines = try plan.lines.map { try GPIOThread($0, mailboxes: mailboxes) }
        mailboxes.clock.publish(Self.clock(plan.timeZone))
        for index in plan.locked { mailboxes.locks[index].value.store(1, ordering: .releasing) }
        // Until the contacts have been read nobody knows that they are closed.
        if lines != nil {
            mailboxes.interlocks.condition.store(InterlockCondition.tripped.rawValue, ordering: .releasing)
        }
        lineThread = lines.map { lines in RealtimeThread(name: "lines", priority: 60) { lines.run() } }
        self.lines = lines
        let links = plan.links.map { Link(plan: $0, mailboxes: mailboxes) }
        // The law passes settings and outputs by value; unoptimised, one tick overran 256 KiB.
        controlThread = RealtimeThread(name: "control", priority: 50, stack: 2_048 * 1_024) { control.run() }
        linkThreads = links.enumerated().map { index, link in
            RealtimeThread(name: "link-\(index)", priority: 40, stack: Self.linkStack) { link.run() }
        }
        self.mailboxes = mailboxes
        self.control = control
        self.links = links
        chargerCount = plan.fleet.count
        let timeouts = plan.links.flatMap {
            $0.meters.map(\.settings.responseTimeout) + $0.chargers.map(\.settings.responseTimeout)
        }
        requestTime = timeouts.max() ?? .zero
    }

    /// Why the control thread does not run under SCHED_FIFO; nil when it does.
    public var realtimeRefusal: Int32? { controlThread.realtimeRefusal }

    /// How many ticks could not be recorded.
    public var droppedRecords: Int { control.rings.ticks.dropCount }

    /// The oldest tick not taken yet, with its chargers.
    public func nextRecord(_ chargers: inout [ChargerRecord]) -> TickRecord? {
        guard let tick = control.rings.ticks.pop(), let tick else { return nil }
        chargers.removeAll(keepingCapacity: true)
        for _ in 0..<chargerCount {
            if let charger = control.rings.chargers.pop(), let charger { chargers.append(charger) }
        }
        return tick
    }

    /// Passes calendar time on to control; to be called about once a second.
    public func updateClock() { mailboxes.clock.publish(Self.clock(timeZone)) }

    private static func clock(_ zone: SiteTimeZone) -> WallClock {
        var clock = LiveClock.wall()
        clock.local = zone.offsets(around: clock.nanosecondsUTC)
        return clock
    }

    /// Calls `feed` at least four times in each period, for as long as good ticks come.
    public func watch(period: Interval, feed: @escaping @Sendable () -> Void) {
        let dog = Watchdog(progress: mailboxes.progress, watchesLines: lines != nil, period: period, feed: feed)
        watchdog = (dog, RealtimeThread(name: "watchdog") { dog.run() })
    }

    /// Asks for a baseline from one thread outside; nil for none.
    public var steer: @Sendable (BaselineRequest?) -> Void {
        { [mailboxes] request in mailboxes.baselineRequest.publish(request) }
    }

    /// What has to survive a restart.
    public var savedState: SavedStateSource { SavedStateSource(mailboxes: mailboxes, lines: lines) }

    /// The way to control for acts of persons, from one thread outside.
    public var acts: PersonActs { PersonActs(control: control, mailboxes: mailboxes) }

    /// Every setpoint is zero power from now on; the records tell when all chargers have acknowledged it.
    public func requestStop() { control.requestStop() }

    /// Ends all threads and waits for them, each for a second beyond a request; false when one hangs.
    public func end() -> Bool {
        for link in links { link.stop() }
        control.end()
        var haveEnded = true
        watchdog?.dog.end()
        _ = watchdog?.thread.join(within: .seconds(1))
        lines?.end()
        for thread in linkThreads + [controlThread] + [lineThread].compactMap({ $0 })
        where !thread.join(within: requestTime + .seconds(1)) { haveEnded = false }
        return haveEnded
    }
}
