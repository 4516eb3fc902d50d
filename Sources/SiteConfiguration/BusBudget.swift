import Devices
public import FrequencyResponse
public import Modbus

/// How busy one connection is with what its devices ask of it, and how long the frequency and a setpoint take on it.
///
/// On a serial line times follow from baud rate and frame lengths: request, 3.5 characters of silence, reply, and 3.5
/// characters before the next. A device's own time to answer is not known before it was measured, and comes on top.
/// What a gateway has behind it can't be seen from here.
public struct BusBudget: Sendable {
    /// The address of its connection.
    public var endpoint: Endpoint
    /// The names of its devices.
    public var devices: [String]
    /// The longest single exchange with each of them; zero for TCP.
    public var exchanges: [Interval]
    /// Reads and refreshed setpoints in a second.
    public var requestsPerSecond: Double
    /// The share of the time for which the line is busy with them; nil for TCP.
    public var load: Double?
    /// The longest single exchange: what has begun is not interrupted.
    public var longestExchange: Interval
    /// One reading of frequency and voltages by the meters of this connection; zero without a meter.
    public var reading: Interval
    /// A setpoint to every charger of this connection.
    public var setpoints: Interval
}

extension Site {
    /// One for each connection, in the order of the site file.
    public var busBudgets: [BusBudget] {
        let all = budgetsByEndpoint
        var seen: Set<Endpoint> = []
        return (meters.map(\.connection) + chargers.map(\.connection)).filter { seen.insert($0).inserted }
            .compactMap { all[$0] }
    }

    /// The budget of every connection.
    var budgetsByEndpoint: [Endpoint: BusBudget] {
        let metersHere = Dictionary(grouping: meters, by: \.connection)
        let chargersHere = Dictionary(grouping: chargers, by: \.connection)
        var budgets: [Endpoint: BusBudget] = [:]
        for endpoint in Set(metersHere.keys).union(chargersHere.keys) {
            budgets[endpoint] = BusBudget(
                endpoint: endpoint, meters: metersHere[endpoint] ?? [], chargers: chargersHere[endpoint] ?? [])
        }
        return budgets
    }
}

extension BusBudget {
    init(endpoint: Endpoint, meters: [SiteMeter], chargers: [SiteCharger]) {
        self.endpoint = endpoint
        devices = meters.map(\.name) + chargers.map(\.name)
        let line = endpoint.line
        var requests = 0.0
        var busy = 0.0
        // What the device at hand asks for, in a second.
        var asked = (requests: 0.0, busy: 0.0, longest: Int64(0))
        var exchanges: [Interval] = []
        var reading = Int64(0)
        var setpoints = Int64(0)
        func exchange(_ request: Int, _ reply: Int) -> Int64 {
            let time = line.map { $0.time(bytes: request + reply) + 2 * $0.gap } ?? 0
            asked.longest = max(asked.longest, time)
            return time
        }
        func ask(_ time: Int64, every interval: Interval) {
            asked.requests += 1 / interval.seconds
            asked.busy += Double(time) / 1e9 / interval.seconds
        }
        func read(_ blocks: [Int], every interval: Interval) -> Int64 {
            var sum = Int64(0)
            for count in blocks {
                let time = exchange(8, 5 + 2 * count)
                ask(time, every: interval)
                sum += time
            }
            return sum
        }
        // A device that wants time between its requests gets fewer than it asks for.
        func grant(spacing: Interval) {
            let share = min(1, 1 / (spacing.seconds * asked.requests))
            requests += asked.requests * share
            busy += asked.busy * share
            exchanges.append(Interval(nanoseconds: asked.longest))
            asked = (0, 0, 0)
        }
        for meter in meters {
            let plans = Self.plans(meter.profile)
            reading += read(plans.fast, every: meter.pollInterval)
            _ = read(plans.slow, every: MeterProfile.slowInterval(poll: meter.pollInterval))
            grant(spacing: meter.profile.reading.spacing)
        }
        for charger in chargers {
            _ = read(Self.blocks(charger.profile.telemetry, charger.profile.reading), every: charger.pollInterval)
            let registers = charger.profile.setpoint.type.registerCount
            let write = registers == 1 && charger.profile.writesSingly ? exchange(8, 8) : exchange(9 + 2 * registers, 8)
            // After every reading the setpoint is read back.
            _ = read([registers], every: charger.pollInterval)
            if let heartbeat = charger.profile.heartbeat {
                ask(exchange(9 + 2 * heartbeat.type.registerCount, 8), every: .seconds(1))
            }
            ask(write, every: charger.profile.refreshInterval(deviceTimeout: charger.deviceTimeout))
            setpoints += write
            grant(spacing: charger.profile.reading.spacing)
        }
        requestsPerSecond = requests
        load = line == nil ? nil : busy
        self.exchanges = exchanges
        longestExchange = exchanges.max() ?? .zero
        self.reading = Interval(nanoseconds: reading)
        self.setpoints = Interval(nanoseconds: setpoints)
    }

    /// The register counts of the blocks of every poll, and of those in between.
    static func plans(_ meter: MeterProfile) -> (fast: [Int], slow: [Int]) {
        let map = meter.reading.isSunSpec ? SunSpecMap.packed(meter.points) : SunSpecMap()
        guard let plans = try? meter.plans(map: map) else { return ([], []) }
        return (plans.fast.blocks.map { Int($0.count) }, plans.slow?.blocks.map { Int($0.count) } ?? [])
    }

    /// The register counts of the blocks that a reading needs. Where the map has to be walked, its models are taken to
    /// stand one after the other.
    static func blocks(_ points: [Point], _ rules: ReadRules) -> [Int] {
        let map = rules.isSunSpec ? SunSpecMap.packed(points) : SunSpecMap()
        guard let plan = try? ReadPlan(points, rules: rules, map: map) else { return [] }
        return plan.blocks.map { Int($0.count) }
    }
}

extension SunSpecMap {
    /// The models that points need, one after the other from register 40000 on, after the common model.
    static func packed(_ points: [Point]) -> SunSpecMap {
        let models = Set(points.compactMap { if case .model(let model, _) = $0.location { model } else { nil } })
        var bases: [UInt16: UInt16] = [:]
        var next = UInt16(40_002)
        for model in [1] + models.subtracting([1]).sorted() {
            bases[model] = next
            next += 2 + (SunSpecModels.length(of: model) ?? 100)
        }
        return SunSpecMap(models: bases)
    }
}
