/// What is kept of one charger.
public struct SavedCharger: BitwiseCopyable, Sendable {
    /// The energy that responses have moved through the battery on this day.
    package var throughput: WattHours
    /// What is left of the time for which its supply stays cut, and how often in a row it did not start.
    package var supplyPause: Interval
    package var failedStarts: Int32
}

extension SavedCharger: Visitable {
    package static var blank: Self { Self(throughput: .zero, supplyPause: .zero, failedStarts: 0) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.visit("throughput_wh", &throughput)
        visitor.visit("supply_pause_ns", &supplyPause)
        visitor.visit("failed_starts", &failedStarts)
    }
}
