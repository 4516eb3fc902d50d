public import FrequencyResponse

/// A step in the balance of a simulated grid, in megawatts: negative for a loss of infeed.
public struct GridStep: Sendable {
    /// When it happens, counted from the begin of the event.
    public var at: Interval
    /// The change of the balance, in megawatts; below zero for a loss of infeed.
    public var megawatts: Double

    package init(at: Interval, megawatts: Double) {
        self.at = at
        self.megawatts = megawatts
    }
}

/// What happens to a simulated grid, counted from the start of the event.
public struct GridEvent: Sendable {
    /// The name.
    public var name: String
    /// The full name, for people to read.
    public var title: String
    /// The steps in the balance, in order of time.
    public var steps: [GridStep]
    /// From when on, and how fast, the control room brings reserve in by hand, in megawatts per second.
    public var restorationStart: Interval
    /// How fast operators restore the balance, in megawatts per second.
    public var restorationRate: Double
    /// The most that they restore, in megawatts.
    public var restorationMost: Double

    /// Great Britain, 9 August 2019. Losses of 1,481 MW at once and 1,691 MW by 58 s later are published (National Grid
    /// ESO and Ofgem reports); that a part of the reserve was not sustained, the last loss and the pace of restoration
    /// are set so that the published frequencies come out: held at 49.2 Hz, then 48.8 Hz after 77 s.
    public static var gb20190809: GridEvent {
        GridEvent(
            name: "gb-2019-08-09", title: "Great Britain, 9 August 2019: two losses and load shedding",
            steps: [
                GridStep(at: .zero, megawatts: -1_481),
                GridStep(at: .seconds(58), megawatts: -210),
                GridStep(at: .seconds(60), megawatts: -150),
                GridStep(at: .seconds(84), megawatts: -187),
            ],
            restorationStart: .seconds(60), restorationRate: 5, restorationMost: 1_400)
    }

    /// Nothing happens but noise.
    public static var quiet: GridEvent {
        GridEvent(
            name: "quiet", title: "A quiet grid", steps: [], restorationStart: .zero, restorationRate: 0,
            restorationMost: 0)
    }

    /// All events that can be simulated.
    public static var all: [GridEvent] { [.gb20190809, .quiet] }
}

/// A synchronous grid of one machine: the swing equation with load damping, a primary reserve behind a lag, automatic
/// load shedding at 48.8 Hz and a restoration by hand. Advances in steps of 10 ms of its own time.
public struct Grid: Sendable {
    // A summer evening in Great Britain; the values are chosen, with the event, to give the published figures.
    private let kineticEnergy = 210_000.0  // MW s
    private let damping = 520.0  // MW per Hz
    private let reserve = 1_070.0  // MW
    private let reserveDeadband = 0.015  // Hz
    private let reserveFullAt = 0.5  // Hz
    private let reserveTimeConstant = 5.0  // s
    private let sheddingFrequency = 48.8  // Hz
    private let sheddingDelay = 0.2  // s
    private let shedLoad = 931.0  // MW
    private let step = 0.01  // s
    private let nominal = 50.0  // Hz

    private let event: GridEvent
    private let eventStart: Interval
    private var generator: SeededGenerator
    private var stepCount = 0
    private var delivered = 0.0
    private var wander = 0.0
    private var shedAt: Double?
    /// The frequency now.
    public private(set) var frequency: Hertz

    /// A grid at its nominal 50 Hz; the event begins `eventStart` after the grid's own zero.
    public init(event: GridEvent, eventStart: Interval, seed: UInt64) {
        self.event = event
        self.eventStart = eventStart
        generator = SeededGenerator(seed: seed)
        frequency = Hertz(nominal)
    }

    /// Moves on to a time counted from the grid's zero. `sitePower` is what the site draws; it changes next to nothing.
    public mutating func advance(to time: Interval, sitePower: Watts) {
        while Double(stepCount + 1) * step <= time.seconds {
            stepCount += 1
            integrate(siteMegawatts: sitePower.value / 1e6)
        }
    }

    private mutating func integrate(siteMegawatts: Double) {
        let time = Double(stepCount) * step - eventStart.seconds
        let deviation = nominal - frequency.value
        let fraction = min(1, max(0, (deviation - reserveDeadband) / (reserveFullAt - reserveDeadband)))
        delivered += (reserve * fraction - delivered) * step / reserveTimeConstant
        if shedAt == nil, frequency.value <= sheddingFrequency { shedAt = time }
        // Ordinary load changes: a slow random walk that is drawn back to zero.
        wander += generator.symmetric() * 0.6 - wander * 0.001
        var balance = delivered + damping * deviation + wander - siteMegawatts
        for change in event.steps where time >= change.at.seconds { balance += change.megawatts }
        if let shedAt, time >= shedAt + sheddingDelay { balance += shedLoad }
        if time > event.restorationStart.seconds {
            balance += min(event.restorationMost, event.restorationRate * (time - event.restorationStart.seconds))
        }
        frequency += Hertz(nominal * balance / (2 * kineticEnergy) * step)
    }
}
