import FrequencyResponse
import Simulation

/// A depot of 50 bays that sells 60 kW of Continental FCR for a month, and is called in full at random instants: each
/// call goes on from a copy of everything, for the 15 minutes of the service, while vehicles come and go as they did.
struct MonthTrial: ~Copyable {
    /// The world at one instant, all of it.
    struct World: ~Copyable {
        var law: ControlLaw
        var memory: [ChargerMemory]
        var turns: [ChargerTurn]
        var setpoints: [Setpoint]
        var inputs: [ChargerInputs]
        var charge: [Double]
        var visits: [Visit?]
        var next: Int
        var power: [Watts]

        init(settings: LawSettings, count: Int) {
            law = ControlLaw(settings: settings)
            memory = Array(repeating: ChargerMemory(), count: count)
            turns = Array(repeating: ChargerTurn(), count: count)
            setpoints = Array(repeating: .zeroPower(until: Instant(nanoseconds: 0), tick: 0), count: count)
            inputs = Array(
                repeating: ChargerInputs(control: .noVehicle, takenAt: MonthTrial.start, power: .zero), count: count)
            charge = Array(repeating: 0, count: count)
            visits = Array(repeating: nil, count: count)
            power = Array(repeating: .zero, count: count)
            next = 0
        }

        init(copying other: borrowing World) {
            law = ControlLaw(copying: other.law)
            memory = other.memory
            turns = other.turns
            setpoints = other.setpoints
            inputs = other.inputs
            charge = other.charge
            visits = other.visits
            next = other.next
            power = other.power
        }
    }

    static let start = Instant(nanoseconds: 1_000_000_000_000)
    private static let battery = WattHours(60_000)
    private static let floor = 0.3
    private static let target = 0.9
    private static let efficiency = 0.95
    private static let capacity = Watts(60_000)

    private let trace: FrequencyTrace
    private let visits: [Visit]
    private let period: Interval
    private let fleet: [ChargerSettings]
    private let settings: LawSettings
    private var random: SeededGenerator
    private let calls: Int
    private let count: Int

    // Results.
    private var ticks = 0
    private var called = 0
    private var met = 0
    private var calledStaying = 0
    private var metStaying = 0
    private var unreported = 0
    private var belowFloor = 0
    private var reserveBroken = 0
    private var departures = 0
    private var departuresMet = 0
    private var reasons: [String: Int] = [:]
    private var offered = 0.0
    private var offeredMost = 0.0
    private var firstBroken = ""
    private var firstReserve = ""

    init(trace: FrequencyTrace, visits: Visits, seed: UInt64, calls: Int, period: Interval) {
        self.trace = trace
        self.visits = visits.all
        self.period = period
        let rules = ServiceKind.ceFCR.rules
        guard let curve = try? rules.shape?.curve() else {
            preconditionFailure("the catalogue has a curve that is none")
        }
        let service = ServiceSettings(
            kind: .ceFCR, curve: curve, direction: .both, capacity: Self.capacity, baselineRule: .scheduled,
            responseTime: .zero,
            duration: rules.duration, energy: rules.energy, timing: rules.timing)
        settings = LawSettings(
            services: ServiceStack(service),
            sensing: SensingSettings(
                first: JudgementSettings(
                    nominalFrequency: Hertz(50), nominalVoltage: Volts(230), silenceLimit: .milliseconds(10_500),
                    samplesToStart: 1)),
            limits: SiteLimits(importLimit: Watts(250_000), exportLimit: Watts(150_000)),
            baselineRise: Self.capacity * 0.2 / 60)
        let behaviour = ChargerBehaviour(deadTime: .milliseconds(200), ramp: Watts(20_000))
        var charger = ChargerSettings(
            chargeLimit: Watts(10_000), dischargeLimit: Watts(10_000), readingAgeLimit: .seconds(60),
            behaviour: behaviour,
            vehicle: VehicleSettings(
                battery: Self.battery, minimumCharge: Ratio(Self.floor), targetCharge: Ratio(Self.target)))
        let credit = Capability.credit(
            rating: Watts(10_000), behaviour: behaviour,
            path: ReactionPath(update: .milliseconds(200), poll: .milliseconds(50)),
            settings: service)
        charger.qualifiedShares[0] = QualifiedShares(raise: credit, lower: credit)
        fleet = Array(repeating: charger, count: Visits.bays)
        random = SeededGenerator(seed: seed)
        self.calls = calls
        count = Int(trace.interval.nanoseconds) * trace.values.count / Int(period.nanoseconds)
    }

