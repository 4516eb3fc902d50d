import Devices
public import FrequencyResponse

/// How far an ordered stop has come: complete once every charger that was under control has acknowledged zero power of
/// a stopping tick, and has shown a low power since.
public struct OrderedShutdown: Sendable {
    private let fleet: [ChargerSettings]
    /// The chargers that have been under control since the start.
    private var controlled: Set<Int> = []
    /// The first tick that put everything at zero power for good.
    private var tick: UInt64?
    private var chargers: [ChargerInputs] = []

    public init(fleet: [ChargerSettings]) { self.fleet = fleet }

    /// Notes a recorded tick.
    public mutating func take(_ record: TickRecord, _ records: [ChargerRecord]) {
        chargers = records.map(\.inputs)
        for (index, charger) in chargers.enumerated() where charger.control == .controlled { controlled.insert(index) }
        if tick == nil, record.outputs.state == .stopping { tick = record.outputs.tick }
    }

    /// A tick of the stop has been recorded.
    public var hasBegun: Bool { tick != nil }

    public var isComplete: Bool { hasBegun && remaining.isEmpty }

    /// The chargers that have not stopped, by index, with what is missing.
    public var remaining: [(charger: Int, reason: String)] {
        chargers.indices.compactMap { index in
            guard controlled.contains(index) else { return nil }
            switch chargers[index].stopProgress(since: tick, settings: fleet[index]) {
            case .stopped: return nil
            case .notAcknowledged: return (index, "neutral was not acknowledged")
            case .noPowerShown: return (index, "no power was shown after neutral was acknowledged")
            case .powerFlows(let power):
                return (
                    index, "power did not fall, \(Formatting.fixed(power.value / 1_000, 2)) kW were shown last,"
                )
            }
        }
    }
}
