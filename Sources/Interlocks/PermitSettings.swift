/// One output that lets chargers have power.
public struct PermitSettings: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The charger whose supply it switches; nil for all.
    public var charger: Int?

    package init(name: String, charger: Int?) {
        self.name = name
        self.charger = charger
    }
}
