/// What one service asked and what stands behind it.
public struct ServiceOutputs: BitwiseCopyable, Sendable {
    /// What the service asks for; positive supports a low frequency.
    public var response: Watts
    /// The share of its capacity that its curve, trigger or signal asked before the guard against rebound.
    public var askedShare: Ratio
    /// What is promised for the running period, as positive numbers; zero on a side that is not sold.
    public var offerRaise: Watts
    /// What is promised downwards.
    public var offerLower: Watts
    /// Why it is less than the capacity.
    public var raiseLimit: OfferLimit
    /// Why less than the capacity is promised downwards.
    public var lowerLimit: OfferLimit
    /// What the energy scheme adds to the baseline.
    public var restore: Watts
    /// How far deviations are counted from the recent mean frequency, 0 to 1.
    public var blend: Double
    /// Less energy is stored than the service's rules want.
    public var isEnergyShort: Bool

    static var none: ServiceOutputs {
        ServiceOutputs(
            response: .zero, askedShare: .zero, offerRaise: .zero, offerLower: .zero, raiseLimit: .noCharger,
            lowerLimit: .noCharger,
            restore: .zero, blend: 0, isEnergyShort: false)
    }

    /// One entry per service, from what the bank asks and the book sells.
    static func report(
        _ bank: borrowing ServiceBank, _ offers: InlineArray<6, Availability>, isActive: Bool,
        services: Span<ServiceSettings>
    ) -> InlineArray<6, ServiceOutputs> {
        var outputs = InlineArray<6, ServiceOutputs>(repeating: .none)
        let given = bank.given
        let asked = bank.asked
        let demands = bank.demands
        for index in 0..<services.count {
            outputs[index] = ServiceOutputs(
                response: isActive ? services[index].usableCapacity * given[index] : .zero,
                askedShare: Ratio(asked[index]),
                offerRaise: offers[index].raise, offerLower: offers[index].lower,
                raiseLimit: offers[index].raiseLimit, lowerLimit: offers[index].lowerLimit,
                restore: demands[index].restore, blend: demands[index].blend, isEnergyShort: demands[index].isShort)
        }
        return outputs
    }
}