    /// The month twice: once to find the instants at which something is offered, and once more to call it at some of
    /// them.
    mutating func run() {
        var first = World(settings: settings, count: fleet.count)
        var offering: [Int] = []
        for tick in 0..<count {
            let outputs = step(&first, tick: tick, frequency: frequency(tick), isCall: true)
            if outputs.services[0].offerRaise > .zero || outputs.services[0].offerLower > .zero {
                offering.append(tick)
            }
        }
        var callTicks: [Int: Int] = [:]
        if !offering.isEmpty {
            for _ in 0..<calls { callTicks[random.pick(offering), default: 0] += 1 }
        }
        var world = World(settings: settings, count: fleet.count)
        for tick in 0..<count {
            let outputs = step(&world, tick: tick, frequency: frequency(tick), isCall: false)
            ticks += 1
            offered += outputs.services[0].offerRaise.value
            offeredMost = max(offeredMost, outputs.services[0].offerRaise.value)
            checkReserve(outputs, world)
            for _ in 0..<(callTicks[tick] ?? 0) { call(world, tick: tick, outputs: outputs) }
        }
    }

    private func frequency(_ tick: Int) -> Hertz {
        trace.values[min(trace.values.count - 1, tick * Int(period.nanoseconds) / Int(trace.interval.nanoseconds))]
    }

    private mutating func call(_ world: borrowing World, tick: Int, outputs: TickOutputs) {
        // By turns upwards and downwards, where both are offered.
        let raise =
            outputs.services[0].offerLower == .zero || (outputs.services[0].offerRaise > .zero && called % 2 == 0)
        let promised = raise ? outputs.services[0].offerRaise : outputs.services[0].offerLower
        var copy = World(copying: world)
        var isMet = true
        var broken = ""
        var leaves = false
        let length = Int(ServiceKind.ceFCR.rules.duration.nanoseconds / period.nanoseconds)
        for ahead in 1...length {
            let present = copy.visits.map { $0?.arrival }
            let answered = step(&copy, tick: tick + ahead, frequency: Hertz(raise ? 49.8 : 50.2), isCall: true)
            if zip(present, copy.visits).contains(where: { $0 != nil && $0 != $1?.arrival }) { leaves = true }
            let sum = copy.setpoints.reduce(Watts.zero) { $0 + ($1.isZeroPower ? .zero : $1.power) }
            let delivered = raise ? answered.baseline - sum : sum - answered.baseline
            // Half a watt of rounding.
            if delivered < promised - Watts(0.5) {
                let said = raise ? answered.shortfall : -answered.shortfall
                if said < promised - delivered - Watts(1), !answered.services[0].isEnergyShort { unreported += 1 }
                if isMet || broken.isEmpty {
                    broken =
                        """
                        at tick \(tick), \(ahead) later, \(raise ? "raise" : "lower"): \(delivered.value) W of \
                        \(promised.value) W, baseline \(answered.baseline.value) W, short \(answered.shortfall.value) \
                        W, asked \(answered.response.value) W, \(answered.chargersControlled) cars
                        """
                }
                isMet = false
            }
        }
        called += 1
        if isMet {
            met += 1
        } else if !leaves || firstBroken.isEmpty {
            firstBroken = broken + (leaves ? ", somebody left" : ", nobody left")
        }
        guard !leaves else { return }
        calledStaying += 1
        if isMet { metStaying += 1 }
    }

    // MARK: The world

    private mutating func step(_ world: inout World, tick: Int, frequency: Hertz, isCall: Bool) -> TickOutputs {
        let seconds = Int64(tick) * period.nanoseconds / 1_000_000_000
        let now = Self.start + .seconds(seconds)
        for bay in fleet.indices {
            guard let visit = world.visits[bay] else { continue }
            carry(&world, bay: bay, isCall: isCall)
            if visit.departure <= seconds { leave(&world, bay: bay, visit: visit, isCall: isCall) }
        }
        while world.next < visits.count, visits[world.next].arrival <= seconds {
            arrive(&world, visits[world.next], now: now)
            world.next += 1
        }
        for bay in fleet.indices {
            world.inputs[bay].takenAt = now
            world.inputs[bay].power = world.power[bay]
            if world.visits[bay] != nil { world.inputs[bay].stateOfCharge = Ratio(world.charge[bay]) }
        }
        let sample = FrequencySample(
            frequency: frequency, voltageLowest: Volts(230), voltageHighest: Volts(230), takenAt: now,
            sequence: UInt32(tick + 1))
        let outputs = world.law.step(
            TickInputs(
                now: now, sample: sample,
                clock: WallClock(
                    nanosecondsUTC: 1_556_668_800_000_000_000 + seconds * 1_000_000_000, offsetFromUTC: 0,
                    isTrusted: true)),
            fleet: fleet, chargers: world.inputs, memory: &world.memory, turns: &world.turns,
            setpoints: &world.setpoints)
        for bay in fleet.indices {
            world.power[bay] = world.setpoints[bay].isZeroPower ? .zero : world.setpoints[bay].power
        }
        return outputs
    }

