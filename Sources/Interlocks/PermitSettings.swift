public import FrequencyResponse

/// One output that lets chargers have power.
public struct PermitSettings: Sendable, Equatable {
    public var name: String
    /// The charger whose supply it switches; nil for all.
    public var charger: Int?
    /// How long that charger may be out of hand before its supply is taken; nil for one that falls back by itself.
    public var takenAfter: Interval?

    public init(name: String, charger: Int?, takenAfter: Interval? = nil) {
        self.name = name
        self.charger = charger
        self.takenAfter = takenAfter
    }
}
