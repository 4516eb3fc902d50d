/// A measured frequency with where and when it was taken.
public struct FrequencySample: BitwiseCopyable, Sendable {
    /// Nil when the meter answered that it has no value.
    public var frequency: Hertz?
    /// The lowest and the highest phase-to-neutral voltage of the same reading; nil when none is measured.
    public var voltageLowest: Volts?
    /// The highest voltage of the phases; nil when none is measured.
    public var voltageHighest: Volts?
    /// When the request for it left, so that time on the wire counts as age.
    public var takenAt: Instant
    /// Differs from the sample before; says that this is a new reading and not the old one again.
    public var sequence: UInt32
    /// The index of the meter in the site file.
    public var source: UInt8
    /// How often the registers of the meter have changed, from one reading to the next; nil where nothing but frequency
    /// is measured, or freezing is not judged.
    public var changes: UInt32?

    package init(
        frequency: Hertz?, voltageLowest: Volts? = nil, voltageHighest: Volts? = nil,
        takenAt: Instant, sequence: UInt32, source: UInt8 = 0,
        changes: UInt32? = nil
    ) {
        self.frequency = frequency
        self.voltageLowest = voltageLowest
        self.voltageHighest = voltageHighest
        self.takenAt = takenAt
        self.sequence = sequence
        self.source = source
        self.changes = changes
    }
}