    private mutating func carry(_ world: inout World, bay: Int, isCall: Bool) {
        let energy = world.power[bay].energy(over: period).value
        world.charge[bay] += (energy > 0 ? energy * Self.efficiency : energy / Self.efficiency) / Self.battery.value
        // One period of the full power beyond the floor: the law sees the state of charge once a tick.
        let grain = Watts(10_000).energy(over: period) / Self.battery / Self.efficiency
        if energy < 0, world.charge[bay] < Self.floor - grain { belowFloor += 1 }
        world.charge[bay] = min(1, world.charge[bay])
    }

    private func arrive(_ world: inout World, _ visit: Visit, now: Instant) {
        world.visits[visit.bay] = visit
        world.charge[visit.bay] = max(0.05, Self.target - visit.energy / Self.battery)
        world.inputs[visit.bay] = ChargerInputs(
            control: .controlled, takenAt: now, power: .zero, stateOfCharge: Ratio(world.charge[visit.bay]),
            needs: VehicleNeeds(departure: visit.announced.map { Self.start + .seconds($0) }))
    }

    private mutating func leave(_ world: inout World, bay: Int, visit: Visit, isCall: Bool) {
        let charge = world.charge[bay]
        let outlook = world.turns[bay].departure.outlook
        world.visits[bay] = nil
        world.power[bay] = .zero
        world.inputs[bay] = ChargerInputs(control: .noVehicle, power: .zero)
        guard !isCall else { return }
        departures += 1
        if charge >= Self.target - 0.005 {
            departuresMet += 1
            return
        }
        let reason =
            visit.announced == nil
            ? "no departure was named"
            : visit.departure < (visit.announced ?? 0) - 600
                ? "left early" : "\(outlook)"
        reasons[reason, default: 0] += 1
    }

    /// 15 minutes of what is offered must be stored while nothing is called; nothing is restored beyond a quarter of
    /// the capacity, or outside the normal state for longer than its ramp.
    private mutating func checkReserve(_ outputs: TickOutputs, _ world: borrowing World) {
        var stored = WattHours.zero
        var room = WattHours.zero
        for bay in fleet.indices where world.visits[bay] != nil {
            stored += Self.battery * (max(0, world.charge[bay] - Self.floor) * Self.efficiency)
            room += Self.battery * (max(0, 1 - world.charge[bay]) / Self.efficiency)
        }
        let service = outputs.services[0]
        let quarter = Interval.seconds(900)
        let stoppable = max(.zero, outputs.baseline).energy(over: quarter)
        let isShort =
            service.offerRaise.energy(over: quarter) > stored + stoppable + WattHours(1)
            || service.offerLower.energy(over: quarter) > room + WattHours(1)
        if isShort || service.restore.magnitude > Self.capacity * 0.25 + Watts(1e-6) {
            if reserveBroken == 0 {
                firstReserve =
                    """
                    offers \(service.offerRaise.value) and \(service.offerLower.value) W, stored \(stored.value) Wh, \
                    room \(room.value) Wh, baseline \(outputs.baseline.value) W, restored \(service.restore.value) W
                    """
            }
            reserveBroken += 1
        }
    }

    // MARK: What came of it

    var isGood: Bool {
        met * 1_000 >= called * 999 && metStaying == calledStaying && unreported == 0 && belowFloor == 0
            && reserveBroken == 0
            && (reasons["onTime"] ?? 0) == 0 && called > 0 && departures > 0
    }

    var summary: [String] {
        [
            """
            \(ticks) ticks with \(fleet.count) bays; offered upwards \(Int(offered / Double(max(1, ticks)))) W on \
            average, \(Int(offeredMost)) W at most
            """,
            """
            calls met \(met) of \(called) (\(Double(met * 100_000 / max(1, called)) / 1_000) %); where nobody left \
            \(metStaying) of \(calledStaying); shortfalls not reported \(unreported)
            """,
            "ticks below a driver's floor \(belowFloor), reserve rules broken \(reserveBroken)",
            """
            departures with the target met \(departuresMet) of \(departures); the others: \
            \(reasons.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
            """,
        ] + (firstBroken.isEmpty ? [] : ["first call that was not met: \(firstBroken)"])
            + (firstReserve.isEmpty ? [] : ["first reserve rule broken: \(firstReserve)"])
    }
}
