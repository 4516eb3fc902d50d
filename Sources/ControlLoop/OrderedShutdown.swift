import Devices
package import FrequencyResponse

/// How far an ordered stop has come: complete once every charger that was under control has acknowledged zero power of
/// a stopping tick, and has shown a low power since.
public struct OrderedShutdown: Sendable {
    private let fleet: [ChargerSettings]
    /// The chargers that have been under control since the start.
    private var controlled: Set<Int> = []
    /// The first tick that put everything at zero power for good.
    private var tick: UInt64?
    private var chargers: [ChargerInputs] = []

    package init(fleet: [ChargerSettings]) { self.fleet = fleet }

    /// Notes a recorded tick.
    public mutating func take(_ record: TickRecord, _ records: [ChargerRecord]) {
        chargers = records.map(\.inputs)
        for (index, charger) in chargers.enumerated() where charger.control == .controlled { controlled.insert(index) }
        if tick == nil, record.outputs.state == .stopping { tick = record.outputs.tick }
    }

    /// A tick of the stop has been recorded.
    public var hasBegun: Bool { tick != nil }

    /// Every charger has stopped.
    public var isComplete: Bool { hasBegun && remaining.isEmpty }

    /// The chargers that have not stopped, by index.
    public var remaining: [Int] {
        chargers.indices.filter { controlled.contains($0) && progress(of: $0) != .stopped }
    }

    /// A phrase for the log that says what is missing of a charger's stop.
    public func reason(charger index: Int) -> String {
        func kilowatts(_ power: Watts) -> String { Formatting.kilowatts(power, decimals: 2) }
        return switch progress(of: index) {
        case .stopped: "zero power was acknowledged too late"
        case .notAcknowledged: "zero power was not acknowledged"
        case .noPowerShown(let last):
            "no power was shown after zero power was acknowledged\(last.map { " (\(kilowatts($0)) before it)" } ?? "")"
        case .powerFlows(let power): "power did not fall, \(kilowatts(power)) were shown last,"
        }
    }

    private func progress(of index: Int) -> StopProgress {
        chargers[index].stopProgress(since: tick, settings: fleet[index])
    }
}
